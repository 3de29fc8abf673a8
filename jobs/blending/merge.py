"""A blend as one LoRA: exact, by setting the ranks side by side, or brought to a rank by SVD with the error told.

    Σᵢ wᵢ · sᵢ · Bᵢ · Aᵢ  =  [w₁s₁B₁ … wₙsₙBₙ] · [A₁ … Aₙ]ᵀ       s = α / r

The best matrix of rank r in Frobenius' norm keeps the r largest singular values (Eckart and Young 1936,
https://doi.org/10.1007/BF02288367); what it loses are the others.
"""

from __future__ import annotations

import json
import math
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, nn

from jobs.blending.lorafile import Layer, Layers
from jobs.blending.mixer import Share, decomposed
from storage.errors import BadInput

Weights = Callable[[str], Tensor]
"""Full path of a layer → the base model's own weights of it."""


@dataclass(frozen=True)
class Named:
    """One LoRA that goes into a merge: what people call it, its layers, and how strongly it counts."""

    name: str
    layers: Layers
    share: Share


@dataclass(frozen=True)
class Merged:
    """layers: each with the scale 1 · error: ‖merged − blend‖ / ‖blend‖ over the whole file, 0 where it is exact."""

    layers: Layers
    error: float = 0.0

    @property
    def rank(self) -> int:
        """The highest rank of its layers."""
        return max(layer.down.shape[0] for layer in self.layers.values())


@torch.no_grad()
def merge(parts: list[Named], rank: int, weights: Weights) -> Merged:
    """The blend of `parts` as one LoRA.

    Args:
        rank: 0 keeps it exact; else no layer has a higher one.
        weights: the base's own, of which a DoRA's change depends.

    Raises:
        BadInput: a DoRA is among them and no rank is given, or nothing of the parts is heard.
    """
    if rank == 0:
        return Merged(_exact(parts))
    layers, lost, whole = {}, 0.0, 0.0
    for path in _paths(parts):
        held = [(part.layers[path], part.share.of(path)) for part in parts if path in part.layers]
        if any(layer.magnitude is not None for layer, _ in held):
            left, sizes, right = _of_whole(held, weights(path))
        else:
            left, sizes, right = _of_halves(*_stacked(held))
        layers[path] = _kept(left, sizes, right, rank)
        lost += float(sizes[rank:].square().sum())
        whole += float(sizes.square().sum())
    return Merged(layers, math.sqrt(lost / whole) if whole else 0.0)


def _exact(parts: list[Named]) -> Layers:
    for part in parts:
        if any(layer.magnitude is not None for layer in part.layers.values()):
            raise BadInput(
                f"“{part.name}” is a DoRA, whose change is no sum of ranks, so it cannot be merged exactly. Give a rank, "
                "for example 32; how far the result is off is then told."
            )
    layers = {}
    for path in _paths(parts):
        up, down = _stacked([(part.layers[path], part.share.of(path)) for part in parts if path in part.layers])
        layers[path] = Layer(down, up, 1.0)
    return layers


def _paths(parts: list[Named]) -> list[str]:
    """Every layer that some part changes, in a steady order."""
    found = sorted({path for part in parts for path in part.layers if part.share.of(path)})
    if not found:
        raise BadInput("Nothing of these LoRAs is heard: every weight is 0. Give one of them another weight.")
    return found


def _stacked(held: list[tuple[Layer, float]]) -> tuple[Tensor, Tensor]:
    """up [outputs, ranks] with scales and shares folded in, down [ranks, inputs], in fp32."""
    heard = [(layer, share) for layer, share in held if share]
    up = torch.cat([layer.up.float() * (layer.scale * share) for layer, share in heard], dim=1)
    return up, torch.cat([layer.down.float() for layer, _ in heard])


def _of_halves(up: Tensor, down: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    """The singular value decomposition of up · down, through the small matrix in the middle."""
    left, upper = torch.linalg.qr(up.double())
    right, lower = torch.linalg.qr(down.double().T)
    inner, sizes, outer = torch.linalg.svd(upper @ lower.T)
    count = len(sizes)
    return left @ inner[:, :count], sizes, outer[:count] @ right.T


def _of_whole(held: list[tuple[Layer, float]], weights: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    """The same of a change that is no product: a DoRA's."""
    base = weights.float().cpu().flatten(1)
    change = torch.zeros_like(base)
    for layer, share in held:
        if layer.magnitude is None:
            change += share * layer.scale * (layer.up.float() @ layer.down.float())
        else:
            change += share * (decomposed(base, layer) - base)
    return torch.linalg.svd(change, full_matrices=False)


def _kept(left: Tensor, sizes: Tensor, right: Tensor, rank: int) -> Layer:
    """The largest singular values, shared between both halves so that neither is far larger than the other."""
    root = sizes[:rank].sqrt()
    return Layer((root[:, None] * right[:rank]).float(), (left[:, :rank] * root).float(), 1.0)


def spelled(layers: Layers, targets: Mapping[str, nn.Module]) -> tuple[dict[str, Tensor], dict[str, Any]]:
    """The tensors by diffusers' names, and the adapter's configuration that says each layer's rank and alpha."""
    tensors: dict[str, Tensor] = {}
    ranks: dict[str, dict[str, int]] = {}
    for path, layer in layers.items():
        module, rank = targets[path], layer.down.shape[0]
        kernel = module.get_parameter("weight").shape[1:]
        tensors[f"{path}.lora_A.weight"] = layer.down.view(rank, *kernel).contiguous()
        tensors[f"{path}.lora_B.weight"] = layer.up.view(-1, rank, *[1] * (len(kernel) - 1)).contiguous()
        component, _, inner = path.partition(".")
        ranks.setdefault(component, {})[inner] = rank
    config: dict[str, Any] = {}
    for component, of in ranks.items():
        usual = Counter(of.values()).most_common(1)[0][0]
        apart = {inner: rank for inner, rank in of.items() if rank != usual}
        facts = {
            "peft_type": "LORA", "r": usual, "lora_alpha": usual, "rank_pattern": apart, "alpha_pattern": apart,
            "target_modules": sorted(of), "use_rslora": False, "use_dora": False, "lora_dropout": 0.0, "bias": "none",
        }  # fmt: skip
        config |= {f"{component}.{name}": value for name, value in facts.items()}
    return tensors, {"lora_adapter_metadata": json.dumps(config, indent=2, sort_keys=True)}
