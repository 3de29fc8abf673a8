"""Where a run of training turns from learning into learning by heart: scores and held-out loss against the step."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

from storage import loras, measures, ranking
from storage.database import Store
from storage.ranking import Look

TURNED = 0.1
"""A loss has turned when it rises again by this share of what it had fallen."""

LOSSES = ("held-out loss", "loss", "denoise")
"""Curves of the training job that are shown beside the scores, where it has them."""

CALM = 40
"""Points that a noisy curve is brought down to."""

Point = dict[str, float | None]
"""One place of a curve: step, value, and the ends of its interval (low, high) where it has one."""


@dataclass(frozen=True)
class Curve:
    """One number against the step.

    Attributes:
        name: of the metric or the loss; `score` is the weighted sum.
        better: `more` or `less`.
        best: the step at which it is best.
        turn: that step, where what comes after is worse by more than noise; None where it is not.
    """

    name: str
    better: str
    points: list[Point]
    best: int
    turn: int | None


def curves(store: Store, look: Look, weights: Mapping[str, float] | None = None) -> list[Curve]:
    """Every curve of an evaluation of checkpoints: the weighted sum, each metric, the losses of the run.

    The base alone is step 0, where it was judged too. A loss that the run measured itself has more points than its totals.
    """
    steps = {one["id"]: int(one["step"] or 0) for one in look["contestants"]}
    placed = sorted(ranking.rank(look, weights), key=lambda one: steps[one.id])
    score = [_point(steps[one.id], one.score) for one in placed]
    found = [_curve("score", "more", score)]
    losses = _losses(store, look)
    finer = {curve.name.replace("-", "_").replace(" ", "_") for curve in losses}
    for metric in look["facts"].get("metrics", []):
        points = _of_metric(look, metric["name"], steps)
        if points and metric["name"] not in finer:
            found.append(_curve(metric["name"], metric.get("better") or "more", points))
    return found + losses


def turn(found: Sequence[Curve]) -> int | None:
    """The step at which the run turns: that of the held-out loss, else that of the weighted sum; None if neither does."""
    known = {curve.name: curve.turn for curve in found}
    held = known.get("held-out loss")
    return known.get("score") if held is None else held


def _of_metric(look: Look, name: str, steps: Mapping[int, int]) -> list[Point]:
    rows = sorted(look["contestants"], key=lambda one: steps[one["id"]])
    shown = [(one, one["totals"].get(name, {})) for one in rows if ranking.value_of(one, name) is not None]
    return [_point(steps[one["id"]], total["mean"], total.get("low"), total.get("high")) for one, total in shown]


def _losses(store: Store, look: Look) -> list[Curve]:
    numbers = [one["lora"] for one in look["contestants"] if one["lora"]]
    job = loras.get(store, numbers[0]).job_id if numbers else None
    known = measures.curves(store, job) if job else {}
    return [
        _curve(name, "less", [_point(step, value) for step, value in _calmed(known[name])])
        for name in LOSSES
        if known.get(name)
    ]


def _calmed(points: Sequence[tuple[int, float]]) -> list[tuple[int, float]]:
    """A curve of many points as the means of `CALM` stretches, each at its last step: single batches jump up and down."""
    if len(points) <= 2 * CALM:
        return list(points)
    ends = [round(len(points) * number / CALM) for number in range(CALM + 1)]
    some = [points[begin:end] for begin, end in pairwise(ends)]
    return [(part[-1][0], sum(value for _, value in part) / len(part)) for part in some]


def _curve(name: str, better: str, points: list[Point]) -> Curve:
    sign = 1 if better == "more" else -1
    best = max(points, key=lambda point: sign * _number(point, "value"))
    after = [point for point in points if _number(point, "step") > _number(best, "step")]
    step = int(_number(best, "step"))
    turned = bool(after) and _worse(best, after[-1], points[0], sign)
    return Curve(name, better, points, step, step if turned else None)


def _worse(best: Point, last: Point, begin: Point, sign: int) -> bool:
    """Whether the last point is worse than the best by more than noise.

    Where both have an interval: it lies outside the best's. Else: by `TURNED` of what was gained from the first point on.
    """
    fall = sign * (_number(best, "value") - _number(last, "value"))
    if best["low"] is not None and best["high"] is not None:
        return fall > (_number(best, "high") - _number(best, "low")) / 2
    gained = sign * (_number(best, "value") - _number(begin, "value"))
    return fall > max(TURNED * gained, 1e-9)


def _point(step: int, value: float, low: float | None = None, high: float | None = None) -> Point:
    return {"step": step, "value": value, "low": low, "high": high}


def _number(point: Point, key: str) -> float:
    value = point[key]
    assert value is not None
    return value
