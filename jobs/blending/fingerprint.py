"""A short name for the weights of a loaded base model."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from typing import TYPE_CHECKING

import torch
from torch import nn

if TYPE_CHECKING:
    from jobs.families.family import Family

LOOKED_AT = 64
"""Numbers of each tensor that count."""


def fingerprint(family: Family) -> str:
    """16 hexadecimal digits that tell these weights from others, in whatever precision they are loaded.

    To be taken while no LoRA is in the weights.
    """
    return joined(marks(family))


def marks(family: Family) -> dict[str, str]:
    """What tells each part that is loaded from others, by its name in the pipeline."""
    parts = family.pipe.components.items()
    return {name: _mark(module) for name, module in parts if isinstance(module, nn.Module)}


def joined(found: Mapping[str, str]) -> str:
    """The fingerprint of a base model whose parts have these `marks`."""
    return hashlib.sha256(repr(sorted(found.items())).encode()).hexdigest()[:16]


@torch.no_grad()
def _mark(module: nn.Module) -> str:
    """Looks at names, shapes and some numbers of every tensor: quick where hashing gigabytes is not."""
    digest = hashlib.sha256()
    for name, tensor in module.state_dict().items():
        flat = tensor.detach().flatten()
        some = flat[:: max(1, flat.numel() // LOOKED_AT)][:LOOKED_AT]
        digest.update(f"{name}{tuple(tensor.shape)}".encode())
        digest.update(some.to("cpu", torch.float16).numpy().tobytes())
    return digest.hexdigest()
