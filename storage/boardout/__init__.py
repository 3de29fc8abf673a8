"""What comes out of a storyboard, one file a kind: PDF, contact sheet, slides, animatic, shot list, script, zip.

Each module has `TITLE`; `SUFFIX` of its file; `SLOW`, shots from which on a person waits for it more than about a
second; and `write(reel, target, order)`. A new kind is a new file here; it is tested by being there.
"""

from __future__ import annotations

import importlib
import pkgutil
from pathlib import Path
from types import ModuleType

from storage import sources
from storage.boardout.order import Order
from storage.errors import BadInput
from storage.files import beside
from storage.formats.row import safe
from storage.panels import Reel

__all__ = ["Order", "file_name", "get", "names", "possible", "slow", "write"]


def names() -> list[str]:
    """Every kind."""
    found = (module.name for module in pkgutil.iter_modules(__path__))
    return sorted(name for name in found if not name.startswith("_") and name != "order")


def get(name: str) -> ModuleType:
    """The kind of that name. `BadInput` says which there are."""
    if name not in names():
        raise BadInput(f"A storyboard cannot be written as “{name}”. Use one of: {', '.join(names())}.")
    return importlib.import_module(f"storage.boardout.{name}")


def possible(name: str) -> str:
    """That kind, or what stands in for it on this machine: an animatic is a GIF where there is no ffmpeg."""
    from storage.boardout import animatic

    return "gif" if name == "animatic" and animatic.program() is None else name


def slow(name: str, shots: int) -> bool:
    """Whether a board of so many shots is better written by a job than while somebody looks at a page."""
    return shots >= get(name).SLOW


def file_name(name: str, reel: Reel) -> str:
    """What a board's file is called: `My film.pdf`."""
    return f"{safe(reel.title) or 'storyboard'}{get(name).SUFFIX}"


def write(name: str, reel: Reel, target: Path, order: Order | None = None) -> Path:
    """Write a board to `target`, which appears there once it is whole; returns it.

    Raises:
        BadInput: there is no such kind, the board has no shots, its letters cannot be written, or `target` cannot be.
    """
    kind = get(name)
    if not reel.panels:
        raise BadInput(f"The storyboard “{reel.title}” has no shots yet. Add one first.")
    try:
        with beside(target) as temporary:
            kind.write(reel, temporary, order or Order())
    except OSError as error:
        raise BadInput(f"{target} cannot be written ({sources.reason(error)}). Choose another place.") from error
    return target
