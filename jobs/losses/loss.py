"""What every loss can do, and what it is given."""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, ClassVar

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

    @cached_property
    def clean(self) -> Tensor:
        """[n, c, h, w] scaled latents: the clean picture that the answer amounts to, in fp32, with gradient."""
        return self.objective.clean(self.answer, self.noisy, self.batch.timesteps)

    def seen(self, rows: Tensor) -> Tensor:
        """[rows, 3, height, width] in −1…1: the clean pictures of these rows, decoded, with gradient."""
        return self.family.decode(self.clean[rows]).float()


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
