"""Where things come from and what came of them: picture → LoRAs → training job → data set as frozen, and back.

What was taken away is told like the rest; its `deleted` says so, and undo brings it back.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import exists, func, or_, select
from sqlmodel import Session

from storage.database import Store
from storage.errors import NotFound
from storage.tables import Dataset, Job, Lora, Picture, Snapshot

DEEPEST = 12
"""Generations of pictures that are followed back."""

MOST = 200
"""Pictures that are listed of what came of something."""


@dataclass(frozen=True)
class Ancestry:
    """A LoRA with where it came from, as far as that is known.

    lora: its row; None where only its name is left, as of a file that was never here.
    part: the part of a blend that speaks of it: name, file, weight; empty where nobody did.
    begun_from: the LoRA that its training went on from.
    """

    lora: Lora | None
    part: dict[str, Any] = field(default_factory=dict)
    job: Job | None = None
    snapshot: Snapshot | None = None
    dataset: Dataset | None = None
    begun_from: Lora | None = None


@dataclass(frozen=True)
class Origin:
    """A picture with its ancestors, the nearest first, what was drawn from it, its LoRAs and the job that drew it."""

    picture: Picture
    parents: list[Picture]
    children: list[Picture]
    loras: list[Ancestry]
    job: Job | None


@dataclass(frozen=True)
class Offspring:
    """What came of a data set or of a LoRA: its LoRAs, and the newest pictures that were drawn with them."""

    loras: list[Ancestry]
    pictures: list[Picture]
    total: int


def of_picture(store: Store, picture_id: int) -> Origin:
    """Where a picture comes from, and what was drawn from it. `NotFound` if there is none of that number."""
    with store.session() as session:
        row = session.get(Picture, picture_id)
        if row is None:
            raise NotFound(f"There is no picture number {picture_id}.")
        after = select(Picture).where(Picture.parent_id == row.id).order_by(Picture.id.desc()).limit(MOST)
        return Origin(
            row,
            _parents(session, row),
            list(session.scalars(after)),
            [_of_part(session, part) for part in row.blend if part.get("weight")],
            _get(session, Job, row.job_id),
        )


def of_lora(store: Store, lora_id: int) -> Ancestry:
    """Where a LoRA comes from. `NotFound` if there is none of that number."""
    with store.session() as session:
        row = session.get(Lora, lora_id)
        if row is None:
            raise NotFound(f"There is no LoRA number {lora_id} in the library.")
        return _ancestry(session, row, {})


def of_job(store: Store, job_id: int) -> Dataset | None:
    """The data set that a training run learned from; None before it froze one."""
    with store.session() as session:
        frozen = session.scalars(select(Snapshot).where(Snapshot.job_id == job_id)).first()
        return _get(session, Dataset, frozen.dataset_id) if frozen else None


def after_dataset(store: Store, dataset_id: int) -> Offspring:
    """Every LoRA that was trained on a data set, and the pictures drawn with one of them."""
    with store.session() as session:
        jobs = select(Snapshot.job_id).where(Snapshot.dataset_id == dataset_id)
        rows = session.scalars(select(Lora).where(Lora.job_id.in_(jobs)).order_by(Lora.id.desc())).all()
        return _offspring(session, list(rows))


def after_lora(store: Store, lora_id: int) -> Offspring:
    """A LoRA, and the pictures drawn with it."""
    with store.session() as session:
        row = _get(session, Lora, lora_id)
        return _offspring(session, [row] if row else [])


def _parents(session: Session, row: Picture) -> list[Picture]:
    found: list[Picture] = []
    while row.parent_id is not None and len(found) < DEEPEST:
        above = session.get(Picture, row.parent_id)
        if above is None:
            break
        found.append(above)
        row = above
    return found


def _of_part(session: Session, part: dict[str, Any]) -> Ancestry:
    """The LoRA that one part of a kept blend speaks of: by its number, else by its file."""
    row = _get(session, Lora, int(part.get("lora") or part.get("id") or 0))
    if row is None and part.get("file"):
        row = session.scalars(select(Lora).where(Lora.file == part["file"]).order_by(Lora.id.desc())).first()
    return Ancestry(None, part) if row is None else _ancestry(session, row, part)


def _ancestry(session: Session, row: Lora, part: dict[str, Any]) -> Ancestry:
    job = _get(session, Job, row.job_id)
    frozen = session.scalars(select(Snapshot).where(Snapshot.job_id == row.job_id)).first() if job else None
    dataset = _get(session, Dataset, frozen.dataset_id) if frozen else None
    before = job.request.get("continue_from") if job else None
    return Ancestry(row, part, job, frozen, dataset, _get(session, Lora, before) if isinstance(before, int) else None)


def _offspring(session: Session, rows: list[Lora]) -> Offspring:
    part = func.json_each(Picture.blend).table_valued("value").alias("part")
    which = func.json_extract(part.c.value, "$.lora").in_([row.id for row in rows])
    same = func.json_extract(part.c.value, "$.file").in_([row.file for row in rows])
    drawn = exists().where(or_(which, same), func.json_extract(part.c.value, "$.weight") != 0)
    query = select(Picture).where(Picture.kind == "made", drawn)
    total = session.scalar(select(func.count()).select_from(query.subquery())) or 0
    pictures = list(session.scalars(query.order_by(Picture.id.desc()).limit(MOST)))
    return Offspring([_ancestry(session, row, {}) for row in rows], pictures, total)


def _get(session: Session, table: Any, number: int | None) -> Any:
    return session.get(table, number) if number else None
