"""Random numbers that depend on nothing but what they are for.

Every draw of a run comes from a generator seeded by the run's seed and the name
of the draw (`step 17`, `epoch 2`, …). So step 17 is the same step whether the run
was interrupted before it or not, and no generator's state needs to be kept.
"""

from __future__ import annotations

import hashlib

import torch


def dice(seed: int, what: str, number: int = 0) -> torch.Generator:
    """A fresh CPU generator for one purpose, e.g. `dice(0, "step", 17)`."""
    digest = hashlib.sha256(f"{seed} {what} {number}".encode()).digest()
    return torch.Generator().manual_seed(int.from_bytes(digest[:8], "little", signed=True))
