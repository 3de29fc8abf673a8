"""FID: how far a set of pictures is from another. Heusel et al. 2017, https://arxiv.org/abs/1706.08500"""

from __future__ import annotations

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
        return Measured(
            tuple(range(len(drawn))),
            lambda places: np.array([frechet(drawn[some], wanted) for some in places]),
            floor=0.0,
        )


def frechet(one: np.ndarray, other: np.ndarray) -> float:
    """|m₁ − m₂|² + tr(C₁ + C₂ − 2 √(C₁C₂)) of features [n, d] and [m, d]; covariances with n − 1.

    With A and B the centred features, divided by √(n − 1), the trace of √(C₁C₂) is the sum of the singular values of
    A Bᵀ, [n, m]: exact, and quick where there are fewer pictures than features.
    """
    a, b = (rows.astype(np.float64) for rows in (one, other))
    apart = ((a.mean(0) - b.mean(0)) ** 2).sum()
    a, b = ((rows - rows.mean(0)) / np.sqrt(len(rows) - 1) for rows in (a, b))
    common = np.linalg.svd(_thin(a) @ _thin(b).T, compute_uv=False).sum()
    return float(apart + (a**2).sum() + (b**2).sum() - 2 * common)


def _thin(rows: np.ndarray) -> np.ndarray:
    """As many rows as there are features at most, with the same rowsᵀ rows."""
    return rows if rows.shape[0] <= rows.shape[1] else np.linalg.qr(rows).R
