"""MTCNN finds faces; its weights come in the wheel of facenet-pytorch. Zhang et al. 2016, https://arxiv.org/abs/1604.02878"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import torch
from facenet_pytorch import MTCNN
from PIL import Image as Pictures

LONGEST = 512
"""Longer side in pixels at which faces are looked for; larger pictures cost time and show no more faces."""

SMALLEST_FACE = 20
"""Side in pixels, at that scale, of the smallest face that is found."""

USUAL, LENIENT = (0.6, 0.7, 0.7), (0.4, 0.5, 0.5)
"""How sure each of the three nets must be: as its makers have it, and for drawings in which it then finds nobody."""

TOGETHER = 16
"""Pictures that one pass takes: some 300 MB at the scale above, and on a CPU 0.6 of the time of one by one."""

CLOSE_UP, MEDIUM = 0.43, 0.24
"""Height of the face ÷ height of the picture from which a picture is a close-up, or else a medium shot.

On drawings of mini/ the detected face has 0.43 to 0.72 of the height in close-ups, 0.28 to 0.42 in
medium shots and 0.15 to 0.25 in full shots.
"""


@dataclass(frozen=True)
class Face:
    """One face: its box [left, top, right, bottom] in the picture's pixels, and how sure the detector is, 0 … 1."""

    box: tuple[float, float, float, float]
    score: float

    @property
    def area(self) -> float:
        """Square pixels."""
        return (self.box[2] - self.box[0]) * self.height

    @property
    def height(self) -> float:
        """Pixels."""
        return self.box[3] - self.box[1]


class Mtcnn:
    """The detector, on one device."""

    def __init__(self, device: torch.device) -> None:
        self._net = MTCNN(keep_all=True, min_face_size=SMALLEST_FACE, device=device).eval()

    def find(self, pictures: Sequence[Pictures.Image], lenient: bool = False) -> list[list[Face]]:
        """The faces of each of some RGB pictures, the largest first; those of one size are looked at together."""
        self._net.thresholds = list(LENIENT if lenient else USUAL)
        found: list[list[Face]] = [[] for _ in pictures]
        sizes: dict[tuple[int, int], list[int]] = {}
        for place, picture in enumerate(pictures):
            sizes.setdefault(_scaled(picture.size), []).append(place)
        for size, places in sizes.items():
            for start in range(0, len(places) if min(size) >= SMALLEST_FACE else 0, TOGETHER):
                some = places[start : start + TOGETHER]
                for place, faces in zip(some, self._find([pictures[one] for one in some], size), strict=True):
                    found[place] = faces
        return found

    def _find(self, pictures: Sequence[Pictures.Image], size: tuple[int, int]) -> Iterator[list[Face]]:
        small = [
            one if one.size == size else one.resize(size, Pictures.Resampling.BILINEAR, reducing_gap=2.0)
            for one in pictures
        ]
        for picture, boxes, scores in zip(pictures, *self._net.detect(small), strict=True):
            edges = np.array(picture.size * 2)
            sure = [] if boxes is None else zip(np.asarray(boxes, float), scores, strict=True)
            faces = [Face(_box(box * edges / (size * 2), edges), float(score)) for box, score in sure]
            yield sorted(faces, key=lambda face: -face.area)


def framing(face: Face, height: int) -> str:
    """How near the camera is, judged by a picture's largest face: `close-up`, `medium` or `full`."""
    share = face.height / height
    return "close-up" if share >= CLOSE_UP else "medium" if share >= MEDIUM else "full"


def _scaled(size: tuple[int, int]) -> tuple[int, int]:
    """The size at which faces are looked for in a picture of `size`."""
    share = min(1.0, LONGEST / max(size))
    return max(1, round(size[0] * share)), max(1, round(size[1] * share))


def _box(values: np.ndarray, edges: np.ndarray) -> tuple[float, float, float, float]:
    """A box whose corners lie within the picture."""
    left, top, right, bottom = (round(float(value), 1) for value in np.clip(values, 0, edges))
    return left, top, right, bottom
