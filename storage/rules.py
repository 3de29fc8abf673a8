"""The rules by which advice on captions is given: one data file, rules.toml, in plain words."""

from __future__ import annotations

import re
import tomllib
from functools import cache
from pathlib import Path
from typing import Any

FILE = Path(__file__).parent / "rules.toml"


@cache
def rules() -> dict[str, Any]:
    """What the file says."""
    return tomllib.loads(FILE.read_text(encoding="utf-8"))


@cache
def pattern(*path: str) -> re.Pattern[str]:
    """One pattern for a list of phrases in the file; `<colour>` in a phrase is any word of the list of that name."""
    found: Any = rules()
    for key in path:
        found = found[key]
    whole = sorted((_phrase(phrase) for phrase in found), key=len, reverse=True) or ["(?!)"]
    return re.compile(rf"(?<![\w-])(?:{'|'.join(whole)})(?![\w-])", re.IGNORECASE)


def _phrase(phrase: str) -> str:
    parts = re.split(r"<(\w+)>", phrase)
    made = [
        "(?:" + "|".join(map(re.escape, rules()["lists"][part])) + ")" if place % 2 else re.escape(part)
        for place, part in enumerate(parts)
    ]
    return "".join(made).replace(r"\ ", r"\s+")
