"""A storyboard's files on the command line: one option for each kind of file."""

from __future__ import annotations

import argparse
from pathlib import Path

from door.follow import Line
from storage import boardout, panels
from storage.boardout import Order
from storage.database import Store
from storage.panels import Reel


def options(parser: argparse.ArgumentParser) -> None:
    """`--pdf FILE`, `--sheet FILE`, …: what is to be written of a board."""
    group = parser.add_argument_group("files to write")
    for name in boardout.names():
        kind = boardout.get(name)
        about = (kind.__doc__ or name).partition("\n")[0].rstrip(".")
        group.add_argument(f"--{name}", type=Path, metavar=f"FILE{kind.SUFFIX}", help=about[:1].lower() + about[1:])
    group.add_argument("--per-page", type=int, default=3, metavar="2|3|6", help="shots on a page of the PDF [3]")
    group.add_argument("--language", choices=("en", "ko"), default="", help="of printed words [that of the text]")


def asked(options: argparse.Namespace) -> bool:
    """Whether any file is to be written."""
    return any(getattr(options, name) for name in boardout.names())


def write(store: Store, board_id: int, options: argparse.Namespace) -> list[Path]:
    """Write every file that the options ask for; returns them."""
    reel = panels.of(store, board_id)
    wanted = [(name, Path(getattr(options, name))) for name in boardout.names() if getattr(options, name)]
    return [_write(name, reel, target, options) for name, target in wanted]


def _write(name: str, reel: Reel, target: Path, options: argparse.Namespace) -> Path:
    if target.is_dir():
        target = target / boardout.file_name(name, reel)
    if name == "animatic" and target.suffix.lower() == ".gif":
        name = "gif"
    target = target if target.suffix else target.with_suffix(boardout.get(name).SUFFIX)
    line = Line()
    told = Order(
        options.per_page,
        options.language,
        progress=lambda done, total: line.show(f"{target.name} · {done / max(total, 1):.0%}", done / max(total, 1)),
    )
    try:
        return boardout.write(name, reel, target, told)
    finally:
        line.end()
