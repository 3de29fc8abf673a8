"""Backgrounds: six plain colours and four places. Points are fractions of the canvas."""

from __future__ import annotations

import numpy as np

from mini.pen import BACK, Pen, mix

PLAIN_COLOURS = {
    "blue": (96, 160, 226),
    "green": (128, 196, 116),
    "yellow": (250, 214, 96),
    "pink": (248, 172, 192),
    "gray": (156, 158, 164),
    "purple": (150, 110, 196),
}


def draw_background(pen: Pen, background: str) -> None:
    """Fills the canvas; a place is the same each time, so that a small model learns it sharply."""
    pen.place(0.0, 0.0, 1.0)
    if background.startswith("plain "):
        _rect(pen, 0, 0, 1, 1, PLAIN_COLOURS[background[6:]])
        pen.place(0.5, 0.5, 1.0)
        pen.light(BACK, [(-0.2, -0.25, 0.5, 0.5, 0.13), (0.55, 0.55, 0.5, 0.5, -0.18)])
    else:
        {"beach": _beach, "park": _park, "city": _city, "night": _night}[background](pen)


def _rect(pen: Pen, left, top, right, bottom, colour, outline=False) -> None:
    pen.shape([(left, top), (right, top), (right, bottom), (left, bottom)], colour, BACK, outline=outline)


def _disc(pen: Pen, x, y, rx, ry, colour, outline=True) -> None:
    pen.blob((x, y, rx, ry), colour, BACK, outline=outline)


def _sky(pen: Pen, top, low, until: float, bands: int = 16) -> None:
    bands = bands if pen.ink.lit else 1
    for i in range(bands):
        _rect(
            pen,
            0,
            until * i / bands,
            1,
            until * (i + 1) / bands + 0.005,
            mix(top, low, i / max(1, bands - 1) if bands > 1 else 0.35),
        )


def _beach(pen: Pen) -> None:
    _sky(pen, (92, 178, 240), (190, 228, 250), 0.5)
    _disc(pen, 0.84, 0.14, 0.09, 0.09, (255, 226, 80))
    _rect(pen, 0, 0.48, 1, 0.72, (24, 118, 190), outline=True)
    _rect(pen, 0, 0.56, 1, 0.58, (110, 190, 230))
    _rect(pen, 0, 0.7, 1, 1, (242, 214, 150), outline=True)


def _park(pen: Pen) -> None:
    _sky(pen, (150, 208, 246), (212, 236, 250), 0.6)
    _rect(pen, 0, 0.58, 1, 1, (104, 178, 76), outline=True)
    for x, size in ((0.1, 1.15), (0.9, 1.0)):
        _rect(pen, x - 0.03, 0.42, x + 0.03, 0.66, (120, 78, 46), outline=True)
        for dx, dy, r in ((-0.07, 0.36, 0.1), (0.07, 0.36, 0.1), (0.0, 0.25, 0.12)):
            _disc(pen, x + dx * size, dy, r * size, r * size, (44, 128, 58))


def _city(pen: Pen) -> None:
    _sky(pen, (236, 196, 160), (250, 226, 196), 1.0)
    for left, wide, top in (
        (0.0, 0.19, 0.22),
        (0.19, 0.16, 0.42),
        (0.35, 0.3, 0.5),
        (0.65, 0.15, 0.34),
        (0.8, 0.2, 0.14),
    ):
        _rect(
            pen, left, top, left + wide, 0.9, (112, 120, 142) if left in (0.19, 0.65) else (88, 96, 120), outline=True
        )
        for y in np.arange(top + 0.05, 0.82, 0.13):
            for x in np.arange(left + 0.035, left + wide - 0.05, 0.075):
                _rect(pen, x, y, x + 0.042, y + 0.065, (255, 224, 130))
    _rect(pen, 0, 0.86, 1, 1, (74, 76, 86), outline=True)


def _night(pen: Pen) -> None:
    _sky(pen, (18, 22, 66), (48, 48, 110), 1.0)
    for x, y in (
        (0.08, 0.1),
        (0.24, 0.3),
        (0.42, 0.07),
        (0.93, 0.42),
        (0.07, 0.52),
        (0.6, 0.14),
        (0.9, 0.66),
        (0.14, 0.74),
    ):
        _disc(pen, x, y, 0.014, 0.014, (255, 248, 200), outline=False)
    _disc(pen, 0.83, 0.16, 0.1, 0.1, (250, 240, 190))
    _rect(pen, 0, 0.84, 1, 1, (30, 44, 60), outline=True)
