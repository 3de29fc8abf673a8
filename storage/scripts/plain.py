"""Plain text: headings such as `Scene 1`, `S#1` or `씬 1`, else a paragraph a scene; `NAME: words` is said."""

from __future__ import annotations

import re

from storage.scripts.headings import FOUNTAIN, NUMBERED
from storage.scripts.script import Draft, Line

SAID = re.compile(r"([A-Z가-힣][\w .'’가-힣-]{0,23}?)\s*(?:\(([^)]*)\))?\s*[:：\t]\s*(?:\(([^)]*)\))?\s*(\S.*)")
"""Who speaks, how, and what: `Mina (softly): Wait.`"""

QUOTED = re.compile(r"([A-Z가-힣][\w가-힣]{0,23})\s+[\"“]([^\"”]+)[\"”]\s*$")
"""`Mina “Wait.”`"""


def read(text: str) -> list[Draft]:
    """The scenes of a text."""
    lines = [line.strip() for line in text.splitlines()]
    headed = any(_is_heading(line) for line in lines)
    scenes, gap = [Draft()], False
    for line in lines:
        if not line:
            gap = True
        elif _is_heading(line):
            scenes.append(Draft(line))
        else:
            if gap and not headed and scenes[-1].lines:
                scenes.append(Draft())
            scenes[-1].lines.append(_line(line))
        gap = gap and not line
    return [scene for scene in scenes if not scene.empty]


def _is_heading(line: str) -> bool:
    return bool(FOUNTAIN.match(line)) or bool(NUMBERED.match(line))


def _line(text: str) -> Line:
    if found := SAID.fullmatch(text):
        return Line(found[4].strip('"“” '), found[1].strip(), found[2] or found[3] or "")
    if found := QUOTED.fullmatch(text):
        return Line(found[2], found[1])
    return Line(text)
