"""Tell what a storyboard holds, write it as PDF, animatic, script and more, or bring one in from its zip."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from door import boards as files
from door import rooms
from storage import boardin, boards, panels
from storage.database import Store
from storage.errors import NotFound
from storage.panels import Reel, clock
from storage.tables import Project


def options(parser: argparse.ArgumentParser) -> None:
    """Which board, and what is to be written of it."""
    rooms.add_project(parser)
    parser.add_argument("name", nargs="?", help="the board's name; without one all boards are told")
    parser.add_argument(
        "--bring", type=Path, metavar="FILE.zip", help="a board that was written with --zip; NAME renames it"
    )
    files.options(parser)


def run(options: argparse.Namespace) -> int:
    """Do it, and say where the files are."""
    store = rooms.store(options)
    project = rooms.project(store, options.project)
    if options.bring:
        row = boards.get(store, _brought(store, project, options.bring, options.name or ""))
    elif options.name:
        row = boards.named(store, project.id, options.name)
    else:
        return _list(store, project)
    if files.asked(options):
        print(*files.write(store, row.id, options), sep="\n")
    else:
        print(*_lines(panels.of(store, row.id)), sep="\n")
    return 0


def _brought(store: Store, project: Project, path: Path, name: str) -> int:
    if not path.is_file():
        raise NotFound(f"There is no file {path}; give a zip that was written with --zip.")
    brought = boardin.bring(store, project.id, path, name)
    print(*brought.notes, sep="\n", end="\n" if brought.notes else "", file=sys.stderr)
    return brought.board_id


def _list(store: Store, project: Project) -> int:
    for row in boards.all(store, project.id):
        reel = panels.of(store, row.id)
        print(f"{row.name} · {len(reel.parts)} scenes · {len(reel.panels)} shots · {clock(reel.seconds)}")
    return 0


def _lines(reel: Reel) -> list[str]:
    """The board in a line for each scene and shot."""
    lines = [f"{reel.title} · {len(reel.panels)} shots · {clock(reel.seconds)}"]
    for part in reel.parts:
        lines.append(f"{part.number}  {part.heading}")
        for panel in part.panels:
            facts = (panel.name, panel.framing, clock(panel.seconds), "drawn" if panel.picture else "not drawn")
            lines.append(f"  {' · '.join(facts)} · {' '.join((panel.action or panel.dialogue).split())}")
    return lines
