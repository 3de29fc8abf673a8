"""One picture from text, or from a picture and text, by the base model's own diffusers pipeline."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, NamedTuple

import torch
from diffusers.pipelines.auto_pipeline import AUTO_IMAGE2IMAGE_PIPELINES_MAPPING, AUTO_TEXT2IMAGE_PIPELINES_MAPPING
from PIL import Image as Pictures
from torch import Tensor

from jobs.families.family import Family, Text
from jobs.generation.samplers import sampler
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
    strength: float = 1.0


class Said(NamedTuple):
    """What the UNet hears of a prompt and, one row too, of what is to be kept out."""

    prompt: Text
    negative: Text


def draw(family: Family, order: Order, on_step: OnStep, said: Said | None = None) -> Pictures.Image:
    """Draw one picture; the same order gives the same pixels.

    `said` stands for the prompts of `order`, where the text encoders have left memory. What `on_step` raises passes through, and the base model stays as it was.

    Raises:
        BadInput: `strength` leaves no step to draw, or there is no such sampler.
        StudioError: the numbers overflowed on the way.
    """
    pipe = pipeline(family.pipe, sampler(order.sampler, family.pipe.scheduler), redraw=order.start is not None)

    def after(running: Any, step: int, timestep: Tensor, tensors: dict[str, Tensor]) -> dict[str, Tensor]:
        on_step(step + 1, running.num_timesteps, tensors["latents"])
        if step + 1 == running.num_timesteps and not torch.isfinite(tensors["latents"]).all():
            raise StudioError(
                "The picture fell apart: its numbers grew beyond all bounds. Lower the weights or guidance."
            )
        return tensors

    with torch.inference_mode(), torch.backends.cudnn.flags(enabled=True, benchmark=False, deterministic=True):
        return pipe(
            **({"prompt": order.prompt, "negative_prompt": order.negative or None} if said is None else _heard(said)),
            num_inference_steps=order.steps,
            guidance_scale=order.guidance,
            generator=torch.Generator("cpu").manual_seed(order.seed),
            callback_on_step_end=after,
            **_canvas(order),
        ).images[0]


def _heard(said: Said) -> dict[str, Any]:
    """What was said, as diffusers' pipelines take it."""
    heard = {"prompt_embeds": said.prompt.states, "negative_prompt_embeds": said.negative.states}
    if said.prompt.pooled is not None and said.negative.pooled is not None:
        heard |= {"pooled_prompt_embeds": said.prompt.pooled, "negative_pooled_prompt_embeds": said.negative.pooled}
    return heard


def _canvas(order: Order) -> dict[str, Any]:
    if order.start is None:
        return {"width": order.size[0], "height": order.size[1]}
    if int(order.steps * order.strength) < 1:
        raise BadInput(
            f"A change of {order.strength:g} leaves none of {order.steps} steps to draw. "
            f"Raise the change, or take at least {-(-1 // order.strength):.0f} steps."
        )
    return {"image": order.start, "strength": order.strength}


def pipeline(own: Any, scheduler: Any, redraw: bool) -> Any:
    """A fresh pipeline around the modules of `own` (which it leaves alone), with another scheduler.

    Built by hand rather than by `from_pipe`, which would cast the shared modules.
    """
    kind = type(own)
    if redraw:
        name = next(name for name, found in AUTO_TEXT2IMAGE_PIPELINES_MAPPING.items() if found is kind)
        kind = AUTO_IMAGE2IMAGE_PIPELINES_MAPPING[name]
    asked = inspect.signature(kind.__init__).parameters
    flags = {key: value for key, value in own.config.items() if key in asked and key not in own.components}
    if "add_watermarker" in asked:
        flags["add_watermarker"] = False
    modules = {key: value for key, value in own.components.items() if key in asked}
    made = kind(**{**modules, **flags, "scheduler": scheduler})
    made.set_progress_bar_config(disable=True)
    return made
