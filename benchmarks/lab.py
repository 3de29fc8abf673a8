"""A studio for benchmarks of learning: a store and a worker of its own, asked by rows as the page asks."""

from __future__ import annotations

import time
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from PIL import Image as Pictures

from jobs import recipes
from jobs.task import Task
from jobs.tasks.generate import GeneratePictures
from jobs.tasks.train import TrainLora
from jobs.worker import Worker, set_threads
from storage import bases, datasets, imports, pictures, projects, queue
from storage.database import Store
from storage.settings import Settings
from storage.tables import Job


class Studio:
    """What the page would ask for, asked in this process."""

    def __init__(self, home: Path, threads: int) -> None:
        settings = Settings(home=home, device="cpu", threads=threads)
        set_threads(threads)
        self.store = Store.open(settings)
        self.worker = Worker(self.store, settings)
        self.project = projects.first(self.store)

    def bring(self, name: str, examples: Iterable[tuple[str, Pictures.Image, str]], trigger: str = "") -> None:
        """A data set of pictures (file name, picture, caption)."""
        place = self.place(name)
        for file, picture, words in examples:
            picture.save(place / file)
            (place / file).with_suffix(".txt").write_text(words, encoding="utf-8")
        self.bring_folder(name, place, trigger)

    def bring_folder(self, name: str, place: Path, trigger: str = "") -> None:
        """A data set of what lies in a folder, in any layout."""
        imports.bring(self.store, datasets.create(self.store, self.project.id, name, trigger=trigger).id, [place])

    def place(self, name: str) -> Path:
        """An empty folder to draw into."""
        place = self.store.home / "drawn" / name
        place.mkdir(parents=True)
        return place

    def train(self, recipe: str, dataset: str, **changes: Any) -> tuple[Job, float]:
        """The finished run by a recipe with some settings changed, on the bundled model; and its seconds."""
        values = recipes.find(recipe).values("mini", bases.named(self.store, "mini").family)
        values |= {"sample_every": 0, "save_every": 0} | changes
        return self.do("train", TrainLora(name=dataset, dataset=dataset, recipe=recipe, **values))

    def draw(self, prompts: list[str], blend: list[dict[str, Any]]) -> list[Pictures.Image]:
        """One picture for each prompt, with seeds 1, 2, …"""
        tasks = [GeneratePictures(prompt=prompt, seed=seed, blend=blend) for seed, prompt in enumerate(prompts, 1)]
        rows = [pictures.of_job(self.store, self.do("generate", task)[0].id)[0] for task in tasks]
        return [Pictures.open(self.store.files.path(row.file)).convert("RGB") for row in rows]

    def do(self, name: str, task: Task) -> tuple[Job, float]:
        """The job that a task became, done, and its seconds."""
        begin = time.monotonic()
        asked = queue.add(self.store, self.project.id, name, task, task.title(), task.lane)
        self.worker.step()
        job = queue.get(self.store, asked.id)
        if job.state != "done":
            raise SystemExit(f"{job.title}: {job.error}")
        return job, time.monotonic() - begin


def sheet(shown: dict[str, list[Pictures.Image]], most: int = 12, side: int = 128) -> Pictures.Image:
    """A row of pictures for each of `shown`."""
    found = Pictures.new("RGB", (side * most, side * len(shown)), "white")
    for row, some in enumerate(shown.values()):
        for column, picture in enumerate(some[:most]):
            found.paste(picture.resize((side, side)), (column * side, row * side))
    return found
