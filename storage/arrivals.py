"""The verbs of what comes in: many images with their captions in one transaction.

What a data set has already is not added again, whoever brings it at the same time; a picture that was mended here is
known by the file it came as.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import func, or_, select, update
from sqlmodel import Session

from storage import sources
from storage.database import Store
from storage.formats.row import Row, free
from storage.tables import Caption, Dataset, Image


@dataclass(frozen=True)
class Arrival:
    """A picture that lies in the store and wants into a data set.

    Attributes:
        file: its name in the store.
        size: width and height in pixels.
    """

    row: Row
    file: str
    size: tuple[int, int]


@dataclass(frozen=True, slots=True)
class Added:
    """An image that came in."""

    id: int
    file: str
    name: str
    captioned: bool


@dataclass(frozen=True, slots=True)
class Known:
    """A picture that the data set had already.

    Attributes:
        captioned: it had no caption and got the one that came with it.
        differs: it has a caption, and another one came with it.
    """

    name: str
    captioned: bool = False
    differs: bool = False


class Arrivals:
    """Pictures on their way into one data set.

    Attributes:
        files: the content that the data set has, by name in the store.
    """

    def __init__(self, store: Store, dataset_id: int) -> None:
        self.store, self.dataset_id = store, dataset_id
        with store.session() as session:
            rows = session.execute(_alive(dataset_id, Image.file, Image.original, Image.name)).all()
        self.files = {name for row in rows for name in row[:2] if name}
        self.stems = {sources.stem(sources.base(row[2])).casefold() for row in rows}

    def add(self, arrivals: Sequence[Arrival]) -> list[Added | Known]:
        """Add those that are new; what came of each, in the same order."""
        with self.store.session() as session:
            session.execute(update(Dataset).where(Dataset.id == self.dataset_id).values(id=self.dataset_id))  # the lock
            known = self._known(session, [arrival.file for arrival in arrivals])
            images: list[Image | None] = []
            for arrival in arrivals:
                there = _same(known.get(arrival.file, []), arrival.row)
                image = None if there else self._image(arrival)
                if image is not None:
                    session.add(image)
                    known.setdefault(arrival.file, []).append(image)
                images.append(image)
            session.flush()
            came = [self._worded(session, *pair, known) for pair in zip(arrivals, images, strict=True)]
            session.commit()
        self.files.update(arrival.file for arrival in arrivals)
        return came

    def _known(self, session: Session, files: list[str]) -> dict[str, list[Image]]:
        rows = session.scalars(
            _alive(self.dataset_id, Image).where(or_(Image.file.in_(files), Image.original.in_(files)))
        )
        found: dict[str, list[Image]] = {}
        for row in rows:
            for name in {row.file, row.original}:
                found.setdefault(name, []).append(row)
        return found

    def _image(self, arrival: Arrival) -> Image:
        row, suffix = arrival.row, sources.suffix(arrival.file)
        name = free(sources.stem(row.name), self.stems) + suffix
        facts = {"split": row.split, "repeats": row.repeats, "person": row.person, "out": row.out}
        width, height = arrival.size
        return Image(dataset_id=self.dataset_id, file=arrival.file, name=name, width=width, height=height, **facts)

    def _worded(
        self, session: Session, arrival: Arrival, image: Image | None, known: dict[str, list[Image]]
    ) -> Added | Known:
        text = arrival.row.text
        if image is not None:
            if text:
                session.add(Caption(image_id=image.id, text=text, origin="import"))
            return Added(image.id, image.file, image.name, bool(text))
        there = _same(known[arrival.file], arrival.row)
        newest = select(func.max(Caption.id)).where(Caption.image_id == there.id).scalar_subquery()
        has = session.scalar(select(Caption.text).where(Caption.id == newest)) if text else None
        if text and has is None:
            session.add(Caption(image_id=there.id, text=text, origin="import"))
        return Known(
            arrival.row.name, captioned=bool(text) and has is None, differs=bool(text) and has not in (None, text)
        )


def _same(images: list[Image], row: Row) -> Image | None:
    """The image that a row of this content stands for; a person's reference face may be a training picture as well."""
    if not row.person:
        return images[0] if images else None
    reference = row.split == "reference"
    return next((i for i in images if i.person == row.person and (i.split == "reference") == reference), None)


def _alive(dataset_id: int, *columns):
    return select(*columns).where(Image.dataset_id == dataset_id, Image.deleted.is_(None))
