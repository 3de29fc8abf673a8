"""How a picture is turned, mirrored and cut: values only, no store.

An edit is made of the picture as it came: first turned clockwise, then mirrored, then cut.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any, Self

from PIL import Image as Pictures

from storage.errors import BadInput
from storage.uploads import SMALLEST

Box = tuple[int, int, int, int]
"""Left, top, right, bottom in pixels."""

TURNS = {
    90: Pictures.Transpose.ROTATE_270,  # Pillow turns counter-clockwise
    180: Pictures.Transpose.ROTATE_180,
    270: Pictures.Transpose.ROTATE_90,
}


@dataclass(frozen=True)
class Edit:
    """What is done to a picture as it came.

    rotate: degrees clockwise, 0, 90, 180 or 270; flip: left becomes right; crop: cut out of what these made.
    """

    rotate: int = 0
    flip: bool = False
    crop: Box | None = None

    @classmethod
    def read(cls, row: dict[str, Any]) -> Self:
        """The edit that `Image.edit` holds."""
        crop = row.get("crop")
        return cls(row.get("rotate", 0), row.get("flip", False), tuple(crop) if crop else None)

    def row(self) -> dict[str, Any]:
        """What `Image.edit` is to hold: only what is done."""
        done = {"rotate": self.rotate, "flip": self.flip, "crop": list(self.crop) if self.crop else None}
        return {name: value for name, value in done.items() if value}

    def turned(self, degrees: int, size: tuple[int, int]) -> Edit:
        """This edit, and what it made turned clockwise; `size` is the original's (width, height)."""
        found = self
        for _ in range(_quarter(degrees) // 90):
            width, height = found.uncut(size)
            turn = 270 if found.flip else 90  # mirrored afterwards, so turned the other way before
            crop = (
                (height - found.crop[3], found.crop[0], height - found.crop[1], found.crop[2]) if found.crop else None
            )
            found = replace(found, rotate=(found.rotate + turn) % 360, crop=crop)
        return found

    def mirrored(self, size: tuple[int, int]) -> Edit:
        """This edit, and what it made mirrored; `size` is the original's (width, height)."""
        width = self.uncut(size)[0]
        crop = (width - self.crop[2], self.crop[1], width - self.crop[0], self.crop[3]) if self.crop else None
        return replace(self, flip=not self.flip, crop=crop)

    def uncut(self, size: tuple[int, int]) -> tuple[int, int]:
        """(width, height) before the cut, of an original of `size`."""
        return size if self.rotate in (0, 180) else (size[1], size[0])

    def fitted(self, size: tuple[int, int]) -> Edit:
        """This edit with whole degrees and a crop that lies within the picture; none if it would cut nothing away.

        Raises:
            BadInput: not a quarter turn, or too little would be left.
        """
        edit = replace(self, rotate=_quarter(self.rotate))
        width, height = edit.uncut(size)
        if edit.crop is None:
            return edit
        left, top, right, bottom = edit.crop
        crop = (max(0, left), max(0, top), min(width, right), min(height, bottom))
        if min(crop[2] - crop[0], crop[3] - crop[1]) < SMALLEST:
            raise BadInput(
                f"This crop leaves {max(0, crop[2] - crop[0])} × {max(0, crop[3] - crop[1])} pixels of "
                f"{width} × {height}; {SMALLEST} a side is the least. Choose a larger part of the picture."
            )
        return replace(edit, crop=None if crop == (0, 0, width, height) else crop)

    def apply(self, picture: Pictures.Image) -> Pictures.Image:
        """The edited picture: no pixel is computed anew, each is moved or left out."""
        if self.rotate:
            picture = picture.transpose(TURNS[self.rotate])
        if self.flip:
            picture = picture.transpose(Pictures.Transpose.FLIP_LEFT_RIGHT)
        return picture.crop(self.crop) if self.crop else picture


def around(box: Sequence[float], margin: float, size: tuple[int, int]) -> Box:
    """A square around a face that lies within a picture of `size` as far as it can.

    Args:
        box: left, top, right, bottom of the face in pixels.
        margin: what is added on each side, in sizes of the face.
    """
    width, height = size
    side = min(round(max(box[2] - box[0], box[3] - box[1]) * (1 + 2 * margin)), width, height)
    left = _within((box[0] + box[2] - side) / 2, width - side)
    top = _within((box[1] + box[3] - side) / 2, height - side)
    return left, top, left + side, top + side


def _within(value: float, most: int) -> int:
    return max(0, min(round(value), most))


def _quarter(degrees: int) -> int:
    if degrees % 90:
        raise BadInput(f"A picture can be turned by 90, 180 or 270 degrees, and {degrees} was given.")
    return degrees % 360
