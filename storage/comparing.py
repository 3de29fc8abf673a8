"""Two evaluations beside each other: what differs by more than chance, and what cannot be compared at all.

A metric is compared only where both evaluations define it alike, look with the same model, and measure against the same
pictures; values are paired by prompt (of one prompt by seed), so that only what changed counts.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from storage import evaluations, ranking, resampling
from storage.database import Store
from storage.ranking import Look

UNKNOWN = "One of the two evaluations did not measure it."
DEFINED = "It is defined differently in the two evaluations."
MODELS = "It was measured with different models."
REFERENCES = "The two evaluations measure against different pictures."
PROMPTS = "The two evaluations share no prompt."
SETS = "Their prompts differ, and a value of whole sets stands for all of them."

SETTINGS = ("base", "steps", "guidance", "sampler", "negative", "width", "height", "seeds", "seed")
"""What is said of the requests where it differs."""


@dataclass(frozen=True)
class Difference:
    """One metric of two contestants.

    Attributes:
        first, second: the means of both, over the prompts that both have.
        difference, low, high: second − first with its 95 % interval; None where that is unknown.
        noise: whether the interval holds 0; None where there is none.
        n: prompts (of one prompt seeds) that were paired; 0 for values of whole sets.
    """

    metric: str
    first: float
    second: float
    difference: float
    low: float | None
    high: float | None
    noise: bool | None
    n: int


@dataclass(frozen=True)
class Pair:
    """Two contestants that belong together, with each metric that can be compared.

    Attributes:
        first, second: their ids; `name` is that of the first, `other` that of the second.
    """

    first: int
    second: int
    name: str
    other: str
    differences: list[Difference]


@dataclass(frozen=True)
class Comparison:
    """Two evaluations.

    Attributes:
        names: of both.
        titles: what the metrics are called.
        problems: metric → why it cannot be compared.
        settings: what was asked differently: field → both values.
        prompts: how many both have.
        drawn: what was drawn for the intervals: prompts · seeds · pictures.
        pairs: of their contestants.
    """

    names: tuple[str, str]
    titles: dict[str, str]
    problems: dict[str, str]
    settings: dict[str, tuple[Any, Any]]
    prompts: int
    drawn: resampling.By
    pairs: list[Pair]


def compare(store: Store, first: int, second: int) -> Comparison:
    """Two evaluations by their numbers. `NotFound` if one is not there."""
    looks = evaluations.look(store, first), evaluations.look(store, second)
    shared = [prompt for prompt in resampling.prompts(looks[0]) if prompt in set(resampling.prompts(looks[1]))]
    titles = {metric["name"]: metric["title"] for look in looks[::-1] for metric in look["facts"].get("metrics", [])}
    problems = {name: said for name in titles if (said := _problem(looks, name, shared))}
    names = [name for name in titles if name not in problems]
    pairs = [_pair(looks, ones, names, shared) for ones in _matched(*looks)]
    asked = looks[0]["request"], looks[1]["request"]
    settings = {
        key: (asked[0].get(key), asked[1].get(key)) for key in SETTINGS if asked[0].get(key) != asked[1].get(key)
    }
    names_of = looks[0]["name"], looks[1]["name"]
    return Comparison(names_of, titles, problems, settings, len(shared), resampling.drawn_by(shared), pairs)


def _problem(looks: tuple[Look, Look], name: str, shared: list[str]) -> str:
    """Why a metric cannot be compared; '' if it can."""
    both = [next((one for one in look["facts"].get("metrics", []) if one["name"] == name), None) for look in looks]
    one, other = both
    if one is None or other is None or one.get("problem") or other.get("problem"):
        return UNKNOWN
    if one.get("definition") != other.get("definition"):
        return DEFINED
    if one.get("model") != other.get("model"):
        return MODELS
    if any(_references(looks[0], part) != _references(looks[1], part) for part in one.get("against", [])):
        return REFERENCES
    if not shared:
        return PROMPTS
    prompts = [resampling.prompts(look) for look in looks]
    return SETS if one.get("per") == "set" and set(prompts[0]) != set(prompts[1]) else ""


def _references(look: Look, part: str) -> set[str]:
    return set((look["facts"].get("references") or {}).get(part, []))


def _matched(first: Look, second: Look) -> list[tuple[Mapping[str, Any], Mapping[str, Any]]]:
    """Contestants that belong together: the baselines; those of the same place on the axes, the same step or the same
    name; and where each has only one other left, these two."""
    left, right = list(first["contestants"]), list(second["contestants"])
    found = []
    for key in (_is_baseline, _where, lambda one: one["name"]):
        for one in list(left):
            other = next((other for other in right if key(one) and key(one) == key(other)), None)
            if other is not None:
                found.append((one, other))
                left.remove(one)
                right.remove(other)
    if len(left) == len(right) == 1:
        found.append((left[0], right[0]))
    return sorted(found, key=lambda pair: pair[0]["place"])


def _is_baseline(one: Mapping[str, Any]) -> bool:
    return one["place"] == 0


def _where(one: Mapping[str, Any]) -> tuple[Any, ...] | None:
    """Its place on the axes and its step, where it has any."""
    return (*sorted(one["axes"].items()), one["step"]) if one["axes"] or one["step"] else None


def _pair(
    looks: tuple[Look, Look], ones: tuple[Mapping[str, Any], Mapping[str, Any]], names: list[str], shared: list[str]
) -> Pair:
    found = [_difference(looks, ones, name, shared) for name in names]
    known = [one for one in found if one is not None]
    return Pair(ones[0]["id"], ones[1]["id"], ones[0]["name"], ones[1]["name"], known)


def _difference(
    looks: tuple[Look, Look], ones: tuple[Mapping[str, Any], Mapping[str, Any]], name: str, shared: list[str]
) -> Difference | None:
    first, second = (_tallied(look, one["place"], name, shared) for look, one in zip(looks, ones, strict=True))
    both = [thing for thing in first if thing in second]
    if not both:
        return _of_totals(ones, name)
    tallies = np.array([[tally[thing] for thing in both] for tally in (first, second)])  # [2, things, sum and count]
    sums, counts = tallies[..., 0], tallies[..., 1]
    before, after = (float(value) for value in sums.sum(1) / counts.sum(1))
    means = resampling.pooled(sums, counts, resampling.draws(len(both)))
    low, high = resampling.ends(means[1] - means[0], len(both)) or (None, None)
    noise = None if low is None or high is None else low <= 0 <= high
    return Difference(name, before, after, after - before, low, high, noise, len(both))


def _tallied(look: Look, place: int, name: str, shared: list[str]) -> dict[Any, tuple[float, int]]:
    """The sum and the count of a contestant's metric by what is drawn: the prompt, the seed, or the picture's number."""
    by, found = resampling.drawn_by(shared), dict[Any, list[float]]()
    for shown in look["exhibits"]:
        value = shown["scores"].get(name)
        if shown["place"] == place and value is not None and shown["prompt"] in shared:
            single = shown["seed"] if by == "seeds" and shown["picture"] else shown["number"]
            found.setdefault(shown["prompt"] if by == "prompts" else single, []).append(value)
    return {thing: (sum(values), len(values)) for thing, values in found.items()}


def _of_totals(ones: tuple[Mapping[str, Any], Mapping[str, Any]], name: str) -> Difference | None:
    """From the totals, where single pictures have no value: the two intervals are taken as independent."""
    first, second = (ranking.value_of(one, name) for one in ones)
    if first is None or second is None:
        return None
    halves = [_half(one["totals"][name]) for one in ones]
    if None in halves:
        return Difference(name, first, second, second - first, None, None, None, 0)
    half = float(np.hypot(*halves))
    apart = second - first
    return Difference(name, first, second, apart, apart - half, apart + half, abs(apart) <= half, 0)


def _half(total: Mapping[str, Any]) -> float | None:
    low, high = total.get("low"), total.get("high")
    return None if low is None or high is None else (high - low) / 2
