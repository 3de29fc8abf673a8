"""How well the LoRA does on pictures that it has not learned from."""

from __future__ import annotations

from typing import TYPE_CHECKING

import torch

from jobs.training.batches import Batch
from jobs.training.dice import dice

if TYPE_CHECKING:
    from jobs.training.lessons import Lessons
    from jobs.training.loop import Student

LEVELS = (0.1, 0.3, 0.5, 0.7, 0.9)
"""Noise levels that are looked at, as shares of all timesteps."""


@torch.no_grad()
def held_out_loss(student: Student, lessons: Lessons) -> float:
    """The mean square error over all pictures and noise levels, all counted alike, each with its own noise always."""
    errors = [
        student.objective.errors(attempt.answer, attempt.batch).mean().item()
        for number in range(len(lessons.latents))
        for attempt in [student.attempt(_batch(student, lessons, number))]
    ]
    return sum(errors) / len(errors)


def _batch(student: Student, lessons: Lessons, number: int) -> Batch:
    """One picture at every level."""
    count = len(LEVELS)
    shown = lessons.latents[number][:1].float().expand(count, -1, -1, -1)
    noise = torch.randn(shown.shape, generator=dice(student.seed, "held out", number))
    text = None if lessons.texts is None else lessons.texts[[number] * count]
    return Batch(
        shown,
        noise,
        torch.tensor([int(level * student.objective.timesteps) for level in LEVELS]),
        torch.tensor([lessons.sizes[number]] * count),
        torch.ones(count),
        [number] * count,
        [lessons.captions[number]] * count,
        text,
    ).to(student.family.device)
