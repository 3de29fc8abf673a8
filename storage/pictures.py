"""The verbs of pictures: all that the studio made, and all that was given to start from."""

from __future__ import annotations

import io
from collections.abc import Callable
from typing import Any

from PIL import Image as Pictures
from sqlalchemy import delete, select, update

from storage import queue
from storage.database import Store
from storage.errors import BadInput, NotFound
from storage.tables import Job, Picture, now

STARS = 5
"""The most that a picture can be rated."""

SUFFIXES = {b"\x89PNG": ".png", b"RIFF": ".webp", b"\xff\xd8": ".jpg"}
"""How a file of each kind begins → its suffix."""


def png(picture: Pictures.Image) -> bytes:
    """A picture as PNG."""
    buffer = io.BytesIO()
    picture.save(buffer, "PNG")
    return buffer.getvalue()


def keep(
    store: Store,
    job: Job,
    picture: Pictures.Image,
    write: Callable[[Pictures.Image], bytes] | None = None,
    **facts: Any,
) -> int:
    """Keep a picture that a job made; returns its id. `write` encodes it as PNG, WebP or JPEG; plain PNG by default."""
    row = _row(store, job.project_id, picture, (write or png)(picture), {"job_id": job.id, **facts})
    with store.session() as session:
        queue.still_mine(session, job)
        session.add(row)
        session.commit()
        return row.id


def add(
    store: Store,
    project_id: int,
    picture: Pictures.Image,
    write: Callable[[Pictures.Image], bytes] | None = None,
    **facts: Any,
) -> Picture:
    """Keep a picture that a person gave; `write` as for `keep`."""
    row = _row(store, project_id, picture, (write or png)(picture), facts)
    with store.session() as session:
        session.add(row)
        session.commit()
        return row


def get(store: Store, picture_id: int) -> Picture:
    """The picture of that number, deleted or not."""
    with store.session() as session:
        row = session.get(Picture, picture_id)
    if row is None:
        raise NotFound(f"There is no picture number {picture_id}.")
    return row


def by_file(store: Store, project_id: int, digest: str) -> Picture | None:
    """The newest picture that the project made whose file has that SHA-256, or None."""
    query = select(Picture).where(Picture.project_id == project_id, Picture.kind == "made")
    query = query.where(Picture.file.startswith(digest), Picture.deleted.is_(None)).order_by(Picture.id.desc())
    with store.session() as session:
        return session.scalars(query.limit(1)).first()


def made(store: Store, project_id: int, offset: int = 0, limit: int | None = 60) -> list[Picture]:
    """What the project made on request, the newest first."""
    query = select(Picture).where(Picture.project_id == project_id, Picture.kind == "made", Picture.deleted.is_(None))
    with store.session() as session:
        return list(session.scalars(query.order_by(Picture.id.desc()).offset(offset).limit(limit)))


def samples(store: Store, job_id: int) -> list[Picture]:
    """The sample pictures of a training run, by step and then in the order they were drawn."""
    query = select(Picture).where(Picture.job_id == job_id, Picture.kind == "sample", Picture.deleted.is_(None))
    with store.session() as session:
        return list(session.scalars(query.order_by(Picture.step, Picture.id)))


def of_job(store: Store, job_id: int) -> list[Picture]:
    """Every picture of one job that was not deleted, in the order they were made."""
    query = select(Picture).where(Picture.job_id == job_id, Picture.deleted.is_(None)).order_by(Picture.id)
    with store.session() as session:
        return list(session.scalars(query))


def remove(store: Store, picture_ids: list[int]) -> None:
    """Take pictures away; `restore` brings them back."""
    _set(store, picture_ids, deleted=now())


def restore(store: Store, picture_ids: list[int]) -> None:
    """Bring pictures back."""
    _set(store, picture_ids, deleted=None)


def rate(store: Store, picture_ids: list[int], rating: int) -> None:
    """Give pictures 1 to 5 stars; 0 takes them off."""
    if not 0 <= rating <= STARS:
        raise BadInput(f"A picture can have 0 to {STARS} stars; {rating} was given.")
    _set(store, picture_ids, rating=rating)


def forget_after(store: Store, job_id: int, step: int) -> None:
    """Remove the sample pictures of a job past `step`."""
    with store.session() as session:
        session.execute(delete(Picture).where(Picture.job_id == job_id, Picture.kind == "sample", Picture.step > step))
        session.commit()


def _row(store: Store, project_id: int, picture: Pictures.Image, content: bytes, facts: dict[str, Any]) -> Picture:
    suffix = next(suffix for start, suffix in SUFFIXES.items() if content.startswith(start))
    file = store.files.add_bytes(content, suffix)
    store.files.keep_thumbnail(file, picture.convert("RGB"))
    facts = {"width": picture.width, "height": picture.height, **facts}
    return Picture(project_id=project_id, file=file, **facts)


def _set(store: Store, picture_ids: list[int], **values: Any) -> None:
    with store.session() as session:
        session.execute(update(Picture).where(Picture.id.in_(picture_ids)).values(**values))
        session.commit()
