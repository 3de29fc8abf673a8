"""Which contestant of an evaluation is the best: a weighted sum of its metrics, whose weights a person sees and moves.

A metric's values become scores s = 1 − ρ · |best − value| ÷ range: the best rival has 1, the worst 1 − ρ. The reliability
ρ is the share of their variance that is more than chance, so that noise decides nothing (it is the shrinkage of James and
Stein; Efron & Morris 1975, https://doi.org/10.1080/01621459.1975.10479864). A contestant's score is Σ w·s ÷ Σ w over the
metrics that could be computed.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from storage import resampling

WIDTH = 2 * 1.96
"""Standard errors that an interval of 95 % is wide."""

Look = Mapping[str, Any]
"""An evaluation as `evaluations.look` gives it."""

USUAL = {
    "clip_score": 1.0,
    "clip_image": 1.0,
    "identity": 1.0,
    "held_out_loss": 1.0,
    "framing": 0.5,
    "fid": 0.5,
    "kid": 0.0,
    "diversity": 0.5,
    "copying": 0.25,
}
"""How much a metric counts where nobody says otherwise; FID and KID see the same, so one of them is enough."""

RANKED_ALONE = ("checkpoints", "resolutions")
"""Kinds in which the base alone is what the others are held against, not one of them."""


@dataclass(frozen=True)
class Placed:
    """A contestant in its place.

    Attributes:
        id: of the contestant.
        place: from 1 among the rivals; 0 for the base alone where it is no rival.
        score: 0 … 1.
        parts: what each metric gives, 0 … 1; None where it has no value here, which counts as 0.
    """

    id: int
    place: int
    score: float
    parts: dict[str, float | None]


@dataclass(frozen=True)
class Lead:
    """How sure the first place is, by drawing the prompts again and again with replacement.

    Attributes:
        first, second: ids of contestants; 0 where there is none.
        difference, low, high: of their scores, with its 95 % interval.
        wins: share of the drawings in which the first is first.
        noise: whether the interval holds 0, so that chance may have decided.
    """

    first: int
    second: int
    difference: float
    low: float
    high: float
    wins: float
    noise: bool


def usual_weights(look: Look) -> dict[str, float]:
    """The weight of each metric that has a better and a worse and could be computed, before a person moves any."""
    found = {name: USUAL.get(name, 1.0) for name in _rankable(look)}
    if "fid" not in found and "kid" in found:
        found["kid"] = USUAL["fid"]
    return found


def rank(look: Look, weights: Mapping[str, float] | None = None) -> list[Placed]:
    """The contestants, the best first; the base alone stands where its score puts it, without a place of its own."""
    weights = usual_weights(look) if weights is None else weights
    parts = {name: _scores(look, name) for name in _rankable(look)}
    rivals = {one["id"] for one in rivals_of(look)}
    scored = []
    for at, one in enumerate(look["contestants"]):
        own = {name: values[at] for name, values in parts.items()}
        scored.append((sum_of(own, weights), one["id"], own))
    scored.sort(key=lambda found: -found[0])  # stable: of equals the earlier contestant comes first
    places = iter(range(1, len(scored) + 1))
    return [Placed(id, next(places) if id in rivals else 0, score, own) for score, id, own in scored]


def first(look: Look, weights: Mapping[str, float] | None = None) -> int:
    """The id of the best rival."""
    return next(placed.id for placed in rank(look, weights) if placed.place == 1)


def lead(look: Look, weights: Mapping[str, float] | None = None) -> Lead:
    """How sure the first place is. Metrics of whole sets (FID) stay as they are in every drawing."""
    weights = usual_weights(look) if weights is None else weights
    ranked = [placed for placed in rank(look, weights) if placed.place]
    order = [placed.id for placed in ranked]
    if not order:
        return Lead(0, 0, 0.0, 0.0, 0.0, 0.0, True)
    drawn = drawings(look, weights)
    own = drawn[order[0]]
    if len(order) == 1:
        return Lead(order[0], 0, 0.0, 0.0, 0.0, 1.0, True)
    others = np.stack([drawn[id] for id in order[1:]])
    apart, wins = ranked[0].score - ranked[1].score, float(np.mean(own >= others.max(0)))
    low, high = resampling.ends(own - others[0], resampling.deck_of(look).count) or (apart, apart)
    unsure = low == high or low <= 0 <= high
    return Lead(order[0], order[1], apart, low, high, wins, unsure)


def drawings(look: Look, weights: Mapping[str, float]) -> dict[int, np.ndarray]:
    """Each contestant's score in every drawing of the prompts, by its id; the scale of each metric stays as it is."""
    draws = resampling.draws(resampling.deck_of(look).count)
    totals = np.zeros((len(look["contestants"]), len(draws)))
    for name in _rankable(look):
        weight = weights.get(name, 0.0)
        best, spread = _scale(look, name)
        found = resampling.means(look, name, draws)
        scores = np.nan_to_num(1 - np.abs(best - found) / spread, nan=0.0)
        totals += weight * np.clip(scores, 0, 1) / (sum(weights.get(other, 0.0) for other in _rankable(look)) or 1)
    return {one["id"]: row for one, row in zip(look["contestants"], totals, strict=True)}


def sum_of(parts: Mapping[str, float | None], weights: Mapping[str, float]) -> float:
    """Σ w·s ÷ Σ w over these metrics; 0 where no weight is left."""
    whole = sum(weights.get(name, 0.0) for name in parts)
    return sum(weights.get(name, 0.0) * (part or 0.0) for name, part in parts.items()) / whole if whole else 0.0


def rivals_of(look: Look) -> list[Mapping[str, Any]]:
    """Those that are ranked: without the base alone, where several others are left."""
    rows = list(look["contestants"])
    others = [one for one in rows if not alone(one)]
    return others if look["kind"] in RANKED_ALONE and len(others) > 1 else rows


def alone(contestant: Mapping[str, Any]) -> bool:
    """Whether it is the base model without any LoRA that is heard; a folder of pictures is none."""
    return bool(contestant["base"]) and not any(part.get("weight") for part in contestant["blend"])


def value_of(contestant: Mapping[str, Any], metric: str) -> float | None:
    """The mean that a contestant has in a metric, or None."""
    mean = contestant["totals"].get(metric, {}).get("mean")
    return None if mean is None or not np.isfinite(mean) else float(mean)


def _rankable(look: Look) -> list[str]:
    """Metrics with a better and a worse that at least one rival has a value in."""
    known = [metric for metric in look["facts"].get("metrics", []) if metric.get("better")]
    rivals = rivals_of(look)
    return [one["name"] for one in known if any(value_of(row, one["name"]) is not None for row in rivals)]


def _scores(look: Look, name: str) -> list[float | None]:
    best, spread = _scale(look, name)
    values = [value_of(one, name) for one in look["contestants"]]
    return [None if value is None else float(np.clip(1 - abs(best - value) / spread, 0, 1)) for value in values]


def _scale(look: Look, name: str) -> tuple[float, float]:
    """The best value among the rivals, and the difference that would take a score from 1 to 0."""
    better = next(one["better"] for one in look["facts"]["metrics"] if one["name"] == name)
    rivals = [one for one in rivals_of(look) if value_of(one, name) is not None]
    values = np.array([value_of(one, name) for one in rivals], float)
    best, reach = float(values.max() if better == "more" else values.min()), float(np.ptp(values))
    reliable = reliability(look, name)
    return best, reach / reliable if reach and reliable else np.inf


def reliability(look: Look, name: str) -> float:
    """ρ: how much of the variance between the rivals' values in a metric is more than chance, 0 … 1.

    Chance is what is left of the values by prompt when rival and prompt are taken out (two-way, without replication; of
    one prompt by seed); where single prompts have no values, what the intervals of the totals say. 1 where nothing tells.
    """
    rows = [at for at, one in enumerate(look["contestants"]) if one in rivals_of(look)]
    sums, counts = (found[rows] for found in resampling.table(look, name))
    full = (counts > 0).all(0)
    values = sums[:, full] / counts[:, full]
    count, prompts = values.shape
    if count > 1 and prompts > 1:
        rest = values - values.mean(1, keepdims=True) - values.mean(0) + values.mean()
        chance = float((rest**2).sum()) / ((count - 1) * (prompts - 1)) / prompts
        return _beyond(values.mean(1), chance)
    totals = [one["totals"][name] for one in rivals_of(look) if value_of(one, name) is not None]
    widths = [total["high"] - total["low"] for total in totals if total.get("low") is not None]
    if len(widths) < 2:
        return 1.0
    return _beyond(np.array([total["mean"] for total in totals], float), float(np.mean(np.square(widths))) / WIDTH**2)


def _beyond(means: np.ndarray, chance: float) -> float:
    """The share of the variance of `means` that is more than `chance`."""
    variance = float(means.var(ddof=1))
    return max(0.0, 1 - chance / variance) if variance else 0.0
