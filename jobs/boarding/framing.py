"""How near the camera came, measured by the largest face, and whether that is what the shot asked for."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from PIL import Image as Pictures

from jobs.faces.detection import Face, framing, largest
from jobs.faces.detection.mtcnn import CLOSE_UP, MEDIUM

if TYPE_CHECKING:
    from jobs.faces.detection import Mtcnn

RANGES = {"close-up": (CLOSE_UP, 1.0), "medium": (MEDIUM, CLOSE_UP), "full": (0.0, MEDIUM)}
"""Height of the face ÷ height of the picture, from and to, of the framings that can be measured."""


class Measured(NamedTuple):
    """What was measured: the framing ('' without a face) and the face's share of the height, 0 … 1."""

    framing: str
    share: float


def measure(picture: Pictures.Image, detector: Mtcnn) -> Measured:
    """How near the largest face of an RGB picture is."""
    return measured(largest([picture], detector)[0], picture.height)


def measured(face: Face | None, height: int) -> Measured:
    """How near a face is in a picture of that height."""
    return Measured(framing(face, height), face.height / height) if face else Measured("", 0.0)


def verdict(asked: str, found: Measured, people: bool) -> bool | None:
    """Whether a shot is framed as asked; None where that cannot be told.

    Without a face a close-up of somebody is wrong; farther away a face may just be too small to be found.

    Args:
        asked: the name of a framing; those of one's own cannot be measured.
        people: whether somebody is to be seen.
    """
    if asked not in RANGES:
        return None
    if not found.framing:
        return False if asked == "close-up" and people else None
    return found.framing == asked


def miss(asked: str, found: Measured) -> float:
    """How far a face is from the framing asked for, as a share of the height; 0 within it."""
    least, most = RANGES.get(asked, (0.0, 1.0))
    return max(least - found.share, found.share - most, 0.0)
