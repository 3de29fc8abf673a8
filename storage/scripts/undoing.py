"""What a script that came again did to a board, told in numbers and taken back as one step."""

from __future__ import annotations

from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import select
from sqlmodel import Session

from storage import scenes, sequence
from storage.board_tables import Board, Character, Scene, Shot
from storage.database import Store
from storage.scripts.telling import OF_SHOT, remembered
from storage.tables import now

OF_SCENE = (*scenes.FIELDS, "position", "deleted")

ALL_OF_SHOT = (*OF_SHOT, "scene_id", "position", "locked", "deleted")

State = dict[str, dict[str, dict[str, Any]]]
"""Kind of row → its number → columns, as JSON has them."""


class Changed(NamedTuple):
    """How many shots say something else than before, how many came, and how many went."""

    changed: int
    came: int
    gone: int


def state(session: Session, board_id: int) -> State:
    """The scenes and shots of a board as they are, deleted ones too."""
    session.flush()
    rows = list(session.scalars(select(Scene).where(Scene.board_id == board_id)))
    shots = session.scalars(select(Shot).where(Shot.scene_id.in_([row.id for row in rows])))
    return {
        "scenes": {str(row.id): {name: _plain(getattr(row, name)) for name in OF_SCENE} for row in rows},
        "shots": {str(row.id): {name: _plain(getattr(row, name)) for name in ALL_OF_SHOT} for row in shots},
    }


def step(before: State, after: State, joined: list[int]) -> dict[str, Any]:
    """What takes a board back from `after` to `before`: each row's columns that differ; `joined` are new in the cast."""
    rows: dict[str, dict[str, Any]] = {}
    for kind, found in after.items():
        rows[kind] = {}
        for number, is_now in found.items():
            was = before[kind].get(number, {"deleted": now().isoformat()})
            differ = [name for name in was if was[name] != is_now[name]]
            if differ:
                rows[kind][number] = [{name: side[name] for name in differ} for side in (was, is_now)]
    return {"rows": rows, "joined": joined}


def counted(back: dict[str, Any]) -> Changed:
    """A step in numbers."""
    told = [(set(was), was.get("deleted"), is_now.get("deleted")) for was, is_now in back["rows"]["shots"].values()]
    came = sum(bool(was) and not is_now for _, was, is_now in told)
    gone = sum(bool(is_now) and not was for _, was, is_now in told)
    other = sum(not was and not is_now and bool(names - {"position"}) for names, was, is_now in told)
    return Changed(other, came, gone)


def undo(store: Store, board_id: int) -> None:
    """Take back what the script that came last did to a board; what a person changed since stays."""
    with store.session() as session:
        board = session.get_one(Board, board_id)
        known = dict(remembered(board))
        back = known.pop("step", None)
        if back is None:
            return
        for number, sides in back["rows"]["scenes"].items():
            _take_back(sequence.there(session, Scene, int(number)), *sides)
        for number, sides in back["rows"]["shots"].items():
            _take_back(sequence.there(session, Shot, int(number)), *sides)
        for number in back["joined"]:
            sequence.drop(session, Character, number)
        board.settings = board.settings | {"script": back["known"]}
        session.commit()


def _take_back(row: Scene | Shot, was: dict[str, Any], is_now: dict[str, Any]) -> None:
    """Set columns as they were, of those that nobody has changed since."""
    for name, value in was.items():
        if _plain(getattr(row, name)) == is_now[name]:
            setattr(row, name, datetime.fromisoformat(value) if name == "deleted" and value else value)


def _plain(value: Any) -> Any:
    return value.isoformat() if isinstance(value, datetime) else value
