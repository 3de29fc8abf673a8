"""One step of learning: the gradient, cut to length, moves the weights."""

from __future__ import annotations

import importlib
import math
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Literal

import torch
from torch import Tensor, nn

from storage.errors import BadInput, StudioError

PATIENCE = 20
"""Steps in a row that fp16 may lose to overflow before the run is given up."""

Kind = Literal["AdamW", "AdamW 8-bit", "Adafactor", "Prodigy"]


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


@dataclass(frozen=True)
class Group:
    """Weights that learn at one rate: `times` that of the run. decayed: whether they are pulled towards zero."""

    weights: list[nn.Parameter]
    times: float = 1.0
    decayed: bool = True


@dataclass(frozen=True)
class How:
    """Which optimizer. decay: pull towards zero · clip: longest gradient, 0 is no limit."""

    kind: Kind = "AdamW"
    decay: float = 0.01
    clip: float = 1.0


class Optimizer:
    """Moves weights, with clipping, and loss scaling where the model computes in fp16.

    AdamW: Loshchilov & Hutter 2019, https://arxiv.org/abs/1711.05101; in 8 bits: Dettmers et al. 2021,
    https://arxiv.org/abs/2110.02861; Adafactor: Shazeer & Stern 2018, https://arxiv.org/abs/1804.04235;
    Prodigy: Mishchenko & Defazio 2023, https://arxiv.org/abs/2306.06101;
    loss scaling: Micikevicius et al. 2018, https://arxiv.org/abs/1710.03740

    Attributes:
        weights: all that it moves.

    Raises:
        BadInput: this machine cannot run an optimizer of that kind.
    """

    def __init__(self, groups: list[Group], how: How, dtype: torch.dtype) -> None:
        alike = how.kind == "Prodigy"  # it finds one rate for all
        self._times = [1.0 if alike else group.times for group in groups]
        self._clip = how.clip or math.inf
        self.weights = [weight for group in groups for weight in group.weights]
        device = self.weights[0].device.type
        given = [{"params": group.weights, "weight_decay": how.decay if group.decayed else 0.0} for group in groups]
        self._inner = MAKERS[how.kind](given, device)
        self._scaler = torch.amp.GradScaler(device, enabled=dtype == torch.float16)
        self._lost = 0

    def learn_from(self, loss: Tensor) -> None:
        """Add the loss's gradient to what is already there."""
        self._scaler.scale(loss).backward()

    def forget(self) -> None:
        """Drop the gradient that was added up."""
        self._inner.zero_grad()

    def step(self, rate: float) -> None:
        """Move the weights against the gradient that was added up, and forget it.

        With a gradient that is not finite nothing moves: fp16 tries the next step with a smaller scale.

        Raises:
            StudioError: the gradient is not finite, in fp16 for many steps in a row.
        """
        for group, times in zip(self._inner.param_groups, self._times, strict=True):
            group["lr"] = rate * times
        self._scaler.unscale_(self._inner)
        length = nn.utils.clip_grad_norm_(self.weights, self._clip)
        self._count(bool(torch.isfinite(length)))
        self._scaler.step(self._inner)
        self._scaler.update()
        self._inner.zero_grad()

    def _count(self, finite: bool) -> None:
        self._lost = 0 if finite else self._lost + 1
        if self._lost > (PATIENCE if self._scaler.is_enabled() else 0):
            raise StudioError(NOT_FINITE.format(what="gradient"))

    def state(self) -> tuple[dict[str, Tensor], dict[str, Any]]:
        """Everything that later steps depend on: tensors by name, and what JSON can say."""
        whole = self._inner.state_dict()
        tensors, numbers = dict[str, Tensor](), dict[str, Any]()
        for i, values in whole["state"].items():
            for name, value in values.items():
                (tensors if isinstance(value, Tensor) else numbers)[f"{i}.{name}"] = value
        groups = [
            {
                key: float(value) if isinstance(value, Tensor) else value
                for key, value in group.items()
                if key != "params"
            }
            for group in whole["param_groups"]
        ]
        return tensors, {
            "numbers": numbers,
            "groups": groups,
            "scaler": self._scaler.state_dict(),
            "lost": self._lost,
        }

    def restore(self, tensors: dict[str, Tensor], facts: dict[str, Any]) -> None:
        """Go on from a `state`."""
        values: dict[int, dict[str, Any]] = {}
        for key, value in {**tensors, **facts["numbers"]}.items():
            number, _, name = key.partition(".")
            values.setdefault(int(number), {})[name] = value
        own = self._inner.state_dict()["param_groups"]
        groups = [
            {**kept, "params": group["params"]}
            | {key: tuple(group[key]) for key in group if isinstance(group[key], tuple)}
            for kept, group in zip(facts["groups"], own, strict=True)
        ]
        self._inner.load_state_dict({"state": values, "param_groups": groups})
        self._scaler.load_state_dict(facts["scaler"])
        self._lost = facts["lost"]


def _adamw(groups: list[dict[str, Any]], device: str) -> torch.optim.Optimizer:
    return torch.optim.AdamW(groups, fused=device in ("cpu", "cuda"))


def _adamw_8bit(groups: list[dict[str, Any]], device: str) -> torch.optim.Optimizer:
    if device != "cuda":
        raise BadInput("AdamW 8-bit needs an NVIDIA GPU. Choose AdamW; a LoRA's optimizer is small.")
    try:
        found = importlib.import_module("bitsandbytes.optim")  # not among the requirements: it is for NVIDIA GPUs alone
    except ImportError as error:
        raise BadInput(
            "AdamW 8-bit needs the package bitsandbytes, which is not installed: pip install bitsandbytes, "
            "or choose AdamW."
        ) from error
    return found.AdamW8bit(groups)


def _adafactor(groups: list[dict[str, Any]], device: str) -> torch.optim.Optimizer:
    return torch.optim.Adafactor(groups)


def _prodigy(groups: list[dict[str, Any]], device: str) -> torch.optim.Optimizer:
    """As its authors advise for diffusion models: with bias correction and a safeguard during warm-up."""
    from prodigyopt import Prodigy

    return Prodigy(groups, use_bias_correction=True, safeguard_warmup=True)


MAKERS = {"AdamW": _adamw, "AdamW 8-bit": _adamw_8bit, "Adafactor": _adafactor, "Prodigy": _prodigy}


NOT_FINITE = (
    "The {what} is no longer a number, so training was stopped before it could spoil the LoRA; what was saved before "
    "is sound. Lower the learning rate, choose bf16 or fp32 as precision, or look for broken pictures."
)


def all_finite(tensors: Iterable[Tensor]) -> bool:
    """Whether every number in every tensor is finite."""
    return all(bool(torch.isfinite(tensor).all()) for tensor in tensors)
