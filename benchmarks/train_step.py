"""What the training loop costs: time of a step over a bare UNet step on inputs ready in memory, in one run.

`python -m benchmarks.train_step [--models mini sd15/4] [--steps 8] [--batch 2] [--threads 2] [--cpu-time]`

The bare step is forward, mean square error, backward and AdamW on the same UNet with the same
LoRA. The studio's step adds drawing pictures, noise and captions, min-SNR, clipping and checking.
"""

from __future__ import annotations

import statistics
import tempfile
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import torch

from benchmarks import shapes, timing
from jobs.families import load_family
from jobs.families.family import Family
from jobs.losses.denoise import Denoise
from jobs.training.adapter import Adapter, Shape
from jobs.training.batches import Batches, Plan
from jobs.training.lessons import Lessons
from jobs.training.loop import Student, train
from jobs.training.noise import Objective
from jobs.training.optimizer import Group, How, Optimizer, Rate

CPU = torch.device("cpu")
SHAPE = Shape(rank=16, alpha=16, targets="attention")
WARM = 2
"""Steps before the first that counts."""


def lessons(family: Family, count: int = 12) -> Lessons:
    """Random latents of the family's native size, with captions."""
    chance, side = torch.Generator().manual_seed(0), family.native // family.factor
    channels = family.pipe.unet.config.in_channels
    latents = [torch.randn(1, channels, side, side, generator=chance) for _ in range(count)]
    words = [f"a drawing of number {i}" for i in range(count)]
    sizes, texts = [[family.native] * 6] * count, family.encode_text(words)
    return Lessons(latents, sizes, [1] * count, words, [1.0] * count, texts, family.silence())


def ours(family: Family, batch: int, steps: int) -> Iterator[float]:
    """The seconds that the loop reports for each step."""
    objective, adapter = Objective(family.pipe.scheduler, 5.0, CPU), Adapter(family, SHAPE, seed=0)
    plan = Plan(batch, 1, 0.05, 0, objective.timesteps)
    optimizer = Optimizer([Group(adapter.weights)], How(), family.dtype)
    batches = Batches(lessons(family), plan, CPU)
    student = Student(
        family, adapter, optimizer, objective, batches, Rate(1e-4, "constant", 0, steps), [Denoise(1.0)], 0
    )
    for step in train(student):
        yield step.seconds


def bare(family: Family, batch: int, rank: int = SHAPE.rank) -> Iterator[None]:
    """Forward, backward and optimizer on one batch that lies ready."""
    adapter, plan = Adapter(family, replace(SHAPE, rank=rank, alpha=rank), seed=0), Plan(batch, 1, 0.0, 0, 1000)
    ready = next(Batches(lessons(family), plan, CPU).of_step(1))
    optimizer = torch.optim.AdamW(adapter.weights, fused=True)
    while True:
        answer = family.predict(ready.noise, ready.timesteps, ready.text, ready.sizes)
        torch.nn.functional.mse_loss(answer, ready.latents).backward()
        optimizer.step()
        optimizer.zero_grad()
        yield


def measure(name: str, folder: Path, steps: int, batch: int, clock: timing.Clock) -> None:
    """Print one model's line: both kinds of step in turn, so that both meet the same machine."""
    source = shapes.model(name, folder)
    one, two = (load_family("sd15", source, CPU, torch.float32) for _ in range(2))
    studio, plain = ours(one, batch, steps + WARM), bare(two, batch)
    pairs = []
    for _ in range(steps + WARM):
        start = clock()
        next(studio)
        middle = clock()
        next(plain)
        pairs.append((middle - start, clock() - middle))
    counted = pairs[WARM:]
    loop, step = (statistics.median(pair[i] for pair in counted) for i in (0, 1))
    ratio = statistics.median(a / b for a, b in counted)
    millions = sum(weight.numel() for weight in two.pipe.unet.parameters()) / 1e6
    print(f"{name}: UNet of {millions:.1f} M parameters, {one.native} px, batch {batch}, {len(counted)} steps of each")
    print(f"  bare step {step:.3f} s · the studio's step {loop:.3f} s · ratio {ratio:.3f}")


def main() -> None:
    parser = timing.parser(__doc__, models=True)
    parser.add_argument("--steps", type=int, default=8, help="how many of each are timed; the median counts")
    parser.add_argument("--batch", type=int, default=2)
    asked = parser.parse_args()
    clock = timing.begin(asked)
    with tempfile.TemporaryDirectory() as folder:
        for name in asked.models:
            measure(name, Path(folder), asked.steps, asked.batch, clock)


if __name__ == "__main__":
    main()
