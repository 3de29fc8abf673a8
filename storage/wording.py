"""The verbs of bulk edits: what would change, and changing it as one step."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection
from dataclasses import dataclass
from pathlib import PurePath

from sqlalchemy import func, select

from storage import captions, changes, datasets, phrases
from storage.database import Store
from storage.errors import BadInput
from storage.rewording import Desk, Edit, Fields, reword
from storage.tables import Caption, Change, Image, Inspection


@dataclass(frozen=True)
class Reworded:
    """One caption before and after."""

    image: Image
    before: str
    after: str


@dataclass(frozen=True)
class Preview:
    """What an edit would do.

    Attributes:
        rows: the captions that would change, in the order of their pictures.
        looked: how many pictures were looked at.
        version: the number of the newest caption when it was looked at.
    """

    rows: list[Reworded]
    looked: int
    version: int


def preview(store: Store, dataset_id: int, edit: Edit, only: Collection[int] = ()) -> Preview:
    """What `edit` would make of the captions of a data set, or `only` of these images.

    Raises:
        BadInput: the edit cannot be done; says why.
    """
    dataset = datasets.get(store, dataset_id)
    images = datasets.images(store, dataset_id)
    if only:
        wanted = set(only)
        images = [image for image in images if image.id in wanted]
    version = newest(store, dataset_id)
    texts = captions.current(store, [image.id for image in images])
    framings = _framings(store, dataset_id)
    desk = Desk(Counter(tag.casefold() for text in texts.values() for tag in set(phrases.tags(text))))
    rows = []
    for number, image in enumerate(images, 1):
        before = texts.get(image.id, "")
        fields = _fields(image, number, dataset.name, dataset.trigger, framings)
        after = reword(edit, before, fields, desk)
        if after != before:
            rows.append(Reworded(image, before, after))
    return Preview(rows, len(images), version)


def apply(
    store: Store,
    dataset_id: int,
    edit: Edit,
    only: Collection[int] = (),
    leave: Collection[int] = (),
    seen: int | None = None,
) -> Change | None:
    """Do what `preview` shows, as one change; None if nothing changes.

    Args:
        leave: images whose captions stay as they are.
        seen: the preview's version; `BadInput` if captions were written since.
    """
    if seen is not None and newest(store, dataset_id) != seen:
        raise BadInput("Captions were changed since the preview. Look at it again, then apply.")
    kept = set(leave)
    found = preview(store, dataset_id, edit, only)
    texts = {row.image.id: row.after for row in found.rows if row.image.id not in kept}
    facts = {key: value for key, value in edit.model_dump().items() if key != "kind"}
    kind = f"{edit.name}_off" if facts.get("remove") else edit.name
    return changes.write(store, dataset_id, kind, texts, origin="bulk", n=len(texts), **facts)


def newest(store: Store, dataset_id: int) -> int:
    """The number of a data set's newest caption; it grows with each one written."""
    query = select(func.max(Caption.id)).join(Image, Image.id == Caption.image_id)
    with store.session() as session:
        return session.scalar(query.where(Image.dataset_id == dataset_id)) or 0


def _fields(image: Image, number: int, dataset: str, trigger: str, framings: dict[int, str]) -> Fields:
    return Fields(
        trigger=trigger,
        name=image.name,
        stem=PurePath(image.name).stem,
        person=image.person,
        framing=framings.get(image.id, ""),
        split=image.split,
        dataset=dataset,
        number=str(number),
    )


def _framings(store: Store, dataset_id: int) -> dict[int, str]:
    """How much of a person each picture shows, where the checks know it."""
    query = select(Inspection.image_id, Inspection.framing).join(Image, Image.id == Inspection.image_id)
    with store.session() as session:
        rows = session.execute(query.where(Image.dataset_id == dataset_id, Image.file == Inspection.file))
        return {image_id: framing for image_id, framing in rows if framing}
