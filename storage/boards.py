"""The verbs of boards: storyboards of a project, and the look that all of their shots share."""

from __future__ import annotations

import random
from typing import Any

from sqlalchemy import select

from storage.board_tables import Board
from storage.database import Store
from storage.errors import BadInput, NotFound
from storage.names import clean
from storage.sequence import fill
from storage.tables import now

FIELDS = (
    "base", "blend", "style", "negative", "shape", "width", "height", "seeds", "seed", "framings", "settings",
)  # fmt: skip
"""Columns that `edit` changes."""

SHAPES = ("16:9", "2.39:1", "4:3", "1:1", "9:16")
"""Width to height of a board's pictures."""

SEEDS = 2**32

BUNDLED = "mini"
"""The base model that comes with the studio. In any shape but a square it draws everybody twice."""


def create(store: Store, project_id: int, name: str, **fields: Any) -> Board:
    """A new board, without scenes; square where the bundled model draws it, which learned squares alone, else 16:9.

    Raises:
        BadInput: the name is empty or taken, or a value cannot be used.
    """
    if fields.get("base", BUNDLED) == BUNDLED:
        fields = {"shape": "1:1"} | fields
    name = _free(store, project_id, name)
    row = Board(project_id=project_id, name=name, seed=random.SystemRandom().randrange(SEEDS))
    _fill(row, fields)
    with store.session() as session:
        session.add(row)
        session.commit()
        return row


def get(store: Store, board_id: int) -> Board:
    """The board of that number, deleted or not."""
    with store.session() as session:
        row = session.get(Board, board_id)
    if row is None:
        raise NotFound(f"There is no board number {board_id}.")
    return row


def all(store: Store, project_id: int) -> list[Board]:
    """The project's boards, the newest first."""
    query = select(Board).where(Board.project_id == project_id, Board.deleted.is_(None))
    with store.session() as session:
        return list(session.scalars(query.order_by(Board.id.desc())))


def any_ever(store: Store, project_id: int) -> bool:
    """Whether the project has or had a board, deleted ones included."""
    with store.session() as session:
        return session.scalar(select(Board.id).where(Board.project_id == project_id).limit(1)) is not None


def named(store: Store, project_id: int, name: str) -> Board:
    """The board of that name; `NotFound` says which there are."""
    rows = all(store, project_id)
    found = next((row for row in rows if row.name == name), None)
    if found is None:
        known = ", ".join(row.name for row in rows) or "none yet"
        raise NotFound(f"There is no board called “{name}” in this project (there are: {known}).")
    return found


def rename(store: Store, board_id: int, name: str) -> None:
    """Give a board another name. `BadInput` if it is empty or taken."""
    name = _free(store, get(store, board_id).project_id, name, board_id)
    _set(store, board_id, name=name)


def edit(store: Store, board_id: int, **fields: Any) -> None:
    """Change columns of a board, those of `FIELDS`.

    Raises:
        BadInput: a value cannot be used; says which can.
    """
    with store.session() as session:
        row = session.get_one(Board, board_id)
        _fill(row, fields)
        session.commit()


def delete(store: Store, board_id: int) -> None:
    """Take a board away; `restore` brings it back."""
    _set(store, board_id, deleted=now())


def restore(store: Store, board_id: int) -> None:
    """Bring a deleted board back. `BadInput` if its name is taken by now."""
    row = get(store, board_id)
    _free(store, row.project_id, row.name, board_id)
    _set(store, board_id, deleted=None)


def _fill(row: Board, fields: dict[str, Any]) -> None:
    for name, known in (("shape", SHAPES), ("seeds", ("scene", "shot"))):
        if name in fields and fields[name] not in known:
            raise BadInput(f"A board's {name} cannot be “{fields[name]}”; choose one of: {', '.join(known)}.")
    names = [str(framing.get("name", "")).strip() for framing in fields.get("framings", [{"name": "one"}])]
    if not names or not min(names) or len(set(names)) < len(names):
        raise BadInput("Every framing of a board needs a name of its own. Give each one that no other has.")
    fill(row, fields, FIELDS)


def _free(store: Store, project_id: int, name: str, board_id: int | None = None) -> str:
    """The name, tidied, if no other board has it."""
    name = clean(name, "A board")
    if any(row.name == name and row.id != board_id for row in all(store, project_id)):
        raise BadInput(f"There is a board called “{name}” already. Choose another name.")
    return name


def _set(store: Store, board_id: int, **values: Any) -> None:
    get(store, board_id)
    with store.session() as session:
        row = session.get_one(Board, board_id)
        for name, value in values.items():
            setattr(row, name, value)
        session.commit()
