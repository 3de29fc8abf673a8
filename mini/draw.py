"""Draws one `Drawing` in any style. Deterministic: the same drawing gives the same pixels."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from PIL import Image

from mini import finish
from mini.body import CLOTH_COLOURS, draw_body
from mini.face import SKIN_COLOURS, draw_face, draw_glasses
from mini.hair import draw_hair_behind, draw_hair_over, draw_hat
from mini.inks import INKS
from mini.pen import Pen
from mini.scenes import draw_background
from mini.world import Drawing

PLACES = {"close-up": (0.5, 0.58), "medium shot": (0.3, 0.335), "full shot": (0.17, 0.192)}
"""Framing: height of the face's middle, and of the head, as fractions of the picture."""


def draw(drawing: Drawing, size: int = 128, style: str | None = None) -> Image.Image:
    """The picture, RGB, size × size. `style` redraws it in another style than its own."""
    drawing = replace(drawing, style=style) if style else drawing
    pixels = canvas_pixels(size)
    pen = Pen(pixels, INKS[drawing.style])
    rng = np.random.default_rng(drawing.seed)
    draw_background(pen, drawing.background)
    y, head = PLACES[drawing.framing]
    pen.place(0.5, y, head)
    _figure(pen, drawing)
    picture = finish.FINISHES.get(drawing.style, finish.keep)(pen.image, rng)
    return picture.resize((size, size), Image.Resampling.NEAREST if drawing.style == "pixel" else Image.Resampling.BOX)


def canvas_pixels(size: int) -> int:
    """At least 384, and three times the picture up to 256 px, twice above."""
    return max(384, size * 3 if size <= 256 else size * 2)


def _figure(pen: Pen, drawing: Drawing) -> None:
    person = drawing.person
    pen.skin = SKIN_COLOURS[person.skin]
    draw_hair_behind(pen, person, drawing.hat)
    draw_body(
        pen,
        person.kind,
        pen.skin,
        drawing.garment,
        CLOTH_COLOURS[drawing.garment_colour],
        full=drawing.framing == "full shot",
    )
    draw_face(pen, person, drawing.expression)
    draw_hair_over(pen, person)
    draw_glasses(pen, person)
    draw_hat(pen, drawing.hat, person)
