"""How sure a number is: bootstrap intervals of a value, and of the difference between two that were drawn alike.

Efron 1979; percentile intervals of 95 %. What is drawn again are exhibits (prompt × seed) or prompts, never the pictures
of the data set. The dice are always the same, so that the same pictures give the same intervals.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

import numpy as np

from jobs.judges.metric import Measured

DRAWINGS = 2000
"""How often values are drawn again; a set is, too, but each of its values takes a decomposition."""

MOST_OF_SETS, LEAST_OF_SETS, PICTURES = 200, 40, 40_000
"""How often a set is drawn again: 200 times as long as that is 40,000 pictures at most, and 40 times in any case."""

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


@dataclass(frozen=True)
class Sample:
    """What was found with one contestant, and its drawings, made once however many are compared with it."""

    measured: Measured
    seed: int = 0

    @property
    def count(self) -> int:
        """How many things are drawn from."""
        return len(self.measured.keys)

    @cached_property
    def drawn(self) -> np.ndarray:
        """The value of each drawing, [b]."""
        times = DRAWINGS
        if self.measured.values is None:
            times = max(LEAST_OF_SETS, min(MOST_OF_SETS, PICTURES // self.count))
        return self.measured.statistic(places(self.count, times, self.seed))

    def around(self, value: float, drawn: np.ndarray, count: int) -> Interval:
        """The middle `WIDTH` of what was drawn.

        That of a set is moved to where its value is: drawn with putting back a set has fewer different pictures, and
        FID grows with that alone.
        """
        if count < FEWEST:
            return Interval(value)
        moved = drawn if self.measured.values is not None else drawn - drawn.mean() + value
        low, high = np.quantile(moved, [(1 - WIDTH) / 2, (1 + WIDTH) / 2])
        return Interval(value, float(low), float(high))


def total(sample: Sample, baseline: Sample | None) -> dict[str, Any]:
    """What is kept of a contestant's metric, as `storage.evaluations` says; `baseline`: None of the baseline itself."""
    own = interval(sample)
    found = {"mean": own.value, "low": own.low, "high": own.high, "n": sample.count}
    apart = difference(sample, baseline) if baseline else None
    if apart is None:
        return nothing("") | found
    ends = {"difference": apart.value, "difference_low": apart.low, "difference_high": apart.high}
    return found | ends | {"noise": apart.noise, "problem": ""}


def nothing(problem: str) -> dict[str, Any]:
    """What is kept where a metric cannot be measured."""
    numbers = ("mean", "low", "high", "difference", "difference_low", "difference_high")
    return dict.fromkeys(numbers) | {"n": 0, "noise": False, "problem": problem}


def interval(sample: Sample) -> Interval:
    """The value of all, and where it lies."""
    found, floor = sample.around(sample.measured.value, sample.drawn, sample.count), sample.measured.floor
    if floor is None or found.low is None:
        return found
    return replace(found, low=max(found.low, floor))


def difference(sample: Sample, baseline: Sample) -> Interval | None:
    """How much more it is than the baseline: over the things that both have, each with its own counterpart.

    Sets that do not have the same numbers are drawn apart; None where values have no counterpart at all.
    """
    if sample.measured.values is not None and baseline.measured.values is not None:
        return _paired(sample, baseline)
    same = sample.measured.keys == baseline.measured.keys
    other = baseline if same else Sample(baseline.measured, baseline.seed + 1)
    times = min(len(sample.drawn), len(other.drawn))
    apart = sample.measured.value - baseline.measured.value
    return sample.around(apart, sample.drawn[:times] - other.drawn[:times], min(sample.count, baseline.count))


def _paired(sample: Sample, baseline: Sample) -> Interval | None:
    own, before = (dict(zip(one.measured.keys, one.measured.values, strict=True)) for one in (sample, baseline))  # type: ignore[arg-type]  # both have values
    apart = np.array([own[key] - before[key] for key in own if key in before])
    if not len(apart):
        return None
    means = apart[places(len(apart), DRAWINGS, sample.seed)].mean(1)
    return sample.around(float(apart.mean()), means, len(apart))


def places(count: int, times: int, seed: int) -> np.ndarray:
    """[times, count]: places that are drawn with putting back."""
    return np.random.default_rng(seed).integers(0, count, (times, count))
