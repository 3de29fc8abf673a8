"""The verbs of data sets and their images."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sqlalchemy import Select, case, func, select, update
from sqlalchemy.exc import IntegrityError
from sqlmodel import Session

from storage import captions, changes, sieves
from storage.database import Store
from storage.errors import BadInput, NotFound
from storage.names import clean
from storage.tables import Change, Dataset, Image, now

SPLITS = ("train", "held-out", "reference", "regularisation")
"""What a picture can be for."""

MOST_REPEATS = 1000
"""Times an epoch may show one picture."""


@dataclass(frozen=True)
class Summary:
    """How a data set stands."""

    pictures: int
    captioned: int

    @property
    def missing(self) -> int:
        """Pictures without a caption."""
        return self.pictures - self.captioned


def create(store: Store, project_id: int, name: str, trigger: str = "") -> Dataset:
    """A new, empty data set. `BadInput` if the name is empty or taken."""
    row = Dataset(project_id=project_id, name=clean(name, "A data set"), trigger=trigger.strip())
    with store.session() as session:
        session.add(row)
        _commit(session, row.name)
        return row


def get(store: Store, dataset_id: int) -> Dataset:
    """The data set of that number, deleted or not."""
    with store.session() as session:
        row = session.get(Dataset, dataset_id)
    if row is None:
        raise NotFound(f"There is no data set number {dataset_id}.")
    return row


def all(store: Store, project_id: int) -> list[Dataset]:
    """The project's data sets, the oldest first."""
    with store.session() as session:
        query = select(Dataset).where(Dataset.project_id == project_id, Dataset.deleted.is_(None))
        return list(session.scalars(query.order_by(Dataset.id)))


def named(store: Store, project_id: int, name: str) -> Dataset:
    """The project's data set of that name; `NotFound` says which there are."""
    rows = all(store, project_id)
    for row in rows:
        if row.name == name:
            return row
    known = ", ".join(row.name for row in rows) or "none yet"
    raise NotFound(f"There is no data set called “{name}” in this project (there are: {known}).")


def rename(store: Store, dataset_id: int, name: str) -> None:
    """Give a data set another name. `BadInput` if it is empty or taken."""
    name = clean(name, "A data set")
    with store.session() as session:
        session.execute(update(Dataset).where(Dataset.id == dataset_id).values(name=name))
        _commit(session, name)


def set_trigger(store: Store, dataset_id: int, trigger: str) -> None:
    """The word that will call what the pictures teach; empty for none."""
    with store.session() as session:
        session.execute(update(Dataset).where(Dataset.id == dataset_id).values(trigger=" ".join(trigger.split())))
        session.commit()


def delete(store: Store, dataset_id: int) -> None:
    """Take a data set away; `restore` brings it back. Its name becomes free."""
    with store.session() as session:
        row = session.get(Dataset, dataset_id)
        if row is not None and row.deleted is None:
            row.deleted, row.name = now(), f"{row.name}\u0000{row.id}"
            session.commit()


def restore(store: Store, dataset_id: int) -> None:
    """Bring a deleted data set back, under its old name. `BadInput` if that is taken now."""
    with store.session() as session:
        row = session.get(Dataset, dataset_id)
        if row is not None and row.deleted is not None:
            row.deleted, row.name = None, row.name.partition("\u0000")[0]
            _commit(session, row.name)


# ── images ───────────────────────────────────────────────────────────────────
def images(
    store: Store, dataset_id: int, split: str | None = None, offset: int = 0, limit: int | None = None
) -> list[Image]:
    """The pictures of a data set in the order they came, all splits or one."""
    query = _alive(select(Image), dataset_id, split).order_by(Image.id).offset(offset).limit(limit)
    with store.session() as session:
        return list(session.scalars(query))


def image(store: Store, image_id: int) -> Image:
    """The image of that number, deleted or not."""
    with store.session() as session:
        row = session.get(Image, image_id)
    if row is None:
        raise NotFound(f"There is no picture number {image_id} in any data set.")
    return row


def count(store: Store, dataset_id: int, split: str | None = None) -> int:
    """How many pictures a data set has."""
    with store.session() as session:
        return session.scalar(_alive(select(func.count(Image.id)), dataset_id, split)) or 0


def holds(store: Store, dataset_id: int, file: str) -> Image | None:
    """The image of that content that the data set has already, or None."""
    with store.session() as session:
        return session.scalars(_alive(select(Image), dataset_id).where(Image.file == file).limit(1)).first()


def add_image(store: Store, dataset_id: int, file: str, name: str, size: tuple[int, int], **facts: Any) -> Image:
    """Add a stored file to a data set. `size` is (width, height) in pixels; `facts` are columns of `Image`."""
    row = Image(dataset_id=dataset_id, file=file, name=name, width=size[0], height=size[1], **facts)
    with store.session() as session:
        session.add(row)
        session.commit()
        return row


def remove_images(store: Store, image_ids: list[int]) -> Change | None:
    """Take pictures out of their data set; undoing the change or `restore_images` brings them back."""
    return change_images(store, image_ids, "remove", {"deleted": now()})


def restore_images(store: Store, image_ids: list[int]) -> None:
    """Bring removed pictures back to where they were."""
    with store.session() as session:
        session.execute(update(Image).where(Image.id.in_(image_ids)).values(deleted=None))
        session.commit()


def set_split(store: Store, image_ids: list[int], split: str) -> Change | None:
    """Sort pictures into train, held-out, reference or regularisation."""
    if split not in SPLITS:
        raise BadInput(f"“{split}” is no part of a data set. Use train, held-out, reference or regularisation.")
    return change_images(store, image_ids, "split", {"split": split}, split=split)


def set_repeats(store: Store, image_ids: list[int], repeats: int) -> Change | None:
    """How often an epoch shows these pictures, 1 to 1000."""
    if not 1 <= repeats <= MOST_REPEATS:
        raise BadInput(f"A picture can be repeated 1 to {MOST_REPEATS} times an epoch; {repeats} was given.")
    return change_images(store, image_ids, "repeats", {"repeats": repeats}, repeats=repeats)


def keep_out(store: Store, image_ids: list[int], out: bool = True) -> Change | None:
    """Keep pictures out of training without taking them away, or let them in again."""
    return change_images(store, image_ids, "out" if out else "in", {"out": out})


def name_person(store: Store, image_ids: list[int], person: str) -> Change | None:
    """Say who is shown; '' for nobody in particular."""
    person = clean(person, "A person") if person.strip() else ""
    return change_images(store, image_ids, "person", {"person": person}, person=person)


def change_images(store: Store, image_ids: list[int], kind: str, values: dict[str, Any], **facts: Any) -> Change | None:
    """Set columns of pictures of one data set, as one step that `changes.undo` takes back; None if nothing changes.

    Raises:
        BadInput: no picture was given, or pictures of several data sets.
    """
    wanted = dict.fromkeys(image_ids, values)
    return changes.edit(store, owner(store, list(wanted)), kind, wanted, **facts)


def owner(store: Store, image_ids: list[int]) -> int:
    """The number of the one data set that these pictures belong to. `BadInput` if there is no such one."""
    found: set[int] = set()
    with store.session() as session:
        for start in range(0, len(image_ids), captions.MANY):
            some = Image.id.in_(image_ids[start : start + captions.MANY])
            found |= set(session.scalars(select(Image.dataset_id).where(some).distinct()))
    if not found:
        raise BadInput("No picture was chosen. Choose one or more pictures first.")
    if len(found) > 1:
        raise BadInput("The chosen pictures belong to several data sets. Choose pictures of one data set.")
    return found.pop()


def summary(store: Store, dataset_id: int) -> Summary:
    """How many pictures there are, and how many of them have a caption."""
    worded = func.coalesce(func.sum(case((sieves.caption.text != "", 1), else_=0)), 0)
    query = select(func.count(), worded).select_from(sieves.joined())
    with store.session() as session:
        return Summary(*session.execute(sieves.alive(query, dataset_id)).one())


def _alive(query: Select, dataset_id: int, split: str | None = None) -> Select:
    query = query.where(Image.dataset_id == dataset_id, Image.deleted.is_(None))
    return query if split is None else query.where(Image.split == split)


def _commit(session: Session, name: str) -> None:
    try:
        session.commit()
    except IntegrityError as error:
        raise BadInput(f"There is a data set called “{name}” already. Choose another name.") from error
