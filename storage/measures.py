"""The verbs of measures: numbers by job, name and step."""

from __future__ import annotations

from collections.abc import Collection

from sqlalchemy import delete, select

from storage import queue
from storage.database import Store
from storage.tables import Job, Measure


def add(store: Store, job: Job, step: int, values: dict[str, float]) -> None:
    """Keep numbers of one step. `NotYours` if another worker has taken the job over."""
    with store.session() as session:
        queue.still_mine(session, job)
        session.add_all(Measure(job_id=job.id, step=step, name=name, value=value) for name, value in values.items())
        session.commit()


def curves(store: Store, job_id: int, after: int = -1) -> dict[str, list[tuple[int, float]]]:
    """Every curve of a job past step `after`: name → [(step, value), …] in the order of steps."""
    query = select(Measure.name, Measure.step, Measure.value).where(Measure.job_id == job_id, Measure.step > after)
    found: dict[str, list[tuple[int, float]]] = {}
    with store.session() as session:
        for name, step, value in session.execute(query.order_by(Measure.step, Measure.id)):
            found.setdefault(name, []).append((step, value))
    return found


def forget_after(store: Store, job_id: int, step: int, names: Collection[str] | None = None) -> None:
    """Remove what was measured past `step`, all of it or what bears one of these names."""
    query = delete(Measure).where(Measure.job_id == job_id, Measure.step > step)
    if names is not None:
        query = query.where(Measure.name.in_(names))
    with store.session() as session:
        session.execute(query)
        session.commit()
