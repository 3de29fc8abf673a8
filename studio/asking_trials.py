"""What the page needs to ask for an evaluation: what there is to compare, how long it takes, and the asking itself."""

from __future__ import annotations

from pathlib import Path
from typing import Any, get_args

from jobs import folder
from jobs.planning.ground import Ground
from jobs.tasks.evaluate import NEEDS
from storage import bases, costs, datasets, examples, loras, queue, snapshots
from storage.database import Store
from storage.errors import BadInput, StudioError
from storage.tables import Dataset, Job, Lora
from studio import form, given_folders
from studio.asking import ask
from studio.scene import Scene
from studio.words import Words

TASK = "evaluate"

FIRST = ("clip_score", "clip_image", "identity", "framing", "diversity", "copying", "fid", "kid", "held_out_loss")
"""Metrics in the order in which the page offers them; any other comes after."""

PROMPTS = 6
"""Captions that a form begins with."""


def declare(scene: Scene) -> None:
    """Offer the endpoints behind the form."""
    words = scene.words

    def offer_evaluation(store: Store, project: int) -> dict[str, Any]:
        """What an evaluation of this project can be about: LoRAs, runs with checkpoints, data sets, base models, metrics."""
        rows = loras.all(store, project, checkpoints=True)
        return {
            "loras": [_lora(store, row) for row in rows if row.final],
            "runs": _runs(store, rows),
            "datasets": (sets := [_dataset(store, row) for row in datasets.all(store, project)]),
            "seen": _seen(store, rows, {file for one in sets for file in one["held_out"]}),
            "bases": [_base(row.name, row.family, row.source) for row in bases.all(store)],
            "metrics": [
                {"name": name} | metric(words, name) for name in sorted(folder.names("jobs.judges"), key=standing)
            ],
            "samplers": [name for name in get_args(folder.task(TASK).model_fields["sampler"].annotation) if name],
        }

    def reckon_evaluation(store: Store, project: int, values: dict[str, Any]) -> dict[str, Any]:
        """How many pictures those settings ask for, how many seconds that takes here (None: not known), or what is `wrong`.

        `unlike`: one sentence where the pictures of folders do not match the prompts in number.
        """
        try:
            task = _read(words, values)
            unlike = given_folders.unlike(words, task) if task.kind == "folder" else ""
        except StudioError as error:
            return {"wrong": words.error(str(error))}
        rivals, prompts = _rivals(store, task), len(_prompts(store, project, task))
        if not prompts and task.kind != "folder":
            return {"wrong": words("eval.needs.prompts")}
        drawn = 0 if task.kind == "folder" else rivals * prompts * task.seeds
        return {"rivals": rivals, "prompts": prompts, "pictures": drawn, "seconds": _seconds(store, task, drawn), "wrong": "", "unlike": unlike}  # fmt: skip

    def evaluate(store: Store, project: int, values: dict[str, Any]) -> int:
        """Draw, measure and compare; `values` are the fields of the task. Answers the job's number."""
        task = _read(words, values)
        bases.named(store, task.base)
        task.name = task.name or _named(store, words, task)
        return ask(scene, TASK, task, project)

    for fn in (offer_evaluation, reckon_evaluation, evaluate):
        scene.action(fn)
    given_folders.declare(scene)


def metric(words: Words, name: str, title: str = "") -> dict[str, str]:
    """What a metric is called and what it says, in the page's language."""
    known = words.has(f"metric.{name}.title")
    return {
        "title": words(f"metric.{name}.title") if known else title or name,
        "says": words(f"metric.{name}.says") if known else "",
    }


def standing(name: str) -> int:
    """Where a metric stands among the others on the page."""
    return FIRST.index(name) if name in FIRST else len(FIRST)


def _read(words: Words, values: dict[str, Any]) -> Any:
    needed = NEEDS.get(values.get("kind", "pairs"), ())
    if any(not values.get(field) for field in needed):
        raise BadInput(words(f"eval.needs.{values.get('kind', 'pairs')}"))
    folders = [str(Path(place).expanduser()) for place in values.get("folders") or []]
    return form.read(folder.task(TASK), TASK, values | {"folders": folders}, words)


def _named(store: Store, words: Words, task: Any) -> str:
    """What an evaluation is called where a person does not say."""
    first = task.blends[0][0].lora if task.kind == "pairs" else task.lora
    if task.kind == "checkpoints":
        subject = str(queue.get(store, task.job).request.get("name", ""))
    elif task.kind == "folder":
        subject = Path(task.folders[-1]).name
    else:
        subject = task.dataset if task.kind == "resolutions" else loras.get(store, first).name
    other = loras.get(store, task.other).name if task.other else ""
    return words(f"eval.named.{task.kind}", name=subject, other=other)[:80]


def _lora(store: Store, row: Lora) -> dict[str, Any]:
    columns = ("id", "name", "family", "base", "trigger", "preview", "weight", "weight_min", "weight_max")
    return {name: getattr(row, name) for name in columns} | {
        "job": row.job_id or 0,
        "dataset": _learned_from(store, row),
    }


def _learned_from(store: Store, row: Lora) -> str:
    asked = row.settings or (queue.get(store, row.job_id).request if row.job_id else {})
    return str(asked.get("dataset", ""))


def _runs(store: Store, rows: list[Lora]) -> list[dict[str, Any]]:
    """Training runs with two LoRAs or more, the newest first."""
    numbers = dict.fromkeys(row.job_id for row in rows if row.job_id)
    runs = {number: [row for row in rows if row.job_id == number and not row.blend] for number in numbers}
    return [_run(queue.get(store, number or 0), kept) for number, kept in runs.items() if len(kept) > 1]


def _run(job: Job, kept: list[Lora]) -> dict[str, Any]:
    newest = max(kept, key=lambda row: (row.final, row.step))
    name = newest.name.partition(" · ")[0]
    asked = {key: str(job.request.get(key, "")) for key in ("dataset", "base")}
    return {"id": job.id, "name": name, "checkpoints": len(kept), "preview": newest.preview, "trigger": newest.trigger} | asked  # fmt: skip


def _seen(store: Store, rows: list[Lora], held: set[str]) -> dict[str, list[str]]:
    """Which pictures that are held out now each run has learned from, by its job: they are no test of it."""
    runs = {row.job_id for row in rows if row.job_id}
    frozen = {number: snapshots.of_job(store, number) or [] for number in runs}
    return {str(number): [row["file"] for row in kept if row["file"] in held and row["split"] == "train"] for number, kept in frozen.items()}  # fmt: skip


def _dataset(store: Store, row: Dataset) -> dict[str, Any]:
    known = examples.of(store, row.id)
    held = [one for one in known if one.split == "held-out"]
    spoken = [one.caption for one in held or known if one.caption]
    return {
        "id": row.id,
        "name": row.name,
        "trigger": row.trigger,
        "pictures": len(known),
        "held_out": [one.file for one in held],
        "train": [one.image_id for one in known if one.split == "train" and not one.out],
        "side": min((min(one.width, one.height) for one in known), default=0),
        "captions": list(dict.fromkeys(spoken))[:PROMPTS],
    }


def _base(name: str, family: str, source: str) -> dict[str, Any]:
    return {"name": name, "family": family, "native": Ground.of(family, source).native}


def _rivals(store: Store, task: Any) -> int:
    """How many are compared, the base alone among them."""
    if task.kind == "pairs":
        return 1 + len(task.blends)
    if task.kind == "checkpoints":
        return 1 + len({row.step for row in loras.of_job(store, task.job)})
    if task.kind == "blend":
        return len({0.0, *task.weights}) ** 2
    if task.kind == "weights":
        return 1 + len(set(task.weights) - {0.0})
    return len(task.folders) if task.kind == "folder" else 1 + len(set(task.resolutions))


def _prompts(store: Store, project: int, task: Any) -> list[str]:
    written = [line for line in task.prompts.splitlines() if line.strip()]
    if written or not task.dataset:
        return written
    known = [one for one in examples.of(store, datasets.named(store, project, task.dataset).id) if one.caption]
    held = [one for one in known if one.split == "held-out"]
    return list(dict.fromkeys(one.caption for one in held or known))


def _seconds(store: Store, task: Any, pictures: int) -> float | None:
    """Seconds until all is drawn, and trained where that comes first."""
    each = costs.seconds_a_picture(store, task.base, task.steps)
    if each is None or task.kind == "folder":
        return None
    if task.kind != "resolutions":
        return each * pictures
    pace = costs.seconds_a_step(store, task.training | {"base": task.base})
    steps = folder.task("train").model_fields["steps"].default
    return None if pace is None else each * pictures + pace * len(task.resolutions) * int(task.training.get("steps") or steps)  # fmt: skip
