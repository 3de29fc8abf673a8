"""One run of the train task, from its row to the LoRA in the library; goes on where it was broken off."""

from __future__ import annotations

import errno
import time
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from dataclasses import asdict
from typing import TYPE_CHECKING

from jobs.blending.fingerprint import marks
from jobs.planning import Ground
from jobs.training import begin
from jobs.training.board import Board
from jobs.training.checkpoint import Checkpoint, Checkpoints
from jobs.training.crew import Alone
from jobs.training.ema import Ema
from jobs.training.gather import prompts_of
from jobs.training.heldout import held_out_loss
from jobs.training.lineage import made_with
from jobs.training.loop import Step, train
from jobs.training.outcome import Facts, Outcome, Subject
from jobs.training.relief import is_out_of_memory
from jobs.training.student import Course, student_of
from storage.errors import Paused, Stopped, StudioError

if TYPE_CHECKING:
    from jobs.context import Context
    from jobs.tasks.train import TrainLora

CHECKPOINT_SECONDS = 30.0
"""A crash costs at most this much work, besides one step."""

LOOK_SECONDS = 0.25
"""Pause between two looks for a person's wish to sample or save."""


def run_training(task: TrainLora, context: Context) -> None:
    """Train the LoRA that `task` asks for, or go on with it.

    Raises:
        StudioError: one sentence: nothing to learn from, no base model, a loss that is no number, a full disk.
        Stopped: after what was learned so far was put into the library.
        Paused: after a checkpoint was written.
    """
    with full_disk_told():
        Run(task, context).go()


@contextmanager
def full_disk_told() -> Iterator[None]:
    """A disk that is full becomes a sentence: `StudioError`."""
    try:
        yield
    except OSError as error:
        if error.errno not in (errno.ENOSPC, errno.EDQUOT):
            raise
        raise StudioError(
            "The disk is full, so the run cannot save its state. Free some space and resume the job; "
            "it goes on from its last checkpoint."
        ) from error


class Run:
    """What one run holds on to. Between two steps it is always in a state that can be saved.

    Args:
        crew: the processes that do it together. The first prepares everything, the others find it prepared.
    """

    def __init__(self, task: TrainLora, context: Context, crew: Alone | None = None) -> None:
        self.task, self.context, self.crew = task, context, crew or Alone()
        if self.crew.rank:
            self.crew.meet()
        self.base = context.base(task.base)
        self.checkpoints = Checkpoints(context.folder / "checkpoints")
        kept, frozen = self.checkpoints.newest(), context.snapshot()
        if kept is None or frozen is None:
            dataset = context.dataset(task.dataset)
            chosen, held = begin.choose(task, context, self.base, dataset)
            frozen = frozen or chosen
            context.freeze(dataset, frozen)
            examples, references = begin.parted(frozen)
            self.facts = Facts(
                dataset.trigger, prompts_of(task.sample_prompts, examples), [example.image_id for example in held]
            )
        else:
            examples, references = begin.parted(frozen)
            self.facts = Facts(**kept.facts["run"])
            held = begin.held_again(task, context, self.facts.held, self.facts.trigger)
        cut = begin.cut_of(task, Ground.of(self.base.family, self.base.source))
        self.epoch = begin.steps_an_epoch(task, examples, cut)
        self.steps = task.epochs * self.epoch or task.steps
        self.step = kept.step if kept else 0
        context.forget_after(self.step if kept else -1)
        self._begin(examples, references, held)
        if kept:
            self._restore(kept)
        self._saved = self._looked = time.monotonic()
        if not self.crew.rank:
            self.crew.meet()

    def _begin(self, examples: list, references: list, held: list) -> None:
        task = self.task
        self._tell(f"Loading {self.base.name}")
        begin.check_before(task, self.context, self.base)
        family = begin.load(task, self.context, self.base)
        seen = marks(family)
        ready = begin.Ready(task, self.context, family, self._tell)
        judges = ready.judges(examples, references)
        ready.encode(examples, held, self.facts.prompts)
        lessons, self.held = ready.lessons(examples), ready.held(held)
        family.bring_unet()
        self.context.result(made_with=made_with(family, seen))
        before = begin.before(task, self.context, family)
        course = Course(self.steps, judges, self.crew, before)
        self.student = student_of(task, family, lessons, course)
        self.ema = Ema(self.student.weights, task.ema) if task.ema else None
        subject = Subject(task, self.base, examples, ready.cut.side, self.steps, self.epoch, ready.said)
        self.outcome = Outcome(self.context, subject, self.student, self.facts)

    def _tell(self, note: str) -> None:
        self.context.progress(self.step, self.steps, note)

    # ── running ──────────────────────────────────────────────────────────
    def go(self) -> None:
        """Learn to the end; stop or pause where a person asks."""
        self.board = Board(self.context.folder / "tensorboard", self.step)
        try:
            self._chores()
            for step in train(self.student, after=self.step):
                self._after(step)
            with self._calm():
                self.outcome.finish(self.step)
        except Paused:
            self._checkpoint()
            raise
        except Stopped:
            self._checkpoint()
            with self._calm():
                self.outcome.break_off(self.step)
            raise
        finally:
            self.board.close()
        self.checkpoints.clear()

    def help(self) -> None:
        """Learn to the end beside the first process, which tells and keeps."""
        for _ in train(self.student, after=self.step):
            continue

    def _after(self, step: Step) -> None:
        """What is told and kept when a step is done. It may be broken off anywhere and is then done again."""
        self.step, self.facts.done = step.number, False
        if self.ema:
            self.ema.follow(step.number)
        for line in step.notes:
            self.context.log(line)
        told = {"learning rate": step.learning_rate, "seconds": step.seconds, "memory": memory()}
        self._measure(**step.losses, **step.facts, **told)
        self._chores()
        self._tell(" · ".join(f"{name} {value:.4f}" for name, value in step.losses.items()))

    def _chores(self) -> None:
        """What is due at this step, unless it was done before a break, and what a person asked for."""
        wanted = self._wishes() | (set() if self.facts.done else self._due())
        with self._calm():
            if "validate" in wanted:
                self._validate()
            if "sample" in wanted:
                self._sample()
            if "save" in wanted and 0 < self.step < self.steps:
                self.outcome.save(self.step)
        self.facts.done = True
        late = time.monotonic() - self._saved > CHECKPOINT_SECONDS
        if (wanted or late) and self.step < self.steps:
            self._checkpoint()

    def _due(self) -> set[str]:
        """Samples and the held-out loss at their cadence and at the end, LoRA checkpoints at theirs."""
        task, last = self.task, self.step == self.steps
        epoch = task.save_epochs and self.step % self.epoch == 0
        due = {
            "sample": task.sample_every and (last or self.step % task.sample_every == 0),
            "validate": self.held and (last or self.step % task.validate_every == 0),
            "save": epoch or (task.save_every and self.step % task.save_every == 0),
        }
        return {name for name, wanted in due.items() if wanted}

    def _validate(self) -> None:
        if self.held:
            self._measure(**{"held-out loss": held_out_loss(self.student, self.held)})

    def _measure(self, **values: float) -> None:
        """Numbers of the step that the run stands at; they become curves here and in TensorBoard."""
        self.context.measure(self.step, **values)
        self.board.write(self.step, values)

    def _sample(self) -> None:
        """Draw samples; where memory does not suffice for it, the run goes on without these."""
        try:
            self.outcome.sample(self.step)
        except (RuntimeError, MemoryError) as error:
            if not is_out_of_memory(error):
                raise
            self.context.log("There was not enough memory to draw samples beside the run; it goes on without these.")

    def _wishes(self) -> set[str]:
        """What a person asked for since the last look."""
        if time.monotonic() - self._looked < LOOK_SECONDS:
            return set()
        self._looked = time.monotonic()
        return {wish for wish in ("sample", "save") if self.context.take_wish(wish)}

    def _calm(self):
        """The weights that are shown and kept: their running mean, if there is one."""
        return self.ema.worn() if self.ema else nullcontext()

    # ── the state ────────────────────────────────────────────────────────
    def _checkpoint(self) -> None:
        """Write down all that the next step depends on."""
        moving, settings = self.student.optimizer.state()
        parts = {"adapter": self.student.adapter.state(), "optimizer": moving}
        if self.student.tokens:
            parts["tokens"] = self.student.tokens.state()
        if self.ema:
            parts["ema"] = self.ema.state()
        tensors = {f"{part}.{name}": tensor for part, found in parts.items() for name, tensor in found.items()}
        self.facts.at_once = self.student.batches.at_once
        self.checkpoints.save(Checkpoint(self.step, tensors, {"run": asdict(self.facts), "optimizer": settings}))
        self._saved = time.monotonic()

    def _restore(self, kept: Checkpoint) -> None:
        parts: dict[str, dict] = {"adapter": {}, "tokens": {}, "optimizer": {}, "ema": {}}
        for name, tensor in kept.tensors.items():
            part, _, rest = name.partition(".")
            parts[part][rest] = tensor
        self.student.adapter.restore(parts["adapter"])
        if self.student.tokens:
            self.student.tokens.restore(parts["tokens"])
        self.student.optimizer.restore(parts["optimizer"], kept.facts["optimizer"])
        if self.ema:
            self.ema.restore(parts["ema"])
        self.student.batches.at_once = self.facts.at_once or self.student.batches.at_once
        self.context.log(f"Going on from step {kept.step} of {self.steps}.")


def memory() -> float:
    """GiB that the run has taken at its height so far: of the GPU where it has one, else of the machine."""
    import resource

    import torch

    if torch.cuda.is_available():
        return torch.cuda.max_memory_allocated() / 2**30
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20
