"""What is kept of a contestant's metric: its value and its difference from the baseline, each with its interval.

How intervals are drawn is told once, in storage/resampling.py.
"""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any

import numpy as np

from jobs.judges.metric import Measured
from storage import resampling

MOST_OF_SETS, LEAST_OF_SETS, PICTURES = 200, 40, 40_000
"""How often a set is drawn, each of whose values takes a decomposition: 200 times as long as that is 40,000 pictures at
most, and 40 times in any case."""


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
    """What was found with one contestant, and its drawings, made once however many are compared with it.

    of: to which of the things that are drawn each key belongs (`resampling.Deck.of`); one that is not there is drawn itself.
    """

    measured: Measured
    of: Mapping[int, int] = field(default_factory=dict)
    seed: int = resampling.SEED

    @property
    def count(self) -> int:
        """How many values, or pictures of a set, it is made of."""
        return len(self.measured.keys)

    @cached_property
    def things(self) -> list[list[int]]:
        """The places of its keys by what is drawn."""
        return gathered(self.measured.keys, self.of)

    @cached_property
    def drawn(self) -> np.ndarray:
        """The value of each drawing, [b]."""
        draws = resampling.draws(len(self.things), self.seed)
        if self.measured.values is not None:
            return pooled(self.measured.values, self.things, draws)
        assert self.measured.statistic is not None
        times = max(LEAST_OF_SETS, min(MOST_OF_SETS, PICTURES // self.count))
        return self.measured.statistic([_places(self.things, draw) for draw in draws[:times]])

    def around(self, value: float, drawn: np.ndarray, count: int) -> Interval:
        """A value with the ends of what was drawn from `count` things.

        That of a set is moved to where its value is: drawn with putting back a set has fewer different pictures, and
        FID grows with that alone.
        """
        moved = drawn if self.measured.values is not None else drawn - drawn.mean() + value
        return Interval(value, *(resampling.ends(moved, count) or ()))


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
    found = sample.around(sample.measured.value, sample.drawn, len(sample.things))
    if found.low is None or found.high is None:
        return found
    within = sample.measured.within
    return replace(found, low=within(found.low), high=within(found.high))


def difference(sample: Sample, baseline: Sample) -> Interval | None:
    """How much more it is than the baseline: over the values that both have, each with its own counterpart.

    Sets that do not have the same numbers are drawn apart; None where values have no counterpart at all.
    """
    if sample.measured.values is not None and baseline.measured.values is not None:
        return _paired(sample, baseline)
    same = sample.measured.keys == baseline.measured.keys
    other = baseline if same else Sample(baseline.measured, baseline.of, baseline.seed + 1)
    times = min(len(sample.drawn), len(other.drawn))
    apart = sample.measured.value - baseline.measured.value
    return sample.around(
        apart, sample.drawn[:times] - other.drawn[:times], min(len(sample.things), len(baseline.things))
    )


def _paired(sample: Sample, baseline: Sample) -> Interval | None:
    own, before = (dict(zip(one.measured.keys, one.measured.values, strict=True)) for one in (sample, baseline))  # type: ignore[arg-type]  # both have values
    keys = [key for key in own if key in before]
    if not keys:
        return None
    apart = np.array([own[key] - before[key] for key in keys])
    things = gathered(keys, sample.of)
    means = pooled(apart, things, resampling.draws(len(things), sample.seed))
    return sample.around(float(apart.mean()), means, len(things))


def gathered(keys: Sequence[int], of: Mapping[int, int]) -> list[list[int]]:
    """The places of keys, by the thing that each belongs to."""
    found: dict[Hashable, list[int]] = {}
    for place, key in enumerate(keys):
        found.setdefault(of.get(key, f"key {key}"), []).append(place)
    return list(found.values())


def pooled(values: np.ndarray, things: Sequence[Sequence[int]], draws: np.ndarray) -> np.ndarray:
    """The mean of values [n] in each drawing of the things that they belong to, [b]."""
    sums = np.array([values[list(places)].sum() for places in things])
    return resampling.pooled(sums, np.array([len(places) for places in things]), draws)


def _places(things: Sequence[Sequence[int]], draw: np.ndarray) -> np.ndarray:
    """The places of the pictures that come in one drawing [things], as often as they do."""
    return np.concatenate([np.tile(places, int(times)) for places, times in zip(things, draw, strict=True) if times])
