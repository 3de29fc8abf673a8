"""How large a picture becomes, and how a given picture is brought to that size."""

from __future__ import annotations

import math

from PIL import Image as Pictures
from PIL import ImageOps

from storage.errors import BadInput

SLIMMEST = 4
"""A picture is at most this many times as long as it is wide when its size is taken from a given picture."""


def picture_size(
    width: int, height: int, native: int, grain: int, given: tuple[int, int] | None = None
) -> tuple[int, int]:
    """The (width, height) to draw at, in pixels: multiples of `grain`.

    0 stands for the base model's own side; where both are 0 and a picture is
    given, the size has that picture's shape and the base's own area.

    Raises:
        BadInput: a side is no multiple of `grain`; names the nearest sides that are.
    """
    if not width and not height and given is not None:
        return _shaped_like(given, native, grain)
    sides = {"width": width or native, "height": height or native}
    for name, side in sides.items():
        if side % grain or side < grain:
            below = side // grain * grain
            near = [str(good) for good in (below, below + grain) if good]
            raise BadInput(
                f"The {name} of {side} pixels is not a multiple of {grain}, as this base model needs it. "
                f"The nearest that are: {' and '.join(near)}."
            )
    return sides["width"], sides["height"]


def _shaped_like(given: tuple[int, int], native: int, grain: int) -> tuple[int, int]:
    shape = min(SLIMMEST, max(1 / SLIMMEST, given[0] / given[1]))

    def whole(side: float) -> int:
        return max(grain, round(side / grain) * grain)

    return whole(native * math.sqrt(shape)), whole(native / math.sqrt(shape))


def fit(picture: Pictures.Image, size: tuple[int, int]) -> Pictures.Image:
    """The picture scaled until it covers `size`, with what stands over cut off evenly."""
    if picture.size == size:
        return picture
    return ImageOps.fit(picture, size, Pictures.Resampling.LANCZOS)
