"""Keeps a finished picture with all that makes it again: in its row, and in the file itself."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from jobs.generation.samplers import name_of
from storage import parameters
from storage.tables import Base

if TYPE_CHECKING:
    from PIL import Image as Pictures

    from jobs.blending import Mixer
    from jobs.generation.chosen import Chosen
    from jobs.generation.draw import Order

VERSION = "LoRA Studio"


class Keeper:
    """Keeps pictures that one base model drew with one blend; `keep` is the context's way to do it."""

    def __init__(self, keep: Callable[..., int], base: Base, chosen: list[Chosen], mixer: Mixer) -> None:
        self._keep, self._base, self._chosen, self._mixer = keep, base, chosen, mixer

    def __call__(self, order: Order, picture: Pictures.Image, **facts: Any) -> int:
        """Keep one; returns its id. `facts` are further columns of `Picture`."""
        text = self._text(order)
        known = {
            "kind": "made",
            "prompt": order.prompt,
            "negative": order.negative,
            "seed": order.seed,
            "width": order.size[0],
            "height": order.size[1],
            "base": self._base.name,
            "blend": [one.kept for one in self._chosen],
            "settings": self._settings(order),
            "scores": {},
        }
        return self._keep(picture, write=lambda made: parameters.png(made, text), **known | facts)

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
        if order.start is not None:
            facts |= {"strength": order.strength, "resize": order.resize}
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
        if order.start is not None:
            facts["Denoising strength"] = f"{order.strength:g}"
        if heard:
            facts["Lora hashes"] = ", ".join(f"{one.row.name}: {one.row.file[:12]}" for one in heard)
        blend = [(one.row.name, one.weight) for one in heard]
        return parameters.write(order.prompt, order.negative, blend, {**facts, "Version": VERSION})
