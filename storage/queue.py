"""The queue of jobs: add · claim · beat · report · finish · stop · pause · recover.

    queued ──claim──▶ running ──▶ done · failed
      ▲  │               │ ▲
      │  └─pause/stop    │ └─ wish: stop · quit · pause · sample · save
      └── resume ── paused · stopped

A row says who works on it (`worker`); every write of a worker is conditional on
that, so that a worker thought dead cannot disturb the one that took over.
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime, timedelta
from typing import Any

from pydantic import BaseModel
from sqlalchemy import func, select, update
from sqlmodel import Session

from storage.database import Store
from storage.errors import BadInput, NotFound, NotYours
from storage.tables import Job, LogLine, now

ENDED = ("done", "failed", "stopped")
MOST_ATTEMPTS = 8
"""Begun this often and still not ended, a job is given up: something in it kills its worker."""


# ── asking ───────────────────────────────────────────────────────────────────
def add(store: Store, project_id: int, task: str, request: BaseModel, title: str, lane: str) -> Job:
    """Ask for a task; a worker of its lane will claim it, the oldest first."""
    row = Job(project_id=project_id, task=task, title=title, lane=lane, request=request.model_dump(mode="json"))
    with store.session() as session:
        session.add(row)
        session.commit()
        return row


def get(store: Store, job_id: int) -> Job:
    """The job of that number as it is now."""
    with store.session() as session:
        row = session.get(Job, job_id)
    if row is None:
        raise NotFound(f"There is no job number {job_id}.")
    return row


def recent(store: Store, project_id: int | None = None, task: str | None = None, limit: int = 50) -> list[Job]:
    """Jobs, the newest first, of one project or all, of one kind or all."""
    query = select(Job).order_by(Job.id.desc()).limit(limit)
    if project_id is not None:
        query = query.where(Job.project_id == project_id)
    if task is not None:
        query = query.where(Job.task == task)
    with store.session() as session:
        return list(session.scalars(query))


def open_jobs(store: Store) -> list[Job]:
    """Jobs that wait, run or pause, the oldest first."""
    query = select(Job).where(Job.state.not_in(ENDED)).order_by(Job.id)
    with store.session() as session:
        return list(session.scalars(query))


def last_end(store: Store) -> datetime | None:
    """When a job ended last, of any project; None before the first."""
    with store.session() as session:
        return session.scalar(select(func.max(Job.ended)))


def again(store: Store, job_id: int) -> Job:
    """The same request as a new job."""
    old = get(store, job_id)
    row = Job(project_id=old.project_id, task=old.task, title=old.title, lane=old.lane, request=old.request)
    with store.session() as session:
        session.add(row)
        session.commit()
        return row


# ── wishes ───────────────────────────────────────────────────────────────────
def stop(store: Store, job_id: int, at_once: bool = False) -> None:
    """Stop a job: right away if it only waits, else its worker is asked to, which first keeps what was done.

    Args:
        at_once: the worker ends in the middle of what it does; what was written before stays, and `resume` goes on from it.
    """
    _wish(store, job_id, "quit" if at_once else "stop", "stopped", ("queued", "paused"))


def pause(store: Store, job_id: int) -> None:
    """Pause a job: at once if it only waits, else its worker saves its state first."""
    _wish(store, job_id, "pause", "paused", ("queued",))


def ask(store: Store, job_id: int, wish: str) -> None:
    """Ask a running job for a `sample` or to `save` now."""
    if wish not in ("sample", "save"):
        raise BadInput(f"A running job cannot be asked to “{wish}”. Ask it to sample or to save.")
    with store.session() as session:
        session.execute(update(Job).where(Job.id == job_id, Job.state == "running", Job.wish == "").values(wish=wish))
        session.commit()


def resume(store: Store, job_id: int) -> None:
    """Let a paused, stopped or failed job go on from its last checkpoint."""
    change = {"state": "queued", "wish": "", "error": "", "worker": "", "ended": None, "attempts": 0}
    with store.session() as session:
        query = update(Job).where(Job.id == job_id, Job.state.in_(("paused", "stopped", "failed")))
        session.execute(query.values(**change))
        session.execute(
            update(Job).where(Job.id == job_id, Job.state == "running", Job.wish == "pause").values(wish="")
        )
        session.commit()


def _wish(store: Store, job_id: int, wish: str, state: str, waiting: tuple[str, ...]) -> None:
    with store.session() as session:
        ended = now() if state in ENDED else None
        at_once = update(Job).where(Job.id == job_id, Job.state.in_(waiting))
        session.execute(at_once.values(state=state, wish="", ended=ended, seconds_left=None))
        session.execute(update(Job).where(Job.id == job_id, Job.state == "running").values(wish=wish))
        session.commit()


# ── working ──────────────────────────────────────────────────────────────────
def claim(store: Store, worker: str, lanes: tuple[str, ...]) -> Job | None:
    """Take the oldest waiting job of these lanes, in one atomic statement."""
    oldest = select(Job.id).where(Job.state == "queued", Job.lane.in_(lanes)).order_by(Job.id).limit(1)
    moment = now()
    take = (
        update(Job)
        .where(Job.id == oldest.scalar_subquery(), Job.state == "queued")
        .values(state="running", worker=worker, beat=moment, started=moment, attempts=Job.attempts + 1, note="")
        .returning(Job)
        .execution_options(synchronize_session=False)
    )
    with store.session() as session:
        job = session.scalars(take).first()
        session.commit()
        return job


def beat(store: Store, job: Job) -> None:
    """A sign of life. Raises `NotYours` if the job has been given to another."""
    _mine(store, job, beat=now())


def report(store: Store, job: Job, done: int, total: int, note: str, seconds_left: float | None) -> None:
    """How far the work is: `done` of `total` steps, a few words, seconds to the end."""
    share = min(1.0, done / total) if total else 0.0
    _mine(store, job, progress=share, step=done, steps=total, note=note, seconds_left=seconds_left, beat=now())


def result(store: Store, job: Job, facts: dict[str, Any]) -> None:
    """Add facts to what came of the job."""
    with store.session() as session:
        still_mine(session, job)
        old = session.scalar(select(Job.result).where(Job.id == job.id)) or {}
        session.execute(update(Job).where(Job.id == job.id).values(result={**old, **facts}))
        session.commit()


def finish(store: Store, job: Job) -> None:
    """The work is done."""
    _mine(store, job, state="done", progress=1.0, wish="", ended=now(), seconds_left=None, error="")


def fail(store: Store, job: Job, sentence: str) -> None:
    """The work failed; `sentence` says what happened and what to do."""
    _mine(store, job, state="failed", error=sentence, wish="", ended=now(), seconds_left=None)


def stopped(store: Store, job: Job) -> None:
    """The work ended because a person asked."""
    _mine(store, job, state="stopped", wish="", ended=now(), seconds_left=None)


def paused(store: Store, job: Job) -> None:
    """The state is saved and the worker free; `resume` goes on."""
    _mine(store, job, state="paused", wish="", worker="", seconds_left=None)


def release(store: Store, job: Job) -> None:
    """Put a running job back into the queue: its worker must go, the job goes on."""
    _mine(store, job, state="queued", worker="", attempts=Job.attempts - 1)


def wish(store: Store, job: Job) -> str:
    """What a person asks of the running job, or ''."""
    with store.session() as session:
        return session.scalar(select(Job.wish).where(Job.id == job.id)) or ""


def take_wish(store: Store, job: Job, wish: str) -> bool:
    """Whether that was asked for; asked and taken only once."""
    with store.session() as session:
        taken = session.execute(update(Job).where(Job.id == job.id, Job.wish == wish).values(wish=""))
        session.commit()
        return taken.rowcount == 1


def running(store: Store) -> list[Job]:
    """Jobs that a worker holds."""
    with store.session() as session:
        return list(session.scalars(select(Job).where(Job.state == "running").order_by(Job.id)))


def recover(store: Store, silent_for: float, dead: Collection[str] = ()) -> list[int]:
    """Give back the jobs whose worker is `dead` or gave no sign of life for that many seconds.

    A job that was to stop or pause does; one begun too often is given up. Returns
    the numbers of the jobs that will go on.
    """
    before = now() - timedelta(seconds=silent_for)
    orphan = (Job.state == "running") & ((Job.beat < before) | Job.worker.in_(dead))
    with store.session() as session:
        _end(session, orphan & Job.wish.in_(("stop", "quit")), state="stopped", ended=now())
        _end(session, orphan & (Job.wish == "pause"), state="paused")
        sentence = f"Begun {MOST_ATTEMPTS} times, and each time the worker broke off. The log says how far it came."
        _end(session, orphan & (Job.attempts >= MOST_ATTEMPTS), state="failed", error=sentence, ended=now())
        rows = session.scalars(
            update(Job)
            .where(orphan)
            .values(state="queued", worker="", note="")
            .returning(Job.id)
            .execution_options(synchronize_session=False)
        ).all()
        session.commit()
        return list(rows)


def still_mine(session: Session, job: Job) -> None:
    """Raise `NotYours` unless this worker still holds the job, within the caller's transaction."""
    mine = select(Job.id).where(Job.id == job.id, Job.worker == job.worker, Job.state == "running")
    if session.scalar(mine) is None:
        raise NotYours(f"Job {job.id} is no longer with worker {job.worker}.")


def _mine(store: Store, job: Job, **change: Any) -> None:
    with store.session() as session:
        query = update(Job).where(Job.id == job.id, Job.worker == job.worker, Job.state == "running")
        done = session.execute(query.values(**change).execution_options(synchronize_session=False))
        session.commit()
    if done.rowcount == 0:
        raise NotYours(f"Job {job.id} is no longer with worker {job.worker}.")


def _end(session: Session, which: Any, **change: Any) -> None:
    query = update(Job).where(which).values(wish="", worker="", seconds_left=None, **change)
    session.execute(query.execution_options(synchronize_session=False))


# ── the log ──────────────────────────────────────────────────────────────────
def log(store: Store, job_id: int, text: str) -> None:
    """One line for people to read."""
    with store.session() as session:
        session.add(LogLine(job_id=job_id, text=text))
        session.commit()


def log_lines(store: Store, job_id: int, limit: int = 500) -> list[LogLine]:
    """The newest lines of a job's log, in the order they were written."""
    query = select(LogLine).where(LogLine.job_id == job_id).order_by(LogLine.id.desc()).limit(limit)
    with store.session() as session:
        return list(session.scalars(query))[::-1]
