"""A contact sheet: rows of pictures under a heading each."""

from __future__ import annotations

from pathlib import Path

from PIL import Image as Pictures
from PIL import ImageDraw, ImageFont

SIDE, GAP, HEADING, CAPTION = 192, 8, 40, 34
"""Pixels: a picture's side, what lies between two, the height of a heading, and of the words below a picture."""

PAPER, INK, PENCIL = (24, 24, 24), (235, 235, 235), (160, 160, 160)


def sheet(title: str, rows: list[tuple[str, list[Pictures.Image]]], words: list[str]) -> Pictures.Image:
    """The sheet as RGB.

    Args:
        title: what stands on top.
        rows: a heading, and pictures of `SIDE` × `SIDE`.
        words: what stands below the pictures of the last row.
    """
    columns = max(len(pictures) for _, pictures in rows)
    width = GAP + columns * (SIDE + GAP)
    height = HEADING + len(rows) * (HEADING + SIDE + GAP) + CAPTION
    page = Pictures.new("RGB", (width, height), PAPER)
    pen = ImageDraw.Draw(page)
    pen.text((GAP, 10), title, fill=INK, font=ImageFont.load_default(20))
    for number, (heading, pictures) in enumerate(rows):
        top = HEADING + number * (HEADING + SIDE + GAP)
        pen.text((GAP, top + 14), heading, fill=INK, font=ImageFont.load_default(15))
        for column, picture in enumerate(pictures):
            page.paste(picture, (GAP + column * (SIDE + GAP), top + HEADING))
    for column, text in enumerate(words):
        place = (GAP + column * (SIDE + GAP), height - CAPTION)
        pen.multiline_text(place, _broken(text), fill=PENCIL, font=ImageFont.load_default(10), spacing=1)
    return page


def _broken(text: str, letters: int = 36, lines: int = 2) -> str:
    """The text in a few lines of so many letters at most."""
    found = [""]
    for word in text.split():
        if len(found[-1]) + len(word) > letters:
            found.append("")
        found[-1] = f"{found[-1]} {word}".strip()
    return "\n".join(found[:lines]) + (" …" if len(found) > lines else "")


def keep(page: Pictures.Image, path: Path) -> Path:
    """Write the sheet; returns its path."""
    path.parent.mkdir(parents=True, exist_ok=True)
    page.save(path)
    return path
