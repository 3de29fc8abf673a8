"""A request made ready: everything looked up, checked and loaded once, so that one picture or a grid of them can follow.

ready = prepare(task, context)
drawn = ready.draw(seed=7)                          # kept in the gallery
other = ready.but(steps=30, guidance=4).draw(seed=7)  # nothing is loaded again that stays the same
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, NamedTuple

from PIL import Image as Pictures

from jobs.blending import Mixer
from jobs.families.family import Family
from jobs.generation.chosen import Chosen, choose, heard
from jobs.generation.draw import GRAIN, draw_together
from jobs.generation.keeper import Keeper
from jobs.generation.order import Order, Upscale
from jobs.generation.preview import Preview
from jobs.generation.sizes import fit, fit_mask, picture_size
from storage import uploads
from storage.errors import BadInput
from storage.tables import Base

if TYPE_CHECKING:
    from jobs.context import Context
    from jobs.tasks.generate import GeneratePictures

Told = Callable[[int, int], None]
"""Called after each denoising step with steps done and steps in all of this picture; what it raises ends the drawing."""


class Given(NamedTuple):
    """The pictures that a request starts from."""

    picture: Pictures.Image | None
    mask: Pictures.Image | None


class Drawn(NamedTuple):
    """A finished picture and its number in the gallery."""

    id: int
    picture: Pictures.Image


@dataclass(frozen=True)
class Ready:
    """A request whose base is loaded and whose LoRAs fit it.

    order: what decides each picture of the request, all but its seed.
    """

    task: GeneratePictures
    context: Context
    base: Base
    chosen: list[Chosen]
    given: Given
    order: Order

    @property
    def mixer(self) -> Mixer:
        """The base model, loaded again if another one took its place on the shelf meanwhile."""
        return self.context.shelf.mixer(self.base)

    def but(self, **fields: Any) -> Ready:
        """The same request with some of its fields set differently, e.g. `but(blend=[…], steps=30)`.

        Raises:
            ValidationError: the task does not take these values.
            BadInput, NotFound: as `prepare` says.
        """
        task = type(self.task).model_validate(self.task.model_dump() | fields)
        same = (task.picture, task.mask) == (self.task.picture, self.task.mask)
        return prepare(task, self.context, self.given if same else None)

    def mix(self, done: float = 0.0) -> int:
        """Put the blend into the base's weights as it is when that share of the steps is done; returns how many layers
        that changed."""
        return self.mixer.mix([one.part(done) for one in self.chosen])

    def draw(self, seed: int, told: Told | None = None, **facts: Any) -> Drawn:
        """Draw one picture and keep it; `facts` are columns of `Picture` that shall differ from the usual."""
        return self.draw_together([seed], told, **facts)[0]

    def draw_together(self, seeds: list[int], told: Told | None = None, **facts: Any) -> list[Drawn]:
        """Draw a picture from each of the seeds at once and keep them, in that order."""
        self.mix()
        turn = self.mix if any(one.partly for one in self.chosen) else None
        drawn = draw_together(self.mixer.family, self.order, seeds, self._watch(told), turn)
        keep = Keeper(self.context.keep_picture, self.base, self.chosen, self.mixer)
        facts = {"parent_id": self.task.picture} | facts
        if self.task.mask is not None:
            facts["settings"] = {"mask": self.task.mask} | facts.get("settings", {})
        orders = [replace(self.order, seed=seed) for seed in seeds]
        return [Drawn(keep(one, picture, **facts), picture) for one, picture in zip(orders, drawn, strict=True)]

    def _watch(self, told: Told | None) -> Callable[[int, int, Any], None]:
        preview = Preview(self.mixer.family, self.context.preview)

        def on_step(done: int, steps: int, latents: Any) -> None:
            if told:
                told(done, steps)
            if done < steps:
                preview.offer(latents)

        return on_step


def prepare(task: GeneratePictures, context: Context, given: Given | None = None) -> Ready:
    """Look up, check and load what `task` needs; whatever cannot be drawn is said here, before anything is.

    Raises:
        NotFound: the base model, a LoRA or a picture is not there.
        BadInput: a LoRA is of another family, or a size does not fit the base.
    """
    base = context.base(task.base)
    prompt, blend = heard(task, context)
    chosen = choose(blend, base, context)
    given = given or _given(task, context)
    family = context.shelf.mixer(base).family
    return Ready(task, context, base, chosen, given, _order(task, prompt, family, given))


def _given(task: GeneratePictures, context: Context) -> Given:
    if task.mask is not None and task.picture is None:
        raise BadInput("A mask says where a picture is redrawn, and there is none to redraw. Choose a picture too.")
    picture, mask = (
        None if number is None else uploads.read(context.picture(number)[1]) for number in (task.picture, task.mask)
    )
    return Given(picture, mask)


def _order(task: GeneratePictures, prompt: str, family: Family, given: Given) -> Order:
    grain = math.lcm(GRAIN, family.factor)
    whole = given.picture
    size = picture_size(task.width, task.height, family.native, grain, whole.size if whole else None)
    return Order(
        prompt=prompt,
        negative=task.negative,
        seed=0,
        size=size,
        steps=task.steps,
        guidance=task.guidance,
        sampler=task.sampler,
        clip_skip=task.clip_skip,
        start=fit(whole, size, task.resize) if whole else None,
        mask=fit_mask(given.mask, whole.size, size, task.resize) if whole and given.mask else None,
        resize=task.resize,
        strength=task.strength if whole else 1.0,
        upscale=_upscale(task, size, grain, given),
        file=task.file,
        quality=task.quality,
    )


def _upscale(task: GeneratePictures, size: tuple[int, int], grain: int, given: Given) -> Upscale | None:
    if task.upscale == 1:
        return None
    width, height = (max(grain, round(side * task.upscale / grain) * grain) for side in size)
    steps = task.upscale_steps or task.steps
    kept: tuple[Any, ...] = ()
    if given.picture and given.mask:
        whole = given.picture
        kept = (
            fit(whole, (width, height), task.resize),
            fit_mask(given.mask, whole.size, (width, height), task.resize),
        )
    return Upscale(task.upscale, (width, height), steps, task.upscale_strength, task.upscale_by, *kept)
