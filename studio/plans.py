"""What will train, for the page: every picture with its cut and its words, what is left out and why, and what it costs."""

from __future__ import annotations

import math
import shutil
from dataclasses import dataclass
from typing import Any

from jobs import folder, recipes
from jobs.planning import Cut, Ground, Left, Lesson, Syllabus, check, syllabus
from jobs.planning.memory import Load, peak
from storage import bases, costs, datasets, examples
from storage.database import Store
from storage.errors import StudioError
from storage.examples import Example
from storage.tables import Base, Dataset
from studio import mine
from studio.scene import Scene
from studio.words import Words

PAGE = 120
"""Pictures that one answer tells of."""


@dataclass(frozen=True)
class Asked:
    """Settings of a run as far as they say what is seen: whatever of the form cannot be read counts as its default."""

    values: dict[str, Any]

    def whole(self, field: str, least: int = 1) -> int:
        """A number of the form."""
        try:
            return max(int(self.values.get(field) or 0), least)
        except (TypeError, ValueError):
            return least

    def cut(self, ground: Ground) -> Cut:
        """How pictures are cut for a base model of that shape."""
        on = {field: bool(self.values.get(field)) for field in ("buckets", "enlarge")}
        side = ground.side(self.whole("resolution", 0))
        return Cut(side, ground.grain, on["buckets"], on["enlarge"], self.values.get("crop") == "face")

    @property
    def step(self) -> int:
        """Pictures that one step learns from."""
        return self.whole("batch") * self.whole("accumulation")

    @property
    def priors(self) -> bool:
        """Whether regularisation pictures are learned too."""
        try:
            return float(self.values.get("prior_weight") or 0) > 0
        except (TypeError, ValueError):
            return False

    def steps(self, epoch: int) -> int:
        """Steps of the whole run, an epoch being so many: by epochs where they are given, else as many as asked."""
        return self.whole("epochs", 0) * epoch or self.whole("steps")

    @property
    def half(self) -> bool:
        """Whether it will compute in 16 bits."""
        asked = self.values.get("precision", "auto")
        return asked in ("bf16", "fp16") or (asked == "auto" and shutil.which("nvidia-smi") is not None)

    @property
    def used(self) -> set[str]:
        """Kinds of pictures that are not learned from and serve all the same: reference faces, and those held out."""
        serve = {"reference": "face_weight", "held-out": "validate_every"}
        return {why for why, name in serve.items() if self.values.get(name)}

    def load(self, largest: int) -> Load:
        """What it asks of the machine; `largest` is its largest picture in pixels. As `jobs/training/begin.py` does it."""
        said = {name: bool(value) for name, value in self.values.items()}
        return Load(
            largest,
            self.whole("batch"),
            self.whole("rank"),
            self.half,
            checkpointing=said.get("checkpointing", False),
            text=any(said.get(name) for name in ("shuffle", "encoder_rate", "tokens")),
            pictures=said.get("sample_every", False),
            looks=any(said.get(name) for name in ("face_weight", "text_weight")),
        )


def declare(scene: Scene) -> None:
    """Offer `look_plan`."""
    words = scene.words

    def look_plan(
        store: Store, project: int, settings: dict[str, Any], recipe: str = "", offset: int = 0
    ) -> dict[str, Any]:
        """What a training with these settings would see, and what it would cost; a recipe fills what is not set."""
        return look(store, words, project, filled(store, settings, recipe), offset)

    scene.action(look_plan)


def filled(store: Store, settings: dict[str, Any], recipe: str) -> dict[str, Any]:
    """Settings with what the recipe says, or the task's defaults, where they are silent."""
    base = str(settings.get("base") or folder.task("train").model_fields["base"].default)
    chosen = mine.settings(store, recipe, base) if recipe else recipes.usual("train")
    return {"base": base} | chosen | settings


def look(store: Store, words: Words, project: int, values: dict[str, Any], offset: int = 0) -> dict[str, Any]:
    """The plan of a run with these values, `PAGE` pictures of it; what cannot be is said in `problem`."""
    try:
        row = datasets.named(store, project, str(values.get("dataset") or ""))
        base = bases.named(store, str(values.get("base") or ""))
    except StudioError as error:
        return {"problem": words.error(str(error))}
    return _told(store, words, _Run(row, base, Asked(values), examples.of(store, row.id)), offset)


@dataclass(frozen=True)
class _Run:
    dataset: Dataset
    base: Base
    asked: Asked
    examples: list[Example]

    @property
    def ground(self) -> Ground:
        return Ground.of(self.base.family, self.base.source)

    def plan(self) -> Syllabus:
        return syllabus(self.examples, self.dataset.trigger, self.asked.cut(self.ground), self.asked.priors)


def _told(store: Store, words: Words, run: _Run, offset: int) -> dict[str, Any]:
    plan, asked = run.plan(), run.asked
    epoch = math.ceil(plan.views / asked.step)
    steps, largest = asked.steps(epoch), max((h * w for h, w in plan.buckets), default=0)
    pace = costs.seconds_a_step(store, asked.values)
    left = [one for one in plan.left if one.why not in asked.used]
    return {
        "problem": _problem(words, run, plan),
        "dataset": run.dataset.name,
        "base": run.base.name,
        "side": asked.cut(run.ground).side,
        "pictures": len(plan.lessons),
        "views": plan.views,
        "epoch": epoch,
        "steps": steps,
        "by_epochs": asked.whole("epochs", 0),
        "epochs": round(steps * asked.step / plan.views, 1) if plan.views else 0,
        "seconds": None if pace is None else round(pace * steps),
        "memory": peak(run.base.family, run.ground, asked.load(largest)) if plan.lessons else 0,
        "buckets": [{"width": w, "height": h, "n": n} for (h, w), n in plan.buckets.items()],
        "wordless": _bare(plan, run.examples),
        "enlarged": len(plan.enlarged),
        "left": [_left(words, one) for one in left[:PAGE]],
        "left_count": len(left),
        "lessons": [_lesson(lesson) for lesson in plan.lessons[offset : offset + PAGE]],
    }


def _problem(words: Words, run: _Run, plan: Syllabus) -> str:
    taken = {lesson.example.image_id for lesson in plan.lessons if lesson.example.split == "train"}
    try:
        check(run.dataset.name, [example for example in run.examples if example.image_id in taken])
    except StudioError as error:
        return words.error(str(error))
    return ""


def _bare(plan: Syllabus, found: list[Example]) -> int:
    """Pictures to learn from that nobody and nothing has described yet."""
    words = {example.image_id: example.caption for example in found}
    return sum(not words[lesson.example.image_id] for lesson in plan.lessons)


def _left(words: Words, left: Left) -> dict[str, Any]:
    example = left.example
    return {"id": example.image_id, "file": example.file, "name": example.name, "why": words(f"plan.why.{left.why}")}


def _lesson(lesson: Lesson) -> dict[str, Any]:
    example, found = lesson.example, lesson.frame
    return {
        "id": example.image_id,
        "file": example.file,
        "name": example.name,
        "caption": example.caption,
        "repeats": max(1, example.repeats),
        "size": [example.width, example.height],
        "bucket": [found.target[1], found.target[0]],
        "box": list(found.box),
        "enlarged": found.enlarged,
    }
