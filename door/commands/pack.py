"""Pack pictures of the gallery into one zip, each named by a template."""

from __future__ import annotations

import argparse
from pathlib import Path

from door import rooms
from storage import film, packing, pictures, templates
from storage.film import Query


def options(parser: argparse.ArgumentParser) -> None:
    """Which pictures, how they are named, and where to."""
    rooms.add_project(parser)
    parser.add_argument("numbers", nargs="*", type=int, metavar="N", help="pictures by number [those with stars]")
    parser.add_argument("--rating", type=int, default=1, metavar="N", help="without numbers: stars at least [1]")
    parser.add_argument("--template", default=templates.PLAIN, help=f"names of the files [{templates.PLAIN}]")
    parser.add_argument(
        "--out", type=Path, default=Path(packing.FILE), metavar="FILE", help=f"the zip [{packing.FILE}]"
    )


def run(options: argparse.Namespace) -> int:
    """Write it and say where it is."""
    store = rooms.store(options)
    project = rooms.project(store, options.project)
    numbers = options.numbers or film.ids(store, Query(project.id, rating=options.rating))
    rows = [pictures.get(store, number) for number in numbers]
    print(packing.pack([(row, store.files.path(row.file)) for row in rows], options.out, options.template))
    return 0
