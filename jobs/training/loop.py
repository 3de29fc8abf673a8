"""The training loop, on one screen."""

from __future__ import annotations

import math
import time
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

import torch
from torch import Tensor, nn

from jobs.families.family import Family, Text
from jobs.losses import Attempt, Loss
from jobs.training.adapter import Adapter
from jobs.training.batches import Batch, Batches
from jobs.training.crew import Alone
from jobs.training.dice import dice
from jobs.training.noise import Objective
from jobs.training.optimizer import NOT_FINITE, Optimizer, Rate
from jobs.training.relief import is_out_of_memory, relieve
from jobs.training.tokens import Tokens
from storage.errors import StudioError


@dataclass(frozen=True)
class Step:
    """One step done: its number from 1, each loss and fact by name, the learning rate it was made with, its seconds.

    notes: what a person should know of it.
    """

    number: int
    losses: dict[str, float]
    learning_rate: float
    seconds: float
    facts: dict[str, float] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)


@dataclass
class Student:
    """All that a run of training consists of; `adapter`, `tokens` and `optimizer` are what changes."""

    family: Family
    adapter: Adapter
    optimizer: Optimizer
    objective: Objective
    batches: Batches
    rate: Rate
    losses: Sequence[Loss]
    seed: int
    crew: Alone = field(default_factory=Alone)
    tokens: Tokens | None = None

    @property
    def weights(self) -> list[nn.Parameter]:
        """All that is trained."""
        return [*self.adapter.weights, *(self.tokens.weights if self.tokens else [])]

    def heard(self, batch: Batch) -> Text:
        """What the UNet is told of a batch: from before, or encoded now, with the gradient of what learns."""
        if batch.text is not None:
            return batch.text
        said = self.family.speak([caption or "" for caption in batch.captions])
        silent = torch.tensor([caption is None for caption in batch.captions], device=said.states.device)
        return self.family.silence().where(silent, said) if bool(silent.any()) else said

    def attempt(self, batch: Batch) -> Attempt:
        """Let the UNet answer to a batch."""
        noisy = self.objective.noisy(batch)
        answer = self.family.predict(noisy, batch.timesteps, self.heard(batch), batch.sizes)
        return Attempt(self.family, self.objective, batch, noisy, answer)


def train(student: Student, after: int = 0) -> Iterator[Step]:
    """Learn step by step, from the one that follows `after` to the last; between two steps anything may happen.

    Raises:
        StudioError: the loss is no longer a number. The adapter is then as it was before that step.
    """
    for number in range(after + 1, student.rate.steps + 1):
        began, rate, notes = time.perf_counter(), student.rate.at(number), list[str]()
        while (told := tried(student, number, notes)) is None:
            continue
        student.crew.add_up(student.optimizer.weights, told)
        if not math.isfinite(told.losses["loss"]):
            raise StudioError(NOT_FINITE.format(what="loss"))
        student.optimizer.step(rate)
        student.adapter.learning(False)
        yield Step(number, dict(told.losses), rate, time.perf_counter() - began, told.facts, notes)


def tried(student: Student, number: int, notes: list[str]) -> Tally | None:
    """The gradient of a step and what it has to tell; None where memory ran out, and less will be asked of it now."""
    student.adapter.learning(True)
    torch.manual_seed(dice(student.seed, "dropout", number).initial_seed())
    told = Tally()
    try:
        for batch in student.batches.of_step(number):
            share = len(batch.lessons) / student.batches.count
            total = judged(student, student.attempt(batch), number, told) * share
            if total.requires_grad:  # not where nothing could be judged
                student.optimizer.learn_from(total)
        return told
    except (RuntimeError, MemoryError) as error:
        if not is_out_of_memory(error):
            raise
    notes.append(relieve(student))
    return None


def judged(student: Student, attempt: Attempt, step: int, told: Tally) -> Tensor:
    """The weighted sum of the losses that are due, told by name where there are several."""
    share = len(attempt.batch.lessons) / student.batches.count
    total = attempt.answer.new_zeros((), dtype=torch.float32)
    for loss in student.losses:
        if not loss.due(step):
            continue
        verdict = loss(attempt)
        told.add(verdict.facts)
        if verdict.loss is None:
            continue
        total = total + loss.weight * verdict.loss
        if len(student.losses) > 1:
            told.losses[f"{loss.name} loss"] += share * verdict.loss.item()
    told.losses["loss"] += share * total.item()
    return total


class Tally:
    """What the batches of a step have to tell, added up."""

    def __init__(self) -> None:
        self.losses: defaultdict[str, float] = defaultdict(float)
        self._sums: defaultdict[str, float] = defaultdict(float)
        self._counts: defaultdict[str, int] = defaultdict(int)

    def add(self, facts: dict[str, tuple[float, int]]) -> None:
        """Sums and counts of a batch."""
        for name, (total, count) in facts.items():
            self._sums[name] += total
            self._counts[name] += count

    def gather(self, others: Sequence[Tally]) -> None:
        """Hold what all of these have to tell."""
        for name in ("losses", "_sums", "_counts"):
            whole: defaultdict[str, float] = defaultdict(float)
            for other in others:
                for key, value in getattr(other, name).items():
                    whole[key] += value
            setattr(self, name, whole)

    @property
    def facts(self) -> dict[str, float]:
        """Means by name."""
        return {name: self._sums[name] / count for name, count in self._counts.items() if count}
