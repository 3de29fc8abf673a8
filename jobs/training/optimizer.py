"""One step of learning: the gradient, cut to length, moves the weights."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, nn

from storage.errors import StudioError

PATIENCE = 20
"""Steps in a row that fp16 may lose to overflow before the run is given up."""


@dataclass(frozen=True)
class Rate:
    """The learning rate as a function of the step: a rise over `warmup` steps, then the schedule to the end."""

    peak: float
    schedule: str
    warmup: int
    steps: int

    def at(self, step: int) -> float:
        """The rate of a step, counted from 1; never quite 0."""
        if step <= self.warmup:
            return self.peak * step / self.warmup
        left = 1 - (step - 1 - self.warmup) / max(1, self.steps - self.warmup)
        shapes = {"constant": 1.0, "linear": left, "cosine": 0.5 - 0.5 * math.cos(math.pi * left)}
        return self.peak * shapes[self.schedule]


class Optimizer:
    """AdamW on the adapter's weights, with clipping, and loss scaling where the model computes in fp16.

    Loshchilov & Hutter 2019, https://arxiv.org/abs/1711.05101;
    loss scaling: Micikevicius et al. 2018, https://arxiv.org/abs/1710.03740
    """

    def __init__(self, weights: list[nn.Parameter], decay: float, clip: float, dtype: torch.dtype) -> None:
        self._weights, self._clip = weights, clip or math.inf
        device = weights[0].device.type
        self._adam = torch.optim.AdamW(weights, weight_decay=decay, fused=device in ("cpu", "cuda"))
        self._scaler = torch.amp.GradScaler(device, enabled=dtype == torch.float16)
        self._lost = 0

    def learn_from(self, loss: Tensor) -> None:
        """Add the loss's gradient to what is already there."""
        self._scaler.scale(loss).backward()

    def step(self, rate: float) -> None:
        """Move the weights against the gradient that was added up, and forget it.

        With a gradient that is not finite nothing moves: fp16 tries the next step with a smaller scale.

        Raises:
            StudioError: the gradient is not finite, in fp16 for many steps in a row.
        """
        for group in self._adam.param_groups:
            group["lr"] = rate
        self._scaler.unscale_(self._adam)
        length = nn.utils.clip_grad_norm_(self._weights, self._clip)
        self._count(bool(torch.isfinite(length)))
        self._scaler.step(self._adam)
        self._scaler.update()
        self._adam.zero_grad()

    def _count(self, finite: bool) -> None:
        self._lost = 0 if finite else self._lost + 1
        if self._lost > (PATIENCE if self._scaler.is_enabled() else 0):
            raise StudioError(NOT_FINITE.format(what="gradient"))

    def state(self) -> tuple[dict[str, Tensor], dict[str, Any]]:
        """Everything that later steps depend on: tensors by name, and what JSON can say."""
        state = self._adam.state_dict()["state"]
        tensors = {f"{i}.{name}": tensor for i, values in state.items() for name, tensor in values.items()}
        return tensors, {"scaler": self._scaler.state_dict(), "lost": self._lost}

    def restore(self, tensors: dict[str, Tensor], facts: dict[str, Any]) -> None:
        """Go on from a `state`."""
        values: dict[int, dict[str, Tensor]] = {}
        for key, tensor in tensors.items():
            number, _, name = key.partition(".")
            values.setdefault(int(number), {})[name] = tensor
        self._adam.load_state_dict({"state": values, "param_groups": self._adam.state_dict()["param_groups"]})
        self._scaler.load_state_dict(facts["scaler"])
        self._lost = facts["lost"]


NOT_FINITE = (
    "The {what} is no longer a number, so training was stopped before it could spoil the LoRA; what was saved before "
    "is sound. Lower the learning rate, choose bf16 or fp32 as precision, or look for broken pictures."
)


def all_finite(tensors: Iterable[Tensor]) -> bool:
    """Whether every number in every tensor is finite."""
    return all(bool(torch.isfinite(tensor).all()) for tensor in tensors)
