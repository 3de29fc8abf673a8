"""Files that jobs have written to be downloaded."""

from __future__ import annotations

from pathlib import Path

from storage import queue
from storage.database import Store
from storage.errors import NotFound


def made(store: Store, job_id: int) -> Path:
    """The file that a job wrote, such as a storyboard's or a zip of pictures. `NotFound` if it wrote none, or it is gone."""
    name = str(queue.get(store, job_id).result.get("file", ""))
    path = store.home / "jobs" / str(job_id) / Path(name).name
    if not name or not path.is_file():
        raise NotFound(f"Job number {job_id} wrote no file, or it was removed. Ask for it once more.")
    return path
