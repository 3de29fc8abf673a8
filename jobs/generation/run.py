"""A request for pictures, from its row to the pictures in the gallery."""

from __future__ import annotations

import math
import random
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from jobs.blending import Mixer, Part
from jobs.families.family import Family
from jobs.generation.draw import GRAIN, Order, draw
from jobs.generation.preview import Preview
from jobs.generation.samplers import name_of
from jobs.generation.sizes import fit, picture_size
from storage import parameters, uploads
from storage.errors import BadInput
from storage.tables import Base, Lora

if TYPE_CHECKING:
    from PIL import Image as Pictures

    from jobs.context import Context
    from jobs.task import Weight
    from jobs.tasks.generate import GeneratePictures

SEEDS = 2**32
VERSION = "LoRA Studio"


@dataclass(frozen=True)
class Chosen:
    """One LoRA of the request with its weight."""

    row: Lora
    path: Path
    weight: float
    embeddings: dict[str, Path]


def run_generation(task: GeneratePictures, context: Context) -> None:
    """Draw what `task` asks for, and keep each picture as soon as it is finished.

    A request that broke off goes on with the pictures that are missing.
    """
    base = context.base(task.base)
    chosen = [choose(part, context) for part in task.blend]
    check_families(base, chosen)
    given = None if task.picture is None else uploads.read(context.picture(task.picture)[1])
    context.progress(0, task.count * task.steps, f"Loading {base.name}")
    mixer = context.shelf.mixer(base)
    order = first_order(task, mixer.family, given)
    mix(mixer, chosen, context)
    note_cut(order, mixer.family, context)

    made = {row.seed: row.id for row in context.made()}
    seed = task.seed if task.seed >= 0 else next(iter(made), random.SystemRandom().randrange(SEEDS))
    seeds = [(seed + number) % SEEDS for number in range(task.count)]
    context.result(pictures=list(made.values()), seed=seed)
    keep = Keeper(task, context, base, chosen, mixer)
    for number, seed in enumerate(seeds):
        if seed in made:
            continue
        one = replace(order, seed=seed)
        start = time.monotonic()
        picture = draw(mixer.family, one, watch(mixer.family, context, number, task.count))
        made[seed] = keep(one, picture)
        context.result(pictures=list(made.values()))
        context.log(f"Drew picture {made[seed]} with seed {seed} in {time.monotonic() - start:.1f} s.")


def choose(part: Weight, context: Context) -> Chosen:
    """A LoRA of the request, with its files."""
    row, path = context.lora(part.lora)
    return Chosen(row, path, part.weight, context.embeddings(row))


def check_families(base: Base, chosen: list[Chosen]) -> None:
    """Refuse a LoRA of another family before anything is loaded."""
    for one in chosen:
        if one.row.family != base.family:
            raise BadInput(
                f"The LoRA “{one.row.name}” is made for models of the family {one.row.family}, and the base model "
                f"“{base.name}” is of the family {base.family}. Choose one of the other's family."
            )


def first_order(task: GeneratePictures, family: Family, given: Pictures.Image | None) -> Order:
    """What decides each picture of the request, all but its seed."""
    grain = math.lcm(GRAIN, family.factor)
    size = picture_size(task.width, task.height, family.native, grain, given.size if given else None)
    return Order(
        prompt=task.prompt,
        negative=task.negative,
        seed=0,
        size=size,
        steps=task.steps,
        guidance=task.guidance,
        sampler=task.sampler,
        start=fit(given, size) if given else None,
        strength=task.strength if given else 1.0,
    )


def mix(mixer: Mixer, chosen: list[Chosen], context: Context) -> None:
    """Put the blend into the base's weights, and say what is in them."""
    changed = mixer.mix([Part(one.row.file, one.path, one.row.name, one.weight, one.embeddings) for one in chosen])
    heard = [f"{one.row.name} at {one.weight:g}" for one in chosen if one.weight]
    kept = f"{changed} layers changed" if changed else "nothing to change"
    context.log(f"In the base model: {', '.join(heard) or 'no LoRA'} ({kept}).")


def note_cut(order: Order, family: Family, context: Context) -> None:
    """Say which words of a prompt the text encoder will not hear."""
    tokenizer = family.pipe.tokenizer
    for name, text in (("prompt", order.prompt), ("text of what is to be kept out", order.negative)):
        ids = tokenizer(text, truncation=False, verbose=False).input_ids
        if len(ids) > tokenizer.model_max_length:
            lost = tokenizer.decode(ids[tokenizer.model_max_length - 1 : -1]).strip()
            context.log(f"The {name} is longer than {tokenizer.model_max_length} tokens; not heard: “{lost}”.")


def watch(family: Family, context: Context, number: int, count: int) -> Callable[[int, int, Any], None]:
    """What is told of picture `number` of `count` at each step; raises `Stopped` when the person asked."""
    preview = Preview(family, context.preview)
    note = f"Picture {number + 1} of {count}" if count > 1 else "Drawing"

    def on_step(done: int, steps: int, latents: Any) -> None:
        context.progress(number * steps + done, count * steps, note)
        if done < steps:
            preview.offer(latents)

    return on_step


class Keeper:
    """Keeps finished pictures with all that makes them again."""

    def __init__(
        self, task: GeneratePictures, context: Context, base: Base, chosen: list[Chosen], mixer: Mixer
    ) -> None:
        self._task, self._context, self._base, self._chosen, self._mixer = task, context, base, chosen, mixer

    def __call__(self, order: Order, picture: Pictures.Image) -> int:
        """Keep one; returns its id."""
        text = self._text(order)
        return self._context.keep_picture(
            picture,
            write=lambda made: parameters.png(made, text),
            kind="made",
            prompt=order.prompt,
            negative=order.negative,
            seed=order.seed,
            width=order.size[0],
            height=order.size[1],
            base=self._base.name,
            blend=[
                {"lora": one.row.id, "name": one.row.name, "file": one.row.file, "weight": one.weight}
                for one in self._chosen
            ],
            settings=self._settings(order),
            parent_id=self._task.picture,
            scores={},
        )

    def _settings(self, order: Order) -> dict[str, Any]:
        family = self._mixer.family
        facts = {
            "steps": order.steps,
            "guidance": order.guidance,
            "sampler": order.sampler,
            "family": self._base.family,
            "base_fingerprint": self._mixer.fingerprint,
            "precision": str(family.dtype).removeprefix("torch."),
            "device": family.device.type,
        }
        return facts if order.start is None else {**facts, "strength": order.strength}

    def _text(self, order: Order) -> str:
        blend = [(one.row.name, one.weight) for one in self._chosen if one.weight]
        facts: dict[str, Any] = {
            "Steps": order.steps,
            "Sampler": order.sampler or name_of(self._mixer.family.pipe.scheduler),
            "CFG scale": f"{order.guidance:g}",
            "Seed": order.seed,
            "Size": f"{order.size[0]}x{order.size[1]}",
            "Model hash": self._mixer.fingerprint,
            "Model": self._base.name,
        }
        if order.start is not None:
            facts["Denoising strength"] = f"{order.strength:g}"
        if blend:
            facts["Lora hashes"] = ", ".join(
                f"{one.row.name}: {one.row.file[:12]}" for one in self._chosen if one.weight
            )
        return parameters.write(order.prompt, order.negative, blend, {**facts, "Version": VERSION})
