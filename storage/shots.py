"""The verbs of a scene's shots."""

from __future__ import annotations

from typing import Any

from sqlalchemy import func, select
from sqlmodel import Session

from storage import sequence
from storage.board_tables import Board, Scene, Shot
from storage.database import Store
from storage.errors import BadInput

FIELDS = (
    "framing", "angle", "action", "dialogue", "characters", "seconds", "notes", "prompt", "locked", "seed", "start",
    "sketch_id", "strength",
)  # fmt: skip
"""Columns that `add` and `edit` set; `prompt` alone locks it too."""

MOST = 100
"""Shots that one scene may have."""

LONGEST = 600.0
"""Seconds that a shot may take."""

STARTS = ("", "sketch", "previous")


def add(store: Store, scene_id: int, at: int | None = None, **fields: Any) -> Shot:
    """A new shot at a place of its scene counted from 0, or at its end.

    Raises:
        BadInput: the scene is full, or a value cannot be used.
    """
    row = Shot(scene_id=scene_id)
    with store.session() as session:
        _fill(session, row, fields)
        room(session, scene_id)
        sequence.place(session, row, at)
        session.commit()
        return row


def edit(store: Store, shot_id: int, **fields: Any) -> None:
    """Change columns of a shot, those of `FIELDS`. A prompt that is set stays as it is until `unlock`."""
    with store.session() as session:
        _fill(session, sequence.there(session, Shot, shot_id), fields)
        session.commit()


def unlock(store: Store, shot_id: int) -> None:
    """Let the prompt be composed of scene and shot again; what was written by hand goes."""
    edit(store, shot_id, prompt="", locked=False)


def move(store: Store, shot_id: int, scene_id: int, at: int) -> None:
    """Let a shot stand at that place of a scene, counted from 0; its own scene or another of the board."""
    with store.session() as session:
        row = sequence.there(session, Shot, shot_id)
        if row.scene_id != scene_id:
            room(session, scene_id)
        row.scene_id = sequence.there(session, Scene, scene_id).id
        sequence.place(session, row, at)
        session.commit()


def duplicate(store: Store, shot_id: int) -> Shot:
    """A copy of a shot right behind it; its takes stay where they are."""
    with store.session() as session:
        old = sequence.there(session, Shot, shot_id)
        room(session, old.scene_id)
        new = sequence.copied(old, ("scene_id", *FIELDS))
        sequence.place(session, new, sequence.behind(session, old))
        session.commit()
        return new


def split(store: Store, shot_id: int, at: int | None = None) -> Shot:
    """Two shots of one, each of half the time; returns the second, which keeps no takes.

    Args:
        at: where in the action the second begins, in characters; None: both say all of it.
    """
    with store.session() as session:
        old = sequence.there(session, Shot, shot_id)
        room(session, old.scene_id)
        new = sequence.copied(old, ("scene_id", *FIELDS))
        if at is not None:
            old.action, new.action = old.action[:at].strip(), old.action[at:].strip()
        new.prompt, new.locked, new.dialogue = "", False, ""
        old.seconds = new.seconds = max(0.1, round(old.seconds / 2, 2))
        sequence.place(session, new, sequence.behind(session, old))
        session.commit()
        return new


def delete(store: Store, shot_id: int) -> None:
    """Take a shot away with its takes; `restore` brings all of it back."""
    with store.session() as session:
        sequence.drop(session, Shot, shot_id)
        session.commit()


def restore(store: Store, shot_id: int) -> None:
    """Bring a shot back to where it stood."""
    with store.session() as session:
        sequence.bring_back(session, Shot, shot_id)
        session.commit()


def room(session: Session, scene_id: int) -> None:
    """Raise `BadInput` if one more shot would be too many."""
    known = session.scalar(select(func.count(Shot.id)).where(Shot.scene_id == scene_id, Shot.deleted.is_(None))) or 0
    if known >= MOST:
        raise BadInput(f"A scene can have {MOST} shots, and this one has them. Split the scene first.")


def _fill(session: Session, row: Shot, fields: dict[str, Any]) -> None:
    if "prompt" in fields and "locked" not in fields:
        fields = fields | {"locked": True}
    if not 0 < float(fields.get("seconds", 1)) <= LONGEST:
        raise BadInput(f"A shot takes more than 0 and at most {LONGEST:g} seconds; {fields['seconds']:g} was given.")
    if fields.get("start", "") not in STARTS:
        raise BadInput(f"A shot cannot start from “{fields['start']}”; choose a sketch, the previous shot, or nothing.")
    if "framing" in fields:
        _know(session, row, fields["framing"])
    sequence.fill(row, fields, FIELDS)


def _know(session: Session, row: Shot, framing: str) -> None:
    board = session.get_one(Board, sequence.there(session, Scene, row.scene_id).board_id)
    known = [one["name"] for one in board.framings]
    if framing not in known:
        raise BadInput(f"The board has no framing “{framing}” (it has: {', '.join(known)}). Add it to the board first.")
