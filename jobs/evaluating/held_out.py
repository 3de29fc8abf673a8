"""The loss on held-out pictures, which training measured on its way, as one metric more of an evaluation."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from jobs.context import Context

NAME, CURVE = "held_out_loss", "held-out loss"
"""What it is called as a metric, and as a curve of a run."""

FACT = {
    "name": NAME,
    "title": "Loss on held-out pictures",
    "better": "less",
    "unit": "",
    "per": "set",
    "definition": "The mean square error of the predicted noise over the held-out pictures at five noise levels, as the run "
    "measured it; between two measurements by a straight line.",
    "model": "",
    "against": ["held_out"],
    "problem": "",
}


def keep(context: Context, values: Sequence[float]) -> dict[str, Any]:
    """Put one value a contestant, in the order of their places, among the totals; returns the facts that change."""
    look = context.evaluation()
    found = {
        one["id"]: one["totals"] | {NAME: _total(value, values[0])}
        for one, value in zip(look["contestants"], values, strict=True)
    }
    context.keep_totals(found)
    metrics = [metric for metric in look["facts"].get("metrics", []) if metric["name"] != NAME]
    return {"metrics": [*metrics, FACT]}


def at(curve: Sequence[tuple[int, float]], step: int) -> float:
    """The value of a curve at a step."""
    steps, values = zip(*curve, strict=True)
    return float(np.interp(step, steps, values))


def _total(value: float, baseline: float) -> Mapping[str, Any]:
    """As `storage.evaluations` says; the run always looks with the same noise, so there is no chance in it to tell of."""
    return {
        "mean": value, "low": None, "high": None, "n": 1, "difference": value - baseline, "difference_low": None,
        "difference_high": None, "noise": False, "problem": "",
    }  # fmt: skip
