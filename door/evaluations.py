"""Evaluations on the command line: found by name or number, told as a table, compared, written as files."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from pathlib import Path

from door import verdicts
from door.follow import Line
from jobs import folder
from storage import evaluations, ranking, reports, resampling
from storage.comparing import Comparison, Difference
from storage.database import Store
from storage.errors import NotFound
from storage.evaluation_tables import Evaluation
from storage.reports import Order
from storage.reports.report import figure
from studio.words import speak


def options(parser: argparse.ArgumentParser) -> None:
    """`--html FILE`, `--csv FILE`, …: what is to be written of an evaluation."""
    group = parser.add_argument_group("files to write")
    for name in reports.names():
        kind = reports.get(name)
        about = (kind.__doc__ or name).partition("\n")[0].rstrip(".")
        group.add_argument(f"--{name}", type=Path, metavar=f"FILE{kind.SUFFIX}", help=about[:1].lower() + about[1:])
    group.add_argument("--language", choices=("en", "ko"), default="en", help="of a report's words [en]")


def asked(options: argparse.Namespace) -> bool:
    """Whether any file is to be written."""
    return any(getattr(options, name, None) for name in reports.names())


def write(store: Store, evaluation_id: int, options: argparse.Namespace) -> list[Path]:
    """Write every file that the options ask for; returns them."""
    wanted = [(name, Path(getattr(options, name))) for name in reports.names() if getattr(options, name, None)]
    return [_write(store, evaluation_id, name, target, options.language) for name, target in wanted]


def _write(store: Store, evaluation_id: int, name: str, target: Path, language: str) -> Path:
    if target.is_dir():
        target = target / reports.file_name(store, evaluation_id, name)
    target = target if target.suffix else target.with_suffix(reports.get(name).SUFFIX)
    line = Line()
    try:
        return reports.export(store, evaluation_id, name, target, order(language, target.name, line))
    finally:
        line.end()


def order(language: str, name: str, line: Line) -> Order:
    """A report in the page's own words: fields are called as on the form, sentences are told in that language."""
    words, fields = speak(language), folder.task("evaluate").model_fields

    def label(field: str) -> str:
        key = f"field.evaluate.{field}"
        return words(key) if words.has(key) else str(fields[field].title) if field in fields else field

    def metric(name: str, title: str) -> str:
        key = f"metric.{name}.title"
        return words(key) if words.has(key) else title

    return Order(
        language,
        say=words.error,
        label=label,
        metric=metric,
        progress=lambda done, total: line.show(f"{name} · {done / max(total, 1):.0%}", done / max(total, 1)),
    )


def named(store: Store, project_id: int, said: str) -> Evaluation:
    """The evaluation of that number, or the newest of that name; `NotFound` says which there are."""
    rows = evaluations.all(store, project_id)
    for row in rows:
        if said in (str(row.id), row.name):
            return row
    known = ", ".join(f"{row.id} {row.name}" for row in rows) or "none yet"
    raise NotFound(f"There is no evaluation “{said}” in this project (there are: {known}).")


def lines(store: Store, evaluation_id: int) -> list[str]:
    """The contestants in their places, how sure the first one is, then every metric."""
    look = evaluations.look(store, evaluation_id)
    names = {one["id"]: one["name"] for one in look["contestants"]}
    if not any(ranking.usual_weights(look).values()):
        return verdicts.lines(store, evaluation_id)
    placed = [[str(one.place or "–"), names[one.id], figure(one.score)] for one in ranking.rank(look)]
    lead = ranking.lead(look)
    sure = "within noise" if lead.noise else "by more than chance"
    said = f"{names[lead.first]} leads {names.get(lead.second, '')} {sure}: first in {lead.wins:.0%} of {resampling.TIMES:,} drawings of the {look['drawn']}."
    return [*_table(placed), *([said] if lead.second else []), "", *verdicts.lines(store, evaluation_id)]


def told(found: Comparison) -> list[str]:
    """A comparison: a line for each metric of each pair of contestants, then what cannot be compared."""
    table = [["", found.names[0], found.names[1], "difference", ""]]
    for pair in found.pairs:
        table.append([f"{pair.name} → {pair.other}", "", "", "", ""])
        table += [_difference(one, found.titles[one.metric]) for one in pair.differences]
    asked = [f"{field}: {before} → {after}" for field, (before, after) in found.settings.items()]
    return [*_table(table), *(f"{found.titles[name]}: {why}" for name, why in found.problems.items()), *asked]


def _difference(one: Difference, title: str) -> list[str]:
    interval = "" if one.low is None or one.high is None else f"[{one.low:+.3f}, {one.high:+.3f}]"
    said = {True: "within noise", False: "more than chance", None: ""}[one.noise]
    return [f"  {title}", figure(one.first), figure(one.second), f"{one.difference:+.3f} {interval}", said]


def _table(rows: Sequence[Sequence[str]]) -> list[str]:
    widths = [max(len(row[at]) for row in rows) for at in range(len(rows[0]))]
    return ["  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in rows]
