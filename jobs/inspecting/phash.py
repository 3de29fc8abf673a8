"""A perceptual hash: 64 bits that stay nearly the same when a picture is resized or saved again.

Zauner 2010, "Implementation and Benchmarking of Perceptual Image Hash Functions": the signs of the
lowest frequencies of the cosine transform around their median.
"""

from __future__ import annotations

import numpy as np
from PIL import Image as Pictures

SIDE, KEPT = 32, 8
"""Pixels a side that are transformed; frequencies a side that are kept."""


def phash(picture: Pictures.Image) -> str:
    """The hash of a picture as 16 hexadecimal digits."""
    grey = picture.convert("L").resize((SIDE, SIDE), Pictures.Resampling.LANCZOS, reducing_gap=3.0)
    low = COSINES @ np.asarray(grey, np.float32) @ COSINES.T
    bits = np.packbits((low > np.median(low)).ravel())
    return bits.tobytes().hex()


def bits(hashes: list[str]) -> np.ndarray:
    """Hashes as uint64 [n]."""
    return np.array([int(one, 16) for one in hashes], np.uint64)


def _cosines() -> np.ndarray:
    """Rows 1 … KEPT of the cosine transform of SIDE values; row 0, the mean, says nothing of the picture's shapes."""
    rows, columns = np.arange(1, KEPT + 1)[:, None], np.arange(SIDE)[None]
    return np.cos(np.pi * rows * (2 * columns + 1) / (2 * SIDE)).astype(np.float32)


COSINES = _cosines()
