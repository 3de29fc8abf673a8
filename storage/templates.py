"""Names of files by a template: `{date}-{seed}-{prompt}` → `2026-11-21-42-a_fox.png`."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from pathlib import PurePosixPath

from storage.errors import BadInput
from storage.tables import Picture

PLAIN = "{date}-{seed}-{prompt}"

LONGEST = 120
"""Characters of a name without its suffix."""

FIELDS: dict[str, Callable[[Picture], object]] = {
    "date": lambda row: row.created.date().isoformat(),
    "time": lambda row: row.created.strftime("%H%M%S"),
    "seed": lambda row: row.seed,
    "prompt": lambda row: row.prompt[:60],
    "id": lambda row: row.id,
    "base": lambda row: row.base,
    "loras": lambda row: "+".join(str(part.get("name", "")) for part in row.blend if part.get("weight")),
    "width": lambda row: row.width,
    "height": lambda row: row.height,
    "rating": lambda row: row.rating,
}
"""Placeholder → what stands in its place."""


def check(template: str) -> str:
    """The template without blanks around it, the usual one for an empty one.

    Raises:
        BadInput: a placeholder that there is none of; the sentence lists those there are.
    """
    template = template.strip() or PLAIN
    for name in re.findall(r"\{([^{}]*)\}", template):
        if name not in FIELDS:
            known = ", ".join(f"{{{field}}}" for field in FIELDS)
            raise BadInput(f"There is no placeholder {{{name}}} for names of files. Use {known}.")
    return template


def names(template: str, rows: Iterable[Picture]) -> list[str]:
    """A name for each picture, with its suffix; where two would be alike the later ones are numbered."""
    template, taken, found = check(template), set[str](), []
    for row in rows:
        stem = _stem(_filled(template, row)) or str(row.id)
        name, number = stem, 1
        while name.lower() in taken:
            number += 1
            name = f"{stem}-{number}"
        taken.add(name.lower())
        found.append(name + PurePosixPath(row.file).suffix)
    return found


def _filled(template: str, row: Picture) -> str:
    return re.sub(r"\{(\w+)\}", lambda part: str(FIELDS[part[1]](row)), template)


def _stem(text: str) -> str:
    """What every file system takes: letters, digits, and few signs."""
    return re.sub(r"[^\w.+-]+", "_", text).strip("._-")[:LONGEST].strip("._-")
