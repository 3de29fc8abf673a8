"""The running mean of the weights, which is calmer than the weights themselves."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import torch
from torch import Tensor, nn


class Ema:
    """mean ← d · mean + (1 − d) · weight after each step, where d grows to `decay`: min(decay, (1 + n) / (10 + n)).

    Polyak & Juditsky 1992; the warm-up is that of TensorFlow's ExponentialMovingAverage.
    """

    def __init__(self, weights: list[nn.Parameter], decay: float) -> None:
        self._weights, self._decay = weights, decay
        self._means = [weight.detach().clone() for weight in weights]

    @torch.no_grad()
    def follow(self, step: int) -> None:
        """Take the weights of a step, counted from 1, into the mean."""
        decay = min(self._decay, (1 + step) / (10 + step))
        for mean, weight in zip(self._means, self._weights, strict=True):
            mean.lerp_(weight, 1 - decay)

    @contextmanager
    def worn(self) -> Iterator[None]:
        """Meanwhile the mean stands in the weights' place."""
        own = [weight.data for weight in self._weights]
        try:
            for weight, mean in zip(self._weights, self._means, strict=True):
                weight.data = mean
            yield
        finally:
            for weight, data in zip(self._weights, own, strict=True):
                weight.data = data

    def state(self) -> dict[str, Tensor]:
        """The means by number."""
        return {str(i): mean for i, mean in enumerate(self._means)}

    def restore(self, state: dict[str, Tensor]) -> None:
        """Go on from a `state`."""
        for i, mean in enumerate(self._means):
            mean.copy_(state[str(i)])
