"""How sure a number is: intervals of 95 %, by drawing the prompts of an evaluation again and again with putting back.

The cluster bootstrap (Field & Welsh 2007, https://doi.org/10.1111/j.1467-9868.2007.00593.x): pictures of one prompt hang
together, so that a prompt which is drawn brings all its seeds; drawn one by one they would promise too much. Of one
prompt alone the seeds are drawn, and pictures whose prompts nobody knows one by one: `Deck.by` says which.

Percentiles are too narrow where few things are drawn, so that their distance from the middle is stretched by √(n / (n − 1)) t / z:
the bootstrap divides by n, and how far things lie apart is itself only estimated (Hesterberg 2015, on both,
https://doi.org/10.1080/00031305.2015.1089789). Where half of the variance lies between prompts, of 2, 3, 6 and 16 prompts
with four seeds each 91, 95, 96 and 95 of 100 intervals hold the mean; drawn one by one 66, 67, 74 and 77
(benchmarks/intervals.py).

Everybody sees the same drawings, so that differences are paired, and the dice are always the same: the same values have
the same interval.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from statistics import NormalDist
from typing import Any, Literal

import numpy as np

TIMES, SEED = 2000, 0
"""How often is drawn, and from which seed."""

WIDTH = 0.95
"""The share of drawings that lies in an interval."""

FEWEST = 2
"""Things without which nothing can be said of chance."""

By = Literal["prompts", "seeds", "pictures"]


@dataclass(frozen=True)
class Deck:
    """What is drawn from.

    by: prompts, each with all its pictures; seeds, of one prompt alone; pictures, whose prompts are not known.
    of: to which of the things that are drawn (from 0) an exhibit belongs, by its number.
    """

    by: By
    of: Mapping[int, int]

    @property
    def count(self) -> int:
        """How many things are drawn from."""
        return len(set(self.of.values()))


def deck(shown: Iterable[tuple[int, str]]) -> Deck:
    """What is drawn from, of exhibits by (number, prompt); the same number has the same prompt with every contestant."""
    prompts: dict[int, str] = {}
    for number, prompt in shown:
        prompts[number] = prompts.get(number) or prompt
    by = drawn_by(prompts.values())
    things = {number: prompt if by == "prompts" and prompt else number for number, prompt in prompts.items()}
    places = {thing: place for place, thing in enumerate(dict.fromkeys(things.values()))}
    return Deck(by, {number: places[thing] for number, thing in things.items()})


def drawn_by(prompts: Iterable[str]) -> By:
    """What is drawn where pictures have these prompts ('' where it is not known)."""
    known = set(prompts)
    if len(known - {""}) > 1:
        return "prompts"
    return "pictures" if "" in known else "seeds"


def deck_of(look: Mapping[str, Any]) -> Deck:
    """What is drawn from in an evaluation."""
    return deck((shown["number"], shown["prompt"]) for shown in look["exhibits"])


def prompts(look: Mapping[str, Any]) -> list[str]:
    """The prompts of an evaluation, each once, in their order."""
    return list(dict.fromkeys(shown["prompt"] for shown in look["exhibits"]))


@cache
def draws(count: int, seed: int = SEED) -> np.ndarray:
    """[TIMES, count]: how often each of `count` things comes in each drawing."""
    if not count:
        return np.zeros((TIMES, 0))
    return np.random.default_rng(seed).multinomial(count, np.full(count, 1 / count), TIMES).astype(float)


def pooled(sums: np.ndarray, counts: np.ndarray, drawn: np.ndarray) -> np.ndarray:
    """[…, drawings]: the mean of all values in each drawing, from their sum and count by thing […, n]; NaN of none."""
    with np.errstate(invalid="ignore", divide="ignore"):
        return (sums @ drawn.T) / (counts @ drawn.T)


def ends(drawn: np.ndarray, count: int) -> tuple[float, float] | None:
    """Where the value lies of which these drawings from `count` things were made; None where that cannot be said."""
    if count < FEWEST or not np.isfinite(drawn).any():
        return None
    middle = np.nanmean(drawn)
    low, high = middle + stretch(count) * (np.nanquantile(drawn, ((1 - WIDTH) / 2, (1 + WIDTH) / 2)) - middle)
    return float(low), float(high)


def above(drawn: np.ndarray, count: int) -> bool:
    """Whether what was drawn from `count` things is above 0 by more than chance."""
    found = ends(drawn, count)
    return found is not None and found[0] > 0


def stretch(count: int) -> float:
    """√(n / (n − 1)) t / z, with Student's t of n − 1 degrees of freedom by Abramowitz & Stegun 26.7.5."""
    z, free = NormalDist().inv_cdf((1 + WIDTH) / 2), count - 1
    terms = (z**3 + z) / 4, (5 * z**5 + 16 * z**3 + 3 * z) / 96, (3 * z**7 + 19 * z**5 + 17 * z**3 - 15 * z) / 384
    student = z + sum(term / free**power for power, term in enumerate(terms, 1))
    return float(np.sqrt(count / free)) * student / z


def table(look: Mapping[str, Any], metric: str) -> tuple[np.ndarray, np.ndarray]:
    """Sum and count of a metric's values, each [contestants, things that are drawn]."""
    cards = deck_of(look)
    rows = {one["place"]: at for at, one in enumerate(look["contestants"])}
    sums, counts = np.zeros((2, len(rows), cards.count))
    for shown in look["exhibits"]:
        value = shown["scores"].get(metric)
        if value is not None and np.isfinite(value) and shown["place"] in rows:
            here = rows[shown["place"]], cards.of[shown["number"]]
            sums[here] += value
            counts[here] += 1
    return sums, counts


def means(look: Mapping[str, Any], metric: str, drawn: np.ndarray) -> np.ndarray:
    """[contestants, drawings]: the mean of a metric in each drawing.

    A metric of whole sets has no value of single pictures and keeps its total in every drawing; NaN without one.
    """
    sums, counts = table(look, metric)
    whole = [one["totals"].get(metric, {}).get("mean") for one in look["contestants"]]
    fixed = np.array([np.nan if value is None else value for value in whole], float)[:, None]
    return np.where(counts.any(1, keepdims=True), pooled(sums, counts, drawn), fixed)
