"""The difference between two texts, word by word."""

from __future__ import annotations

import re
from difflib import SequenceMatcher

WORD = re.compile(r"\s+|\w+(?:['’_-]\w+)*|[^\w\s]")

Pieces = list[tuple[str, str]]
"""What stays (`=`), what went (`-`) and what came (`+`), in reading order."""

LONGEST = 4000
"""Words and blanks of both texts together that are compared; longer texts are shown as gone and come."""


def between(before: str, after: str) -> Pieces:
    """What makes `after` of `before`: its pieces without `+` are `before`, those without `-` are `after`."""
    old, new = WORD.findall(before), WORD.findall(after)
    if len(old) + len(new) > LONGEST:
        return [piece for piece in (("-", before), ("+", after)) if piece[1]]
    pieces: Pieces = []
    gone, come = "", ""
    for kind, a, b, c, d in SequenceMatcher(None, old, new, autojunk=False).get_opcodes():
        stays = "".join(old[a:b]) if kind == "equal" else ""
        between_changes = (gone or come) and stays.isspace() and b < len(old) and d < len(new)
        if kind != "equal" or between_changes:
            gone, come = gone + "".join(old[a:b]), come + "".join(new[c:d])
            continue
        pieces += [*_changed(gone, come), ("=", stays)]
        gone, come = "", ""
    return pieces + _changed(gone, come)


def _changed(gone: str, come: str) -> Pieces:
    return [piece for piece in (("-", gone), ("+", come)) if piece[1]]
