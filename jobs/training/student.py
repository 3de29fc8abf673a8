"""Everything that learns, put together as a task asks."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from jobs.losses.denoise import Denoise
from jobs.planning import new_tokens
from jobs.training.adapter import Adapter, Shape
from jobs.training.batches import Batches, Disturbance, Plan, Shuffle
from jobs.training.loop import Student
from jobs.training.noise import Objective
from jobs.training.optimizer import Group, How, Optimizer, Rate
from jobs.training.relief import save_memory
from jobs.training.tokens import Tokens

if TYPE_CHECKING:
    from collections.abc import Sequence

    from jobs.families.family import Family
    from jobs.losses import Loss
    from jobs.tasks.train import TrainLora
    from jobs.training.crew import Alone
    from jobs.training.inherit import Inheritance
    from jobs.training.lessons import Lessons


@dataclass(frozen=True)
class Course:
    """How a run goes: its steps, the losses that look at pictures, the processes that do it, and the LoRA it begins as."""

    steps: int
    judges: Sequence[Loss]
    crew: Alone
    before: Inheritance | None = None


def student_of(task: TrainLora, family: Family, lessons: Lessons, course: Course) -> Student:
    """Everything that learns, as the task asks."""
    if task.checkpointing:
        save_memory(family)
    adapter = Adapter(family, shape_of(task), task.seed)
    tokens = Tokens(family, new_tokens(task.tokens))
    if course.before:
        course.before.pass_on(adapter, tokens)
    objective = Objective(family.pipe.scheduler, task.snr_gamma, family.device)
    plan = Plan(
        task.batch,
        task.accumulation,
        task.caption_dropout,
        task.seed,
        objective.timesteps,
        Disturbance(task.noise_offset, task.input_perturbation),
        Shuffle(task.keep_first) if task.shuffle else None,
    )
    return Student(
        family,
        adapter,
        Optimizer(groups(task, adapter, tokens), How(task.optimizer, task.weight_decay, task.clip), family.dtype),
        objective,
        Batches(lessons, plan, family.device, (course.crew.rank, course.crew.size)),
        Rate(task.learning_rate, task.schedule, task.warmup, course.steps),
        losses(task, course.judges),
        task.seed,
        course.crew,
        tokens,
    )


def shape_of(task: TrainLora) -> Shape:
    """The adapter that a task asks for."""
    return Shape(
        task.rank,
        task.alpha,
        task.targets,
        task.dropout,
        stabilised=task.scaling == "rank-stabilised",
        decomposed=task.adapter == "DoRA",
        encoders=task.encoder_rate > 0,
    )


def groups(task: TrainLora, adapter: Adapter, tokens: Tokens) -> list[Group]:
    """The UNet's weights, those of the text encoders at their own rate, and new tokens, which nothing pulls to zero."""
    slower = task.encoder_rate / task.learning_rate
    found = [Group(weights, 1.0 if part == "unet" else slower) for part, weights in adapter.parts.items()]
    new = Group(tokens.weights, task.token_rate / task.learning_rate, decayed=False)
    return [*found, new] if tokens.weights else found


def losses(task: TrainLora, judges: Sequence[Loss]) -> list[Loss]:
    """What the run learns by."""
    return [Denoise(task.denoise_weight), *judges]
