"""From a sweep over weights: at which weight a LoRA is best, and between which weights its slider is worth moving."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from storage import ranking, resampling
from storage.errors import BadInput
from storage.ranking import Look

WORSE = "No weight scores above the base alone; the suggestion is the least harmful one."
WITHIN = "The best weight is above the base alone by no more than chance; more prompts or seeds would tell."
ALIKE = "Chance alone may tell the tried weights apart; more prompts or seeds would show which is best."

Row = Mapping[str, Any]
"""A contestant of a look."""


@dataclass(frozen=True)
class Suggestion:
    """What a slider should begin at and run between.

    Attributes:
        best: the weight with the best score.
        low, high: ends of the weights around it that are within noise of it and score above the base alone.
        problem: one sentence where the suggestion stands on little; else ''.
    """

    best: float
    low: float
    high: float
    problem: str = ""


def suggest(look: Look, weights: Mapping[str, float] | None = None) -> Suggestion:
    """The suggestion of an evaluation of the kind `weights`; `weights` are those of the metrics.

    Raises:
        BadInput: it has no scored weights.
    """
    asked = ranking.usual_weights(look) if weights is None else weights
    scored = {one.id: one.score for one in ranking.rank(look, asked)}
    rows = sorted(
        (one for one in look["contestants"] if "weight" in one["axes"]), key=lambda one: one["axes"]["weight"]
    )
    rows = [one for one in rows if one["axes"]["weight"] and one["id"] in scored]
    if not rows or not asked:
        raise BadInput("No weight was scored, so none can be suggested. Choose metrics that can be computed here.")
    drawn = ranking.drawings(look, asked)
    count = resampling.deck_of(look).count
    best = max(rows, key=lambda one: scored[one["id"]])
    base = next((one for one in look["contestants"] if ranking.alone(one)), None)
    good = [_as_good(one, best, drawn, count) and (base is None or _above(one, base, scored)) for one in rows]
    at = rows.index(best)
    low, high = at, at
    while low > 0 and good[low - 1]:
        low -= 1
    while high + 1 < len(rows) and good[high + 1]:
        high += 1
    found = [float(one["axes"]["weight"]) for one in rows]
    problem = _problem(best, base, scored, _surely(best, base, drawn, count))
    if not problem and len(rows) > 1 and high - low == len(rows) - 1:
        problem = ALIKE
    return Suggestion(found[at], found[low], found[high], problem)


def facts(suggestion: Suggestion) -> dict[str, Any]:
    """As it is kept among an evaluation's facts."""
    return asdict(suggestion)


def _as_good(one: Row, best: Row, drawn: Mapping[int, np.ndarray], count: int) -> bool:
    """Whether the best is above it by no more than chance."""
    return one is best or not resampling.above(drawn[best["id"]] - drawn[one["id"]], count)


def _above(one: Row, base: Row, scored: Mapping[int, float]) -> bool:
    return scored[one["id"]] > scored[base["id"]]


def _surely(one: Row, base: Row | None, drawn: Mapping[int, np.ndarray], count: int) -> bool:
    return base is not None and resampling.above(drawn[one["id"]] - drawn[base["id"]], count)


def _problem(best: Row, base: Row | None, scored: Mapping[int, float], surely: bool) -> str:
    if base is None or surely:
        return ""
    return WITHIN if _above(best, base, scored) else WORSE
