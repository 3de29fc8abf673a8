"""What every loss can do, and what it is given."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, ClassVar

import torch
from torch import Tensor

if TYPE_CHECKING:
    from jobs.families.family import Family
    from jobs.training.batches import Batch
    from jobs.training.noise import Objective


@dataclass
class Attempt:
    """What the UNet answered to a batch.

    noisy, answer: [n, c, h, w], with the gradient of what is trained in `answer`.
    """

    family: Family
    objective: Objective
    batch: Batch
    noisy: Tensor
    answer: Tensor
    _seen: dict[int, Tensor] = field(default_factory=dict, init=False, repr=False)

    @cached_property
    def clean(self) -> Tensor:
        """[n, c, h, w] scaled latents: the clean picture that the answer amounts to, in fp32, with gradient."""
        return self.objective.clean(self.answer, self.noisy, self.batch.timesteps)

    def seen(self, rows: Sequence[int]) -> Tensor:
        """[rows, 3, height, width] in 0…1: the clean pictures of these rows, decoded once for all who look, with gradient."""
        new = [row for row in rows if row not in self._seen]
        if new:
            decoded = self.family.decode(self.clean[new]).float()
            self._seen |= zip(new, (decoded / 2 + 0.5).clamp(0, 1), strict=True)
        return torch.stack([self._seen[row] for row in rows])


@dataclass
class Verdict:
    """How wrong an attempt is.

    loss: one number with gradient, the mean over the rows that could be judged; None where none could ·
    facts: what else is worth a curve, by name: sum and count.
    """

    loss: Tensor | None
    facts: dict[str, tuple[float, int]] = field(default_factory=dict)


class Loss(ABC):
    """One term of what is learned by; it counts `weight` times, in every step or in each `every`-th."""

    name: ClassVar[str]  # as the curve is called

    def __init__(self, weight: float, every: int = 1) -> None:
        self.weight, self.every = weight, every

    def due(self, step: int) -> bool:
        """Whether it counts in this step; steps are counted from 1."""
        return step % self.every == 0

    @abstractmethod
    def __call__(self, attempt: Attempt) -> Verdict:
        """How wrong the attempt is."""


@dataclass(frozen=True)
class When:
    """Where a look at the pictures is worth its price.

    every: in each so many steps · below: at noise levels under this share of all of them, where the prediction of the
    clean picture means something.
    """

    every: int = 1
    below: float = 1.0


class LossOfPictures(Loss):
    """A term that looks at the clean pictures themselves."""

    def __init__(self, weight: float, when: When) -> None:
        super().__init__(weight, when.every)
        self._below = when.below

    def rows(self, attempt: Attempt) -> list[int]:
        """The rows of the batch whose pictures are worth a look."""
        few = attempt.batch.timesteps < self._below * attempt.objective.timesteps
        return few.nonzero().flatten().tolist()
