"""The training loop, on one screen."""

from __future__ import annotations

import math
import time
from collections.abc import Iterator
from dataclasses import dataclass

import torch

from jobs.families.family import Family
from jobs.training.adapter import Adapter
from jobs.training.batches import Batches
from jobs.training.dice import dice
from jobs.training.noise import Objective
from jobs.training.optimizer import NOT_FINITE, Optimizer, Rate
from storage.errors import StudioError


@dataclass(frozen=True)
class Step:
    """One step done: its number from 1, each loss by name, the learning rate it was made with, its seconds."""

    number: int
    losses: dict[str, float]
    learning_rate: float
    seconds: float


@dataclass
class Student:
    """All that a run of training consists of; `adapter` and `optimizer` are what changes."""

    family: Family
    adapter: Adapter
    optimizer: Optimizer
    objective: Objective
    batches: Batches
    rate: Rate
    accumulation: int
    seed: int


def train(student: Student, after: int = 0) -> Iterator[Step]:
    """Learn step by step, from the one that follows `after` to the last; between two steps anything may happen.

    Raises:
        StudioError: the loss is no longer a number. The adapter is then as it was before that step.
    """
    family, objective, optimizer = student.family, student.objective, student.optimizer
    for number in range(after + 1, student.rate.steps + 1):
        began, loss, rate = time.perf_counter(), 0.0, student.rate.at(number)
        student.adapter.learning(True)
        torch.manual_seed(dice(student.seed, "dropout", number).initial_seed())
        for batch in student.batches.of_step(number):
            answer = family.predict(objective.noisy(batch), batch.timesteps, batch.text, batch.sizes)
            part = objective.loss(answer, batch) / student.accumulation
            loss += part.item()
            optimizer.learn_from(part)
        if not math.isfinite(loss):
            raise StudioError(NOT_FINITE.format(what="loss"))
        optimizer.step(rate)
        student.adapter.learning(False)
        yield Step(number, {"loss": loss}, rate, time.perf_counter() - began)
