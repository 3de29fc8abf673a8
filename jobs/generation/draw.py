"""Pictures from text, or from a picture and text, by the base model's own diffusers pipelines."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any, Literal

import diffusers
import torch
from diffusers.utils.torch_utils import randn_tensor
from PIL import Image as Pictures
from torch import Tensor
from torch.nn.functional import interpolate

from jobs.families.family import Family
from jobs.generation.order import Order, Upscale
from jobs.generation.samplers import sampler
from jobs.generation.sizes import fit
from jobs.generation.spared import PAINTS_ALONE, Spared, paints
from jobs.generation.speech import spoken
from storage.errors import BadInput, StudioError

GRAIN = 8
"""Diffusers' pipelines draw sides in multiples of this many pixels, whatever the model."""

OnStep = Callable[[int, int, Tensor], None]
"""Called after each denoising step with steps done, steps in all, and the latents [n, c, h, w]."""


Turn = Callable[[float], Any]
"""Called before each step but the very first with the share of its pass that is done: what may change the weights."""


@dataclass(frozen=True)
class Pass:
    """One call of a pipeline: what it is given besides the words, how many steps it will tell of, what a mask spares."""

    pipe: Any
    given: dict[str, Any]
    steps: int
    spared: Spared | None = None


@dataclass
class Tally:
    """Counts the steps of one or two passes, and tells of each."""

    on_step: OnStep
    turn: Turn | None
    total: int
    before: int = 0

    def __call__(self, done: int, steps: int, latents: Tensor) -> None:
        """`done` of the pass's own `steps` are drawn."""
        self.on_step(self.before + done, self.total, latents)
        if self.turn and done < steps:
            self.turn(done / steps)

    def again(self, before: int) -> None:
        """Another pass begins, after that many steps."""
        self.before = before
        if self.turn:
            self.turn(0.0)


def draw(family: Family, order: Order, on_step: OnStep) -> Pictures.Image:
    """Draw one picture; the same order gives the same pixels.

    What `on_step` raises passes through, and the base model stays as it was.

    Raises:
        BadInput: `strength` leaves no step to draw, or there is no such sampler.
        StudioError: the numbers overflowed on the way.
    """
    return draw_together(family, order, [order.seed], on_step)[0]


def draw_together(
    family: Family, order: Order, seeds: list[int], on_step: OnStep, turn: Turn | None = None
) -> list[Pictures.Image]:
    """Draw a picture from each of the seeds at once; each is the one that `draw` makes of it, to within rounding."""
    first, second = _first(family, order), _second(family, order)
    tally = Tally(on_step, turn, first.steps + (second.steps if second else 0))
    with torch.inference_mode(), torch.backends.cudnn.flags(enabled=True, benchmark=False, deterministic=True):
        common = {
            **(order.said or spoken(family, order.prompt, order.negative, order.clip_skip)),
            "num_images_per_prompt": len(seeds),
            "guidance_scale": order.guidance,
            "generator": [torch.Generator("cpu").manual_seed(seed) for seed in seeds],
        }
        drawn = _run(first, common, tally)
        if second and order.upscale:
            tally.again(first.steps)
            drawn = _run(_begun_at(second, order.upscale, drawn, family.factor), common, tally)
    return [Pictures.composite(one, *order.spares) for one in drawn] if order.spares else drawn


def _run(one: Pass, common: dict[str, Any], tally: Tally) -> Any:
    """The pictures that one pass makes, or their latents where it is asked for them."""

    def after(running: Any, step: int, timestep: Tensor, tensors: dict[str, Tensor]) -> dict[str, Tensor]:
        if one.spared is not None:
            tensors["latents"] = one.spared(running, step, tensors["latents"])
        tally(step + 1, one.steps, tensors["latents"])
        if step + 1 == running.num_timesteps and not torch.isfinite(tensors["latents"]).all():
            raise StudioError(
                "The picture fell apart: its numbers grew beyond all bounds. Lower the weights or guidance."
            )
        return tensors

    return one.pipe(**common, **one.given, callback_on_step_end=after).images


def _first(family: Family, order: Order) -> Pass:
    """From noise, or from the given picture, everywhere or where the mask is white."""
    scheduler = sampler(order.sampler, family.pipe.scheduler, order.steps)
    size = {"width": order.size[0], "height": order.size[1]}
    given: dict[str, Any] = {"num_inference_steps": order.steps}
    if order.upscale and _latents(family, order.upscale):
        given["output_type"] = "latent"
    if order.start is None:
        pipe = pipeline(family.pipe, scheduler)
        return Pass(pipe, given | size, _told(pipe, order.steps))
    if int(order.steps * order.strength) < 1:
        raise BadInput(
            f"A change of {order.strength:g} leaves none of {order.steps} steps to draw. "
            f"Raise the change, or take at least {-(-1 // order.strength):.0f} steps."
        )
    given |= {"image": order.start, "strength": order.strength}
    spared = None if order.mask is None or paints(family) else Spared(family, order.start, order.mask, order.seed)
    if order.mask is None or spared is not None:
        pipe = pipeline(family.pipe, scheduler, "Img2Img")
    else:
        pipe = pipeline(family.pipe, scheduler, "Inpaint")
        given |= {"mask_image": order.mask} | size
    return Pass(pipe, given, _told(pipe, order.steps, order.strength), spared)


def _second(family: Family, order: Order) -> Pass | None:
    """The same picture again, larger."""
    more = order.upscale
    if more is None:
        return None
    scheduler = sampler(order.sampler, family.pipe.scheduler, more.whole)
    given: dict[str, Any] = {"num_inference_steps": more.whole, "strength": more.strength}
    spared = None
    if order.spares and paints(family) and not _latents(family, more):
        pipe = pipeline(family.pipe, scheduler, "Inpaint")
        given |= {"mask_image": more.mask, "width": more.size[0], "height": more.size[1]}
    else:
        pipe = pipeline(family.pipe, scheduler, "Img2Img")
        spared = Spared(family, *order.spares, order.seed) if order.spares else None
    return Pass(pipe, given, _told(pipe, more.whole, more.strength), spared)


def _latents(family: Family, more: Upscale) -> bool:
    """Whether latents are made larger; a UNet made for inpainting alone needs the picture to be spared as pixels."""
    return more.by == "latents" and not (more.mask and family.pipe.unet.config.in_channels == PAINTS_ALONE)


def _begun_at(one: Pass, more: Upscale, drawn: Any, factor: int) -> Pass:
    """The second pass, with what the first one made, pictures or latents, made larger."""
    if not isinstance(drawn, Tensor):
        larger = [fit(picture, more.size, "stretch") for picture in drawn]
        if more.start and more.mask:
            larger = [Pictures.composite(picture, more.start, more.mask) for picture in larger]
        return replace(one, given=one.given | {"image": larger})
    width, height = (side // factor for side in more.size)
    start = interpolate(drawn.float(), size=(height, width), mode="bilinear").to(drawn.dtype)

    def noisy(image: Any, timestep: Tensor, *places: Any) -> Tensor:
        """What the pipeline begins with; by itself it would take latents of four channels alone."""
        _, _, dtype, device, generator = places[:5]
        noise = randn_tensor(start.shape, generator=generator, device=device, dtype=dtype)
        return one.pipe.scheduler.add_noise(start.to(device, dtype), noise, timestep)

    one.pipe.prepare_latents = noisy
    return replace(one, given=one.given | {"image": Pictures.new("RGB", more.size)})


def _told(pipe: Any, steps: int, strength: float | None = None) -> int:
    """How many steps a pipeline will tell of; samplers that look twice tell of each look."""
    pipe.scheduler.set_timesteps(steps, device=pipe.unet.device)
    if strength is None:
        return len(pipe.scheduler.timesteps)
    return len(pipe.get_timesteps(steps, strength, pipe.unet.device)[0])


def pipeline(own: Any, scheduler: Any, what: Literal["", "Img2Img", "Inpaint"] = "") -> Any:
    """A fresh pipeline around the modules of `own` (which it leaves alone), with another scheduler.

    Built by hand rather than by `from_pipe`, which would cast the shared modules, and found by its name: diffusers'
    own list of pairs takes a second to import.
    """
    kind = type(own)
    if what:
        kind = getattr(diffusers, kind.__name__.removesuffix("Pipeline") + f"{what}Pipeline")
    asked = inspect.signature(kind.__init__).parameters
    flags = {key: value for key, value in own.config.items() if key in asked and key not in own.components}
    if "add_watermarker" in asked:
        flags["add_watermarker"] = False
    modules = {key: value for key, value in own.components.items() if key in asked}
    made = kind(**{**modules, **flags, "scheduler": scheduler})
    made.set_progress_bar_config(disable=True)
    return made
