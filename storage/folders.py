"""Folders of pictures from elsewhere: what lies in them, and those that a browser sent, each kept under its own name.

What was sent lies under `given`, as long as an evaluation speaks of it; what none does is let go after a day.
"""

from __future__ import annotations

import os
import re
import secrets
import shutil
import time
from collections.abc import Iterable, Sequence
from pathlib import Path, PurePosixPath

from sqlalchemy import select

from storage import kinds
from storage.database import Store
from storage.errors import BadInput, NotFound
from storage.tables import Job

PLACE = "given"
"""The folder in the store's home that holds what browsers sent."""

LOOSE = "pictures"
"""What pictures without a folder are called together."""

DAY = 24 * 3600.0


def listed(folder: Path) -> tuple[Path, ...]:
    """The pictures that lie in a folder, in the order of their names, in which 2 comes before 10.

    Raises:
        NotFound: there is no such folder.
        BadInput: there is no picture in it.
    """
    if not folder.is_dir():
        raise NotFound(f"There is no folder {folder}. Check the path.")
    found = [file for file in folder.iterdir() if file.suffix.lower() in kinds.SUFFIXES and file.is_file()]
    if not found:
        raise BadInput(f"There is no picture in {folder}. Give a folder with some.")
    return tuple(sorted(found, key=lambda file: natural(file.name)))


def natural(name: str) -> list[tuple[int, str]]:
    """Sorts names so that numbers in them count as numbers."""
    parts = re.findall(r"\d+|\D+", name.casefold())
    return [(int(part), "") if part.isdecimal() else (-1, part) for part in parts]


def keep(store: Store, sent: Sequence[tuple[Path, str]], taken: Iterable[str] = ()) -> list[Path]:
    """Keep pictures that a browser sent, by the folders they lay in; answers where each folder is now.

    Args:
        sent: where a file lies, and the name that the person knows, with its folders. What is no picture is left out.
        taken: names that other folders of the same evaluation have.

    Raises:
        BadInput: there is no picture among them.
    """
    sweep(store)
    groups: dict[PurePosixPath, list[tuple[Path, str]]] = {}
    for path, name in sent:
        inside = PurePosixPath(name.replace("\\", "/"))
        if inside.suffix.lower() in kinds.SUFFIXES:
            groups.setdefault(inside.parent, []).append((path, inside.name))
    if not groups:
        raise BadInput("There is no picture among these files. Choose JPEG, PNG or WebP files, or a folder of them.")
    names, room = set(taken), store.home / PLACE / secrets.token_hex(8)
    return [_keep(rows, room / _free(_plain(place.name), names)) for place, rows in sorted(groups.items())]


def sweep(store: Store) -> None:
    """Let go of what was sent more than a day ago for an evaluation that nobody asked for then."""
    with store.session() as session:
        asked = session.scalars(select(Job.request).where(Job.task == "evaluate"))
        named = {Path(folder).parent.name for request in asked for folder in request.get("folders", [])}
    for room in (store.home / PLACE).glob("*"):
        if room.name not in named and time.time() - room.stat().st_mtime > DAY:
            shutil.rmtree(room, ignore_errors=True)


def _keep(rows: Sequence[tuple[Path, str]], target: Path) -> Path:
    target.mkdir(parents=True)
    for path, name in rows:
        os.link(path, target / _plain(name))
    return target


def _plain(name: str) -> str:
    """A name that can be a file's."""
    found = "".join(sign for sign in name if sign >= " " and sign not in '/\\:*?"<>|').strip(". ")
    return found[-120:] or LOOSE


def _free(name: str, names: set[str]) -> str:
    """The name, or with a number where it is taken; it is taken then."""
    free = next(one for one in (name, *(f"{name} {number}" for number in range(2, 10_000))) if one not in names)
    names.add(free)
    return free
