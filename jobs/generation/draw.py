"""One picture from text, or from a picture and text, by the base model's own diffusers pipeline."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import torch
from diffusers.pipelines.auto_pipeline import (
    AUTO_IMAGE2IMAGE_PIPELINES_MAPPING,
    AUTO_INPAINT_PIPELINES_MAPPING,
    AUTO_TEXT2IMAGE_PIPELINES_MAPPING,
)
from PIL import Image as Pictures
from torch import Tensor

from jobs.families.family import Family
from jobs.generation.samplers import sampler
from jobs.generation.sizes import Resize
from storage.errors import BadInput, StudioError

GRAIN = 8
"""Diffusers' pipelines draw sides in multiples of this many pixels, whatever the model."""

OnStep = Callable[[int, int, Tensor], None]
"""Called after each denoising step with steps done, steps in all, and the latents [1, c, h, w]."""


@dataclass(frozen=True)
class Order:
    """Everything that decides how one picture comes out, besides the base and the blend in it.

    size: (width, height) in pixels.
    start: the picture to redraw, of that size; None draws from noise.
    mask: `L`, of that size: where `start` is redrawn (white) and where it stays as it is (black); None: everywhere.
    resize: how `start` was brought to that size.
    strength: how much of `start` is redrawn, 0 … 1.
    """

    prompt: str
    negative: str
    seed: int
    size: tuple[int, int]
    steps: int
    guidance: float
    sampler: str = ""
    start: Pictures.Image | None = None
    mask: Pictures.Image | None = None
    resize: Resize = "crop"
    strength: float = 1.0


def draw(family: Family, order: Order, on_step: OnStep) -> Pictures.Image:
    """Draw one picture; the same order gives the same pixels.

    What `on_step` raises passes through, and the base model stays as it was.

    Raises:
        BadInput: `strength` leaves no step to draw, or there is no such sampler.
        StudioError: the numbers overflowed on the way.
    """
    pipe = pipeline(family.pipe, sampler(order.sampler, family.pipe.scheduler), _kinds(order))

    def after(running: Any, step: int, timestep: Tensor, tensors: dict[str, Tensor]) -> dict[str, Tensor]:
        on_step(step + 1, running.num_timesteps, tensors["latents"])
        if step + 1 == running.num_timesteps and not torch.isfinite(tensors["latents"]).all():
            raise StudioError(
                "The picture fell apart: its numbers grew beyond all bounds. Lower the weights or guidance."
            )
        return tensors

    with torch.inference_mode(), torch.backends.cudnn.flags(enabled=True, benchmark=False, deterministic=True):
        drawn = pipe(
            prompt=order.prompt,
            negative_prompt=order.negative or None,
            num_inference_steps=order.steps,
            guidance_scale=order.guidance,
            generator=torch.Generator("cpu").manual_seed(order.seed),
            callback_on_step_end=after,
            **_canvas(order),
        ).images[0]
    return drawn if order.start is None or order.mask is None else Pictures.composite(drawn, order.start, order.mask)


def _kinds(order: Order) -> Mapping[str, Any] | None:
    """The pipelines that draw such an order, by the name of the family; None: those that draw from text alone."""
    if order.start is None:
        return None
    return AUTO_INPAINT_PIPELINES_MAPPING if order.mask else AUTO_IMAGE2IMAGE_PIPELINES_MAPPING


def _canvas(order: Order) -> dict[str, Any]:
    if order.start is None:
        return {"width": order.size[0], "height": order.size[1]}
    if int(order.steps * order.strength) < 1:
        raise BadInput(
            f"A change of {order.strength:g} leaves none of {order.steps} steps to draw. "
            f"Raise the change, or take at least {-(-1 // order.strength):.0f} steps."
        )
    given = {"image": order.start, "strength": order.strength}
    if order.mask is None:
        return given
    return given | {"mask_image": order.mask, "width": order.size[0], "height": order.size[1]}


def pipeline(own: Any, scheduler: Any, kinds: Mapping[str, Any] | None = None) -> Any:
    """A fresh pipeline around the modules of `own` (which it leaves alone), with another scheduler.

    Built by hand rather than by `from_pipe`, which would cast the shared modules. `kinds`
    are classes of which the one of the same family is taken; None: the class of `own`.
    """
    kind = type(own)
    if kinds is not None:
        kind = kinds[next(name for name, found in AUTO_TEXT2IMAGE_PIPELINES_MAPPING.items() if found is kind)]
    asked = inspect.signature(kind.__init__).parameters
    flags = {key: value for key, value in own.config.items() if key in asked and key not in own.components}
    if "add_watermarker" in asked:
        flags["add_watermarker"] = False
    modules = {key: value for key, value in own.components.items() if key in asked}
    made = kind(**{**modules, **flags, "scheduler": scheduler})
    made.set_progress_bar_config(disable=True)
    return made
