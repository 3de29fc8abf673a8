"""What a scene's heading says of the place and the time of day, in English and Korean."""

from __future__ import annotations

import re

INSIDE = r"(?:INT\.?/EXT|EXT\.?/INT|INT|EXT|EST|I/E)[. ]"
"""How a heading begins in Fountain, https://fountain.io/syntax#scene-headings"""

FOUNTAIN = re.compile(INSIDE, re.IGNORECASE)

NUMBERED = re.compile(r"(?:S\s*#\s*\d+|(?:scene|씬|신|장면)\s*#?\d+|#\s*\d+)\s*[.:)\-–—]?\s*", re.IGNORECASE)
"""How it begins in plain text: `S#1.`, `Scene 1:`, `씬 1`, `장면 1`, `#1`."""

NUMBER = re.compile(r"\s*#[\w.\-]+#\s*$")
"""A scene's number at the end of a heading."""

TIMES = {
    "day": "day", "morning": "morning", "noon": "noon", "afternoon": "afternoon", "evening": "evening", "dusk": "dusk",
    "dawn": "dawn", "night": "night", "midnight": "midnight", "sunset": "sunset", "sunrise": "sunrise",
    "낮": "day", "아침": "morning", "정오": "noon", "오후": "afternoon", "저녁": "evening", "밤": "night",
    "새벽": "dawn", "한밤": "midnight", "노을": "sunset",
}  # fmt: skip
"""Words for times of day → the one a prompt is given."""

SAME = ("continuous", "later", "moments later", "same", "same time")
"""What stands where the time does and is none."""


def parts(heading: str) -> tuple[str, str]:
    """(place, time of day) that a heading names, '' where it does not: `EXT. PARK - NIGHT` is ('park', 'night')."""
    said = NUMBER.sub("", heading.strip())
    said = NUMBERED.sub("", said, count=1) if NUMBERED.match(said) else said
    inside = FOUNTAIN.match(said)
    said = said[inside.end() :] if inside else said
    pieces = [piece.strip(" .()") for piece in re.split(r"\s+[-–—/]\s+|\s*[|(]\s*|,\s+", said)]
    pieces = [piece for piece in pieces if piece and piece.casefold() not in SAME]
    time = next((TIMES[piece.casefold()] for piece in pieces[::-1] if piece.casefold() in TIMES), "")
    places = [piece for piece in pieces if piece.casefold() not in TIMES]
    return ", ".join(_calm(place) for place in places), time


def _calm(place: str) -> str:
    """A place in small letters where it was written in capitals."""
    return place.lower() if place.isupper() else place
