"""KID: the same question as FID, without its bias for small sets. Bińkowski et al. 2018, https://arxiv.org/abs/1801.01401"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from jobs.judges._sets import described, vectors
from jobs.judges.metric import Evidence, Measured, Metric, Shown

SUBSETS, SIZE = 100, 1000
"""How many subsets of how many pictures at most are compared, as the authors do; a smaller set is compared whole."""


class Kid(Metric):
    """The unbiased squared maximum mean discrepancy with the kernel (x·y / d + 1)³."""

    title, better, per, eyes, against = "KID", "less", "set", ("sets",), ("held_out",)

    def definition(self, evidence: Evidence) -> str:
        return (
            f"Unbiased squared MMD to the held-out pictures with the kernel (x·y/d + 1)³ over {described(evidence)} "
            "(Bińkowski et al. 2018)."
        )

    def measure(self, shown: Shown, evidence: Evidence) -> Measured:
        drawn, wanted = vectors(shown, evidence)
        kernels = kernel(drawn, drawn), kernel(drawn, wanted), kernel(wanted, wanted)

        def statistic(places: Sequence[np.ndarray]) -> np.ndarray:
            return np.array([kid(kernels, some) for some in places])

        return Measured(tuple(range(len(drawn))), statistic=statistic)


Kernels = tuple[np.ndarray, np.ndarray, np.ndarray]
"""The kernel within one set [n, n], between both [n, m], within the other [m, m]."""


def kernel(one: np.ndarray, other: np.ndarray) -> np.ndarray:
    """(x·y / d + 1)³ of features [n, d] and [m, d]."""
    return (one.astype(np.float64) @ other.astype(np.float64).T / one.shape[1] + 1) ** 3


def kid(kernels: Kernels, places: np.ndarray, subsets: int = SUBSETS, size: int = SIZE) -> float:
    """The mean of `mmd` over subsets of both sets, which are drawn the same always; whole where they are small."""
    within, _, others = kernels
    rows, columns = len(places), len(others)
    if max(rows, columns) <= size:
        return mmd(kernels, places, np.arange(columns))
    chance, count = np.random.default_rng(0), min(rows, columns, size)
    drawn = ((chance.permutation(rows)[:count], chance.permutation(columns)[:count]) for _ in range(subsets))
    return float(np.mean([mmd(kernels, places[one], other) for one, other in drawn]))


def mmd(kernels: Kernels, one: np.ndarray, other: np.ndarray) -> float:
    """The unbiased estimate from the rows `one` and `other` of both sets; a picture is never compared with itself."""
    within, between, others = kernels
    first, second = within[np.ix_(one, one)], others[np.ix_(other, other)]
    apart = one[:, None] != one[None, :]
    inside = first[apart].sum() / max(apart.sum(), 1)
    n = len(other)
    outside = (second.sum() - np.trace(second)) / (n * (n - 1))
    return float(inside + outside - 2 * between[np.ix_(one, other)].mean())
