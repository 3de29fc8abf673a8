"""Keeps a finished picture with all that makes it again: in its row, and in the file itself."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from jobs.generation.order import Order, Upscale, Upscaler
from jobs.generation.samplers import name_of
from storage import parameters
from storage.parameters import encoded
from storage.tables import Base
from storage.tags import Term

if TYPE_CHECKING:
    from PIL import Image as Pictures

    from jobs.blending import Mixer
    from jobs.generation.chosen import Chosen

VERSION = "LoRA Studio"

UPSCALERS: dict[Upscaler, str] = {"pixels": "Lanczos", "latents": "Latent"}
"""What AUTOMATIC1111 calls the ways to make a picture larger."""


class Keeper:
    """Keeps pictures that one base model drew with one blend; `keep` is the context's way to do it."""

    def __init__(self, keep: Callable[..., int], base: Base, chosen: list[Chosen], mixer: Mixer) -> None:
        self._keep, self._base, self._chosen, self._mixer = keep, base, chosen, mixer

    def __call__(self, order: Order, picture: Pictures.Image, **facts: Any) -> int:
        """Keep one; returns its id. `facts` are further columns of `Picture`, and settings beside the usual ones."""
        text = self._text(order)
        known = {
            "kind": "made",
            "prompt": order.prompt,
            "negative": order.negative,
            "seed": order.seed,
            "width": order.made[0],
            "height": order.made[1],
            "base": self._base.name,
            "blend": [one.kept for one in self._chosen],
            "settings": self._settings(order) | facts.pop("settings", {}),
            "scores": {},
        }
        return self._keep(picture, write=lambda made: encoded(made, text, order.file, order.quality), **known | facts)

    def _settings(self, order: Order) -> dict[str, Any]:
        family = self._mixer.family
        facts = {
            "steps": order.steps,
            "guidance": order.guidance,
            "sampler": order.sampler,
            "clip_skip": order.clip_skip,
            "file": order.file,
            "quality": order.quality,
            "family": self._base.family,
            "base_fingerprint": self._mixer.fingerprint,
            "precision": str(family.dtype).removeprefix("torch."),
            "device": family.device.type,
        }
        if order.start is not None:
            facts |= {"strength": order.strength, "resize": order.resize}
        if order.upscale:
            facts |= {"width": order.size[0], "height": order.size[1]}
            facts |= {f"upscale{name}": value for name, value in _second(order.upscale).items()}
        return facts

    def _text(self, order: Order) -> str:
        heard = [one for one in self._chosen if one.heard]
        facts: dict[str, Any] = {
            "Steps": order.steps,
            "Sampler": order.sampler or name_of(self._mixer.family.pipe.scheduler),
            "CFG scale": f"{order.guidance:g}",
            "Seed": order.seed,
            "Size": f"{order.size[0]}x{order.size[1]}",
            "Model hash": self._mixer.fingerprint,
            "Model": self._base.name,
        }
        if order.clip_skip != 1:
            facts["Clip skip"] = order.clip_skip
        if order.start is not None:
            facts["Denoising strength"] = f"{order.strength:g}"
        if order.mask is not None:
            facts["Masked"] = "white is redrawn"
        if order.upscale:
            facts |= _second_pass(order)
        if heard:
            facts["Lora hashes"] = ", ".join(f"{one.row.name}: {one.row.file[:12]}" for one in heard)
        partly = [one for one in heard if one.partly]
        if partly:
            facts["Lora steps"] = ", ".join(f"{one.row.name}: {one.asked.start:g}-{one.asked.end:g}" for one in partly)
        blend = [Term(one.row.name, one.weight, one.text) for one in heard]
        return parameters.write(order.prompt, order.negative, blend, {**facts, "Version": VERSION})


def _second(more: Upscale) -> dict[str, Any]:
    """The fields of a request that ask for such a second pass, without the `upscale` in front."""
    return {"": more.factor, "_by": more.by, "_steps": more.steps, "_strength": more.strength}


def _second_pass(order: Order) -> dict[str, Any]:
    """The same as AUTOMATIC1111 writes it; it knows one strength alone, which is that of its only img2img pass."""
    more = order.upscale
    assert more is not None
    facts: dict[str, Any] = {"Hires upscale": f"{more.factor:g}", "Hires steps": more.steps}
    facts["Hires upscaler"] = UPSCALERS[more.by]
    key = "Denoising strength" if order.start is None else "Hires denoising strength"
    return facts | {key: f"{more.strength:g}"}
