"""Write a data set's captions as a table for a spreadsheet, or take the changed table back."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from door import rooms
from storage import datasets, roundtrip, sheets
from storage.database import Store
from storage.errors import BadInput, NotFound
from storage.roundtrip import Comparison, Differing
from storage.tables import Dataset

MOST_NAMED = 20
"""Differences and names that are printed one by one; more are counted."""


def options(parser: argparse.ArgumentParser) -> None:
    """What to do, with which table."""
    rooms.add_project(parser)
    parser.add_argument("verb", choices=("export", "import"), metavar="VERB", help="export or import")
    parser.add_argument("table", nargs="?", type=Path, metavar="FILE", help="the table to import")
    parser.add_argument("--dataset", required=True, metavar="NAME", help="the data set whose captions they are")
    parser.add_argument("--out", type=Path, help="the .csv to write [the data set's name]")
    parser.add_argument("--take", action="store_true", help="take what differs; without it, it is only shown")


def run(options: argparse.Namespace) -> int:
    """Do it and say what came of it."""
    store = rooms.store(options)
    dataset = datasets.named(store, rooms.project(store, options.project).id, options.dataset)
    if options.verb == "export":
        print(write(store, dataset, options.out or options.table or Path(f"{dataset.name}.csv")))
    elif options.table is None:
        raise BadInput(f"Which table? Say its file: captions import {dataset.name}.csv --dataset {dataset.name}.")
    else:
        bring(store, dataset, options.table, options.take)
    return 0


def write(store: Store, dataset: Dataset, target: Path) -> Path:
    """The captions as a CSV; returns the file."""
    if target.is_dir():
        target /= f"{dataset.name}.csv"
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(roundtrip.export(store, dataset.id))
    except OSError as error:
        raise BadInput(f"{target} cannot be written ({error.strerror}); choose another place with --out.") from error
    return target


def bring(store: Store, dataset: Dataset, file: Path, take: bool) -> None:
    """Show how a table differs from the data set, and take it if asked to."""
    if not file.is_file():
        raise NotFound(f"There is no file {file}. Check the path.")
    sheet = sheets.read(file.read_bytes(), file.name)
    found = roundtrip.compare(store, dataset.id, sheet)
    _complain(found, file.name)
    for row in found.differing[:MOST_NAMED]:
        print(_told(row))
    if len(found.differing) > MOST_NAMED:
        print(f"… and {len(found.differing) - MOST_NAMED} more that differ.")
    change = roundtrip.take(store, dataset.id, sheet) if take else None
    done = "taken as one change, which the page takes back under Captions" if change else "say --take to take them"
    then = f" ({done})" if found.differing else ""
    print(f"{dataset.name}: {len(found.differing)} differ, {found.same} are the same{then}.")


def _told(row: Differing) -> str:
    cells = "".join(f"\n  - {column}: {before}\n  + {column}: {after}" for column, before, after in row.cells)
    return f"{row.image.name}{cells}"


def _complain(found: Comparison, table: str) -> None:
    """Name on standard error what is unknown, missing or cannot be used."""
    lines = [why for _, why in found.refused]
    lines += [f"{name} is in {table} and not in the data set." for name in found.unknown]
    lines += [f"{name} is not in {table} and stays as it is." for name in found.missing]
    for line in lines[:MOST_NAMED]:
        print(line, file=sys.stderr)
    if len(lines) > MOST_NAMED:
        print(f"… and {len(lines) - MOST_NAMED} more such rows.", file=sys.stderr)
