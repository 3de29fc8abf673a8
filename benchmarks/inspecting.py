"""How many pictures a second the checks look at, each check alone and all together, on drawings.

`python -m benchmarks.inspecting [--count 200] [--side 256] [--threads 1]`

Beside the rate by the clock stands the rate by processor time, which other work on the machine does not disturb.
"""

from __future__ import annotations

import argparse
import tempfile
import time
from pathlib import Path

import torch
from PIL import Image as Pictures

from jobs.tasks.inspect import InspectPictures
from jobs.worker import Worker
from mini import draw, world
from storage import datasets, imports, projects, queue
from storage.database import Store
from storage.errors import StudioError
from storage.settings import Settings
from storage.tables import Dataset

DRAWN = 50
"""Different drawings; the others are these, turned a little, so that no two files are alike."""

PARTS = {
    "light, hash and twins": {"faces": False, "likeness": False},
    "and captions": {"faces": False},
    "and faces, who is who": {"likeness": False},
    "all of them": {},
}


def main() -> None:
    """Draw the pictures, load the models, and look at all of them once for each part."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--count", type=int, default=200, help="pictures in the data set")
    parser.add_argument("--side", type=int, default=256, help="their side in pixels")
    parser.add_argument("--threads", type=int, default=1, help="CPU threads of torch")
    options = parser.parse_args()
    torch.set_num_threads(options.threads)
    with tempfile.TemporaryDirectory() as home:
        settings = Settings(home=Path(home))
        store = Store.open(settings)
        dataset = fill(store, options.count, options.side)
        worker = Worker(store, settings)
        load = (worker.shelf.detector, lambda: worker.shelf.faces("mini"), lambda: worker.shelf.judge("mini"))
        for one in load:
            one()
        print(f"{options.count} drawings of {options.side} px, models loaded, {options.threads} threads")
        for name, fields in PARTS.items():
            clock, processor = look(store, worker, dataset, fields)
            rates = f"{options.count / clock:7.1f} pictures/s, {options.count / processor:7.1f} a processor second"
            print(f"{name:24}{rates}", flush=True)
        store.close()


def fill(store: Store, count: int, side: int) -> Dataset:
    """A data set of that many drawings, each with the caption that is true of it."""
    row = datasets.create(store, projects.first(store).id, "drawings")
    place = store.home / "drawings"
    place.mkdir()
    drawn = [world.sample(world.TEST_SEED + seed) for seed in range(min(DRAWN, count))]
    pictures = [draw.draw(one, 256).resize((side, side)) for one in drawn]
    for number in range(count):
        turned = pictures[number % DRAWN].rotate(2 * (number // DRAWN), Pictures.Resampling.BILINEAR)
        turned.save(place / f"{number:05}.png")
        (place / f"{number:05}.txt").write_text(world.caption(drawn[number % DRAWN]))
    imports.bring(store, row.id, [place])
    return row


def look(store: Store, worker: Worker, dataset: Dataset, fields: dict[str, bool]) -> tuple[float, float]:
    """Seconds, and seconds of all processors, that one job over all pictures takes."""
    task = InspectPictures(dataset=dataset.name, which="all", **fields)
    job = queue.add(store, dataset.project_id, "inspect", task, task.title(), task.lane)
    clock, processor = time.perf_counter(), time.process_time()
    worker.step()
    clock, processor = time.perf_counter() - clock, time.process_time() - processor
    if (done := queue.get(store, job.id)).state != "done":
        raise StudioError(done.error)
    return clock, processor


if __name__ == "__main__":
    main()
