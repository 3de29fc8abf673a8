"""One training run within an evaluation: on the data set's pictures reduced to one size, in a folder of its own."""

from __future__ import annotations

import io
import json
from dataclasses import asdict, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from PIL import Image as Pictures
from pydantic import ValidationError

from jobs import recipes
from jobs.context import Context
from jobs.tasks.train import TrainLora
from jobs.training.pictures import open_picture
from storage.errors import BadInput
from storage.examples import Example
from storage.files import beside, sha256

if TYPE_CHECKING:
    from jobs.evaluating.reckoning import Reckoning
    from jobs.tasks.evaluate import EvaluatePictures
    from storage.tables import Dataset

LEAST = 8
"""Pixels of the smallest side that pictures are reduced to."""

MARK = "source_side"
"""Under this name a LoRA's settings say to which side its pictures were reduced."""

USUAL = "style"
"""The recipe where the settings name none."""

LOSSES = ("loss", "held-out loss")


class Lesson(Context):
    """What a run of training may touch within an evaluation: its curves bear the size in their names, its LoRA says it.

    Args:
        side: pixels that the shorter side of a training picture is reduced to; smaller ones stay as they are.
        begin: how many steps all lessons before it have.

    Raises:
        BadInput: the settings cannot be those of a training run.
    """

    def __init__(self, task: EvaluatePictures, context: Context, side: int, begin: int) -> None:
        super().__init__(context._store, context._job, context.shelf, context.device, context.leaving)
        self.side, self.begin, self._steps = side, begin, 0
        self.reckoning: Reckoning | None = None
        self.folder = context.folder / f"size-{side}"
        self.folder.mkdir(exist_ok=True)
        self.request = _request(task, context, side)

    def learn(self, reckoning: Reckoning) -> None:
        """Train, or go on with it, if it has not ended yet."""
        from jobs.training import run_training

        self.reckoning = reckoning
        reckoning.skip("training", self.begin)
        if not self.learned():
            run_training(self.request, self)

    def learned(self) -> int:
        """The number of the LoRA that this lesson ended with, 0 before it has ended."""
        return next((row.id for row in self.loras_of(self.job_id) if row.settings.get(MARK) == self.side), 0)

    def losses(self) -> dict[str, list[tuple[int, float]]]:
        """The run's losses by name."""
        known = self.curves(self.job_id)
        return {name: known[self._called(name)] for name in LOSSES if self._called(name) in known}

    # ── what the run is told ─────────────────────────────────────────────
    def examples(self, dataset: Dataset, split: str | None = "train") -> list[Example]:
        """The data set's pictures, those that are trained on reduced; held-out ones stay as they are."""
        found = super().examples(dataset, split)
        super().freeze(dataset, [example for example in found if example.split == "train" and not example.out])
        reduced = [self._reduced(example) if example.split == "train" else example for example in found]
        if reduced == found:
            self.log("No picture is larger than that, so this size learns from the originals.")
        return reduced

    def snapshot(self) -> list[Example] | None:
        """What this lesson froze before, if it was begun before."""
        if not self._frozen.is_file():
            return None
        rows = json.loads(self._frozen.read_text(encoding="utf-8"))
        return [_thawed(row) for row in rows]

    def freeze(self, dataset: Dataset, found: list[Example]) -> None:
        """Keep the list of this lesson."""
        rows = [asdict(example) | {"path": str(example.path)} for example in found]
        with beside(self._frozen) as temporary:
            temporary.write_text(json.dumps(rows), encoding="utf-8")

    def take_wish(self, wish: str) -> bool:
        """A study shows no samples and keeps no checkpoints on the way."""
        return False

    # ── what the run tells ───────────────────────────────────────────────
    def progress(self, done: int, total: int, note: str = "", seconds_left: float | None = None) -> None:
        """How far the whole evaluation is."""
        self._steps = total
        assert self.reckoning is not None
        learned = self.begin + self.request.steps * done / max(total, 1)
        self.reckoning.tell("training", learned, f"Source size {self.side} px: {note}", super().progress)

    def measure(self, step: int, **values: float) -> None:
        """The losses, under names that say the size."""
        super().measure(step, **{self._called(name): value for name, value in values.items() if name in LOSSES})

    def log(self, text: str) -> None:
        """One line for people, with the size in front."""
        super().log(f"{self.side} px: {text}")

    def result(self, **facts: Any) -> None:
        """What came of a lesson is its LoRA; the job's result is the evaluation."""

    def forget_after(self, step: int) -> None:
        """Remove what this lesson measured past `step`."""
        self.forget_measures(step, [self._called(name) for name in LOSSES])

    def keep_lora(self, path: Path, **facts: Any) -> int:
        """Put the finished LoRA into the library; what was stopped on the way is not kept, for it goes on later."""
        if facts["step"] < self._steps:
            return 0
        settings = facts.pop("settings") | {MARK: self.side}
        return super().keep_lora(path, **facts, settings=settings)

    # ── the pictures ─────────────────────────────────────────────────────
    @property
    def _frozen(self) -> Path:
        return self.folder / "snapshot.json"

    def _called(self, name: str) -> str:
        return f"{name} · {self.side} px"

    def _reduced(self, example: Example) -> Example:
        """The same picture with its shorter side at most this long."""
        share = self.side / min(example.width, example.height)
        if share >= 1:
            return example
        size = (max(1, round(example.width * share)), max(1, round(example.height * share)))
        path = self.folder / "pictures" / f"{example.image_id}.png"
        content = io.BytesIO()
        open_picture(example.path, example.name).resize(size, Pictures.Resampling.LANCZOS).save(content, "PNG")
        with beside(path) as temporary:
            temporary.write_bytes(content.getvalue())
        left, top, right, bottom = example.face or (0, 0, 0, 0)
        face = (round(left * share), round(top * share), round(right * share), round(bottom * share))
        file = f"{sha256(path)}.png"
        return replace(
            example, file=file, path=path, width=size[0], height=size[1], face=face if example.face else None
        )


def _request(task: EvaluatePictures, context: Context, side: int) -> TrainLora:
    """The run of one size: the recipe's settings, changed as the evaluation says; small pictures are enlarged, so that all
    sizes are trained at the same resolution."""
    base = context.base(task.base)
    recipe = str(task.training.get("recipe") or USUAL)
    values = recipes.find(recipe, context.home / "recipes").values(base.name, base.family)
    values |= ({"epochs": 0} if "steps" in task.training else {}) | task.training  # epochs would count before steps
    name = str(task.training.get("name") or task.name or task.dataset)
    values |= {"name": f"{name[:70]} · {side} px", "dataset": task.dataset, "base": task.base, "recipe": recipe}
    values |= {"sample_every": 0, "save_every": 0, "save_epochs": False, "enlarge": True, "processes": 1}
    try:
        return TrainLora.model_validate(values)
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(str(part) for part in first["loc"])
        raise BadInput(f"The training settings cannot be used: {where}: {first['msg']}. Correct them.") from error


def _thawed(row: dict[str, Any]) -> Example:
    return Example(**row | {"path": Path(row["path"]), "face": tuple(row["face"]) if row["face"] else None})
