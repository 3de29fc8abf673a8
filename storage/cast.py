"""The verbs of a board's cast: who appears in it, and what calls them."""

from __future__ import annotations

from typing import Any

from sqlalchemy import select

from storage import sequence
from storage.board_tables import Character
from storage.database import Store
from storage.errors import BadInput
from storage.names import clean

FIELDS = ("name", "lora_id", "weight", "words", "picture_id")
"""Columns that `add` and `edit` set."""


def add(store: Store, board_id: int, name: str, **fields: Any) -> Character:
    """Somebody new. `BadInput` if the name is empty or somebody else's."""
    row = Character(board_id=board_id, name=_free(store, board_id, name))
    sequence.fill(row, fields, FIELDS)
    with store.session() as session:
        session.add(row)
        session.commit()
        return row


def all(store: Store, board_id: int) -> list[Character]:
    """Everybody, in the order they came."""
    query = select(Character).where(Character.board_id == board_id, Character.deleted.is_(None))
    with store.session() as session:
        return list(session.scalars(query.order_by(Character.id)))


def get(store: Store, character_id: int) -> Character:
    """Somebody by number. `NotFound` if nobody has it."""
    with store.session() as session:
        return sequence.there(session, Character, character_id)


def edit(store: Store, character_id: int, **fields: Any) -> None:
    """Change columns of somebody, those of `FIELDS`."""
    with store.session() as session:
        row = sequence.there(session, Character, character_id)
        if "name" in fields:
            fields["name"] = _free(store, row.board_id, fields["name"], character_id)
        sequence.fill(row, fields, FIELDS)
        session.commit()


def delete(store: Store, character_id: int) -> None:
    """Take somebody out of the cast; `restore` brings them back. Shots show and draw them no more."""
    with store.session() as session:
        sequence.drop(session, Character, character_id)
        session.commit()


def restore(store: Store, character_id: int) -> None:
    """Bring somebody back."""
    with store.session() as session:
        sequence.bring_back(session, Character, character_id)
        session.commit()


def _free(store: Store, board_id: int, name: str, character_id: int | None = None) -> str:
    name = clean(name, "A character")
    if any(row.name.casefold() == name.casefold() and row.id != character_id for row in all(store, board_id)):
        raise BadInput(f"There is a character called “{name}” on this board already. Choose another name.")
    return name
