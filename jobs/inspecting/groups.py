"""Who is who: faces gathered by likeness, and the faces that belong to nobody in particular."""

from __future__ import annotations

from collections import Counter

import numpy as np
from scipy.cluster.hierarchy import fcluster, linkage

OFTEN, PART = 3, 0.15
"""Pictures, and share of all faces, from which somebody counts as one of those whom a data set is about."""

MOST = 0.7
"""Share of the faces that these must have together; else the set is about no one, and nobody is an intruder.

Measured with the bundled face model on drawings: of strangers among one or two people about 75 in 100 are flagged, of
those whom the set is about 2 in 100, and in sets of a style, where everybody is somebody else, hardly anyone.
"""

ROWS = 512
"""Faces whose likeness to all others is computed in one go."""


def groups(vectors: np.ndarray, same: float) -> list[int]:
    """A number for each face, one for each person: 1 is whom most pictures show.

    Faces are gathered by average linkage: the two groups with the highest mean cosine become one as
    long as that is above `same`.

    Args:
        vectors: unit vectors [n, d].
    """
    if len(vectors) < 2:
        return [1] * len(vectors)
    labels = fcluster(linkage(_distances(vectors), "average"), 1 - same, "distance").tolist()
    order = sorted(Counter(labels), key=lambda label: (-labels.count(label), labels.index(label)))
    numbers = {label: number for number, label in enumerate(order, 1)}
    return [numbers[label] for label in labels]


def intruders(numbers: list[int]) -> list[bool]:
    """Whose faces are none of those whom the data set is about; nobody's if it is about no one."""
    count = Counter(numbers)
    known = {number for number, pictures in count.items() if pictures >= max(OFTEN, PART * len(numbers))}
    about = bool(known) and sum(count[number] for number in known) >= MOST * len(numbers)
    return [about and number not in known for number in numbers]


def _distances(vectors: np.ndarray) -> np.ndarray:
    """1 − cosine of any two faces, float64 [n (n − 1) / 2], as scipy orders them."""
    found = np.empty(len(vectors) * (len(vectors) - 1) // 2)
    at = 0
    for start in range(0, len(vectors), ROWS):
        near = 1 - vectors[start : start + ROWS] @ vectors.T
        for row, values in enumerate(near, start):
            rest = values[row + 1 :]
            found[at : at + len(rest)] = np.maximum(rest, 0)
            at += len(rest)
    return found
