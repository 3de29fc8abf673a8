"""A labelled grid of pictures: what changes across on top, what changes down on the left."""

from __future__ import annotations

from typing import NamedTuple

from PIL import Image as Pictures
from PIL import ImageDraw, ImageFont

from storage import fonts

PAPER, INK, PENCIL = (24, 24, 24), (235, 235, 235), (160, 160, 160)

GAP, MARGIN = 6, 12
LARGEST = 8192
"""Pixels of the longest side that a grid may have; its pictures are made smaller to keep to it."""

MOST_LINES = 4


class Side(NamedTuple):
    """One side: what changes along it, and what each column or row has."""

    title: str
    labels: list[str]


def grid(across: Side, down: Side, pictures: list[Pictures.Image]) -> Pictures.Image:
    """The grid as RGB; `pictures` row by row, each in the middle of its place."""
    columns, rows = len(across.labels), len(down.labels)
    share = min(
        1.0, LARGEST * 0.9 / max(columns * max(p.width for p in pictures), rows * max(p.height for p in pictures))
    )
    sized = [p if share == 1 else p.resize((round(p.width * share), round(p.height * share))) for p in pictures]
    wide, high = max(p.width for p in sized), max(p.height for p in sized)
    face = fonts.lettering(fonts.korean(), max(12, min(28, wide // 12)))
    left = min(wide, max((_width(face, text) for text in down.labels), default=0)) + 2 * MARGIN
    left = max(left, min(wide, _width(face, down.title)) + 2 * MARGIN) if down.title else MARGIN
    tops = [broken(text, face, wide) for text in across.labels]
    line = round(face.size * 1.35)
    top = MARGIN + line * (max(len(lines) for lines in tops) + (1 if across.title else 0)) + MARGIN // 2
    page = Pictures.new("RGB", (left + columns * (wide + GAP) + MARGIN, top + rows * (high + GAP) + MARGIN), PAPER)
    pen = ImageDraw.Draw(page)
    pen.text((left, MARGIN // 2), across.title, fill=PENCIL, font=face)
    for column, lines in enumerate(tops):
        for number, text in enumerate(lines):
            y = top - MARGIN // 2 - line * (len(lines) - number)
            pen.text((left + column * (wide + GAP), y), text, fill=INK, font=face)
    for row, text in enumerate(down.labels):
        y = top + row * (high + GAP)
        written = ([(down.title, PENCIL)] if down.title and not row else []) + [
            (part, INK) for part in broken(text, face, left - 2 * MARGIN)
        ]
        for number, (part, colour) in enumerate(written):
            pen.text((MARGIN, y + number * line), part, fill=colour, font=face)
    for number, picture in enumerate(sized):
        row, column = divmod(number, columns)
        place = (left + column * (wide + GAP), top + row * (high + GAP))
        page.paste(picture, (place[0] + (wide - picture.width) // 2, place[1] + (high - picture.height) // 2))
    return page


def broken(text: str, face: ImageFont.FreeTypeFont, width: int) -> list[str]:
    """The text in lines of that width in pixels, at most a few; what is over ends in an ellipsis."""
    found = fonts.lines(text, width, face.getlength) or [""]
    return found if len(found) <= MOST_LINES else [*found[: MOST_LINES - 1], f"{found[MOST_LINES - 1][:-1]}…"]


def _width(face: ImageFont.FreeTypeFont, text: str) -> int:
    return round(face.getlength(text))
