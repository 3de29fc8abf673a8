"""How long a training step takes, judged by the runs that were measured on this machine."""

from __future__ import annotations

from typing import Any

from storage import measures, queue
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


def _pace(store: Store, job_id: int) -> float | None:
    points = measures.curves(store, job_id).get(SECONDS, [])
    found = sorted(value for _, value in points[1:])
    if len(found) < 5:
        return None
    return found[len(found) // 2]
