"""The verbs of snapshots: what a job trained on, frozen."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Select, select

from storage.database import Store
from storage.tables import Snapshot


def keep(store: Store, job_id: int, dataset_id: int, rows: list[dict[str, Any]]) -> None:
    """Freeze the list a job trains on; a second call changes nothing."""
    with store.session() as session:
        if session.scalar(_of(job_id)) is None:
            session.add(Snapshot(job_id=job_id, dataset_id=dataset_id, rows=rows))
            session.commit()


def of_job(store: Store, job_id: int) -> list[dict[str, Any]] | None:
    """The frozen list of a job, or None if it has none."""
    with store.session() as session:
        row = session.scalar(_of(job_id))
        return row.rows if row else None


def _of(job_id: int) -> Select:
    return select(Snapshot).where(Snapshot.job_id == job_id)
