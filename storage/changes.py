"""The verbs of changes: whatever is done to several pictures or captions at once is one step, and is undone as one.

A change remembers what was before and what it made of it. Undoing it takes back only what still is as the change left
it: what a person did to a picture afterwards stays.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import func, select
from sqlmodel import Session

from storage.captions import MANY
from storage.database import Store
from storage.errors import NotFound
from storage.tables import Caption, Change, Image, now


def edit(
    store: Store, dataset_id: int, kind: str, wanted: Mapping[int, Mapping[str, Any]], **facts: Any
) -> Change | None:
    """Set columns of images, all in one transaction; None if they have these values already.

    Args:
        kind: one word for what is done, e.g. `crop`.
        wanted: for each image's id the columns and their new values.
        facts: what the sentence that tells of it needs besides the number of pictures.
    """
    return mixed(store, dataset_id, kind, wanted, {}, **facts)


def write(
    store: Store, dataset_id: int, kind: str, texts: Mapping[int, str], origin: str = "bulk", **facts: Any
) -> Change | None:
    """Give images new captions, all in one transaction; None if they say the same already.

    Args:
        texts: the new caption of each image, by image id; '' takes it away.
    """
    return mixed(store, dataset_id, kind, {}, texts, origin, **facts)


def mixed(
    store: Store,
    dataset_id: int,
    kind: str,
    wanted: Mapping[int, Mapping[str, Any]],
    texts: Mapping[int, str],
    origin: str = "bulk",
    **facts: Any,
) -> Change | None:
    """Set columns of images and give images new captions as one change; None if all is so already.

    Args:
        wanted, texts: as `edit` and `write` take them.
    """
    with store.session() as session:
        rows = _edit(session, dataset_id, wanted)
        words = _differing(session, dataset_id, texts)
        if not rows and not words:
            return None
        change = _keep(session, dataset_id, kind, rows, facts)
        session.add_all(Caption(image_id=n, text=t, origin=origin, change_id=change.id) for n, t in words.items())
        session.commit()
        return change


def _edit(session: Session, dataset_id: int, wanted: Mapping[int, Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Set columns of images; what was before and after, of those that differ."""
    rows = []
    for image in _images(session, dataset_id, list(wanted)):
        after = {name: value for name, value in wanted[image.id].items() if getattr(image, name) != value}
        if after:
            before = {name: getattr(image, name) for name in after}
            rows.append(_plain({"image": image.id, "before": before, "after": after}))
            _set(image, after)
    return rows


def _differing(session: Session, dataset_id: int, texts: Mapping[int, str]) -> dict[int, str]:
    """The new captions, tidied, of the images that say something else."""
    known = [image.id for image in _images(session, dataset_id, list(texts))]
    newest = _newest(session, known)
    words = {image_id: " ".join(texts[image_id].split()) for image_id in known}
    return {n: text for n, text in words.items() if (newest[n].text if n in newest else "") != text}


def undo(store: Store, change_id: int) -> tuple[int, int]:
    """Take a change back: (how many pictures are as before, how many were changed since and stay)."""
    with store.session() as session:
        change = session.get(Change, change_id)
        if change is None:
            raise NotFound(f"There is no change number {change_id} to undo.")
        if change.undone is not None:
            return 0, 0
        back, kept = _undo_images(session, change)
        words_back, words_kept = _undo_captions(session, change)
        change.undone = now()
        session.commit()
        return back + words_back, kept + words_kept


def recent(store: Store, dataset_id: int, limit: int = 20) -> list[Change]:
    """What was done to a data set and not undone, the newest first."""
    query = select(Change).where(Change.dataset_id == dataset_id, Change.undone.is_(None))
    with store.session() as session:
        return list(session.scalars(query.order_by(Change.id.desc()).limit(limit)))


def came(store: Store, dataset_id: int, image_ids: list[int], **facts: Any) -> Change | None:
    """Note that pictures came into a data set together, so that undoing it takes them away again; None for none."""
    if not image_ids:
        return None
    gone = now().isoformat()
    rows = [{"image": number, "before": {"deleted": gone}, "after": {"deleted": None}} for number in image_ids]
    with store.session() as session:
        change = _keep(session, dataset_id, "import", rows, facts)
        session.commit()
        return change


@dataclass(frozen=True)
class Told:
    """A change in a few facts: `n` is how many pictures or captions it touched."""

    id: int
    kind: str
    facts: dict[str, Any]
    n: int
    created: datetime


def told(store: Store, dataset_id: int, limit: int = 20) -> list[Told]:
    """What `recent` answers, without the rows: quick however many pictures were touched."""
    captions = select(func.count(Caption.id)).where(Caption.change_id == Change.id).correlate(Change).scalar_subquery()
    touched = func.json_array_length(Change.rows) + captions
    query = select(Change.id, Change.kind, Change.facts, touched, Change.created)
    query = query.where(Change.dataset_id == dataset_id, Change.undone.is_(None))
    with store.session() as session:
        return [Told(*row) for row in session.execute(query.order_by(Change.id.desc()).limit(limit))]


def size(store: Store, change: Change) -> int:
    """How many pictures or captions a change touched."""
    with store.session() as session:
        captions = session.scalar(select(func.count(Caption.id)).where(Caption.change_id == change.id)) or 0
    return len(change.rows) + captions


def _undo_images(session: Session, change: Change) -> tuple[int, int]:
    back = 0
    images = {image.id: image for image in _images(session, change.dataset_id, [row["image"] for row in change.rows])}
    for row in change.rows:
        image = images.get(row["image"])
        if image is not None and all(_value(getattr(image, name)) == value for name, value in row["after"].items()):
            _set(image, row["before"])
            back += 1
    return back, len(change.rows) - back


def _undo_captions(session: Session, change: Change) -> tuple[int, int]:
    written = list(session.scalars(select(Caption).where(Caption.change_id == change.id)))
    newest = _newest(session, [row.image_id for row in written])
    back = 0
    for row in written:
        if newest[row.image_id].id != row.id:
            continue
        earlier = select(Caption).where(Caption.image_id == row.image_id, Caption.id < row.id)
        before = session.scalars(earlier.order_by(Caption.id.desc()).limit(1)).first()
        session.add(Caption(image_id=row.image_id, text=before.text if before else "", origin="undo"))
        back += 1
    return back, len(written) - back


def _keep(session: Session, dataset_id: int, kind: str, rows: list[dict[str, Any]], facts: dict[str, Any]) -> Change:
    change = Change(dataset_id=dataset_id, kind=kind, rows=rows, facts=facts)
    session.add(change)
    session.flush()
    return change


def _images(session: Session, dataset_id: int, ids: list[int]) -> list[Image]:
    found: list[Image] = []
    for start in range(0, len(ids), MANY):
        some = ids[start : start + MANY]
        found += session.scalars(select(Image).where(Image.dataset_id == dataset_id, Image.id.in_(some)))
    return found


def _newest(session: Session, ids: list[int]) -> dict[int, Caption]:
    found: dict[int, Caption] = {}
    for start in range(0, len(ids), MANY):
        newest = select(func.max(Caption.id)).where(Caption.image_id.in_(ids[start : start + MANY]))
        rows = session.scalars(select(Caption).where(Caption.id.in_(newest.group_by(Caption.image_id))))
        found |= {row.image_id: row for row in rows}
    return found


def _plain(row: dict[str, Any]) -> dict[str, Any]:
    return {
        key: {k: _value(v) for k, v in value.items()} if isinstance(value, dict) else value
        for key, value in row.items()
    }


def _value(value: Any) -> Any:
    return value.isoformat() if isinstance(value, datetime) else value


def _set(image: Image, values: Mapping[str, Any]) -> None:
    for name, value in values.items():
        if name == "deleted" and isinstance(value, str):
            value = datetime.fromisoformat(value)
        setattr(image, name, value)
