"""How large a picture becomes, and how a given picture is brought to that size."""

from __future__ import annotations

import math
from typing import Literal

from PIL import Image as Pictures
from PIL import ImageOps

from storage.errors import BadInput

LANCZOS = Pictures.Resampling.LANCZOS

Resize = Literal["crop", "pad", "stretch"]
"""How a picture is brought to a size of another shape."""

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


def fit(picture: Pictures.Image, size: tuple[int, int], resize: Resize = "crop") -> Pictures.Image:
    """The picture brought to `size`.

    resize: `crop` scales until the size is covered and cuts off evenly what stands over; `pad` scales until the whole
        picture is in it and goes on with the colours of its edges; `stretch` gives up its shape.
    """
    if picture.size == size:
        return picture
    if resize == "stretch":
        return picture.resize(size, LANCZOS)
    if resize == "crop":
        return ImageOps.fit(picture, size, LANCZOS)
    return _padded(picture, size)


def fit_mask(mask: Pictures.Image, whole: tuple[int, int], size: tuple[int, int], resize: Resize) -> Pictures.Image:
    """The mask (`L`, white: redraw) of a picture of the size `whole`, brought along with it to `size`.

    What `pad` puts beside the picture is white: it has never been drawn.
    """
    mask = mask.convert("L").resize(whole, Pictures.Resampling.NEAREST)
    if resize != "pad":
        return fit(mask, size, resize)
    inner, place = _inside(whole, size)
    white = Pictures.new("L", size, 255)
    white.paste(mask.resize(inner, LANCZOS), place)
    return white


def _inside(whole: tuple[int, int], size: tuple[int, int]) -> tuple[tuple[int, int], tuple[int, int]]:
    """The size in which a picture fits whole into `size`, and its top left corner there."""
    scale = min(size[0] / whole[0], size[1] / whole[1])
    width, height = (min(most, max(1, round(side * scale))) for side, most in zip(whole, size, strict=True))
    return (width, height), ((size[0] - width) // 2, (size[1] - height) // 2)


def _padded(picture: Pictures.Image, size: tuple[int, int]) -> Pictures.Image:
    (width, height), (left, top) = _inside(picture.size, size)
    small = picture.resize((width, height), LANCZOS)
    made = Pictures.new(picture.mode, size)
    if height < size[1]:  # at most one of the two pairs of strips is there, but for rounding
        made.paste(small.crop((0, 0, width, 1)).resize((size[0], top or 1)), (0, 0))
        made.paste(small.crop((0, height - 1, width, height)).resize((size[0], size[1] - top)), (0, top))
    if width < size[0]:
        made.paste(small.crop((0, 0, 1, height)).resize((left or 1, size[1])), (0, 0))
        made.paste(small.crop((width - 1, 0, width, height)).resize((size[0] - left, size[1])), (left, 0))
    made.paste(small, (left, top))
    return made
