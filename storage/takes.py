"""The verbs of takes: the pictures that were drawn of a shot, and which of them counts."""

from __future__ import annotations

from typing import Any

from sqlalchemy import select

from storage import queue, sequence
from storage.board_tables import Shot, Take
from storage.database import Store
from storage.tables import Job


def keep(store: Store, job: Job, shot_id: int, picture_id: int, **facts: Any) -> Take:
    """A take that a job drew; `facts` are columns of `Take`. It counts at once where no take is locked."""
    with store.session() as session:
        queue.still_mine(session, job)
        row = Take(shot_id=shot_id, picture_id=picture_id, job_id=job.id, **facts)
        session.add(row)
        session.commit()
        return row


def of_shot(store: Store, shot_id: int) -> list[Take]:
    """The takes of a shot that were not deleted, the oldest first."""
    query = select(Take).where(Take.shot_id == shot_id, Take.deleted.is_(None)).order_by(Take.id)
    with store.session() as session:
        return list(session.scalars(query))


def choose(store: Store, take_id: int, locked: bool | None = None) -> None:
    """Let a take be the one that counts for its shot; `locked` says besides whether the shot is to stay so."""
    with store.session() as session:
        take = sequence.there(session, Take, take_id)
        shot = sequence.there(session, Shot, take.shot_id)
        shot.chosen = take.id
        shot.kept = shot.kept if locked is None else locked
        session.commit()


def lock(store: Store, shot_id: int, locked: bool = True) -> None:
    """Lock a shot's take: it is not drawn again until it is unlocked."""
    with store.session() as session:
        sequence.there(session, Shot, shot_id).kept = locked
        session.commit()


def tell(store: Store, job: Job, shot_id: int, note: str, chosen: int | None = None) -> None:
    """What a job has to say of a shot that it drew, and which of its takes is the best; '' takes the note away."""
    with store.session() as session:
        queue.still_mine(session, job)
        shot = sequence.there(session, Shot, shot_id)
        shot.note = note
        if chosen is not None and not shot.kept:
            shot.chosen = chosen
        session.commit()


def delete(store: Store, take_id: int) -> None:
    """Take a take away; `restore` brings it back. The newest of the others counts, if it was the chosen one."""
    with store.session() as session:
        sequence.drop(session, Take, take_id)
        session.commit()


def restore(store: Store, take_id: int) -> None:
    """Bring a take back."""
    with store.session() as session:
        sequence.bring_back(session, Take, take_id)
        session.commit()
