"""What the studio adds to a picture: a warm request, from queue to gallery, over the bare pipeline call.

`python -m benchmarks.generate_overhead [--rounds 5] [--steps 20] [--threads 2] [--cpu-time]`
"""

from __future__ import annotations

import statistics
import tempfile
from pathlib import Path

import torch

from benchmarks import shapes, timing
from jobs.tasks.generate import GeneratePictures
from jobs.worker import Worker
from storage import bases, projects, queue
from storage.database import Store
from storage.settings import Settings


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
    store.close()


if __name__ == "__main__":
    main()
