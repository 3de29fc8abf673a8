"""How sure a number is: bootstrap intervals of a value, and of the difference between two that were drawn alike.

Efron 1979; percentile intervals of 95 %. What is drawn again are exhibits (prompt × seed) or prompts, never the pictures
of the data set. The dice are always the same, so that the same pictures give the same intervals.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from jobs.judges.metric import Measured

DRAWINGS, DRAWINGS_OF_SETS = 2000, 200
"""How often is drawn again: means are quick, each value of a set takes a decomposition."""

WIDTH = 0.95

FEWEST = 2
"""Things without which nothing can be said of chance."""


@dataclass(frozen=True)
class Interval:
    """A value and where it lies by chance; the ends are None where that cannot be said."""

    value: float
    low: float | None = None
    high: float | None = None

    @property
    def noise(self) -> bool:
        """Whether it may as well be 0."""
        return self.low is None or self.high is None or self.low <= 0 <= self.high


def total(measured: Measured, baseline: Measured | None, seed: int = 0) -> dict[str, Any]:
    """What is kept of a contestant's metric, as `storage.evaluations` says; `baseline`: None of the baseline itself."""
    own = interval(measured, seed)
    found = {"mean": own.value, "low": own.low, "high": own.high, "n": len(measured.keys)}
    apart = difference(measured, baseline, seed) if baseline else None
    if apart is None:
        return found | {
            "difference": None,
            "difference_low": None,
            "difference_high": None,
            "noise": False,
            "problem": "",
        }
    ends = {"difference": apart.value, "difference_low": apart.low, "difference_high": apart.high}
    return found | ends | {"noise": apart.noise, "problem": ""}


def nothing(problem: str) -> dict[str, Any]:
    """What is kept where a metric cannot be measured."""
    numbers = ("mean", "low", "high", "difference", "difference_low", "difference_high")
    return dict.fromkeys(numbers) | {"n": 0, "noise": False, "problem": problem}


def interval(measured: Measured, seed: int = 0) -> Interval:
    """The value of all, and its interval."""
    return _around(measured.value, measured.statistic(_drawn(measured, seed)), len(measured.keys), measured)


def difference(measured: Measured, baseline: Measured, seed: int = 0) -> Interval | None:
    """How much more it is than the baseline: over the things that both have, each with its own counterpart.

    Sets that do not have the same numbers are drawn apart; None where values have no counterpart at all.
    """
    if measured.values is not None and baseline.values is not None:
        return _paired(measured, baseline, seed)
    same = measured.keys == baseline.keys
    one, other = (
        each.statistic(_drawn(each, seed if same else seed + at)) for at, each in enumerate((measured, baseline))
    )
    fewest = min(len(measured.keys), len(baseline.keys))
    return _around(measured.value - baseline.value, one - other, fewest, measured)


def _paired(measured: Measured, baseline: Measured, seed: int) -> Interval | None:
    assert measured.values is not None and baseline.values is not None
    own = dict(zip(measured.keys, measured.values, strict=True))
    before = dict(zip(baseline.keys, baseline.values, strict=True))
    apart = np.array([own[key] - before[key] for key in own if key in before])
    if not len(apart):
        return None
    means = apart[_places(len(apart), DRAWINGS, seed)].mean(1)
    return _around(float(apart.mean()), means, len(apart), measured)


def _drawn(measured: Measured, seed: int) -> np.ndarray:
    return _places(len(measured.keys), DRAWINGS if measured.values is not None else DRAWINGS_OF_SETS, seed)


def _places(count: int, drawings: int, seed: int) -> np.ndarray:
    """[drawings, count]: places that are drawn with putting back."""
    return np.random.default_rng(seed).integers(0, count, (drawings, count))


def _around(value: float, drawn: np.ndarray, count: int, measured: Measured) -> Interval:
    """The middle `WIDTH` of what was drawn.

    That of a set is moved to where its value is: drawn with putting back a set has fewer different pictures, and FID
    grows with that alone.
    """
    if count < FEWEST:
        return Interval(value)
    moved = drawn if measured.values is not None else drawn - drawn.mean() + value
    low, high = np.quantile(moved, [(1 - WIDTH) / 2, (1 + WIDTH) / 2])
    return Interval(value, float(low), float(high))
