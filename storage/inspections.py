"""The verbs of inspections: what the checks found in each image.

A finding counts while the image still has the file that was looked at; an edited picture is looked at again.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Select, delete, func, select, update
from sqlmodel import Session

from storage import datasets, queue, sieves
from storage.database import Store
from storage.tables import Caption, Dataset, Image, Inspection, Job

WEAK = ("problem", "small", "blurred", "dark", "bright", "flat")
"""Checks (`sieves`) that speak against learning from a picture."""

CHECKS = (*WEAK, "twin", "intruder", "faceless", "several", "bare", "untriggered", "long", "unlike")
"""Everything that a picture can be flagged with, the gravest first."""


@dataclass(frozen=True)
class Summary:
    """What the checks found in a data set, in numbers for a chart.

    checks: how many pictures each of `CHECKS` flags; framings: close-up, medium, full and `''` (no face seen);
    people: pictures by who they show, the most frequent first.
    """

    pictures: int
    inspected: int
    checks: dict[str, int]
    framings: dict[str, int]
    people: dict[int, int]


# ── what is known ────────────────────────────────────────────────────────────
def of(store: Store, dataset_id: int) -> dict[int, Inspection]:
    """The findings that count, by image id; a twin whose like has gone since is none any more."""
    with store.session() as session:
        rows = {row.image_id: row for row in session.scalars(_counting(select(Inspection), dataset_id))}
        session.expunge_all()
    _without_lost_twins(rows)
    return rows


def stale(store: Store, dataset_id: int, face_model: str = "") -> list[Image]:
    """The pictures that nobody has looked at as they are now, or not yet with that face model."""
    looked = (Inspection.image_id == Image.id) & (Inspection.file == Image.file)
    if face_model:
        looked &= (Inspection.face_model == face_model) | (Inspection.problem != "")
    query = select(Image).where(Image.dataset_id == dataset_id, Image.deleted.is_(None))
    with store.session() as session:
        return list(session.scalars(query.where(~select(Inspection).where(looked).exists()).order_by(Image.id)))


def needs(store: Store, dataset_id: int) -> bool:
    """Whether there are pictures that have not been looked at as they are now."""
    return bool(stale(store, dataset_id))


def flagged(store: Store, dataset_id: int, checks: Iterable[str] = CHECKS) -> dict[str, list[Image]]:
    """For each check that flags any pictures those pictures, in the order they came."""
    with store.session() as session:
        trigger = session.scalar(select(Dataset.trigger).where(Dataset.id == dataset_id)) or ""
        known = sieves.sieves(sieves.Facts(dataset_id, trigger))
        query = sieves.alive(select(Image).select_from(sieves.joined()), dataset_id).order_by(Image.id)
        told = {name: list(session.scalars(query.where(known[name]))) for name in checks}
    return {name: images for name, images in told.items() if images}


def summary(store: Store, dataset_id: int) -> Summary:
    """The findings of a data set in numbers."""
    rows = of(store, dataset_id)
    checks = {name: len(images) for name, images in flagged(store, dataset_id).items()}
    compared = [row for row in rows.values() if row.face_model]
    framings = Counter(row.framing for row in compared)
    people = Counter(row.who for row in compared if row.who)
    return Summary(datasets.count(store, dataset_id), len(rows), checks, dict(framings), dict(people.most_common()))


# ── what a job finds ─────────────────────────────────────────────────────────
def keep(store: Store, rows: Iterable[Inspection], job: Job | None = None) -> None:
    """Keep what was found in some images in place of what was found before; `NotYours` if the job went to another."""
    with store.session() as session:
        _check(session, job)
        found = list(rows)
        session.execute(delete(Inspection).where(Inspection.image_id.in_([row.image_id for row in found])))
        session.add_all(found)
        session.commit()


def compare(store: Store, facts: Mapping[int, Mapping[str, Any]], job: Job | None = None) -> None:
    """Keep what comparing all pictures showed: `twin_of`, `who` and `intruder` by image id."""
    with store.session() as session:
        _check(session, job)
        if facts:
            session.execute(update(Inspection), [{"image_id": number, **values} for number, values in facts.items()])
        session.commit()


def worded(store: Store, dataset_id: int) -> dict[int, Caption]:
    """The newest caption of each image that has one, by image id."""
    with store.session() as session:
        rows = session.scalars(select(Caption).where(Caption.id.in_(_newest(dataset_id)), Caption.text != ""))
        return {row.image_id: row for row in rows}


def keep_likeness(store: Store, found: Mapping[int, tuple[float, bool]], judge: str, job: Job | None = None) -> None:
    """Keep how like its picture each caption is, by caption id: (cosine, whether it is unlike)."""
    with store.session() as session:
        _check(session, job)
        if found:
            values = [
                {"id": n, "likeness": one, "unlike": unlike, "judge": judge} for n, (one, unlike) in found.items()
            ]
            session.execute(update(Caption), values)
        session.commit()


def _counting(query: Select, dataset_id: int) -> Select:
    query = query.join(Image, (Image.id == Inspection.image_id) & (Image.file == Inspection.file))
    return query.where(Image.dataset_id == dataset_id, Image.deleted.is_(None)).order_by(Image.id)


def _newest(dataset_id: int) -> Select:
    alive = select(Image.id).where(Image.dataset_id == dataset_id, Image.deleted.is_(None))
    return select(func.max(Caption.id)).where(Caption.image_id.in_(alive)).group_by(Caption.image_id)


def _without_lost_twins(rows: dict[int, Inspection]) -> None:
    """Each group of twins points to its first picture that is still there."""
    first: dict[int, int] = {}
    for number, row in sorted(rows.items()):
        group = row.twin_of or number
        row.twin_of = first.get(group)
        first.setdefault(group, number)


def _check(session: Session, job: Job | None) -> None:
    if job is not None:
        queue.still_mine(session, job)
