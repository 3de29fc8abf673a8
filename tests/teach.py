"""A studio with a tiny base model and a small data set, for tests of training.

As a program (`python -m tests.teach HOME JOB`) it is a worker that runs one job, on one thread:
what the tests kill.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

from jobs.tasks.train import TrainLora
from jobs.worker import Worker
from storage import bases, datasets, imports, loras, pictures, projects, queue
from storage.database import Store
from storage.settings import Settings
from storage.tables import Job


def tiny_settings(home: Path) -> Settings:
    """Settings for a store under `home`."""
    return Settings(home=home, beat=0.2, patience=3.0, threads=1, device="cpu")


def furnish(store: Store, folder: Path, family: str = "sd15", count: int = 4) -> None:
    """Put the base model `tiny` and the data set `fox` (trigger FOX, 64 × 48 px) into a store."""
    from tests import tiny
    from tests.conftest import paint

    source = {"sd15": tiny.save_sd15, "sdxl": tiny.save_sdxl}[family](folder / family)
    bases.add(store, "tiny", str(source))
    shown = folder / "shown"
    shown.mkdir()
    for number in range(count):
        paint(number, (64, 48)).save(shown / f"p{number}.png")
        (shown / f"p{number}.txt").write_text(f"a gradient number {number}")
    row = datasets.create(store, projects.first(store).id, "fox", trigger="FOX")
    imports.bring(store, row.id, [shown])


def request(**fields: Any) -> TrainLora:
    """A short run on `tiny` and `fox`, without samples unless asked for."""
    usual = {"name": "fox", "dataset": "fox", "base": "tiny", "steps": 6, "batch": 2, "rank": 2, "alpha": 4}
    usual |= {"learning_rate": 1e-2, "sample_every": 0, "save_every": 0}
    return TrainLora(**usual | fields)


def ask(store: Store, task: TrainLora) -> int:
    """Put the run into the queue; its number."""
    return queue.add(store, projects.first(store).id, "train", task, task.title(), "train").id


def work(store: Store, number: int) -> Job:
    """Let a worker run the next job; the row of job `number` afterwards."""
    Worker(store, store.settings).step()
    return queue.get(store, number)


def content(store: Store, number: int) -> bytes:
    """The file of the LoRA that a job ended with."""
    job = queue.get(store, number)
    assert job.state == "done", job.error
    return store.files.path(loras.get(store, job.result["lora"]).file).read_bytes()


def samples(store: Store, number: int) -> list[tuple[int, str]]:
    """Step and content of every sample picture of a job, in order."""
    return [(row.step, row.file) for row in pictures.of_job(store, number)]


if __name__ == "__main__":
    import torch

    torch.set_num_threads(1)
    opened = Store.open(tiny_settings(Path(sys.argv[1])))
    queue.recover(opened, silent_for=0)
    print("ready", flush=True)
    print(work(opened, int(sys.argv[2])).state, flush=True)
