"""A request for pictures, from its row to the pictures in the gallery."""

from __future__ import annotations

import random
import time
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

from jobs.generation.ready import Ready, prepare

if TYPE_CHECKING:
    from jobs.context import Context
    from jobs.tasks.generate import GeneratePictures

SEEDS = 2**32


def run_generation(task: GeneratePictures, context: Context) -> None:
    """Draw what `task` asks for, and keep each picture as soon as it is finished.

    A request that broke off goes on with the pictures that are missing.
    """
    context.progress(0, task.count * task.steps, f"Loading {task.base}")
    ready = prepare(task, context)
    tell_blend(ready)

    made = {row.seed: row.id for row in context.made()}
    seed = task.seed if task.seed >= 0 else next(iter(made), random.SystemRandom().randrange(SEEDS))
    seeds = [(seed + number) % SEEDS for number in range(task.count)]
    context.result(pictures=list(made.values()), seed=seed)
    missing = [seed for seed in seeds if seed not in made]
    for group in batched(missing, task.batch):
        start = time.monotonic()
        number = task.count - len(missing) + missing.index(group[0])
        drawn = ready.draw_together(group, teller(context, number, len(group), task.count))
        made |= {seed: one.id for seed, one in zip(group, drawn, strict=True)}
        context.result(pictures=list(made.values()))
        for seed in group:
            context.log(f"Drew picture {made[seed]} with seed {seed} in {time.monotonic() - start:.1f} s.")


def tell_blend(ready: Ready) -> None:
    """Put the blend into the base's weights, and say what is in them."""
    changed = ready.mix()
    heard = ", ".join(one.said for one in ready.chosen if one.heard) or "no LoRA"
    kept = f"{changed} layers changed" if changed else "nothing to change"
    ready.context.log(f"In the base model: {heard} ({kept}).")


def teller(context: Context, number: int, together: int, count: int) -> Callable[[int, int], None]:
    """What is told at each step of picture `number` of `count` and those drawn with it; raises `Stopped` when asked to."""
    note = f"Picture {number + 1} of {count}" if count > 1 else "Drawing"
    return lambda done, steps: context.progress(number * steps + done * together, count * steps, note)


def batched(seeds: list[int], size: int) -> Iterator[list[int]]:
    """The seeds in groups of `size`, the last as many as are left."""
    return (seeds[start : start + size] for start in range(0, len(seeds), size))
