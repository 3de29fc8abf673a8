"""Bring pictures into a data set: files, folders and zips, with the captions beside them."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from door import rooms
from door.follow import Line
from storage import datasets, formats, imports
from storage.database import Store
from storage.errors import NotFound
from storage.tables import Dataset, Project

MOST_NAMED = 10
"""Files that are named one by one; more are counted."""


def options(parser: argparse.ArgumentParser) -> None:
    """What is to come in, and where to."""
    rooms.add_project(parser)
    parser.add_argument("paths", nargs="+", type=Path, metavar="PATH", help="pictures, folders and .zip files")
    parser.add_argument("--dataset", required=True, metavar="NAME", help="the data set; made if there is none")
    parser.add_argument(
        "--format", default="", choices=formats.names(), metavar="FORMAT",
        help=f"the layout they are in, if it is not recognised rightly: {', '.join(formats.names())}",
    )  # fmt: skip
    parser.add_argument("--trigger", metavar="WORD", help="the word that will call what the pictures teach")


def run(options: argparse.Namespace) -> int:
    """Bring them in; 1 if nothing could be used."""
    store = rooms.store(options)
    for path in options.paths:
        if not path.exists():
            raise NotFound(f"There is no file or folder {path}. Check the path.")
    project = rooms.project(store, options.project, make=True)
    dataset = into(store, project, options.dataset, options.trigger)
    report = _bring(store, dataset.id, options.paths, options.format)
    _tell(report, dataset.name)
    return 0 if report.added or report.known else 1


def _bring(store: Store, dataset: int, paths: list[Path], format: str) -> imports.Report:
    line = Line()
    try:
        return imports.bring(
            store,
            dataset,
            paths,
            lambda done, total, name: line.show(f"{done} of {total} · {name}", done / total),
            format,
        )
    except KeyboardInterrupt:
        line.end()
        print("Stopped. What came in stays in; the same command goes on from here.", file=sys.stderr)
        raise
    finally:
        line.end()


def into(store: Store, project: Project, name: str, trigger: str | None = None) -> Dataset:
    """The project's data set of that name, made if there is none, with its trigger word if one is given."""
    known = {row.name: row for row in datasets.all(store, project.id)}
    dataset = known.get(name) or datasets.create(store, project.id, name)
    if trigger is not None:
        datasets.set_trigger(store, dataset.id, trigger)
    return dataset


def _tell(report: imports.Report, dataset: str) -> None:
    print(f"Read as: {formats.get(report.format).TITLE} (--format {report.format}).", file=sys.stderr)
    _name(report.refused, "more files that cannot be used")
    _name(report.noted, "more that are not as they came")
    there = f", {len(report.known)} were there already" if report.known else ""
    print(f"{dataset}: {_pictures(len(report.added))} added{there}, {report.captions} with a caption.")


def _name(sentences: list[tuple[str, str]], more: str) -> None:
    for _, sentence in sentences[:MOST_NAMED]:
        print(sentence, file=sys.stderr)
    if len(sentences) > MOST_NAMED:
        print(f"… and {len(sentences) - MOST_NAMED} {more}.", file=sys.stderr)


def _pictures(number: int) -> str:
    return "1 picture" if number == 1 else f"{number} pictures"
