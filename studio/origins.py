"""Lineage as the page shows it: where a picture or a LoRA comes from, and what came of a data set or a LoRA."""

from __future__ import annotations

from typing import Any

from storage import datasets, lineage
from storage.database import Store
from storage.lineage import Ancestry, Offspring
from storage.tables import Job, Lora, Snapshot
from studio.album import shown
from studio.scene import Scene

MOST = 60
"""Pictures of a frozen data set that are shown at once."""


def declare(scene: Scene) -> None:
    """Offer the endpoints that tell of lineage."""
    for fn in (look_origin, look_lora_origin, look_offspring):
        scene.action(fn)


def look_origin(store: Store, picture: int) -> dict[str, Any]:
    """A picture with the pictures it was drawn from, the nearest first, those drawn from it, its LoRAs, and its job."""
    found = lineage.of_picture(store, picture)
    return {
        "picture": shown(found.picture),
        "parents": [shown(row) for row in found.parents],
        "children": [shown(row) for row in found.children],
        "loras": [_lora(store, one) for one in found.loras],
        "job": _job(found.job),
    }


def look_lora_origin(store: Store, lora: int) -> dict[str, Any]:
    """A LoRA with its training, the data set as it was frozen then, and what was drawn with it."""
    return {"lora": _lora(store, lineage.of_lora(store, lora)), **_came(store, lineage.after_lora(store, lora))}


def look_offspring(store: Store, dataset: int) -> dict[str, Any]:
    """Every LoRA and picture that came of a data set, deleted ones too."""
    row = datasets.get(store, dataset)
    return {"dataset": _called(row.name, row.deleted, row.id), **_came(store, lineage.after_dataset(store, dataset))}


def _came(store: Store, found: Offspring) -> dict[str, Any]:
    return {
        "loras": [_lora(store, one) for one in found.loras],
        "pictures": [shown(row) for row in found.pictures],
        "total": found.total,
    }


def _lora(store: Store, one: Ancestry) -> dict[str, Any]:
    row = one.lora
    card = _card(row) if row else {"id": 0, "name": one.part.get("name", ""), "file": one.part.get("file", "")}
    told = {"weight": one.part.get("weight"), "text": one.part.get("text"), "job": _job(one.job)}
    told |= {"dataset": None, "snapshot": None, "before": _card(one.begun_from) if one.begun_from else None}
    if one.dataset is not None:
        told["dataset"] = _called(one.dataset.name, one.dataset.deleted, one.dataset.id)
    if one.snapshot is not None:
        told["snapshot"] = _frozen(store, one.snapshot)
    return card | told


def _card(row: Lora) -> dict[str, Any]:
    keys = ("id", "name", "file", "trigger", "rank", "step", "final", "preview", "base")
    return {key: getattr(row, key) for key in keys} | {"gone": row.deleted is not None}


def _job(row: Job | None) -> dict[str, Any] | None:
    if row is None:
        return None
    asked = {key: row.request.get(key) for key in ("name", "recipe", "steps", "dataset", "learning_rate")}
    return asked | {"id": row.id, "task": row.task, "title": row.title, "when": row.created.isoformat()}


def _frozen(store: Store, row: Snapshot) -> dict[str, Any]:
    """A data set as a job learned from it; `here` says whether the file of a picture is still in the store."""
    rows = [
        {"file": one["file"], "name": one["name"], "caption": one["caption"], "here": store.files.path(one["file"]).is_file()}
        for one in row.rows[:MOST]
    ]  # fmt: skip
    return {"pictures": len(row.rows), "rows": rows, "when": row.created.isoformat()}


def _called(name: str, deleted: Any, number: int) -> dict[str, Any]:
    return {"id": number, "name": name.partition("\u0000")[0], "gone": deleted is not None}
