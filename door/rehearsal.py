"""The whole job on a style that the bundled model never saw: draw, import, caption, train, generate, measure."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from PIL import Image as Pictures

from door import ask, follow
from jobs import folder, recipes
from jobs.engines.local import Local
from mini.examples import style_set
from storage import bases, captions, datasets, imports, loras, pictures, projects
from storage.database import Store
from storage.errors import StudioError
from storage.settings import PROJECT
from storage.tables import Dataset, Job, Lora

CAPTIONED = 0.6
"""Share of the drawn pictures that come with their caption; the others are described by the captioner."""

PROMPT_SET = 77
"""Seed of the drawings whose captions are the prompts; the pictures to learn from have another."""


@dataclass
class Drawn:
    """The same prompts and seeds, without the LoRA and with it."""

    prompts: list[str]
    before: list[Path] = field(default_factory=list)
    after: list[Path] = field(default_factory=list)


class Rehearsal:
    """One style's way through the studio, by the same rows as from the page."""

    def __init__(self, store: Store, engine: Local, style: str) -> None:
        self.store, self.engine, self.style, self.trigger = store, engine, style, style.upper()
        self.project = projects.first(store)
        self.family = bases.named(store, "mini").family

    def bring(self, place: Path, count: int) -> Dataset:
        """Draw pictures into the folder `place`, some with a caption beside them, and bring them into a data set."""
        draw_set(self.style, count, place)
        dataset = datasets.create(self.store, self.project.id, self.style, trigger=self.trigger)
        imports.bring(self.store, dataset.id, [place])
        return dataset

    def caption(self) -> Job:
        """Let the captioner describe what has no caption yet."""
        return self._do("caption", dataset=self.style)

    def train(self, recipe: str = "style", **changes: Any) -> Lora:
        """Train a LoRA by the recipe; the row in the library."""
        values = recipes.find(recipe).values("mini", self.family) | changes
        job = self._do("train", name=self.style, dataset=self.style, recipe=recipe, **values)
        return loras.get(self.store, job.result["lora"])

    def draw(self, prompts: list[str], blend: list[dict[str, Any]]) -> list[Path]:
        """One picture for each prompt, with seeds 1, 2, …; their files."""
        return [self._one(prompt, seed, blend) for seed, prompt in enumerate(prompts, 1)]

    def _one(self, prompt: str, seed: int, blend: list[dict[str, Any]]) -> Path:
        job = self._do("generate", prompt=prompt, seed=seed, blend=blend)
        return self.store.files.path(pictures.of_job(self.store, job.id)[0].file)

    def prompts(self, count: int) -> list[str]:
        """Captions of drawings that no data set holds, with the trigger word in front."""
        return [f"{self.trigger}, {words}" for _, _, words in style_set(self.style, count, seed=PROMPT_SET)]

    def _do(self, kind: str, /, **values: Any) -> Job:
        task = folder.task(kind).model_validate(values)
        job = follow.finish(self.store, ask.put(self.store, self.project, kind, task), self.engine)
        if job.state == "stopped":
            raise KeyboardInterrupt
        if job.state != "done":
            raise StudioError(job.error or f"{job.title} ended {job.state}.")
        return job


def draw_set(style: str, count: int, place: Path) -> None:
    """Drawings of many people in one style, the first of them with a .txt beside."""
    place.mkdir(parents=True, exist_ok=True)
    for number, (name, picture, words) in enumerate(style_set(style, count)):
        picture.save(place / name)
        if number < round(count * CAPTIONED):
            (place / name).with_suffix(".txt").write_text(words + "\n", encoding="utf-8")


def nearness(style: str, *groups: list[Path]) -> list[float]:
    """For each group of pictures the mean share that the shipped judge gives to `style`, 0 … 1.

    Computed in a process of its own: this one holds no torch.
    """
    files = [str(file) for group in groups for file in group]
    command = [sys.executable, "-m", "mini.nearness", style, *files]
    done = subprocess.run(command, cwd=PROJECT, capture_output=True, text=True, check=False)
    if done.returncode:
        raise StudioError(f"The judge could not be run: {done.stderr.strip().splitlines()[-1]}.")
    shares = iter(json.loads(done.stdout))
    return [sum(next(shares) for _ in group) / len(group) for group in groups]


class Clock:
    """Says what begins, with the minutes and seconds since the first."""

    def __init__(self) -> None:
        self._begin = time.monotonic()

    def say(self, text: str) -> None:
        """One line with the time so far."""
        print(f"{self}  {text}", flush=True)

    def __str__(self) -> str:
        minutes, seconds = divmod(int(time.monotonic() - self._begin), 60)
        return f"{minutes}:{seconds:02d}"


def small(file: Path, side: int) -> Pictures.Image:
    """A stored picture as RGB, `side` × `side`."""
    with Pictures.open(file) as picture:
        return picture.convert("RGB").resize((side, side), Pictures.Resampling.LANCZOS)


def captioned(store: Store, dataset: Dataset) -> int:
    """How many pictures of the data set have a caption."""
    images = [image.id for image in datasets.images(store, dataset.id)]
    return len(captions.current(store, images))
