"""How long a training step and a picture take, judged by what was measured on this machine."""

from __future__ import annotations

from typing import Any

from storage import measures, pictures, queue
from storage.database import Store

SECONDS = "seconds"
"""Name under which the training loop measures how long a step took."""


def seconds_a_step(store: Store, values: dict[str, Any]) -> float | None:
    """Seconds that a step took in the newest run with the same base, batch and size; None if there is none."""
    same = ("base", "batch", "accumulation", "resolution", "checkpointing")
    for job in queue.recent(store, task="train", limit=30):
        if any(str(job.request.get(key)) != str(values.get(key)) for key in same if key in values):
            continue
        if pace := _pace(store, job.id):
            return pace
    return None


def seconds_a_picture(store: Store, base: str, steps: int) -> float | None:
    """Seconds that a picture of that base took in the newest work that drew some, for so many steps; None if there is none.

    Loading the model is counted in, so a first estimate is rather too long than too short.
    """
    for task in ("evaluate", "generate"):
        for job in queue.recent(store, task=task, limit=20):
            drawn = len(pictures.of_job(store, job.id))
            if not drawn or job.request.get("base") != base or job.request.get("training"):
                continue
            if job.started is None or job.ended is None:
                continue
            spent = (job.ended - job.started).total_seconds()
            return spent / drawn * steps / max(int(job.request.get("steps") or steps), 1)
    return None


def _pace(store: Store, job_id: int) -> float | None:
    points = measures.curves(store, job_id).get(SECONDS, [])
    found = sorted(value for _, value in points[1:])
    if len(found) < 5:
        return None
    return found[len(found) // 2]
