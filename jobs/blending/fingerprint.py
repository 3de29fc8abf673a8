"""A short name for the weights of a loaded base model."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

import torch
from torch import nn

if TYPE_CHECKING:
    from jobs.families.family import Family

LOOKED_AT = 64
"""Numbers of each tensor that count."""


@torch.no_grad()
def fingerprint(family: Family) -> str:
    """16 hexadecimal digits that tell these weights from others, in whatever precision they are loaded.

    Looks at names, shapes and some numbers of every tensor of every part, so it is
    quick where hashing gigabytes is not; to be taken while no LoRA is in the weights.
    """
    digest = hashlib.sha256()
    for part, module in sorted(family.pipe.components.items()):
        if not isinstance(module, nn.Module):
            continue
        for name, tensor in module.state_dict().items():
            flat = tensor.detach().flatten()
            some = flat[:: max(1, flat.numel() // LOOKED_AT)][:LOOKED_AT]
            digest.update(f"{part}.{name}{tuple(tensor.shape)}".encode())
            digest.update(some.to("cpu", torch.float16).numpy().tobytes())
    return digest.hexdigest()[:16]
