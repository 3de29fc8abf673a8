"""The frame around the tabs: projects, the work that runs, where you stand and what comes next."""

from __future__ import annotations

from typing import Any

import gradio as gr

from jobs import folder
from storage import bases, datasets, loras, projects, queue
from storage.database import Store
from storage.errors import NotFound
from storage.tables import Dataset, Job
from studio import told
from studio.parts import part
from studio.scene import Scene
from studio.words import Words


def draw(scene: Scene) -> None:
    """The bar and the line below it."""
    scene.place = part("bar", value=0, kind="integer", elem_id="bar")
    with gr.Row(elem_id="next-row"):
        part("next", elem_id="next")
    words = scene.words

    def pulse(store: Store, project: int = 0, dataset: int = 0) -> dict[str, Any]:
        """Where the project stands: its name, every project, work that is not done, when some ended last, what comes next."""
        return _pulse(store, words, project, dataset)

    def choices(store: Store, kind: str, project: int) -> list[dict[str, str]]:
        """What a field may be chosen from: `datasets`, `bases`, `loras`, `captioners` or `faces`."""
        return _choices(store, words, kind, project)

    for fn in (pulse, choices, create_project, rename_project):
        scene.action(fn)


def create_project(store: Store, name: str) -> int:
    """A new project; answers its number."""
    return projects.create(store, name).id


def rename_project(store: Store, project: int, name: str) -> None:
    """Give a project another name."""
    projects.get(store, project)
    projects.rename(store, project, name)


def _pulse(store: Store, words: Words, project: int, dataset: int) -> dict[str, Any]:
    known = projects.all(store)
    chosen = next((row for row in known if row.id == project), known[0])
    sets = datasets.all(store, chosen.id)
    here = next((row for row in sets if row.id == dataset), sets[0] if sets else None)
    jobs, ended = queue.open_jobs(store), queue.last_end(store)
    return {
        "project": chosen.id,
        "projects": [{"id": row.id, "name": row.name} for row in known],
        "dataset": here.id if here else 0,
        "jobs": [told.brief(words, job) for job in jobs],
        "ended": ended.isoformat() if ended else "",
        "next": _next(store, words, chosen.id, here, jobs),
    }


def _next(store: Store, words: Words, project: int, here: Dataset | None, jobs: list[Job]) -> dict[str, str]:
    """One sentence where the project stands, and the one step that comes next."""
    if here is None:
        return _step(words, "begin", "dataset")
    summary = datasets.summary(store, here.id)
    stand = words("next.pictures", n=summary.pictures, name=here.name)
    if summary.pictures == 0:
        return _step(words, "empty", "dataset", name=here.name)
    training = next((job for job in jobs if job.task == "train" and job.project_id == project), None)
    if training is not None:
        return _step(words, "training", "train", name=training.request.get("name", ""), state=training.state)
    describing = next((job for job in jobs if job.task == "caption" and job.project_id == project), None)
    if describing is not None:
        return _step(words, "captioning", "captions", stand=stand)
    if summary.missing:
        return _step(words, "caption", "captions", stand=stand, n=summary.missing)
    trained = [row for row in loras.all(store, project) if _from(store, row.job_id) == here.name]
    if trained:
        return _step(words, "draw", "generate", name=trained[0].name, lora=trained[0].id)
    return _step(words, "train", "train", stand=stand)


def _step(words: Words, kind: str, tab: str, **facts: Any) -> dict[str, Any]:
    return {
        "kind": kind,
        "tab": tab,
        "say": words(f"next.{kind}.say", **facts),
        "do": words(f"next.{kind}.do", **facts),
        "lora": facts.get("lora", 0),
    }


def _from(store: Store, job_id: int | None) -> str:
    """The name of the data set that a job was asked to learn from."""
    return "" if job_id is None else str(queue.get(store, job_id).request.get("dataset", ""))


def _choices(store: Store, words: Words, kind: str, project: int) -> list[dict[str, str]]:
    if kind == "datasets":
        return [_dataset_choice(store, words, row) for row in datasets.all(store, project)]
    if kind == "bases":
        return [
            {"value": row.name, "label": row.name, "more": words(f"family.{row.family}")} for row in bases.all(store)
        ]
    if kind == "loras":
        none = {"value": "", "label": words("field.no_lora")}
        return [none, *({"value": str(row.id), "label": row.name} for row in loras.all(store, project))]
    if kind == "captioners":
        return [{"value": name, "label": _named(words, name)} for name in folder.names("jobs.captioners")]
    if kind == "faces":
        return [{"value": name, "label": words(f"face_model.{name}")} for name in folder.names("jobs.faces")]
    raise NotFound(f"There is no list of “{kind}”.")


def _dataset_choice(store: Store, words: Words, row: Dataset) -> dict[str, str]:
    summary = datasets.summary(store, row.id)
    return {"value": row.name, "label": row.name, "more": words("wall.count", n=summary.pictures)}


def _named(words: Words, captioner: str) -> str:
    key = f"captioner.{captioner}"
    return words(key) if words.has(key) else captioner
