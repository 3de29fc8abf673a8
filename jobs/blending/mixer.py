"""The mixer: LoRAs folded into the base model's weights, and taken out again exactly.

    W = W₀ + Σᵢ wᵢ · ΔWᵢ    with ΔW = (α / r) · B · A, or of a DoRA the row-wise m · V / ‖V‖ − W₀, V = W₀ + (α / r) · B · A

W₀ is kept aside on the CPU for as long as W differs from it, and every change
starts from W₀: nothing accumulates, and a LoRA taken out leaves W₀ bit for bit.
Drawing then costs what the base model costs, however many LoRAs there are.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NamedTuple

import torch
from torch import Tensor, nn

from jobs.blending.fingerprint import fingerprint
from jobs.blending.lexicon import Lexicon
from jobs.blending.lorafile import Layer, Layers, read_lora
from jobs.families.family import Family

CACHE = 1 << 30
"""Bytes of LoRA layers that a mixer remembers on the CPU, the last used ones."""


@dataclass(frozen=True)
class Part:
    """One LoRA of a blend.

    file: the SHA-256 of its content, by which it is remembered.
    name: what people call it; errors speak of it.
    weight: how strongly it counts; in the text encoders `text` counts instead, unless that is None.
    embeddings: new token that it brings → the file of it.
    """

    file: str
    path: Path
    name: str
    weight: float
    embeddings: Mapping[str, Path] = field(default_factory=dict)
    text: float | None = None


class Share(NamedTuple):
    """How strongly one file counts in the UNet and in the text encoders."""

    unet: float = 0.0
    text: float = 0.0

    def of(self, layer: str) -> float:
        """The share in one layer, by its full path."""
        return self.unet if layer.startswith("unet.") else self.text


def added(parts: Iterable[Part]) -> dict[str, Share]:
    """File → its share, the parts with the same file added up."""
    shares: dict[str, Share] = {}
    for part in parts:
        unet, text = shares.get(part.file, Share())
        shares[part.file] = Share(unet + part.weight, text + (part.weight if part.text is None else part.text))
    return shares


class Mixer:
    """One loaded base model with any number of LoRAs in it, and the new tokens that they bring.

    Attributes:
        family: the base model, with the current blend in its weights.
        fingerprint: tells this base from any other, whatever blend is in it.
    """

    def __init__(self, family: Family, cache: int = CACHE) -> None:
        self.family = family
        self.fingerprint = fingerprint(family)
        self._targets = targets(family)
        self._base: dict[str, Tensor] = {}  # layer → W₀, while W differs from it
        self._folded: dict[str, tuple[tuple[str, float], ...]] = {}  # layer → what W holds
        self._files: OrderedDict[str, Layers] = OrderedDict()
        self._room = cache
        self._lexicon = Lexicon(family)

    def mix(self, parts: list[Part]) -> int:
        """Make the weights hold exactly this blend; returns how many layers changed.

        Every file is read and checked before the first weight changes. The order
        of `parts` does not matter; parts with the same file add up.

        Raises:
            BadInput, NotFound: a file cannot be used with this base, as `read_lora` and `Lexicon.hold` say.
        """
        shares = added(parts)
        loaded = {part.file: self._read(part) for part in parts if any(shares[part.file])}
        self._lexicon.hold((part.name, part.embeddings) for part in parts if part.file in loaded)
        wanted: dict[str, list[tuple[str, float]]] = {}
        for file in sorted(loaded):
            for layer in loaded[file]:
                share = shares[file].of(layer)
                if share:
                    wanted.setdefault(layer, []).append((file, share))
        changed = [
            layer
            for layer in self._folded.keys() | wanted.keys()
            if self._folded.get(layer, ()) != tuple(wanted.get(layer, ()))
        ]
        for layer in changed:
            held = tuple(wanted.get(layer, ()))
            self._hold(layer, held, [loaded[file][layer] for file, _ in held])
        self._forget(keep=set(loaded))
        return len(changed)

    def clear(self) -> int:
        """Take every LoRA out: the base's own weights and words, bit for bit. Returns how many layers changed."""
        return self.mix([])

    @torch.inference_mode(False)  # what it keeps outlives the drawing that it may be called from
    @torch.no_grad()
    def _hold(self, layer: str, held: tuple[tuple[str, float], ...], parts: list[Layer]) -> None:
        weight = self._targets[layer].get_parameter("weight")
        if layer not in self._base:
            self._base[layer] = weight.detach().to("cpu", copy=True)
        if not held:
            weight.copy_(self._base.pop(layer))
            del self._folded[layer]
            return
        # Half-changed weights must not pass for either blend, should folding break off: name them as neither.
        self._folded[layer] = (("", 0.0),)
        fold(weight, self._base[layer], parts, [share for _, share in held])
        self._folded[layer] = held

    def _read(self, part: Part) -> Layers:
        if part.file not in self._files:
            self._files[part.file] = read_lora(part.path, part.name, self._targets, self.family.pipe)
        self._files.move_to_end(part.file)
        return self._files[part.file]

    def _forget(self, keep: set[str]) -> None:
        taken = {file: sum(layer.bytes for layer in layers.values()) for file, layers in self._files.items()}
        for file in [file for file in self._files if file not in keep]:
            if sum(taken.values()) <= self._room:
                return
            del self._files[file], taken[file]


def targets(family: Family) -> dict[str, nn.Module]:
    """The layers that a LoRA may change, by full path (`unet.conv_in`): Linear and Conv2d without groups."""
    return {
        f"{component}.{path}": module
        for component, root in family.adapted().items()
        for path, module in root.named_modules()
        if isinstance(module, nn.Linear) or (isinstance(module, nn.Conv2d) and module.groups == 1)
    }


def fold(weight: Tensor, base: Tensor, parts: list[Layer], shares: list[float]) -> None:
    """weight ← base + Σ shareᵢ · ΔWᵢ, summed in float32 and rounded once.

    All plain parts go through one matrix product: their ranks are set side by side.
    """
    place: dict[str, Any] = {"device": weight.device, "dtype": torch.float32}
    whole = base.to(**place).flatten(1)
    start, plain = whole, []
    for part, share in zip(parts, shares, strict=True):
        if part.magnitude is None:
            plain.append((part, part.scale * share))
        else:
            start = start + share * (decomposed(whole, part) - whole)
    up = torch.cat([whole[:, :0], *(part.up.to(**place) * scale for part, scale in plain)], dim=1)
    down = torch.cat([whole[:0], *(part.down.to(**place) for part, _ in plain)])
    if weight.dtype == torch.float32 and weight.is_contiguous():
        torch.addmm(start, up, down, out=weight.detach().flatten(1))
    else:
        weight.copy_(torch.addmm(start, up, down).view_as(base))


def decomposed(base: Tensor, part: Layer) -> Tensor:
    """The weights [outputs, inputs] that a DoRA makes of the base's: the sum's direction, of the length it learned.

    Liu et al. 2024, DoRA, https://arxiv.org/abs/2402.09353, equation 5; by rows, as PEFT has it.
    """
    assert part.magnitude is not None
    place: dict[str, Any] = {"device": base.device, "dtype": base.dtype}
    moved = torch.addmm(base, part.up.to(**place), part.down.to(**place), alpha=part.scale)
    return moved * (part.magnitude.to(**place) / moved.norm(dim=1))[:, None]
