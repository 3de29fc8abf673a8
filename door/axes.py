"""What a grid goes over, as people write it: `steps: 10, 20, 30`, `fox: 0..1 by 0.25`, `prompt: a fox | a cat`."""

from __future__ import annotations

from jobs import folder
from jobs.planning import axes
from storage import loras
from storage.database import Store
from storage.errors import BadInput
from storage.tables import Lora, Project

EXAMPLES = (
    "steps: 10, 20, 30 · guidance: 3..9 by 2 · fox: 0..1 by 0.25 (the weight of the LoRA fox) · prompt: a fox | a cat"
)
EXAMPLES += " · lora: fox, cat · checkpoints: fox"


def axis(store: Store, project: Project, words: str) -> dict[str, object]:
    """One axis of a grid, with the LoRAs that it names looked up.

    Raises:
        BadInput, NotFound: it cannot be read, or names a LoRA that is not there.
    """
    name, mark, said = words.partition(":") if ":" in words else words.partition("=")
    name, said = name.strip(), said.strip()
    if not mark or not name or not said:
        raise BadInput(f"“{words}” is no setting with values; say for example {EXAMPLES}.")
    setting = name.lower().replace(" ", "_").replace("-", "_")
    if setting in ("lora", "loras"):
        rows = [loras.named(store, project.id, value) for value in axes.split(said)]
        return _of_loras("LoRA", rows, [row.name for row in rows])
    if setting == "checkpoints":
        return _checkpoints(store, project, said)
    if setting in folder.task("generate").model_fields or setting == "weight":
        return {"setting": setting, "values": axes.values(setting, said), "title": name}
    row = loras.named(store, project.id, name.removeprefix("weight of ").strip())
    return {"setting": "weight", "lora": row.id, "values": axes.numbers(said), "title": row.name}


def _checkpoints(store: Store, project: Project, name: str) -> dict[str, object]:
    row = loras.named(store, project.id, name)
    rows = loras.of_job(store, row.job_id) if row.job_id else [row]
    return _of_loras(row.name, rows, [f"{one.step}" for one in rows])


def _of_loras(title: str, rows: list[Lora], labels: list[str]) -> dict[str, object]:
    return {"setting": "lora", "values": [row.id for row in rows], "title": title, "labels": labels}
