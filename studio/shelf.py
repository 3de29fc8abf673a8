"""LoRAs on the page: what is known of each, and what can be changed of it at once."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from jobs import folder
from storage import loras, queue
from storage.database import Store
from storage.errors import NotFound
from storage.tables import Job, Lora
from studio.scene import Action, Scene

TOLD = ("recipe", "steps", "epochs", "learning_rate", "batch", "resolution", "optimizer", "alpha", "targets", "adapter")
"""Settings of a run that a card tells."""


def declare(scene: Scene) -> None:
    """Offer what can be done with LoRAs."""
    of_loras: tuple[Action, ...] = (
        list_loras, list_formats, rename_lora, set_lora, tag_lora, picture_lora, promote_lora, delete_lora, restore_lora,
    )  # fmt: skip
    for fn in of_loras:
        scene.action(fn)


def list_loras(store: Store, project: int, checkpoints: bool = False) -> list[dict[str, Any]]:
    """The LoRAs of a project, the newest first; checkpoints of runs only if asked for."""
    return [_card(store, row) for row in loras.all(store, project, checkpoints)]


def _card(store: Store, row: Lora) -> dict[str, Any]:
    path = store.files.path(row.file)
    keys = ["id", "name", "family", "base", "trigger", "rank", "step", "final", "preview", "tags"]
    keys += ["weight", "weight_min", "weight_max"]
    job = _job(store, row.job_id)
    asked = row.settings or (job.request if job else {})
    return {key: getattr(row, key) for key in keys} | {
        "tokens": list(row.tokens),
        "bytes": path.stat().st_size if path.is_file() else 0,
        "sha": row.file.partition(".")[0],
        "job": row.job_id or 0,
        "dataset": str(asked.get("dataset", "")),
        "recipe": str(asked.get("recipe", "")),
        "settings": {key: asked[key] for key in TOLD if asked.get(key)} if asked.get("dataset") else {},
        "parts": [{"lora": part["lora"], "name": part["name"], "weight": part["weight"]} for part in row.blend],
        "error": row.settings.get("error", 0) if row.blend else 0,
        "when": row.created.isoformat(),
    }


def _job(store: Store, number: int | None) -> Job | None:
    try:
        return queue.get(store, number) if number else None
    except NotFound:
        return None


def rename_lora(store: Store, lora: int, name: str) -> None:
    """Give a LoRA another name."""
    loras.get(store, lora)
    loras.change(store, lora, name=name)


def set_lora(
    store: Store, lora: int, trigger: str | None = None, weight: float | None = None,
    weight_min: float | None = None, weight_max: float | None = None,
) -> None:  # fmt: skip
    """Say by which word a LoRA is called, how strong it usually is, and between which weights its slider runs."""
    given = {"weight": weight, "weight_min": weight_min, "weight_max": weight_max}
    facts: dict[str, Any] = {name: float(value) for name, value in given.items() if value is not None}
    if trigger is not None:
        facts["trigger"] = " ".join(trigger.split())
    loras.change(store, lora, **facts)


def tag_lora(store: Store, lora: int, tags: list[str]) -> None:
    """Put a LoRA under these tags and no others."""
    loras.change(store, lora, tags=tags)


def picture_lora(store: Store, lora: int, file: str) -> None:
    """Make a picture of the store, by its file's name, the preview of a LoRA."""
    path = store.files.path(Path(file).name)
    if not path.is_file():
        raise NotFound("This picture is no longer in the store. Choose another one.")
    loras.change(store, lora, preview=path.name)


def promote_lora(store: Store, lora: int) -> None:
    """Make a checkpoint the LoRA of its run; what was it until now becomes a checkpoint."""
    loras.promote(store, lora)


def delete_lora(store: Store, lora: int) -> None:
    """Take a LoRA out of the library; `restore_lora` brings it back."""
    loras.drop(store, lora)


def restore_lora(store: Store, lora: int) -> None:
    """Bring a LoRA back."""
    loras.restore(store, lora)


def list_formats(store: Store) -> list[dict[str, str]]:
    """The formats in which a LoRA can be downloaded from `/lora/<number>/<format>`."""
    return [{"name": name, "about": about} for name, about in folder.names("jobs.exports").items()]
