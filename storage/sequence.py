"""Rows that stand in an order and can be taken away and brought back: the scenes of a board, the shots of a scene."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeVar

from sqlalchemy import select
from sqlmodel import Session

from storage.board_tables import Character, Scene, Shot, Take
from storage.errors import BadInput, NotFound
from storage.tables import now

LONGEST = 20_000
"""Characters that one text of a board may have."""

Kind = TypeVar("Kind", Scene, Shot, Character, Take)

Standing = TypeVar("Standing", Scene, Shot)

PARENT = {Scene: "board_id", Shot: "scene_id"}
"""The column that says which rows stand in one order."""


def there(session: Session, kind: type[Kind], number: int) -> Kind:
    """The row of that number, deleted or not."""
    row = session.get(kind, number)
    if row is None:
        raise NotFound(f"There is no {kind.__name__.lower()} number {number} on this board.")
    return row


def ordered(session: Session, kind: type[Standing], parent: int) -> list[Standing]:
    """The rows of one parent that were not deleted, in their order."""
    query = select(kind).where(getattr(kind, PARENT[kind]) == parent, kind.deleted.is_(None))
    return list(session.scalars(query.order_by(kind.position, kind.id)))


def place(session: Session, row: Standing, at: int | None) -> None:
    """Let a row stand at a place of its parent's order, counted from 0; None: at the end. The others move along."""
    kind = type(row)
    session.add(row)
    others = [other for other in ordered(session, kind, getattr(row, PARENT[kind])) if other is not row]
    others.insert(len(others) if at is None else max(0, min(at, len(others))), row)
    for position, other in enumerate(others):
        other.position = position


def behind(session: Session, row: Standing) -> int:
    """The place right behind a row in its parent's order, counted from 0."""
    kind = type(row)
    return [other.id for other in ordered(session, kind, getattr(row, PARENT[kind]))].index(row.id) + 1


def fill(row: Any, fields: Mapping[str, Any], known: tuple[str, ...]) -> None:
    """Set columns of a row; texts lose surrounding blanks.

    Raises:
        BadInput: there is no such field, or a text is too long.
    """
    for name, value in fields.items():
        if name not in known:
            raise BadInput(f"A {type(row).__name__.lower()} has no “{name}”; it has: {', '.join(known)}.")
        if isinstance(value, str):
            value = value.strip()
            if len(value) > LONGEST:
                raise BadInput(f"This text has {len(value):,} characters; {LONGEST:,} is the most. Shorten it.")
        setattr(row, name, value)


def copied(row: Kind, known: tuple[str, ...]) -> Kind:
    """A new row that says the same."""
    return type(row)(**{name: getattr(row, name) for name in known})


def drop(session: Session, kind: type[Kind], number: int) -> None:
    """Take a row away; its place is remembered."""
    row = there(session, kind, number)
    row.deleted = row.deleted or now()


def bring_back(session: Session, kind: type[Kind], number: int) -> None:
    """Bring a row back to where it stood."""
    row = there(session, kind, number)
    if row.deleted is not None:
        row.deleted = None
        if isinstance(row, Scene | Shot):
            place(session, row, row.position)
