"""An evaluation for the terminal: every metric of every contestant with its interval, and what is only chance."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from storage import evaluations
from storage.database import Store

NOISE = "within noise"

DRAWN = {
    "prompts": "Intervals of 95 %, from drawing the prompts again and again, each with all its pictures.",
    "seeds": "Intervals of 95 %, from drawing the seeds again and again: there is one prompt alone, and nothing is said of others.",
    "pictures": "Intervals of 95 %, from drawing the pictures again and again: their prompts are not known.",
}
"""What is said of the brackets, by what was drawn for them."""


def lines(store: Store, evaluation_id: int) -> list[str]:
    """A table a metric, then how each metric is defined."""
    look = evaluations.look(store, evaluation_id)
    told = [f"{look['name']}: {len(look['contestants'])} compared, {len(look['exhibits'])} pictures."]
    for metric in look["facts"]["metrics"]:
        if metric["problem"]:
            continue
        wanted = {"more": " (more is better)", "less": " (less is better)"}.get(metric["better"], "")
        told += ["", f"{metric['title']}{wanted}", *_table(look["contestants"], metric["name"])]
        told.append("  " + " ".join(filter(None, (metric["definition"], metric["model"] and f"{metric['model']}."))))
    return [*told, "", DRAWN[look["drawn"]], *look["facts"].get("notes", [])]


def problems(store: Store, evaluation_id: int) -> list[str]:
    """What could not be measured, each sentence once, with the metrics that it keeps."""
    look = evaluations.look(store, evaluation_id)
    found: dict[str, dict[str, None]] = {}
    for metric in look["facts"]["metrics"]:
        for one in look["contestants"]:
            if problem := one["totals"][metric["name"]]["problem"]:
                found.setdefault(problem, {})[metric["title"]] = None
    return [f"{', '.join(titles)}: {problem}" for problem, titles in found.items()]


def _table(contestants: Iterable[Mapping[str, Any]], metric: str) -> list[str]:
    rows = [(one["name"], one["totals"][metric]) for one in contestants]
    first = rows[0][1]["mean"]
    wide = max(len(name) for name, _ in rows)
    return [f"  {name:{wide}}  {_value(found)}{_change(found, first)}" for name, found in rows]


def _value(found: Mapping[str, Any]) -> str:
    if found["mean"] is None:
        return "—"
    return f"{found['mean']:9.4g} {_between(found['low'], found['high']):20} n={found['n']}"


def _change(found: Mapping[str, Any], first: float | None) -> str:
    if found["difference"] is None:
        return ""
    share = f" ({found['difference'] / abs(first):+.1%})" if first else ""
    between = _between(found["difference_low"], found["difference_high"])
    said = f"  {found['difference']:+.4g}{share} {between}"
    return f"{said} {NOISE}" if found["noise"] else said


def _between(low: float | None, high: float | None) -> str:
    return "" if low is None or high is None else f"[{low:.4g} … {high:.4g}]"
