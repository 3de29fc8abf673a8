"""The checks as the page asks for them: started after an upload or by a button, watched while they run."""

from __future__ import annotations

from typing import Any

from jobs import folder
from storage import datasets, gallery, queue
from storage.database import Store
from storage.gallery import Query
from storage.tables import Job
from studio import told
from studio.asking import ask
from studio.scene import Scene

TASK = "inspect"


def declare(scene: Scene) -> None:
    """Offer the endpoints that start and watch the checks."""
    words = scene.words

    def inspect_pictures(store: Store, dataset: int, which: str = "new", pictures: list[int] | None = None) -> int:
        """Run the checks over a data set's pictures: `new` or `all` of them, or those named; answers the job's number."""
        return begin(scene, dataset, which, pictures)

    def look_inspection(store: Store, dataset: int) -> dict[str, Any]:
        """The newest checks of a data set, and how many pictures were not looked at as they are now."""
        job = _newest(store, dataset)
        return {
            "job": told.brief(words, job) if job else None,
            "waiting": len(gallery.ids(store, Query(dataset, filter="unlooked"))),
        }

    for fn in (inspect_pictures, look_inspection):
        scene.action(fn)


def begin(scene: Scene, dataset: int, which: str = "new", pictures: list[int] | None = None) -> int:
    """Ask for the checks of a data set; if they wait already, the number of that job."""
    waiting = _newest(scene.store, dataset)
    if waiting is not None and waiting.state == "queued" and not pictures:
        return waiting.id
    row = datasets.get(scene.store, dataset)
    task = folder.task(TASK).model_validate({"dataset": row.name, "which": which, "images": pictures or []})
    return ask(scene, TASK, task, row.project_id)


def _newest(store: Store, dataset: int) -> Job | None:
    row = datasets.get(store, dataset)
    jobs = queue.recent(store, row.project_id, task=TASK, limit=5)
    return next((job for job in jobs if job.request.get("dataset") == row.name), None)
