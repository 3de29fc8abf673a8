"""The verbs of evaluations, and the one look at them that the page, the terminal and the reports share.

`look` answers, ready for JSON:

    id, name, kind, job, state (of the job), created, ended, request (the task as it was asked)
    facts        metrics: [{name, title, better: "more" | "less" | "", unit, definition, model, per: "picture" | "prompt" |
                 "set", against: [parts of the data set], problem}] · references: {dataset, and files: held_out, training,
                 reference} · versions · base (fingerprint) · prompts: [...] · seeds: [...] · notes: [sentences] · and what
                 the kind concludes: suggestion: {best, low, high}, losses: {name or place: [[step, loss]]}, sizes
    contestants  [{id, place, name, base, blend, lora, step, axes, totals}], the baseline first
                 totals[metric] = {mean, low, high, n, difference, difference_low, difference_high, noise, problem}; all
                 numbers are None where there are none; the differences are those from the baseline (None of itself);
                 `noise`: the interval of the difference holds 0; `low` … `high` are intervals of 95 %
    drawn        what is drawn for the intervals: prompts · seeds · pictures (storage/resampling.py)
    exhibits     [{id, place (of its contestant), number, prompt, seed, picture, file, scores, nearest}]
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

from sqlalchemy import delete, select, update
from sqlmodel import Session

from storage import queue, resampling, uploads
from storage.database import Store
from storage.errors import BadPicture, NotFound
from storage.evaluation_tables import Contestant, Evaluation, Exhibit
from storage.names import clean
from storage.tables import Job, now


def begin(store: Store, job: Job, name: str, kind: str) -> Evaluation:
    """The evaluation of a job: a new one, or that which it began before it broke off."""
    with store.session() as session:
        queue.still_mine(session, job)
        row = session.scalar(select(Evaluation).where(Evaluation.job_id == job.id))
        if row is None:
            row = Evaluation(project_id=job.project_id, job_id=job.id, name=name, kind=kind, request=job.request)
            session.add(row)
            session.commit()
        return row


def enter(store: Store, job: Job, evaluation_id: int, rows: list[Contestant]) -> list[Contestant]:
    """Let these contestants take part, in the order of `place`; those that do already keep their pictures."""
    with store.session() as session:
        queue.still_mine(session, job)
        query = select(Contestant).where(Contestant.evaluation_id == evaluation_id)
        known = {row.place: row for row in session.scalars(query)}
        session.add_all(row for row in rows if row.place not in known)
        session.commit()
    return contestants(store, evaluation_id)


def show(store: Store, job: Job, row: Exhibit) -> None:
    """One picture of a contestant; the one that it showed under that number before goes."""
    with store.session() as session:
        queue.still_mine(session, job)
        before = (Exhibit.contestant_id == row.contestant_id, Exhibit.number == row.number)
        session.execute(delete(Exhibit).where(*before))
        session.add(row)
        session.commit()


def take_in(store: Store, path: Path) -> str:
    """Keep the content of a picture from elsewhere, as an upload is kept; returns its name.

    Raises:
        BadPicture: it cannot be read; one sentence.
    """
    try:
        checked = uploads.check(path.read_bytes(), path.name, store.settings)
    except OSError as error:
        raise BadPicture(f"{path.name} cannot be read ({error.strerror}). Check the folder.") from error
    file = store.files.add_bytes(checked.content, checked.suffix)
    store.files.keep_thumbnail(file, checked.picture)
    return file


def keep_scores(store: Store, job: Job, found: Mapping[int, tuple[Mapping[str, float], str]]) -> None:
    """What was measured of exhibits, by their ids: (value by metric, file of the nearest training picture)."""
    rows = [{"id": number, "scores": dict(scores), "nearest": nearest} for number, (scores, nearest) in found.items()]
    with store.session() as session:
        queue.still_mine(session, job)
        if rows:
            session.execute(update(Exhibit), rows)
        session.commit()


def keep_totals(store: Store, job: Job, found: Mapping[int, Mapping[str, Any]]) -> None:
    """What was measured of contestants, by their ids: totals by metric."""
    rows = [{"id": number, "totals": dict(totals)} for number, totals in found.items()]
    with store.session() as session:
        queue.still_mine(session, job)
        if rows:
            session.execute(update(Contestant), rows)
        session.commit()


def tell(store: Store, job: Job, evaluation_id: int, facts: Mapping[str, Any], ended: bool = False) -> None:
    """More facts of an evaluation, beside those it has; `ended`: all is judged."""
    with store.session() as session:
        queue.still_mine(session, job)
        row = session.get_one(Evaluation, evaluation_id)
        row.facts = row.facts | dict(facts)
        row.ended = now() if ended else None
        session.commit()


# ── reading ──────────────────────────────────────────────────────────────────
def get(store: Store, evaluation_id: int) -> Evaluation:
    """The evaluation of that number, deleted or not."""
    with store.session() as session:
        row = session.get(Evaluation, evaluation_id)
    if row is None:
        raise NotFound(f"There is no evaluation number {evaluation_id}.")
    return row


def all(store: Store, project_id: int) -> list[Evaluation]:
    """The project's evaluations, the newest first."""
    query = select(Evaluation).where(Evaluation.project_id == project_id, Evaluation.deleted.is_(None))
    with store.session() as session:
        return list(session.scalars(query.order_by(Evaluation.id.desc())))


def of_job(store: Store, job_id: int) -> Evaluation | None:
    """The evaluation that a job works on, or None before it has begun."""
    with store.session() as session:
        return session.scalar(select(Evaluation).where(Evaluation.job_id == job_id))


def contestants(store: Store, evaluation_id: int) -> list[Contestant]:
    """Those that are compared, the baseline first."""
    query = select(Contestant).where(Contestant.evaluation_id == evaluation_id).order_by(Contestant.place)
    with store.session() as session:
        return list(session.scalars(query))


def exhibits(store: Store, evaluation_id: int) -> list[Exhibit]:
    """Every picture, by contestant and number."""
    query = select(Exhibit).join(Contestant, Contestant.id == Exhibit.contestant_id)
    query = query.where(Exhibit.evaluation_id == evaluation_id).order_by(Contestant.place, Exhibit.number)
    with store.session() as session:
        return list(session.scalars(query))


def listed(store: Store, project_id: int) -> list[dict[str, Any]]:
    """The project's evaluations as a list shows them, the newest first: id, name, kind, job, state, created, ended,
    contestants (how many), files (of their first pictures, four at most)."""
    rows = all(store, project_id)
    with store.session() as session:
        return [_line(session, row) for row in rows]


def look(store: Store, evaluation_id: int) -> dict[str, Any]:
    """Everything about one evaluation, as the docstring of this file says."""
    row = get(store, evaluation_id)
    taking_part = contestants(store, evaluation_id)
    places = {one.id: one.place for one in taking_part}
    shown = exhibits(store, evaluation_id)
    with store.session() as session:
        state = _state(session, row)
    return {
        **_head(row, state),
        "request": row.request,
        "facts": row.facts,
        "contestants": [_contestant(one) for one in taking_part],
        "drawn": resampling.drawn_by(one.prompt for one in shown),
        "exhibits": [_exhibit(one, places[one.contestant_id]) for one in shown],
    }


# ── what a person does ───────────────────────────────────────────────────────
def rename(store: Store, evaluation_id: int, name: str) -> None:
    """Give an evaluation another name. `BadInput` if it is empty."""
    _set(store, evaluation_id, name=clean(name, "An evaluation"))


def remove(store: Store, evaluation_ids: Iterable[int]) -> None:
    """Take evaluations away; `restore` brings them back."""
    for number in evaluation_ids:
        _set(store, number, deleted=now())


def restore(store: Store, evaluation_ids: Iterable[int]) -> None:
    """Bring evaluations back."""
    for number in evaluation_ids:
        _set(store, number, deleted=None)


def _set(store: Store, evaluation_id: int, **values: Any) -> None:
    get(store, evaluation_id)
    with store.session() as session:
        session.execute(update(Evaluation).where(Evaluation.id == evaluation_id).values(**values))
        session.commit()


def _state(session: Session, row: Evaluation) -> str:
    job = session.get(Job, row.job_id) if row.job_id else None
    return job.state if job else "done"


def _moment(time: datetime | None) -> str | None:
    return time.isoformat() if time else None


def _head(row: Evaluation, state: str) -> dict[str, Any]:
    times = {"created": _moment(row.created), "ended": _moment(row.ended)}
    return {"id": row.id, "name": row.name, "kind": row.kind, "job": row.job_id, "state": state, **times}


def _line(session: Session, row: Evaluation) -> dict[str, Any]:
    places = list(session.scalars(select(Contestant.id).where(Contestant.evaluation_id == row.id)))
    first = select(Exhibit.file).where(Exhibit.evaluation_id == row.id, Exhibit.number == 0)
    files = list(session.scalars(first.order_by(Exhibit.contestant_id).limit(4)))
    return {**_head(row, _state(session, row)), "contestants": len(places), "files": files}


def _contestant(row: Contestant) -> dict[str, Any]:
    return {"lora": row.lora_id} | {
        name: getattr(row, name) for name in ("id", "place", "name", "base", "blend", "step", "axes", "totals")
    }


def _exhibit(row: Exhibit, place: int) -> dict[str, Any]:
    return {"place": place, "picture": row.picture_id} | {
        name: getattr(row, name) for name in ("id", "number", "prompt", "seed", "file", "scores", "nearest")
    }
