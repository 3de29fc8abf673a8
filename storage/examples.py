"""A data set as a job sees it: each picture with its newest caption and what the checks know of its face."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import and_, select

from storage import captions
from storage.database import Store
from storage.tables import Image, Inspection


@dataclass(frozen=True)
class Example:
    """One picture to learn from or to look at, as it was when it was asked for."""

    image_id: int
    file: str  # <sha256 of the content>.<suffix>
    path: Path
    name: str
    caption: str
    width: int
    height: int
    repeats: int = 1
    split: str = "train"
    out: bool = False
    face: tuple[int, int, int, int] | None = None
    """Left, top, right and bottom of the largest face in pixels, where the checks found one."""
    person: str = ""


def of(store: Store, dataset_id: int, split: str | None = None) -> list[Example]:
    """The pictures of a data set in the order they came, of all splits or of one."""
    looked = and_(Inspection.image_id == Image.id, Inspection.file == Image.file)
    query = select(Image, Inspection.faces).join(Inspection, looked, isouter=True)
    query = query.where(Image.dataset_id == dataset_id, Image.deleted.is_(None)).order_by(Image.id)
    if split is not None:
        query = query.where(Image.split == split)
    with store.session() as session:
        rows = session.execute(query).all()
    words = captions.current(store, [image.id for image, _ in rows])
    return [_example(store, image, words.get(image.id, ""), faces) for image, faces in rows]


def _example(store: Store, image: Image, caption: str, faces: list | None) -> Example:
    box = faces[0]["box"] if faces else None
    return Example(
        image.id,
        image.file,
        store.files.path(image.file),
        image.name,
        caption,
        image.width,
        image.height,
        image.repeats,
        image.split,
        image.out,
        None if box is None else (round(box[0]), round(box[1]), round(box[2]), round(box[3])),
        image.person,
    )
