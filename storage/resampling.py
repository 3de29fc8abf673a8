"""The bootstrap of an evaluation's stored values: its prompts are drawn again and again with replacement.

Efron 1979, https://doi.org/10.1214/aos/1176344552. Prompts are drawn, not pictures: those of one prompt hang together.
Every contestant sees the same drawings, so differences between two of them are paired.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from typing import Any

import numpy as np

TIMES, SEED = 1000, 0
"""How often the prompts are drawn, and from which seed: the same values have the same interval always."""

TAILS = (0.025, 0.975)
"""The quantiles between which 95 % of the drawings lie."""


def prompts(look: Mapping[str, Any]) -> list[str]:
    """The prompts of an evaluation, each once, in their order."""
    return list(dict.fromkeys(shown["prompt"] for shown in look["exhibits"]))


@cache
def draws(count: int) -> np.ndarray:
    """[TIMES, count]: how often each of `count` prompts comes in each drawing."""
    if not count:
        return np.zeros((TIMES, 0))
    return np.random.default_rng(SEED).multinomial(count, np.full(count, 1 / count), TIMES).astype(float)


def by_prompt(look: Mapping[str, Any], metric: str) -> np.ndarray:
    """[contestants, prompts]: the mean of a metric over the seeds of a prompt; NaN where there is none."""
    rows = {one["place"]: at for at, one in enumerate(look["contestants"])}
    columns = {prompt: at for at, prompt in enumerate(prompts(look))}
    total, count = np.zeros((2, len(rows), len(columns)))
    for shown in look["exhibits"]:
        value = shown["scores"].get(metric)
        if value is not None and np.isfinite(value) and shown["place"] in rows:
            total[rows[shown["place"]], columns[shown["prompt"]]] += value
            count[rows[shown["place"]], columns[shown["prompt"]]] += 1
    with np.errstate(invalid="ignore"):
        return total / np.where(count, count, np.nan)


def means(look: Mapping[str, Any], metric: str, drawn: np.ndarray) -> np.ndarray:
    """[contestants, drawings]: the mean of a metric in each drawing.

    A metric of whole sets has no value of its own for a prompt and keeps its total in every drawing; NaN without one.
    """
    values = by_prompt(look, metric)
    there = np.isfinite(values)
    counted = there.astype(float) @ drawn.T
    with np.errstate(invalid="ignore", divide="ignore"):
        found = (np.where(there, values, 0.0) @ drawn.T) / counted
    whole = [one["totals"].get(metric, {}).get("mean") for one in look["contestants"]]
    fixed = np.array([np.nan if value is None else value for value in whole], float)[:, None]
    return np.where(there.any(1, keepdims=True), found, fixed)
