"""Data sets: make one, bring pictures in, look at them, check and mend them, take some out again."""

from __future__ import annotations

from typing import Any

from storage import captions, datasets
from storage.database import Store
from storage.tables import Dataset
from studio import carrying, checkups, fixes, framing, gallery, steps
from studio.parts import part
from studio.scene import Scene

ORDER, ICON = 10, "▦"


def draw(scene: Scene) -> None:
    """The wall of pictures with everything around it."""
    part("wall", elem_id="wall")
    part("plan", elem_id="plan")
    for kind in (carrying, gallery, fixes, checkups, steps):
        kind.declare(scene)
    for fn in (
        list_datasets, look_dataset, look_set, create_dataset, rename_dataset, delete_dataset, restore_dataset,
    ):  # fmt: skip
        scene.action(fn)


def list_datasets(store: Store, project: int) -> list[dict[str, Any]]:
    """The data sets of a project, each with how many pictures it has and how many lack a caption."""
    return [_summary(store, row) for row in datasets.all(store, project)]


def _summary(store: Store, row: Dataset) -> dict[str, Any]:
    summary, first = datasets.summary(store, row.id), datasets.images(store, row.id, limit=1)
    return {
        "id": row.id,
        "name": row.name,
        "trigger": row.trigger,
        "deleted": row.deleted is not None,
        "pictures": summary.pictures,
        "missing": summary.missing,
        "cover": first[0].file if first else "",
    }


def look_set(store: Store, dataset: int) -> dict[str, Any]:
    """A data set in a few facts, without its pictures, and the resolution that they are judged by."""
    row = datasets.get(store, dataset)
    return _summary(store, row) | framing.size(store, row.project_id)


def look_dataset(store: Store, dataset: int) -> dict[str, Any]:
    """A data set with all its pictures and their captions."""
    row = datasets.get(store, dataset)
    images = datasets.images(store, dataset)
    texts = captions.current(store, [image.id for image in images])
    keys = ("id", "file", "name", "width", "height", "split", "repeats", "person", "out")
    return _summary(store, row) | {
        "images": [{key: getattr(i, key) for key in keys} | {"caption": texts.get(i.id, "")} for i in images],
    }


def create_dataset(store: Store, project: int, name: str) -> int:
    """A new, empty data set; answers its number."""
    return datasets.create(store, project, name).id


def rename_dataset(store: Store, dataset: int, name: str) -> None:
    """Give a data set another name."""
    datasets.get(store, dataset)
    datasets.rename(store, dataset, name)


def delete_dataset(store: Store, dataset: int) -> None:
    """Take a data set away; `restore_dataset` brings it back."""
    datasets.delete(store, dataset)


def restore_dataset(store: Store, dataset: int) -> None:
    """Bring a deleted data set back."""
    datasets.restore(store, dataset)
