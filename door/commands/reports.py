"""List evaluations, tell one as a table, compare two, or write one as a web page, CSV or JSON."""

from __future__ import annotations

import argparse

from door import evaluations as told
from door import rooms
from storage import comparing, evaluations
from storage.database import Store
from storage.tables import Project


def options(parser: argparse.ArgumentParser) -> None:
    """Which evaluation, what it is compared with, and what is to be written of it."""
    rooms.add_project(parser)
    parser.add_argument("evaluation", nargs="?", help="its name or number; without one all are listed")
    parser.add_argument("--against", metavar="OTHER", help="compare with this one, by name or number")
    told.options(parser)


def run(options: argparse.Namespace) -> int:
    """Do it, and say where the files are."""
    store = rooms.store(options)
    project = rooms.project(store, options.project)
    if not options.evaluation:
        return _list(store, project)
    row = told.named(store, project.id, options.evaluation)
    if options.against:
        other = told.named(store, project.id, options.against)
        print(*told.told(comparing.compare(store, row.id, other.id)), sep="\n")
    if told.asked(options):
        print(*told.write(store, row.id, options), sep="\n")
    elif not options.against:
        print(*told.lines(store, row.id), sep="\n")
    return 0


def _list(store: Store, project: Project) -> int:
    for line in reversed(evaluations.listed(store, project.id)):
        count = f"{line['contestants']} compared"
        print(f"{line['id']:5}  {line['state']:8} {line['name']} · {line['kind']} · {count} · {line['created'][:16]}")
    return 0
