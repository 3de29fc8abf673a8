"""A store filled as if someone had worked in it, for screenshots and tests of the page.

    python -m tests.staging HOME

The pictures are drawn by mini's renderer; the jobs, curves and LoRAs are rows made
by the store's own verbs, as a worker makes them. Nothing is trained.
"""

from __future__ import annotations

import math
import random
import sys
from pathlib import Path

import numpy as np
from PIL import Image as Pictures
from safetensors.numpy import save_file

from jobs import folder
from mini import examples, people
from storage import captions, datasets, imports, loras, measures, pictures, projects, queue
from storage.database import Store
from storage.settings import Settings
from storage.tables import Job

STYLE = "watercolor"
"""Held out of mini's own training, so that a LoRA has something to learn (mini/styles.py)."""


def fill(store: Store, count: int = 24) -> dict[str, int]:
    """Data sets, captions, jobs in every state, two LoRAs and made pictures; answers the numbers of the main rows."""
    project = projects.first(store)
    projects.rename(store, project.id, "Autumn fair")
    projects.create(store, "Portraits")
    person = sorted(people.HELD_OUT)[0]
    fox = _dataset(store, project.id, "watercolor", "wtrclr", list(examples.style_set(STYLE, count)), bare=3)
    _dataset(store, project.id, "neighbour", "", list(examples.person_set(person, 8)), bare=8)
    first = _training(store, project.id, "watercolor", "watercolor", "done", 300)
    _training(store, project.id, "neighbour", "neighbour", "stopped", 120)
    drawn = _drawing(store, project.id, first["lora"])
    _ended(store, project.id)
    return {"project": project.id, "dataset": fox, **first, "picture": drawn}


def running(store: Store, project: int, step: int = 130) -> Job:
    """A training run in the middle."""
    return _train_job(store, project, "fair at night", "watercolor", step, rows=step // 50 + 1)


def _dataset(store: Store, project: int, name: str, trigger: str, rows: list[examples.Example], bare: int) -> int:
    row = datasets.create(store, project, name, trigger=trigger)
    place = store.home / "staging"
    place.mkdir(exist_ok=True)
    for number, (file, picture, text) in enumerate(rows):
        path = place / file
        picture.save(path)
        added = imports.bring(store, row.id, [path]).added
        path.unlink()
        if added and number >= bare:
            captions.add(store, added[0].id, f"{trigger}, {text}" if trigger else text, "mini")
            if number == bare:
                captions.add(store, added[0].id, f"{text}, smiling", "hand")
    place.rmdir()
    return row.id


def _training(store: Store, project: int, name: str, dataset: str, state: str, steps: int) -> dict[str, int]:
    job = _train_job(store, project, name, dataset, steps, rows=4)
    lora = 0
    if state == "done":
        lora = _lora(store, job, name, steps)
        queue.result(store, job, {"lora": lora})
        queue.finish(store, job)
    else:
        queue.stopped(store, job)
    return {"training": job.id, "lora": lora}


def _train_job(store: Store, project: int, name: str, dataset: str, steps: int, rows: int) -> Job:
    task = folder.task("train")(name=name, dataset=dataset, recipe="style", steps=300, learning_rate=2e-3)
    asked = queue.add(store, project, "train", task, title=task.title(), lane="train")
    job = queue.claim(store, "staging", ("train",))
    assert job is not None and job.id == asked.id
    chance = random.Random(7)
    queue.log(store, job.id, "24 pictures, 21 with a caption")
    queue.log(store, job.id, "Latents and text states are cached.")
    for step in range(1, steps + 1):
        loss = 0.09 + 0.13 * math.exp(-step / 60) + chance.gauss(0, 0.018)
        measures.add(store, job, step, {"loss": loss, "seconds": 0.42 + chance.random() * 0.05, "learning rate": 2e-3})
    for row in range(rows):
        for column, (_, picture, text) in enumerate(examples.style_set(STYLE, 4, seed=9, size=128)):
            blurred = picture.resize((16 * (row + 1),) * 2).resize((128, 128), Pictures.Resampling.BICUBIC)
            facts = {"kind": "sample", "step": row * 50, "prompt": text, "seed": column, "base": "mini"}
            pictures.keep(store, job, blurred, **facts)
    queue.report(store, job, steps, 300, "Learning", (300 - steps) * 0.44)
    return job


def _lora(store: Store, job: Job, name: str, step: int) -> int:
    file = store.home / "staged.safetensors"
    layer = "unet.mid_block.attentions.0.transformer_blocks.0.attn{}.to_{}.lora_{}.weight"
    shapes = {"A": (8, 384), "B": (384, 8)}
    halves = [(attention, to, half) for attention in (1, 2) for to in "qkv" for half in shapes]
    save_file({layer.format(*half): np.zeros(shapes[half[2]], np.float32) for half in halves}, file, {"format": "pt"})
    preview = pictures.samples(store, job.id)[-1].file
    facts = {"family": "sd15", "base": "mini", "trigger": "wtrclr", "rank": 8, "step": step, "preview": preview}
    number = loras.keep(store, job, file, name=name, settings=job.request, **facts)
    file.unlink()
    return number


def _drawing(store: Store, project: int, lora: int) -> int:
    task = folder.task("generate")(
        prompt="wtrclr, a woman with round glasses", blend=[{"lora": lora, "weight": 0.8}], seed=4
    )
    queue.add(store, project, "generate", task, title=task.title(), lane="now")
    job = queue.claim(store, "staging", ("now",))
    assert job is not None
    number, name = 0, loras.get(store, lora).name
    for at, (_, picture, text) in enumerate(examples.style_set(STYLE, 14, seed=5, size=256)):
        blend = [{"lora": lora, "name": name, "file": "", "weight": round(0.4 + at * 0.05, 2)}]
        facts = {"prompt": f"wtrclr, {text}", "seed": 40 + at, "base": "mini", "blend": blend}
        number = pictures.keep(store, job, picture, **facts, settings={"steps": 20, "guidance": 5.0})
    queue.result(store, job, {"pictures": [number]})
    queue.finish(store, job)
    return number


def _ended(store: Store, project: int) -> None:
    """A failed job and one of a kind that is no more."""
    task = folder.task("caption")(dataset="neighbour")
    queue.add(store, project, "caption", task, title=task.title(), lane="now")
    job = queue.claim(store, "staging", ("now",))
    assert job is not None
    queue.log(store, job.id, "Loading the captioner")
    queue.fail(store, job, "The captioner “blip” is not on this machine. Connect to a network once, or choose “mini”.")
    queue.add(store, project, "upscale", task, title="Upscale 3 pictures", lane="now")
    lost = queue.claim(store, "staging", ("now",))
    assert lost is not None
    queue.fail(store, lost, "There is no kind of job called “upscale” any more.")


def main() -> None:
    """Fill the store under the folder given."""
    store = Store.open(Settings().at(Path(sys.argv[1])))
    print(fill(store))
    store.close()


if __name__ == "__main__":
    main()
