"""Every figure of an evaluation as a CSV for spreadsheets and statistics: a line for each picture, and each total, by metric."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from storage.reports.report import Order, Report
from storage.sheets import FORMULA

TITLE, SUFFIX = "CSV", ".csv"

AXES = ("weight", "a", "b", "resolution")

OF_TOTAL = ("n", "low", "high", "difference", "difference_low", "difference_high", "noise", "problem")

COLUMNS = (
    "line", "place", "contestant", "base", "blend", "lora file", "step", *AXES, "metric", "value", *OF_TOTAL,
    "number", "prompt", "seed", "picture", "nearest",
)  # fmt: skip
"""`line` is `total` or `picture`; a total has no number, prompt, seed or picture, a picture no interval."""


def write(report: Report, target: Path, order: Order) -> None:
    """Write it in UTF-8 with a mark so that Korean is read; cells are never formulas."""
    with target.open("w", encoding="utf-8-sig", newline="") as table:
        writer = csv.DictWriter(table, COLUMNS, restval="")
        writer.writeheader()
        for row in _rows(report):
            writer.writerow({name: _shielded(value) for name, value in row.items()})


def _rows(report: Report) -> Iterator[dict[str, Any]]:
    heads = {one["place"]: _head(one) for one in report.contestants}
    for one in report.contestants:
        for name, total in one["totals"].items():
            facts = {key: total.get(key) for key in OF_TOTAL}
            yield heads[one["place"]] | {"line": "total", "metric": name, "value": total.get("mean")} | facts
    for shown in report.look["exhibits"]:
        facts = {"picture": shown["file"]} | {key: shown[key] for key in ("number", "prompt", "seed", "nearest")}
        for name, value in shown["scores"].items():
            yield heads[shown["place"]] | facts | {"line": "picture", "metric": name, "value": value}


def _head(one: dict[str, Any]) -> dict[str, Any]:
    blend = " + ".join(f"{part['name']}:{part['weight']:g}" for part in one["blend"])
    files = " ".join(part.get("file", "") for part in one["blend"])
    axes = {name: one["axes"].get(name) for name in AXES}
    return {"place": one["place"], "contestant": one["name"], "base": one["base"], "blend": blend,
            "lora file": files, "step": one["step"], **axes}  # fmt: skip


def _shielded(value: Any) -> Any:
    """A cell as a spreadsheet takes it; text that looks like a formula has an apostrophe in front."""
    if value is None:
        return ""
    return f"'{value}" if isinstance(value, str) and FORMULA.match(value) else value
