"""How sharp, bright and full of contrast a picture is."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from PIL import Image as Pictures

SCALE = 512
"""Longest side in pixels at which pictures are compared; smaller ones stay as they are."""


@dataclass(frozen=True)
class Light:
    """What the pixels alone say of a picture.

    sharpness: variance of the Laplacian of luma (0 … 255) at `SCALE`, as OpenCV's users know it.
    brightness: mean luma, 0 … 1.
    contrast: standard deviation of luma, 0 … 0.5.
    """

    sharpness: float
    brightness: float
    contrast: float


def measure(picture: Pictures.Image) -> Light:
    """Light of a picture, told at one scale so that large and small ones can be compared."""
    luma = luma_of(picture)
    return Light(_sharpness(luma), float(luma.mean() / 255), float(luma.std() / 255))


def luma_of(picture: Pictures.Image) -> np.ndarray:
    """Luma [h, w], float32, 0 … 255, the longer side at most `SCALE`."""
    share = SCALE / max(picture.size)
    if share < 1:
        size = (max(1, round(picture.width * share)), max(1, round(picture.height * share)))
        picture = picture.resize(size, Pictures.Resampling.BOX, reducing_gap=2.0)
    return np.asarray(picture.convert("L"), np.float32)


def _sharpness(luma: np.ndarray) -> float:
    if min(luma.shape) < 3:
        return 0.0
    middle = luma[1:-1, 1:-1]
    edges = luma[:-2, 1:-1] + luma[2:, 1:-1] + luma[1:-1, :-2] + luma[1:-1, 2:] - 4 * middle
    return float(edges.var())
