"""A request for pictures, from its row to the pictures in the gallery."""

from __future__ import annotations

import random
import time
from collections.abc import Callable
from typing import TYPE_CHECKING

from jobs.families.family import Family
from jobs.generation.draw import Order
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
    note_cut(ready.order, ready.mixer.family, context)

    made = {row.seed: row.id for row in context.made()}
    seed = task.seed if task.seed >= 0 else next(iter(made), random.SystemRandom().randrange(SEEDS))
    seeds = [(seed + number) % SEEDS for number in range(task.count)]
    context.result(pictures=list(made.values()), seed=seed)
    for number, seed in enumerate(seeds):
        if seed in made:
            continue
        start = time.monotonic()
        made[seed] = ready.draw(seed, teller(context, number, task.count)).id
        context.result(pictures=list(made.values()))
        context.log(f"Drew picture {made[seed]} with seed {seed} in {time.monotonic() - start:.1f} s.")


def tell_blend(ready: Ready) -> None:
    """Put the blend into the base's weights, and say what is in them."""
    changed = ready.mix()
    heard = ", ".join(one.said for one in ready.chosen if one.heard) or "no LoRA"
    kept = f"{changed} layers changed" if changed else "nothing to change"
    ready.context.log(f"In the base model: {heard} ({kept}).")


def note_cut(order: Order, family: Family, context: Context) -> None:
    """Say which words of a prompt the text encoder will not hear."""
    tokenizer = family.pipe.tokenizer
    for name, text in (("prompt", order.prompt), ("text of what is to be kept out", order.negative)):
        ids = tokenizer(text, truncation=False, verbose=False).input_ids
        if len(ids) > tokenizer.model_max_length:
            lost = tokenizer.decode(ids[tokenizer.model_max_length - 1 : -1]).strip()
            context.log(f"The {name} is longer than {tokenizer.model_max_length} tokens; not heard: “{lost}”.")


def teller(context: Context, number: int, count: int) -> Callable[[int, int], None]:
    """What is told of picture `number` of `count` at each step; raises `Stopped` when the person asked."""
    note = f"Picture {number + 1} of {count}" if count > 1 else "Drawing"
    return lambda done, steps: context.progress(number * steps + done, count * steps, note)
