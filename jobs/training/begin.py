"""What a run begins with: the base model, what is learned from, and the student."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from jobs.losses.denoise import Denoise
from jobs.planning import Cut, Ground, Syllabus, check, check_spoken, new_tokens, syllabus
from jobs.planning.syllabus import listed
from jobs.training.adapter import Adapter, Shape
from jobs.training.batches import Batches, Disturbance, Plan, Shuffle
from jobs.training.inherit import Inheritance
from jobs.training.lessons import Lessons, Preparation, Taste
from jobs.training.loop import Student
from jobs.training.noise import Objective
from jobs.training.optimizer import Group, How, Optimizer, Rate
from jobs.training.tokens import Tokens
from storage.errors import BadInput

if TYPE_CHECKING:
    from collections.abc import Callable

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
    """What is learned from, under its final captions, and what is held out; what is left out is named in the log."""
    found = context.examples(dataset, split=None)
    plan = syllabus(found, dataset.trigger, cut_of(task, Ground.of(base.family, base.source)), task.prior_weight > 0)
    taken = {lesson.example.image_id for lesson in plan.lessons if lesson.example.split == "train"}
    check(dataset.name, [example for example in found if example.image_id in taken])
    check_spoken(new_tokens(task.tokens), [lesson.example.caption for lesson in plan.lessons])
    for line in left_out(plan):
        context.log(line)
    held = [left.example for left in plan.left if left.why == "held-out" and task.validate_every]
    return [lesson.example for lesson in plan.lessons], held


def load(task: TrainLora, context: Context, base: Base) -> Family:
    """The base model, alone in memory, in the precision asked for."""
    from jobs.families import choose_device, choose_dtype, load_family

    context.shelf.drop()
    device = choose_device(context.device)
    dtype = choose_dtype(task.precision, device)
    if task.precision == "fp16" and str(dtype) != "torch.float16":
        context.log("fp16 needs a GPU; this run computes in fp32.")
    return load_family(base.family, base.source, device, dtype)


def speaks(task: TrainLora) -> bool:
    """Whether text is encoded anew in each step, because its encoders or its words change."""
    return task.shuffle or task.encoder_rate > 0 or bool(task.tokens)


def before(task: TrainLora, context: Context, base: Base, family: Family) -> Inheritance | None:
    """The LoRA to go on from, read before anything is put into the model."""
    if not task.continue_from:
        return None
    row, path = context.lora(task.continue_from)
    if row.family != base.family:
        raise BadInput(
            f"The LoRA “{row.name}” is made for models of the family {row.family}, and the base model “{base.name}” is of "
            f"the family {base.family}. Go on from one of the same family."
        )
    return Inheritance.read(family, row.name, path, context.embeddings(row))


class Ready:
    """Lessons for a run, from the cache or the encoders.

    Args:
        tell: called with a note for each picture that was looked at; may break off.
    """

    def __init__(self, task: TrainLora, context: Context, family: Family, tell: Callable[[str], None]) -> None:
        self.task, self.context, self.family, self.tell = task, context, family, tell
        self.cut = cut_of(task, family.ground)

    def lessons(self, examples: list[Example]) -> Lessons:
        """What is learned from; the log says what it cost and in which shapes it is."""
        task = self.task
        taste = Taste(self.cut, task.flip, not speaks(task), task.prior_weight)
        preparation = self._prepared(examples, taste)
        self.context.log(
            f"{len(examples)} pictures at {self.cut.side} px; {preparation.encoded} encoded, the rest was known from before."
        )
        for line in told(syllabus(examples, "", self.cut, priors=True)):
            self.context.log(line)
        return preparation.lessons

    def held(self, examples: list[Example]) -> Lessons | None:
        """What is held out, to see how well the LoRA does on what it has not seen."""
        return self._prepared(examples, Taste(self.cut, words=not speaks(self.task))).lessons if examples else None

    def _prepared(self, examples: list[Example], taste: Taste) -> Preparation:
        preparation = Preparation(self.family, self.context.cache, taste)
        for found in preparation.look(examples):
            self.tell(f"Looking at picture {found} of {len(examples)}")
        return preparation


def student_of(
    task: TrainLora, family: Family, lessons: Lessons, steps: int, before: Inheritance | None = None
) -> Student:
    """Everything that learns, as the task asks; it begins as the LoRA `before`, where there is one."""
    if task.checkpointing:
        family.pipe.unet.enable_gradient_checkpointing()
    adapter = Adapter(family, shape_of(task), task.seed)
    tokens = Tokens(family, new_tokens(task.tokens))
    if before:
        before.pass_on(adapter, tokens)
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
        Batches(lessons, plan, family.device),
        Rate(task.learning_rate, task.schedule, task.warmup, steps),
        losses(task),
        task.seed,
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


def losses(task: TrainLora) -> list[Loss]:
    """What the run learns by."""
    return [Denoise(1.0)]


def steps_an_epoch(task: TrainLora, examples: list[Example], cut: Cut) -> int:
    """Steps after which every picture was seen as often as it repeats."""
    return -(-syllabus(examples, "", cut, priors=True).views // (task.batch * task.accumulation))


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
