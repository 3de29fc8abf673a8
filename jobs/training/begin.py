"""What a run begins with: the base model, what is learned from, and the student."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import torch

from jobs.generation.speech import spoken
from jobs.losses import When
from jobs.losses.identity import Identity
from jobs.losses.text import TextAlignment
from jobs.planning import Cut, Ground, Syllabus, check, check_spoken, new_tokens, syllabus
from jobs.planning.syllabus import listed, with_trigger
from jobs.training.inherit import Inheritance
from jobs.training.lessons import Lessons, Preparation
from jobs.training.sitters import Eyes, portraits, sitters
from storage.errors import BadInput, NotFound

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from jobs.context import Context
    from jobs.families.family import Family
    from jobs.losses import Loss
    from jobs.tasks.train import TrainLora
    from storage.examples import Example
    from storage.tables import Base, Dataset

WHY = {
    "out": "because they are kept out",
    "held-out": "because they are held out",
    "reference": "because they are references",
    "regularisation": "because they are for regularisation, which this run does without",
}
"""Reasons of `Left`, in words."""


def choose(task: TrainLora, context: Context, base: Base, dataset: Dataset) -> tuple[list[Example], list[Example]]:
    """What is learned from, under its final captions, with the reference faces; and what is held out. The log names the rest."""
    found = context.examples(dataset, split=None)
    plan = syllabus(found, dataset.trigger, cut_of(task, Ground.of(base.family, base.source)), task.prior_weight > 0)
    taken = {lesson.example.image_id for lesson in plan.lessons if lesson.example.split == "train"}
    check(dataset.name, [example for example in found if example.image_id in taken])
    check_spoken(new_tokens(task.tokens), [lesson.example.caption for lesson in plan.lessons])
    references = [left.example for left in plan.left if left.why == "reference" and task.face_weight]
    for line in left_out(plan, references):
        context.log(line)
    kept_back = [left.example for left in plan.left if left.why == "held-out" and task.validate_every]
    held = [_called(example, dataset.trigger) for example in kept_back]
    return [lesson.example for lesson in plan.lessons] + references, held


def held_again(task: TrainLora, context: Context, ids: list[int], trigger: str) -> list[Example]:
    """The pictures that were held out when the run began, as far as they are still there; `trigger` is the word of then."""
    try:
        found = context.examples(context.dataset(task.dataset), split=None) if ids else []
    except NotFound:  # the data set was deleted or has another name by now; the run itself does not need it
        return []
    return [_called(example, trigger) for example in found if example.image_id in ids]


def _called(example: Example, trigger: str) -> Example:
    """A picture under the caption that it would be learned under."""
    return replace(example, caption=with_trigger(example.caption, trigger))


def load(task: TrainLora, context: Context, base: Base) -> Family:
    """What the base model encodes with, alone in memory, in the precision asked for; the UNet comes when that has gone."""
    from jobs.families import choose_device, choose_dtype, load_family

    context.shelf.drop()
    device = choose_device(context.device)
    dtype = choose_dtype(task.precision, device)
    if task.precision == "fp16" and str(dtype) != "torch.float16":
        context.log("fp16 needs a GPU; this run computes in fp32.")
    return load_family(base.family, base.source, device, dtype, base.vae, unet=False)


def speaks(task: TrainLora) -> bool:
    """Whether text is encoded anew in each step, because its encoders or its words change."""
    return task.shuffle or task.encoder_rate > 0 or bool(task.tokens)


def check_before(task: TrainLora, context: Context, base: Base) -> None:
    """Refuse to go on from a LoRA of another family, before anything is loaded."""
    row = context.lora(task.continue_from)[0] if task.continue_from else None
    if row and row.family != base.family:
        raise BadInput(
            f"The LoRA “{row.name}” is made for models of the family {row.family}, and the base model “{base.name}” is of "
            f"the family {base.family}. Go on from one of the same family."
        )


def before(task: TrainLora, context: Context, family: Family) -> Inheritance | None:
    """The LoRA to go on from, read before anything is put into the model."""
    if not task.continue_from:
        return None
    row, path = context.lora(task.continue_from)
    return Inheritance.read(family, row.name, path, context.embeddings(row))


def looks(task: TrainLora) -> bool:
    """Whether the predicted pictures themselves are looked at, so that they must be decoded."""
    return task.face_weight > 0 or task.text_weight > 0


def parted(frozen: list[Example]) -> tuple[list[Example], list[Example]]:
    """What is learned from, and the reference faces."""
    references = [example for example in frozen if example.split == "reference"]
    return [example for example in frozen if example.split != "reference"], references


class Ready:
    """Lessons for a run, from the cache or the encoders.

    Args:
        tell: called with a note for each caption and picture that was encoded; may break off.

    Attributes:
        said: what the UNet hears of the sample prompts, by prompt; None where the text encoders stay.
    """

    said: dict[str, dict[str, Any]] | None = None

    def __init__(self, task: TrainLora, context: Context, family: Family, tell: Callable[[str], None]) -> None:
        self.task, self.context, self.family, self.tell = task, context, family, tell
        self.cut, self.words = cut_of(task, family.ground), not speaks(task)
        self._preparation = Preparation(family, context.cache, self.cut)

    def encode(self, examples: list[Example], held: list[Example], prompts: list[str]) -> None:
        """Encode all that the run hears and sees; what it then does without leaves memory, or the GPU's.

        The text encoders go if nothing is said anew in each step, the VAE if no predicted pictures are looked at.
        """
        said = [example.caption for example in examples + held] if self.words else []
        for _ in self._preparation.listen([*said, None]):
            self.tell("Reading the captions")
        if self.words:
            shown = prompts if self.task.sample_every else []
            with torch.no_grad():
                self.said = {prompt: spoken(self.family, prompt, "") for prompt in shown}
            self.family.release("text")
        for some, mirror in ((examples, self.task.flip), (held, False)):
            for found in self._preparation.look(some, mirror):
                self.tell(f"Looking at picture {found} of {len(some)}")
        if not looks(self.task):
            self.family.rest() if self.task.sample_every else self.family.release("pictures")

    def lessons(self, examples: list[Example]) -> Lessons:
        """What is learned from; the log says what it cost and in which shapes it is."""
        self.context.log(
            f"{len(examples)} pictures at {self.cut.side} px; {self._preparation.encoded} encoded, the rest was known "
            "from before."
        )
        for line in told(syllabus(examples, "", self.cut, priors=True)):
            self.context.log(line)
        return self._preparation.lessons(examples, self.words, self.task.prior_weight)

    def held(self, examples: list[Example]) -> Lessons | None:
        """What is held out, to see how well the LoRA does on what it has not seen."""
        return self._preparation.lessons(examples, self.words) if examples else None

    def judges(self, examples: list[Example], references: list[Example]) -> list[Loss]:
        """The losses that look at the predicted pictures, each with the models that it looks with.

        Raises:
            BadInput: the face of someone who is learned is nowhere to be found; names the file to check.
        """
        task, shelf = self.task, self.context.shelf
        found: list[Loss] = []
        when = When(task.judge_every, task.judge_below)
        if task.face_weight:
            self.tell("Looking for the reference faces")
            eyes = Eyes(shelf.detector(), shelf.faces(task.face_model))
            known = portraits(examples, references, eyes)
            for line in [note for one in known.values() for note in one.notes]:
                self.context.log(line)
            found.append(Identity(task.face_weight, when, eyes, sitters(examples, known, self.cut)))
        if task.text_weight:
            found.append(TextAlignment(task.text_weight, when, shelf.judge(task.judge)))
        return found


def steps_an_epoch(task: TrainLora, examples: list[Example], cut: Cut) -> int:
    """Steps after which every picture was seen as often as it repeats."""
    return -(-syllabus(examples, "", cut, priors=True).views // (task.batch * task.accumulation))


def cut_of(task: TrainLora, ground: Ground) -> Cut:
    """How a task's pictures are cut for a base model of that shape."""
    return Cut(ground.side(task.resolution), ground.grain, task.buckets, task.enlarge, task.crop == "face")


def left_out(plan: Syllabus, used: Sequence[Example] = ()) -> Iterator[str]:
    """A line for each reason why pictures are not learned from, nor used otherwise."""
    idle = [left for left in plan.left if left.example not in used]
    for why in dict.fromkeys(left.why for left in idle):
        names = [left.example.name for left in idle if left.why == why]
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
