"""How a picture is cut for learning: into the bucket nearest to its own shape, or square.

Aspect-ratio buckets as NovelAI described them (2022, https://blog.novelai.net/novelai-improvements-on-stable-diffusion-e10d38db82ac):
shapes of about the same area, so that nothing is squeezed and little is cut away.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cache

Size = tuple[int, int]
"""Height and width in pixels."""

LONGEST = 2
"""A bucket's sides are at most this many times, and at least one such part of, the resolution."""


@dataclass(frozen=True)
class Frame:
    """Where in a picture the lesson lies, in pixels.

    The picture of `original` size (height, width) is scaled to `scaled`, then `target` is cut out at (top, left).
    """

    original: Size
    scaled: Size
    top: int
    left: int
    target: Size

    @property
    def sizes(self) -> list[int]:
        """What SDXL is told: original height and width, top and left of the crop, target height and width."""
        return [*self.original, self.top, self.left, *self.target]

    @property
    def enlarged(self) -> bool:
        """Whether the picture is smaller than what is asked of it."""
        return self.scaled[0] > self.original[0] or self.scaled[1] > self.original[1]

    def within(self, box: tuple[float, float, float, float]) -> tuple[float, float, float, float] | None:
        """Where a box of the original (left, top, right, bottom) lies in the lesson, in pixels; None if it was cut away."""
        height, width = self.target
        across, down = self.scaled[1] / self.original[1], self.scaled[0] / self.original[0]
        left, right = (max(0.0, min(side * across - self.left, width)) for side in box[::2])
        top, bottom = (max(0.0, min(side * down - self.top, height)) for side in box[1::2])
        return (left, top, right, bottom) if left < right and top < bottom else None

    @property
    def box(self) -> tuple[float, float, float, float]:
        """Left, top, right and bottom of what is seen, as shares of the picture's sides."""
        height, width = self.scaled
        return (
            self.left / width,
            self.top / height,
            (self.left + self.target[1]) / width,
            (self.top + self.target[0]) / height,
        )


@dataclass(frozen=True)
class Cut:
    """How all pictures of a run are cut.

    side: resolution in pixels, a bucket has about its square · grain: sides are multiples of it ·
    buckets: keep shapes, else all square · enlarge: blow small pictures up, else they get smaller buckets ·
    face: cut around the face where one is known, else around the middle.
    """

    side: int
    grain: int
    buckets: bool = True
    enlarge: bool = False
    face: bool = False


@cache
def shapes(side: int, grain: int) -> list[Size]:
    """The buckets of a resolution, none larger than its square, each as wide as it can be."""
    found = set()
    for height in range(max(grain, side // LONGEST // grain * grain), side * LONGEST + 1, grain):
        width = min(side * side // height, side * LONGEST) // grain * grain
        if width >= max(grain, side // LONGEST // grain * grain):
            found.add((height, width))
            found.add((width, height))
    return sorted(found)


def frame(cut: Cut, original: Size, face: tuple[int, int, int, int] | None = None) -> Frame:
    """Where the lesson lies in a picture of (height, width).

    Args:
        face: left, top, right and bottom in pixels of the original; only looked at where `cut.face`.
    """
    target = _target(cut, original)
    scale = max(target[0] / original[0], target[1] / original[1])
    scaled = (max(target[0], round(original[0] * scale)), max(target[1], round(original[1] * scale)))
    middle = (0.5, 0.5)
    if cut.face and face is not None:
        middle = ((face[1] + face[3]) / 2 / original[0], (face[0] + face[2]) / 2 / original[1])
    top, left = (
        min(max(0, round(share * whole - part / 2)), whole - part)
        for share, whole, part in zip(middle, scaled, target, strict=True)
    )
    return Frame(original, scaled, top, left, target)


def _target(cut: Cut, original: Size) -> Size:
    wanted = (cut.side, cut.side)
    if cut.buckets:
        aspect = math.log(original[0] / original[1])
        wanted = min(shapes(cut.side, cut.grain), key=lambda s: (abs(math.log(s[0] / s[1]) - aspect), -s[0] * s[1]))
    if cut.enlarge or (wanted[0] <= original[0] and wanted[1] <= original[1]):
        return wanted
    fits = [min(length // cut.grain * cut.grain, cut.side * LONGEST) for length in original]
    height, width = (max(cut.grain, length) for length in fits)
    if not cut.buckets:
        height = width = min(height, width)
    return height, width
