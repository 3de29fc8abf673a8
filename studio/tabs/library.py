"""Library: the LoRAs that were made, and the base models they stand on."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from jobs import folder
from storage import bases, loras, queue
from storage.database import Store
from storage.errors import NotFound
from storage.tables import Job, Lora
from studio import told
from studio.asking import ask
from studio.parts import part
from studio.scene import Action, Scene

ORDER, ICON = 70, "▤"


def draw(scene: Scene) -> None:
    """The shelf of LoRAs, then the base models."""
    part("shelf", elem_id="shelf")
    part("bases", elem_id="bases")
    words = scene.words

    def check_lora(store: Store, project: int, lora: int) -> int:
        """Let the export doctor look at a LoRA; answers the number of the job, for `look_check`."""
        row = loras.get(store, lora)
        task = folder.task("doctor").model_validate({"lora": row.id, "name": row.name})
        return ask(scene, "doctor", task, project)

    def look_check(store: Store, job: int) -> dict[str, Any]:
        """What the export doctor found, by tool, once its job is done."""
        row = queue.get(store, job)
        lines = [
            line | {"said": words.error(line["said"]), "tool": words.error(line["tool"])}
            for line in row.result.get("report", [])
        ]
        return told.brief(words, row) | {"report": lines}

    for fn in (check_lora, look_check):
        scene.action(fn)
    of_loras: tuple[Action, ...] = (list_loras, list_formats, rename_lora, set_lora, delete_lora, restore_lora)
    of_bases: tuple[Action, ...] = (list_bases, add_base, remove_base, restore_base)
    for fn in of_loras + of_bases:
        scene.action(fn)


def list_loras(store: Store, project: int, checkpoints: bool = False) -> list[dict[str, Any]]:
    """The LoRAs of a project, the newest first; checkpoints of runs only if asked for."""
    return [_card(store, row) for row in loras.all(store, project, checkpoints)]


def _card(store: Store, row: Lora) -> dict[str, Any]:
    path = store.files.path(row.file)
    keys = ["id", "name", "family", "base", "trigger", "rank", "step", "final", "preview"]
    keys += ["weight", "weight_min", "weight_max"]
    job = _job(store, row.job_id)
    return {key: getattr(row, key) for key in keys} | {
        "tokens": list(row.tokens),
        "bytes": path.stat().st_size if path.is_file() else 0,
        "job": row.job_id or 0,
        "dataset": str(job.request.get("dataset", "")) if job else "",
        "recipe": str(job.request.get("recipe", "")) if job else "",
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


def set_lora(store: Store, lora: int, trigger: str) -> None:
    """Say by which word a LoRA is called."""
    loras.change(store, lora, trigger=" ".join(trigger.split()))


def delete_lora(store: Store, lora: int) -> None:
    """Take a LoRA out of the library; `restore_lora` brings it back."""
    loras.drop(store, lora)


def restore_lora(store: Store, lora: int) -> None:
    """Bring a LoRA back."""
    loras.restore(store, lora)


def list_formats(store: Store) -> list[dict[str, str]]:
    """The formats in which a LoRA can be downloaded from `/lora/<number>/<format>`."""
    return [{"name": name, "about": about} for name, about in folder.names("jobs.exports").items()]


def list_bases(store: Store) -> list[dict[str, Any]]:
    """Every base model: name, family, where it lies, whether it is there now."""
    return [
        {"id": row.id, "name": row.name, "family": row.family, "source": row.source, "here": _here(row.source)}
        for row in bases.all(store)
    ]


def _here(source: str) -> bool:
    return Path(source).expanduser().exists()


def add_base(store: Store, name: str, source: str, family: str = "") -> int:
    """Make a base model known: a diffusers folder, a .safetensors file or a hub name; answers its number."""
    name = name.strip() or Path(source.strip()).stem
    return bases.add(store, name, source, family).id


def remove_base(store: Store, base: int) -> None:
    """Forget a base model; its files stay. `restore_base` brings it back."""
    bases.remove(store, base)


def restore_base(store: Store, base: int) -> None:
    """Know a base model again."""
    bases.restore(store, base)
