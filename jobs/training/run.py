"""One run of the train task, from its row to the LoRA in the library; goes on where it was broken off."""

from __future__ import annotations

import errno
import time
from collections.abc import Iterator
from dataclasses import asdict
from typing import TYPE_CHECKING

from jobs.planning import Cut, Ground, Syllabus, check, syllabus
from jobs.planning.syllabus import listed
from jobs.training.adapter import Adapter, Shape
from jobs.training.batches import Batches, Disturbance, Plan
from jobs.training.checkpoint import Checkpoint, Checkpoints
from jobs.training.gather import prompts_of
from jobs.training.lessons import Lessons, Preparation
from jobs.training.loop import Step, Student, train
from jobs.training.noise import Objective
from jobs.training.optimizer import Optimizer, Rate
from jobs.training.outcome import Facts, Outcome, Subject
from storage.errors import Paused, Stopped, StudioError

if TYPE_CHECKING:
    from jobs.context import Context
    from jobs.families.family import Family
    from jobs.tasks.train import TrainLora
    from storage.examples import Example
    from storage.tables import Dataset

CHECKPOINT_SECONDS = 30.0
"""A crash costs at most this much work, besides one step."""

WHY = {
    "out": "because they are kept out",
    "held-out": "because they are held out",
    "reference": "because they are references",
    "regularisation": "because they are for regularisation, which this run does without",
}
"""Reasons of `Left`, in words."""

LOOK_SECONDS = 0.25
"""Pause between two looks for a person's wish to sample or save."""


def run_training(task: TrainLora, context: Context) -> None:
    """Train the LoRA that `task` asks for, or go on with it.

    Raises:
        StudioError: one sentence: nothing to learn from, no base model, a loss that is no number, a full disk.
        Stopped: after what was learned so far was put into the library.
        Paused: after a checkpoint was written.
    """
    try:
        Run(task, context).go()
    except OSError as error:
        if error.errno not in (errno.ENOSPC, errno.EDQUOT):
            raise
        raise StudioError(
            "The disk is full, so the run cannot save its state. Free some space and resume the job; "
            "it goes on from its last checkpoint."
        ) from error


class Run:
    """What one run holds on to. Between two steps it is always in a state that can be saved."""

    def __init__(self, task: TrainLora, context: Context) -> None:
        self.task, self.context = task, context
        self.base = context.base(task.base)
        self.checkpoints = Checkpoints(context.folder / "checkpoints")
        kept = self.checkpoints.newest()
        examples = context.snapshot()
        if kept is None or examples is None:
            dataset = context.dataset(task.dataset)
            examples = examples or self._choose(dataset)
            context.freeze(dataset, examples)
            self.facts = Facts(trigger=dataset.trigger, prompts=prompts_of(task.sample_prompts, examples))
        else:
            self.facts = Facts(**kept.facts["run"])
        self.step = kept.step if kept else 0
        context.forget_after(self.step if kept else -1)
        self._begin(examples, kept)
        self._saved = self._looked = time.monotonic()

    # ── beginning ────────────────────────────────────────────────────────
    def _choose(self, dataset: Dataset) -> list[Example]:
        """What is learned from, under its final captions; what is left out is named in the log."""
        found = self.context.examples(dataset, split=None)
        plan = syllabus(found, dataset.trigger, cut_of(self.task, Ground.of(self.base.family, self.base.source)))
        taken = {lesson.example.image_id for lesson in plan.lessons}
        check(dataset.name, [example for example in found if example.image_id in taken])
        for line in left_out(plan):
            self.context.log(line)
        return [lesson.example for lesson in plan.lessons]

    def _begin(self, examples: list[Example], kept: Checkpoint | None) -> None:
        self.context.progress(self.step, self.task.steps, f"Loading {self.base.name}")
        family = self._load()
        cut = cut_of(self.task, family.ground)
        lessons = self._prepare(family, examples, cut)
        if not self.task.sample_every:
            family.release_encoders()
        self.student = self._student(family, lessons)
        if kept:
            self._restore(kept)
        subject = Subject(self.task, self.base, examples, cut.side)
        self.outcome = Outcome(self.context, subject, family, self.student.adapter, self.facts)

    def _load(self) -> Family:
        from jobs.families import choose_device, choose_dtype, load_family

        self.context.shelf.drop()
        device = choose_device(self.context.device)
        dtype = choose_dtype(self.task.precision, device)
        if self.task.precision == "fp16" and str(dtype) != "torch.float16":
            self.context.log("fp16 needs a GPU; this run computes in fp32.")
        return load_family(self.base.family, self.base.source, device, dtype)

    def _prepare(self, family: Family, examples: list[Example], cut: Cut) -> Lessons:
        """Latents and text states, from the cache or the encoders."""
        preparation = Preparation(family, self.context.cache, cut, self.task.flip)
        for found in preparation.look(examples):
            self.context.progress(self.step, self.task.steps, f"Looking at picture {found} of {len(examples)}")
        self.context.log(
            f"{len(examples)} pictures at {cut.side} px; {preparation.encoded} encoded, the rest was known from before."
        )
        for line in told(syllabus(examples, "", cut)):
            self.context.log(line)
        return preparation.lessons

    def _student(self, family: Family, lessons: Lessons) -> Student:
        task = self.task
        if task.checkpointing:
            family.pipe.unet.enable_gradient_checkpointing()
        shape = Shape(task.rank, task.alpha, task.targets, task.dropout, task.scaling == "rank-stabilised")
        adapter = Adapter(family, shape, task.seed)
        objective = Objective(family.pipe.scheduler, task.snr_gamma, family.device)
        disturbed = Disturbance(task.noise_offset, task.input_perturbation)
        plan = Plan(task.batch, task.accumulation, task.caption_dropout, task.seed, objective.timesteps, disturbed)
        return Student(
            family,
            adapter,
            Optimizer(adapter.weights, task.weight_decay, task.clip, family.dtype),
            objective,
            Batches(lessons, plan, family.device),
            Rate(task.learning_rate, task.schedule, task.warmup, task.steps),
            task.accumulation,
            task.seed,
        )

    # ── running ──────────────────────────────────────────────────────────
    def go(self) -> None:
        """Learn to the end; stop or pause where a person asks."""
        try:
            self._chores()
            for step in train(self.student, after=self.step):
                self._after(step)
            self.outcome.finish(self.step)
        except Paused:
            self._checkpoint()
            raise
        except Stopped:
            self._checkpoint()
            self.outcome.break_off(self.step)
            raise
        self.checkpoints.clear()

    def _after(self, step: Step) -> None:
        """What is told and kept when a step is done. It may be broken off anywhere and is then done again."""
        self.step, self.facts.done = step.number, False
        self.context.measure(
            step.number, **step.losses, **{"learning rate": step.learning_rate, "seconds": step.seconds}
        )
        self._chores()
        note = " · ".join(f"{name} {value:.4f}" for name, value in step.losses.items())
        self.context.progress(step.number, self.task.steps, note)

    def _chores(self) -> None:
        """What is due at this step, unless it was done before a break, and what a person asked for."""
        wanted = self._wishes() | (set() if self.facts.done else self._due())
        if "sample" in wanted:
            self.outcome.sample(self.step)
        if "save" in wanted and 0 < self.step < self.task.steps:
            self.outcome.save(self.step)
        self.facts.done = True
        late = time.monotonic() - self._saved > CHECKPOINT_SECONDS
        if (wanted or late) and self.step < self.task.steps:
            self._checkpoint()

    def _due(self) -> set[str]:
        """Samples at their cadence and at the end, LoRA checkpoints at theirs."""
        task, last = self.task, self.step == self.task.steps
        sample = task.sample_every and (last or self.step % task.sample_every == 0)
        save = task.save_every and self.step % task.save_every == 0
        return {name for name, due in (("sample", sample), ("save", save)) if due}

    def _wishes(self) -> set[str]:
        """What a person asked for since the last look."""
        if time.monotonic() - self._looked < LOOK_SECONDS:
            return set()
        self._looked = time.monotonic()
        return {wish for wish in ("sample", "save") if self.context.take_wish(wish)}

    # ── the state ────────────────────────────────────────────────────────
    def _checkpoint(self) -> None:
        """Write down all that the next step depends on."""
        moving, settings = self.student.optimizer.state()
        tensors = {f"adapter.{name}": tensor for name, tensor in self.student.adapter.state().items()}
        tensors |= {f"optimizer.{name}": tensor for name, tensor in moving.items()}
        self.checkpoints.save(Checkpoint(self.step, tensors, {"run": asdict(self.facts), "optimizer": settings}))
        self._saved = time.monotonic()

    def _restore(self, kept: Checkpoint) -> None:
        parts: dict[str, dict] = {"adapter": {}, "optimizer": {}}
        for name, tensor in kept.tensors.items():
            part, _, rest = name.partition(".")
            parts[part][rest] = tensor
        self.student.adapter.restore(parts["adapter"])
        self.student.optimizer.restore(parts["optimizer"], kept.facts["optimizer"])
        self.context.log(f"Going on from step {kept.step} of {self.task.steps}.")


def cut_of(task: TrainLora, ground: Ground) -> Cut:
    """How a task's pictures are cut for a base model of that shape."""
    return Cut(ground.side(task.resolution), ground.grain, task.buckets, task.enlarge, task.crop == "face")


def left_out(plan: Syllabus) -> Iterator[str]:
    """A line for each reason why pictures are not learned from."""
    for why in dict.fromkeys(left.why for left in plan.left):
        names = [left.example.name for left in plan.left if left.why == why]
        yield f"Left out, {WHY[why]}: {listed(names)}."


def told(plan: Syllabus) -> Iterator[str]:
    """Lines about the shapes that pictures are learned in."""
    if len(plan.buckets) > 1:
        shapes = ", ".join(f"{width} × {height} ({count})" for (height, width), count in plan.buckets.items())
        yield f"In {len(plan.buckets)} buckets: {shapes}."
    if plan.enlarged:
        yield (
            f"{len(plan.enlarged)} pictures are smaller than what is asked of them and were enlarged. Larger "
            "originals, or a lower resolution, give sharper results."
        )
