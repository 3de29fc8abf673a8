"""The verbs of captions: an append-only history for each image, the newest version counts."""

from __future__ import annotations

from typing import Any, NamedTuple

from sqlalchemy import Select, func, select

from storage import queue
from storage.database import Store
from storage.tables import Caption, Change, Dataset, Image, Job

MANY = 500
"""Ids a single query asks for; SQLite bounds the number of variables."""


def add(store: Store, image_id: int, text: str, origin: str, job: Job | None = None) -> Caption | None:
    """A new version of an image's caption; None if that is what it says already.

    Args:
        text: kept as given, without surrounding blanks; '' takes the caption away.
        origin: `hand`, `import`, or the captioner's name.
        job: the job that wrote it; `NotYours` if another worker has taken it over.
    """
    text = " ".join(text.split())
    with store.session() as session:
        if job is not None:
            queue.still_mine(session, job)
        newest = session.scalars(_newest_first(image_id).limit(1)).first()
        if (newest.text if newest else "") == text:
            return None
        row = Caption(image_id=image_id, text=text, origin=origin, job_id=job.id if job else None)
        session.add(row)
        session.commit()
        return row


def current(store: Store, image_ids: list[int]) -> dict[int, str]:
    """The captions of those images that have one, by image id."""
    found: dict[int, str] = {}
    with store.session() as session:
        for start in range(0, len(image_ids), MANY):
            rows = session.execute(_newest_of(image_ids[start : start + MANY], Caption.image_id, Caption.text))
            found |= {image_id: text for image_id, text in rows if text}
    return found


class Newest(NamedTuple):
    """What an image's caption says now, and how like the picture CLIP finds it, once measured."""

    text: str
    likeness: float | None


def newest(store: Store, image_ids: list[int]) -> dict[int, Newest]:
    """The newest caption of those images that ever had one, by image id; its text may be ''."""
    found: dict[int, Newest] = {}
    columns = (Caption.image_id, Caption.text, Caption.likeness)
    with store.session() as session:
        for start in range(0, len(image_ids), MANY):
            rows = session.execute(_newest_of(image_ids[start : start + MANY], *columns))
            found |= {image_id: Newest(text, likeness) for image_id, text, likeness in rows}
    return found


def mark(store: Store, dataset_id: int) -> str:
    """A word that changes with any caption, picture or fact of a data set: what was read under it is still so."""
    dataset, image = Dataset.id == dataset_id, Image.dataset_id == dataset_id
    written = select(func.max(Caption.id), func.count(Caption.likeness), func.sum(Caption.likeness))
    with store.session() as session:
        facts = [
            session.execute(select(Dataset.name, Dataset.trigger, Dataset.teaches, Dataset.deleted).where(dataset)),
            session.execute(select(func.max(Image.id), func.count(Image.id)).where(image, Image.deleted.is_(None))),
            session.execute(written.join(Image, Image.id == Caption.image_id).where(image)),
            session.execute(
                select(func.max(Change.id), func.count(Change.undone)).where(Change.dataset_id == dataset_id)
            ),
        ]
        return "/".join(str(tuple(rows.one())) for rows in facts)


def history(store: Store, image_id: int) -> list[Caption]:
    """Every version of an image's caption, the newest first."""
    with store.session() as session:
        return list(session.scalars(_newest_first(image_id)))


def _newest_of(image_ids: list[int], *what: Any) -> Select:
    last = select(func.max(Caption.id)).where(Caption.image_id.in_(image_ids)).group_by(Caption.image_id)
    return select(*what).where(Caption.id.in_(last))


def _newest_first(image_id: int) -> Select:
    return select(Caption).where(Caption.image_id == image_id).order_by(Caption.id.desc())
