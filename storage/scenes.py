"""The verbs of a board's scenes."""

from __future__ import annotations

from typing import Any

from sqlalchemy import func, select
from sqlmodel import Session

from storage import sequence
from storage.board_tables import Scene, Shot
from storage.database import Store
from storage.errors import BadInput

FIELDS = ("heading", "description", "dialogue", "location", "time")
"""Columns that `add` and `edit` set."""

MOST = 200
"""Scenes that one board may have."""


def add(store: Store, board_id: int, at: int | None = None, **fields: Any) -> Scene:
    """A new scene at a place of the board counted from 0, or at its end. `BadInput` if the board is full."""
    row = Scene(board_id=board_id)
    sequence.fill(row, fields, FIELDS)
    with store.session() as session:
        room(session, board_id, 1)
        sequence.place(session, row, at)
        session.commit()
        return row


def all(store: Store, board_id: int) -> list[Scene]:
    """The scenes of a board, in their order."""
    with store.session() as session:
        return sequence.ordered(session, Scene, board_id)


def edit(store: Store, scene_id: int, **fields: Any) -> None:
    """Change columns of a scene, those of `FIELDS`."""
    with store.session() as session:
        sequence.fill(sequence.there(session, Scene, scene_id), fields, FIELDS)
        session.commit()


def move(store: Store, scene_id: int, at: int) -> None:
    """Let a scene stand at that place of its board, counted from 0."""
    with store.session() as session:
        sequence.place(session, sequence.there(session, Scene, scene_id), at)
        session.commit()


def duplicate(store: Store, scene_id: int) -> Scene:
    """A copy of a scene with its shots, right behind it; takes stay where they are."""
    from storage import shots

    with store.session() as session:
        old = sequence.there(session, Scene, scene_id)
        room(session, old.board_id, 1)
        new = sequence.copied(old, ("board_id", *FIELDS))
        sequence.place(session, new, sequence.behind(session, old))
        session.flush()
        for shot in sequence.ordered(session, Shot, old.id):
            copy = sequence.copied(shot, shots.FIELDS)
            copy.scene_id = new.id
            sequence.place(session, copy, None)
        session.commit()
        return new


def split(store: Store, scene_id: int, shot_id: int) -> Scene:
    """From that shot on, a scene of its own behind this one, with the same heading, location and time.

    Raises:
        BadInput: the shot is the first of the scene, or not in it.
    """
    with store.session() as session:
        old = sequence.there(session, Scene, scene_id)
        shots = sequence.ordered(session, Shot, scene_id)
        at = next((place for place, shot in enumerate(shots) if shot.id == shot_id), 0)
        if not at:
            raise BadInput("A scene is split before its second shot or a later one. Choose such a shot.")
        room(session, old.board_id, 1)
        new = sequence.copied(old, ("board_id", "heading", "location", "time"))
        sequence.place(session, new, sequence.behind(session, old))
        session.flush()
        for position, shot in enumerate(shots[at:]):
            shot.scene_id, shot.position = new.id, position
        session.commit()
        return new


def delete(store: Store, scene_id: int) -> None:
    """Take a scene away with its shots; `restore` brings all of it back."""
    with store.session() as session:
        sequence.drop(session, Scene, scene_id)
        session.commit()


def restore(store: Store, scene_id: int) -> None:
    """Bring a scene back to where it stood."""
    with store.session() as session:
        sequence.bring_back(session, Scene, scene_id)
        session.commit()


def room(session: Session, board_id: int, more: int) -> None:
    """Raise `BadInput` if so many more scenes would be too many."""
    query = select(func.count(Scene.id)).where(Scene.board_id == board_id, Scene.deleted.is_(None))
    known = session.scalar(query) or 0
    if known + more > MOST:
        raise BadInput(
            f"A board can have {MOST} scenes, and this would be {known + more}. Make another board for the rest."
        )
