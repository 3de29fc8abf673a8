"""FID: how far a set of pictures is from another. Heusel et al. 2017, https://arxiv.org/abs/1706.08500"""

from __future__ import annotations

from typing import NamedTuple, Self

import numpy as np

from jobs.judges._sets import described, vectors
from jobs.judges.metric import Evidence, Measured, Metric, Shown


class Fid(Metric):
    """The Fréchet distance between two normal distributions, one fitted to each set's features."""

    title, better, per, eyes, against = "FID", "less", "set", ("sets",), ("held_out",)

    def definition(self, evidence: Evidence) -> str:
        return f"Fréchet distance to the held-out pictures between {described(evidence)} (Heusel et al. 2017)."

    def measure(self, shown: Shown, evidence: Evidence) -> Measured:
        drawn, wanted = vectors(shown, evidence)
        other = Normal.of(wanted)
        return Measured(
            tuple(range(len(drawn))),
            statistic=lambda places: np.array([apart(Normal.of(drawn[some]), other) for some in places]),
            floor=0.0,
        )


class Normal(NamedTuple):
    """The normal distribution that fits some features: its mean [d], and rows [r, d] with rowsᵀ rows its covariance."""

    mean: np.ndarray
    rows: np.ndarray

    @classmethod
    def of(cls, features: np.ndarray) -> Self:
        """Fitted to features [n, d], the covariance with n − 1."""
        mean = features.mean(0, dtype=np.float64)
        return cls(mean, (features - mean) / np.sqrt(len(features) - 1))

    @property
    def thin(self) -> np.ndarray:
        """No more rows than there are features, with the same covariance."""
        return self.rows if self.rows.shape[0] <= self.rows.shape[1] else np.linalg.qr(self.rows).R


def frechet(one: np.ndarray, other: np.ndarray) -> float:
    """The distance of two sets of features [n, d] and [m, d]."""
    return apart(Normal.of(one), Normal.of(other))


def apart(one: Normal, other: Normal) -> float:
    """|m₁ − m₂|² + tr(C₁ + C₂ − 2 √(C₁C₂)).

    With C₁ = AᵀA and C₂ = BᵀB the trace of √(C₁C₂) is the sum of the singular values of A Bᵀ, [n, m]: exact, and quick
    where one of the sets has fewer pictures than features.
    """
    a, b = one.rows, other.rows
    if min(len(a), len(b)) > a.shape[1]:
        a, b = one.thin, other.thin
    common = np.linalg.svd(a @ b.T, compute_uv=False).sum()
    return float(((one.mean - other.mean) ** 2).sum() + (a**2).sum() + (b**2).sum() - 2 * common)
