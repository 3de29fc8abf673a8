"""A pen that fills, outlines and shades shapes in head units on a Pillow canvas.

Head units: the origin is the middle of the face, one unit is the height of the head from skull to chin,
u grows to the right and v downwards. Before `place` is called, points are fractions of the canvas.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from PIL import Image, ImageDraw

Colour = tuple[int, int, int]
BACK, SKIN, HAIR, CLOTH, PLAIN = range(5)
"""Parts of a picture that are lit apart; PLAIN is never shaded (eyes, glasses)."""


@dataclass(frozen=True)
class Ink:
    """How a style fills and outlines a shape; lines and solid marks keep their own colour."""

    fill: Callable[[Colour], Colour]
    outline: Colour | None = None
    width: float = 0.0
    """Of outlines, as a fraction of the canvas."""
    lit: bool = False
    mark: Colour | None = None
    """Colour of lines and solid marks (pupils, brows) where a style has one only."""


def mix(colour: Colour, other: Colour, share: float) -> Colour:
    """`share` of the other colour in the first."""
    return tuple(round(a + (b - a) * share) for a, b in zip(colour, other))


def darker(colour: Colour, share: float = 0.25) -> Colour:
    return mix(colour, (0, 0, 0), share)


def lighter(colour: Colour, share: float = 0.25) -> Colour:
    return mix(colour, (255, 255, 255), share)


Oval = tuple[float, float, float, float]
"""An ellipse: its centre (u, v) and its half axes, in head units."""


class Pen:
    """Draws on `image`; remembers in `parts` which part each pixel belongs to, for the light."""

    def __init__(self, pixels: int, ink: Ink):
        self.pixels, self.ink = pixels, ink
        self.image = Image.new("RGB", (pixels, pixels))
        self.parts = Image.new("L", (pixels, pixels), BACK)
        self._colour, self._part = ImageDraw.Draw(self.image), ImageDraw.Draw(self.parts)
        self.place(0.0, 0.0, 1.0)

    def place(self, x: float, y: float, unit: float) -> None:
        """Puts the origin at (x, y) and makes one unit `unit`, all as fractions of the canvas."""
        self.x, self.y, self.unit = x * self.pixels, y * self.pixels, unit * self.pixels

    def shape(self, points, colour: Colour, part: int = PLAIN, outline: bool = True, solid: bool = False) -> None:
        """A filled polygon, [[u, v], …]. Solid shapes take the style's mark colour, if it has one."""
        at = self._at(points)
        fill = (self.ink.mark or colour) if solid else self.ink.fill(colour)
        self._colour.polygon(at, fill=fill)
        self._part.polygon(at, fill=part)
        if outline and self.ink.outline:
            self._line(at + at[:2], self.ink.outline, self._outline_width())

    def blob(self, oval: Oval, colour: Colour, part: int = PLAIN, outline: bool = True, solid: bool = False) -> None:
        """A filled ellipse."""
        box = self._box(oval)
        fill = (self.ink.mark or colour) if solid else self.ink.fill(colour)
        line = self.ink.outline if outline else None
        self._colour.ellipse(box, fill=fill, outline=line, width=self._outline_width() if line else 0)
        self._part.ellipse(box, fill=part)

    def stroke(self, points, width: float, colour: Colour) -> None:
        """A line with round ends, `width` in head units."""
        self._line(self._at(points), self.ink.mark or colour, max(2, round(width * self.unit)))

    def ring(self, oval: Oval, width: float, colour: Colour) -> None:
        """An ellipse's line alone."""
        self._colour.ellipse(self._box(oval), outline=self.ink.mark or colour, width=max(2, round(width * self.unit)))

    def _box(self, oval: Oval) -> list[float]:
        """Left, top, right and bottom in pixels."""
        u, v, ru, rv = oval
        return [
            self.x + (u - ru) * self.unit,
            self.y + (v - rv) * self.unit,
            self.x + (u + ru) * self.unit,
            self.y + (v + rv) * self.unit,
        ]

    def light(self, part: int, lamps: list[tuple[float, float, float, float, float]]) -> None:
        """Brightens or darkens a part by soft spots (u, v, half width, half height, amount), amounts added up.

        No-op in styles that are not lit. Computed at a quarter of the canvas: light is smooth.
        """
        if not self.ink.lit:
            return
        small = self.pixels // 4
        axis = (np.arange(small, dtype=np.float32) + 0.5) * (self.pixels / small)
        us, vs = (axis - self.x) / self.unit, (axis - self.y) / self.unit
        light = np.ones((small, small), np.float32)
        for u, v, su, sv, amount in lamps:
            light += amount * np.exp(-(((vs - v) / sv) ** 2))[:, None] * np.exp(-(((us - u) / su) ** 2))[None, :]
        light = (light * 128).clip(20, 200).astype(np.uint8)
        light = np.asarray(Image.fromarray(light).resize((self.pixels,) * 2, Image.Resampling.BILINEAR))
        mask = np.asarray(self.parts) == part
        pixels = np.array(self.image)
        pixels[mask] = (pixels[mask] * (light[mask, None] / np.float32(128))).clip(0, 255).astype(np.uint8)
        self.image.paste(Image.fromarray(pixels))

    def _outline_width(self) -> int:
        return max(1, round(self.ink.width * self.pixels * (0.45 + 1.0 * min(self.unit / self.pixels, 0.55))))

    def _at(self, points) -> list[float]:
        flat = np.asarray(points, np.float64) * self.unit + (self.x, self.y)
        return flat.ravel().tolist()

    def _line(self, at: list[float], colour: Colour, width: int) -> None:
        self._colour.line(at, fill=colour, width=width, joint="curve")
        reach = width / 2
        for x, y in (at[:2], at[-2:]):
            self._colour.ellipse([x - reach, y - reach, x + reach, y + reach], fill=colour)


def smooth(points, each: int = 8, closed: bool = True) -> np.ndarray:
    """A Catmull-Rom curve through points, `each` pieces between two of them: [n, 2]."""
    p = np.asarray(points, np.float64)
    p = np.concatenate([p[-1:], p, p[:2]]) if closed else np.concatenate([2 * p[:1] - p[1:2], p, 2 * p[-1:] - p[-2:-1]])
    t = np.linspace(0, 1, each, endpoint=False)[None, :, None]
    a, b, c, d = (p[i : len(p) - 3 + i, None] for i in range(4))
    curve = 0.5 * (2 * b + (c - a) * t + (2 * a - 5 * b + 4 * c - d) * t**2 + (3 * b - a - 3 * c + d) * t**3)
    curve = curve.reshape(-1, 2)
    return curve if closed else np.concatenate([curve, p[-2:-1]])


def mirrored(points) -> list[tuple[float, float]]:
    """The points and, in reverse, their mirror images: one closed symmetric outline."""
    return [*points, *[(-u, v) for u, v in reversed(points)]]
