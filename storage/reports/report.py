"""What every kind of report is made of: the look at an evaluation, its ranking, and how it is to be told."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from storage import evaluations, overfitting, ranking
from storage.database import Store
from storage.files import Files
from storage.overfitting import Curve
from storage.ranking import Lead, Placed
from storage.reports._words import WORDS

Progress = Callable[[int, int], None]
"""Told (done, total) on the way. What it raises ends the writing, and nothing is left of it."""


@dataclass(frozen=True)
class Order:
    """How a report is to be written.

    Attributes:
        language: of its words, `en` or `ko`.
        weights: of the metrics in the ranking; None: the usual ones.
        say: a sentence of the studio in that language.
        label: what a field of the request is called.
        metric: what a metric of that name (and title) is called.
        progress: told how far it is.
    """

    language: str = "en"
    weights: Mapping[str, float] | None = None
    say: Callable[[str], str] = lambda sentence: sentence
    label: Callable[[str], str] = lambda field: field.replace("_", " ").capitalize()
    metric: Callable[[str, str], str] = lambda name, title: title
    progress: Progress = lambda done, total: None

    def word(self, key: str, **values: Any) -> str:
        """One of the report's own words, its `{names}` filled in."""
        return WORDS.get(self.language, WORDS["en"])[key].format(**values)


@dataclass(frozen=True)
class Report:
    """An evaluation with what follows from it.

    Attributes:
        look: as `evaluations.look` gives it.
        weights: of the metrics, as the places were made with.
        placed: the contestants, the best first; empty where no metric has a better and a worse.
        lead: how sure the first place is; None without one.
        curves: against the step, of an evaluation of checkpoints.
    """

    look: dict[str, Any]
    files: Files
    weights: dict[str, float]
    placed: list[Placed]
    lead: Lead | None
    curves: list[Curve]

    @classmethod
    def of(cls, store: Store, evaluation_id: int, order: Order) -> Report:
        """Everything about one evaluation. `NotFound` if there is none of that number."""
        look = evaluations.look(store, evaluation_id)
        weights = dict(ranking.usual_weights(look) if order.weights is None else order.weights)
        rated = any(weights.values())
        placed = ranking.rank(look, weights) if rated else []
        curves = overfitting.curves(store, look, weights) if rated and look["kind"] == "checkpoints" else []
        return cls(look, store.files, weights, placed, ranking.lead(look, weights) if rated else None, curves)

    @property
    def contestants(self) -> list[dict[str, Any]]:
        """Those that are compared, the baseline first."""
        return self.look["contestants"]

    @property
    def facts(self) -> dict[str, Any]:
        """What is known of how it was judged."""
        return self.look["facts"]

    @property
    def metrics(self) -> list[dict[str, Any]]:
        """What was measured, or was to be."""
        return self.facts.get("metrics", [])

    def name_of(self, contestant_id: int, order: Order) -> str:
        """A contestant's name; of a weight it says that it is one."""
        one = next(one for one in self.contestants if one["id"] == contestant_id)
        return order.word("at_weight", weight=one["name"]) if one["axes"].get("weight") else one["name"]

    def title(self, name: str, order: Order) -> str:
        """What a metric, or a curve of training, is called."""
        known = next((metric["title"] for metric in self.metrics if metric["name"] == name), "")
        return order.metric(name, known) if known else order.word(name)

    def valued(self, metric: str) -> list[dict[str, Any]]:
        """The contestants that have a value in a metric."""
        return [one for one in self.contestants if ranking.value_of(one, metric) is not None]


def figure(value: float | None) -> str:
    """A number as people read it: three or four digits; a dash for none."""
    if value is None:
        return "–"
    digits = 1 if abs(value) >= 100 else 2 if abs(value) >= 10 else 3
    return f"{value:.{digits}f}".replace("-", "−")


def change(total: Mapping[str, Any]) -> str:
    """How far a total is from the baseline's, in percent of that, or as it is where a sign lies between; '' for unknown."""
    apart, mean = total.get("difference"), total.get("mean")
    if apart is None or mean is None or not (mean - apart):
        return ""
    if mean * (mean - apart) < 0:
        return f"{apart:+.3f}".replace("-", "−")
    return f"{100 * apart / abs(mean - apart):+.1f} %".replace("-", "−")
