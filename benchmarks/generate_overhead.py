"""What the studio adds to a picture: a warm request, from queue to gallery, over the bare pipeline call; and a cold worker.

`python -m benchmarks.generate_overhead [--rounds 5] [--steps 20] [--threads 2] [--cpu-time]`
"""

from __future__ import annotations

import os
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import torch

from benchmarks import shapes, timing
from jobs.tasks.generate import GeneratePictures
from jobs.worker import Worker
from storage import bases, projects, queue
from storage.database import Store
from storage.settings import Settings

PATIENCE = 300.0
"""Seconds after which a worker's first picture is given up."""


def main() -> None:
    parser = timing.parser(__doc__)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--steps", type=int, default=20)
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        measure(Path(folder), asked.rounds, asked.steps, timing.begin(asked))


def measure(folder: Path, rounds: int, steps: int, clock: timing.Clock) -> None:
    """Time requests and bare calls in turn, and print both."""
    settings = Settings(home=folder / "home", device="cpu")
    store = Store.open(settings)
    bases.add(store, "measured", str(shapes.model("mini", folder)))
    project, worker = projects.first(store), Worker(store, settings)
    family = worker.shelf.family(bases.named(store, "measured"))

    def request(seed: int) -> float:
        task = GeneratePictures(base="measured", prompt="a close-up of a woman", steps=steps, seed=seed)
        start = clock()
        job = queue.add(store, project.id, "generate", task, task.title(), task.lane)
        worker.step()
        taken = clock() - start
        done = queue.get(store, job.id)
        if done.state != "done":
            raise SystemExit(f"The request ended as {done.state}: {done.error}")
        return taken

    def bare(seed: int) -> float:
        start = clock()
        with torch.inference_mode():
            generator = torch.Generator().manual_seed(seed)
            family.pipe("a close-up of a woman", num_inference_steps=steps, guidance_scale=5.0, generator=generator)
        return clock() - start

    request(0), bare(0)
    pairs = [(request(seed), bare(seed)) for seed in range(1, rounds + 1)]
    with_studio, without = (statistics.median(column) for column in zip(*pairs, strict=True))
    extra = statistics.median(one - other for one, other in pairs)
    print(f"{family.native} px, {steps} steps: request to kept picture {with_studio:.3f} s, bare call {without:.3f} s")
    print(f"overhead: {extra * 1000:.0f} ms (median of {rounds} differences)")
    wall, cpu = restart(store, project.id, steps)
    print(f"a worker started anew, to its first picture: {wall:.1f} s on the clock, {cpu:.1f} s of the CPU")
    store.close()


def restart(store: Store, project: int, steps: int) -> tuple[float, float]:
    """Seconds on the clock, and of the CPU, from starting a worker's process to a kept picture."""
    task = GeneratePictures(base="measured", prompt="a close-up of a woman", steps=steps, seed=1)
    job = queue.add(store, project, "generate", task, task.title(), task.lane)
    words = [sys.executable, "-m", "jobs.worker", "--home", str(store.home), "--lanes", "now"]
    start, before = time.perf_counter(), _children()
    with subprocess.Popen(words, stdin=subprocess.PIPE, env=os.environ | {"STUDIO_DEVICE": "cpu"}) as worker:
        while queue.get(store, job.id).state in ("queued", "running") and time.perf_counter() - start < PATIENCE:
            time.sleep(0.05)
        wall = time.perf_counter() - start
        worker.terminate()
    done = queue.get(store, job.id)
    if done.state != "done":
        raise SystemExit(f"The cold request ended as {done.state}: {done.error}")
    return wall, _children() - before


def _children() -> float:
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


if __name__ == "__main__":
    main()
