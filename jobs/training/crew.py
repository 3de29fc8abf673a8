"""Several processes that train one LoRA together: each takes its share of every step, and all move alike.

A worker starts them through `accelerate launch`; the first of them is the one that tells,
samples and saves. Every process draws the whole step's pictures, noise and words, works on
its own part of them, and adds its gradient to that of the others: so the steps are those of a
single process, up to rounding.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import torch
from torch import nn

if TYPE_CHECKING:
    from jobs.training.loop import Tally

PATIENCE_HOURS = 12
"""How long the others wait for the first, which may be drawing samples or waiting for a disk."""


class Alone:
    """One process does all of it."""

    rank, size = 0, 1

    def add_up(self, weights: Sequence[nn.Parameter], told: Tally) -> None:
        """Nothing to add."""

    def meet(self) -> None:
        """Nobody to wait for."""


class Together(Alone):
    """One of several processes, which accelerate has brought together.

    Attributes:
        rank: its number, 0 is the first. size: how many there are. device: where it computes.
    """

    def __init__(self, cpu: bool) -> None:
        from datetime import timedelta

        from accelerate import PartialState

        self._state = PartialState(cpu=cpu, timeout=timedelta(hours=PATIENCE_HOURS))
        self.rank, self.size = self._state.process_index, self._state.num_processes
        self.device = str(self._state.device)

    def add_up(self, weights: Sequence[nn.Parameter], told: Tally) -> None:
        """Add the gradients of all, and what they have to tell, so that each has the whole."""
        gradients = [torch.zeros_like(weight) if weight.grad is None else weight.grad for weight in weights]
        whole = torch.cat([gradient.flatten() for gradient in gradients])
        torch.distributed.all_reduce(whole)
        for weight, gradient in zip(weights, whole.split([weight.numel() for weight in weights]), strict=True):
            weight.grad = gradient.view_as(weight)
        told.gather(self._gathered(told))

    def meet(self) -> None:
        """Wait until all have come here."""
        self._state.wait_for_everyone()

    def _gathered(self, mine: Any) -> list[Any]:
        found: list[Any] = [None] * self.size
        torch.distributed.all_gather_object(found, mine)
        return found

    def close(self) -> None:
        """Part."""
        self._state.destroy_process_group()
