"""Shots that a Fountain script marks by a note each: `[[shot: 2.3 | close-up | low angle | 3 s | June, Mina | notes: dim]]`.

A shot lasts from its note to the next, or to the end of its scene. The number and all but the framing may be left out.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

from storage.scripts.script import Line

NOTE = re.compile(r"\[\[\s*shot:\s*(.*?)\]\]", re.DOTALL | re.IGNORECASE)

NUMBER = re.compile(r"\d+(?:\.\d+)*")

SECONDS = re.compile(r"(\d+(?:\.\d+)?)\s*(?:s|sec|seconds|초)", re.IGNORECASE)

NAMED = ("action", "notes", "prompt")
"""Facts that stand behind their name."""


def facts(note: str) -> dict[str, Any]:
    """Columns of the shot that a note's text tells of; `characters` by name."""
    parts = [" ".join(part.split()) for part in note.split("|")]
    if NUMBER.fullmatch(parts[0]):
        parts.pop(0)
    found: dict[str, Any] = {"characters": []}
    before = ["framing", "angle"]
    for part in filter(None, parts):
        name, _, said = part.partition(":")
        if name.casefold() in NAMED:
            found[name.casefold()] = said.strip()
        elif length := SECONDS.fullmatch(part):
            found["seconds"], before = float(length[1]), []
        elif before:
            found[before.pop(0)] = part
        else:
            found["characters"] = [one.strip() for one in part.split(",") if one.strip()]
    return found


def shot(told: dict[str, Any], lines: Sequence[Line]) -> dict[str, Any]:
    """Columns of a shot of what its note told and of what happens and is said in it."""
    happens = [line.text for line in lines if not line.speaker]
    said = [line for line in lines if line.speaker]
    manner = next((line.manner for line in said if line.manner), "")
    own = {
        "action": " ".join(happens) or manner,
        "dialogue": "\n".join(f"{line.speaker}: {line.text}" for line in said),
    }
    return own | told
