"""Evaluations as the page asks for them: the list, one whole, what is done with it."""

from __future__ import annotations

from typing import Any

from storage import evaluations, queue
from storage.database import Store
from storage.tables import Job
from studio import asking_trials, told, verdicts_page
from studio.scene import Scene
from studio.words import Words

TASK = "evaluate"

OPEN = ("queued", "running", "paused")


def declare(scene: Scene) -> None:
    """Offer every endpoint of the tab."""
    words = scene.words

    def look_evaluations(store: Store, project: int) -> dict[str, Any]:
        """The evaluations of a project, the newest first, and the `jobs` that work on some or have just failed."""
        rows = evaluations.listed(store, project)
        return {"project": project, "rows": rows, "jobs": [_work(words, job) for job in _jobs(store, project)]}

    def look_evaluation(store: Store, evaluation: int = 0, job: int = 0) -> dict[str, Any]:
        """An evaluation whole (storage/evaluations.py tells what it holds), by its number or that of its job.

        `work` is the job as it stands; while the job waits there is nothing else yet.
        """
        row = evaluations.of_job(store, job) if job and not evaluation else evaluations.get(store, evaluation)
        number = job if row is None else row.job_id
        work = {"work": _work(words, queue.get(store, number)) if number else None}
        return work if row is None else _spoken(words, evaluations.look(store, row.id)) | work

    for fn in (look_evaluations, look_evaluation, rename_evaluation, delete_evaluation, restore_evaluation):
        scene.action(fn)
    asking_trials.declare(scene)
    verdicts_page.declare(scene)


def rename_evaluation(store: Store, evaluation: int, name: str) -> None:
    """Give an evaluation another name."""
    evaluations.rename(store, evaluation, name)


def delete_evaluation(store: Store, evaluation: int) -> None:
    """Take an evaluation away; `restore_evaluation` brings it back."""
    evaluations.remove(store, [evaluation])


def restore_evaluation(store: Store, evaluation: int) -> None:
    """Bring an evaluation back."""
    evaluations.restore(store, [evaluation])


def _jobs(store: Store, project: int) -> list[Job]:
    """Those that are not done, the oldest first, and the newest where it failed."""
    rows = queue.recent(store, project, task=TASK, limit=20)
    kept = [row for at, row in enumerate(rows) if row.state in OPEN or (at == 0 and row.state == "failed")]
    return kept[::-1]


def _work(words: Words, job: Job) -> dict[str, Any]:
    return told.brief(words, job) | {"kind": job.request.get("kind", ""), "name": job.request.get("name", "")}


def _spoken(words: Words, look: dict[str, Any]) -> dict[str, Any]:
    """The sentences in it in the page's language; each metric with what it `says` to people."""
    known = sorted(look["facts"].get("metrics", []), key=lambda one: asking_trials.standing(one["name"]))
    metrics = [_metric(words, one) for one in known]
    for one in look["contestants"]:
        one["totals"] = {name: _total(words, total) for name, total in one["totals"].items()}
    return look | {"facts": look["facts"] | {"metrics": metrics}}


def _metric(words: Words, metric: dict[str, Any]) -> dict[str, Any]:
    said = {name: words.error(str(metric.get(name) or "")) for name in ("definition", "problem")}
    return metric | said | asking_trials.metric(words, metric["name"], metric.get("title", ""))


def _total(words: Words, total: dict[str, Any]) -> dict[str, Any]:
    return total | {"problem": words.error(str(total.get("problem") or ""))}
