"""What a running task may touch: a narrow, fresh door to the store for each job."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import asdict
from pathlib import Path
from threading import Event
from typing import TYPE_CHECKING, Any

from storage import (
    bases,
    captions,
    costs,
    datasets,
    evaluations,
    examples,
    inspections,
    lineage,
    loras,
    measures,
    panels,
    pictures,
    queue,
    snapshots,
    storyboard,
    takes,
)
from storage.board_tables import Take
from storage.database import Store
from storage.errors import BadInput, NotFound, Paused, Stopped
from storage.evaluation_tables import Contestant, Evaluation, Exhibit
from storage.examples import Example
from storage.files import beside
from storage.panels import Reel
from storage.tables import Base, Caption, Dataset, Inspection, Job, Lora, Picture

if TYPE_CHECKING:
    from PIL import Image

    from jobs.shelf import Shelf

REPORT_EVERY = 0.25
"""Seconds between two writes of progress; a wish is seen at the same pace."""


class Context:
    """The one thing that `Task.run` receives.

    Every method that writes raises `NotYours` once another worker has taken the
    job over; `progress` and `check` raise `Stopped` or `Paused` when a person asked.
    """

    def __init__(
        self, store: Store, job: Job, shelf: Shelf, device: str = "auto", leaving: Event | None = None
    ) -> None:
        self._store, self._job, self.shelf, self.device = store, job, shelf, device
        self.home = store.home
        self.leaving = leaving or Event()  # set when the worker must go: the task saves its state as for a pause
        self._last, self._began = 0.0, time.monotonic()
        self._first: tuple[float, int] | None = None
        self.folder = store.home / "jobs" / str(job.id)
        self.cache = store.home / "cache"
        self.folder.mkdir(parents=True, exist_ok=True)
        self.cache.mkdir(parents=True, exist_ok=True)

    # ── what it was asked ────────────────────────────────────────────────
    @property
    def job_id(self) -> int:
        """The job's number."""
        return self._job.id

    @property
    def attempts(self) -> int:
        """How often this job was begun, this time included: 1 on the first run."""
        return self._job.attempts

    # ── reading ──────────────────────────────────────────────────────────
    def dataset(self, name: str) -> Dataset:
        """The project's data set of that name; `NotFound` says which there are."""
        return datasets.named(self._store, self._job.project_id, name)

    def examples(self, dataset: Dataset, split: str | None = "train") -> list[Example]:
        """Its pictures of one split (None: of all) in their order, each with its newest caption (or '')."""
        return examples.of(self._store, dataset.id, split)

    def snapshot(self) -> list[Example] | None:
        """What this job froze before, if it was begun before."""
        rows = snapshots.of_job(self._store, self.job_id)
        if rows is None:
            return None
        return [_thawed(self._store, row) for row in rows]

    def freeze(self, dataset: Dataset, found: list[Example]) -> None:
        """Keep the list this job learns from; once frozen it never changes."""
        rows = [{k: v for k, v in asdict(example).items() if k != "path"} for example in found]
        snapshots.keep(self._store, self.job_id, dataset.id, rows)

    def base(self, name: str) -> Base:
        """The base model of that name; `NotFound` says which there are."""
        return bases.named(self._store, name)

    def lora(self, lora_id: int) -> tuple[Lora, Path]:
        """A LoRA of the library and its file."""
        row = loras.get(self._store, lora_id)
        return row, self._store.files.path(row.file)

    def loras_of(self, job_id: int) -> list[Lora]:
        """The checkpoints and the final LoRA of a run, by step."""
        return loras.of_job(self._store, job_id)

    def learned_from(self, job_id: int) -> str:
        """The name of the data set that a training run learned from, as far as it is still there; else ''."""
        frozen = lineage.of_job(self._store, job_id)
        return frozen.name if frozen and frozen.deleted is None else ""

    def curves(self, job_id: int) -> dict[str, list[tuple[int, float]]]:
        """Every curve of a job: name → [(step, value), …]."""
        return measures.curves(self._store, job_id)

    def seconds_a_step(self, values: dict[str, Any]) -> float | None:
        """What a step of training took before with the same base, batch and size; None if nobody knows."""
        return costs.seconds_a_step(self._store, values)

    def seconds_a_picture(self, base: str, steps: int) -> float | None:
        """What a picture of that base took before; None if nobody knows."""
        return costs.seconds_a_picture(self._store, base, steps)

    def library(self) -> dict[str, int]:
        """The project's LoRAs by name, checkpoints too: the newest of a name, a finished one before a checkpoint."""
        rows = sorted(
            loras.all(self._store, self._job.project_id, checkpoints=True), key=lambda row: (row.final, row.id)
        )
        return {row.name: row.id for row in rows}

    def embeddings(self, lora: Lora) -> dict[str, Path]:
        """The files of a LoRA's new tokens, by token."""
        return loras.embeddings(self._store, lora)

    def picture(self, picture_id: int) -> tuple[Picture, Path]:
        """A kept picture and its file."""
        row = pictures.get(self._store, picture_id)
        return row, self._store.files.path(row.file)

    def made(self, kind: str = "made") -> list[Picture]:
        """The pictures of a kind that this job made so far, when it was begun before too; oldest first."""
        return [row for row in pictures.of_job(self._store, self.job_id) if row.kind == kind]

    def captions(self, image_ids: list[int]) -> dict[int, str]:
        """What the captions of these images say at this moment, by image id; those without one are left out."""
        return captions.current(self._store, image_ids)

    # ── checks ───────────────────────────────────────────────────────────
    def stale(self, dataset: Dataset, face_model: str = "") -> set[int]:
        """Ids of the images that nobody has looked at as they are now, or not yet with that face model."""
        return {image.id for image in inspections.stale(self._store, dataset.id, face_model)}

    def inspections(self, dataset: Dataset) -> dict[int, Inspection]:
        """What is known of the images as they are now, by image id."""
        return inspections.of(self._store, dataset.id)

    def worded(self, dataset: Dataset) -> dict[int, Caption]:
        """The newest caption of each image that has one, by image id."""
        return inspections.worded(self._store, dataset.id)

    def keep_inspections(self, rows: list[Inspection]) -> None:
        """What was found in some images."""
        inspections.keep(self._store, rows, job=self._job)

    def keep_comparison(self, facts: Mapping[int, Mapping[str, Any]]) -> None:
        """What comparing all images showed: `twin_of`, `who` and `intruder` by image id."""
        inspections.compare(self._store, facts, job=self._job)

    def keep_likeness(self, found: Mapping[int, tuple[float, bool]], judge: str) -> None:
        """How like its picture each caption is, by caption id: (cosine, whether it is unlike)."""
        inspections.keep_likeness(self._store, found, judge, job=self._job)

    # ── storyboards ──────────────────────────────────────────────────────
    def board(self, board_id: int) -> storyboard.BoardView:
        """A storyboard as it is at this moment."""
        return storyboard.whole(self._store, board_id)

    def reel(self, board_id: int) -> Reel:
        """A storyboard as it is printed."""
        return panels.of(self._store, board_id)

    def takes(self, shot_id: int) -> list[Take]:
        """What this job drew of a shot so far, when it was begun before too; oldest first."""
        return [take for take in takes.of_shot(self._store, shot_id) if take.job_id == self.job_id]

    def keep_take(self, shot_id: int, picture_id: int, **facts: Any) -> Take:
        """A take of a shot; `facts` are columns of `Take`."""
        return takes.keep(self._store, self._job, shot_id, picture_id, **facts)

    def tell_shot(self, shot_id: int, note: str, chosen: int | None = None) -> None:
        """What is to be said of a shot, and which take of it is the best."""
        takes.tell(self._store, self._job, shot_id, note, chosen)

    # ── evaluations ──────────────────────────────────────────────────────
    def begin_evaluation(self, name: str, kind: str) -> Evaluation:
        """The evaluation of this job: a new one, or that which it began before it broke off."""
        return evaluations.begin(self._store, self._job, name, kind)

    def enter(self, evaluation: Evaluation, rows: list[Contestant]) -> list[Contestant]:
        """Those that take part, in the order of `place`, as the store has them; those that did before stay as they are."""
        return evaluations.enter(self._store, self._job, evaluation.id, rows)

    def exhibits(self, evaluation: Evaluation) -> list[Exhibit]:
        """Every picture that is shown so far, by contestant and number."""
        return evaluations.exhibits(self._store, evaluation.id)

    def stored(self, file: str) -> Path:
        """Where the content of that name lies."""
        return self._store.files.path(file)

    def take_in(self, path: Path) -> str:
        """Keep a picture from elsewhere; returns its content's name. `BadPicture` if it cannot be read."""
        return evaluations.take_in(self._store, path)

    def show(self, row: Exhibit) -> None:
        """One picture of a contestant."""
        evaluations.show(self._store, self._job, row)

    def keep_scores(self, found: Mapping[int, tuple[Mapping[str, float], str]]) -> None:
        """What was measured of exhibits, by their ids: (value by metric, file of the nearest training picture)."""
        evaluations.keep_scores(self._store, self._job, found)

    def keep_totals(self, found: Mapping[int, Mapping[str, Any]]) -> None:
        """What was measured of contestants, by their ids: totals by metric."""
        evaluations.keep_totals(self._store, self._job, found)

    def evaluation(self) -> dict[str, Any]:
        """This job's evaluation with all that is measured so far, as `evaluations.look` gives it."""
        row = evaluations.of_job(self._store, self.job_id)
        if row is None:
            raise NotFound(f"Job number {self.job_id} has begun no evaluation.")
        return evaluations.look(self._store, row.id)

    def tell_evaluation(self, evaluation: Evaluation, ended: bool = False, **facts: Any) -> None:
        """More facts of an evaluation; `ended`: all is judged."""
        evaluations.tell(self._store, self._job, evaluation.id, facts, ended)

    # ── telling ──────────────────────────────────────────────────────────
    def progress(self, done: int, total: int, note: str = "", seconds_left: float | None = None) -> None:
        """Tell how far the work is; cheap enough for every step. Raises `Stopped` or `Paused`."""
        moment = time.monotonic()
        if self._first is None or done <= self._first[1]:
            self._first = (moment, done)
        if moment - self._last < REPORT_EVERY and done < total:
            return
        self._last = moment
        if seconds_left is None and done > self._first[1]:
            seconds_left = (moment - self._first[0]) / (done - self._first[1]) * (total - done)
        queue.report(self._store, self._job, done, total, note, seconds_left)
        self.check()

    def check(self) -> None:
        """Raise `Stopped` or `Paused` if a person asked for it."""
        wish = queue.wish(self._store, self._job)
        if wish == "stop":
            raise Stopped
        if wish == "pause" or self.leaving.is_set():
            raise Paused

    def take_wish(self, wish: str) -> bool:
        """True once if the person asked for `sample` or `save`."""
        return queue.take_wish(self._store, self._job, wish)

    def log(self, text: str) -> None:
        """One line for people to read."""
        queue.log(self._store, self._job.id, text)

    def preview(self, picture: Image.Image) -> None:
        """Show a picture that is still being drawn: `preview.jpg` in the job's folder, always a whole one."""
        with beside(self.folder / "preview.jpg") as temporary:
            picture.save(temporary, "JPEG", quality=80)

    def measure(self, step: int, **values: float) -> None:
        """Numbers by name at a step; they become curves."""
        measures.add(self._store, self._job, step, values)

    def result(self, **facts: Any) -> None:
        """What came of the job, e.g. `lora=7` or `pictures=[1, 2]`."""
        queue.result(self._store, self._job, facts)

    def forget_after(self, step: int) -> None:
        """Remove measures, samples and checkpoints past `step`: the future a crash abandoned."""
        measures.forget_after(self._store, self.job_id, step)
        pictures.forget_after(self._store, self.job_id, step)
        loras.forget_after(self._store, self.job_id, step)

    def forget_measures(self, step: int, names: list[str]) -> None:
        """Remove measures of these names past `step`."""
        measures.forget_after(self._store, self.job_id, step, names)

    # ── keeping ──────────────────────────────────────────────────────────
    def keep_caption(self, image_id: int, text: str, origin: str) -> None:
        """A new version of an image's caption."""
        captions.add(self._store, image_id, text, origin, job=self._job)

    def keep_lora(self, path: Path, **facts: Any) -> int:
        """Put a LoRA file into the library; `facts` are columns of `Lora`. Returns its id."""
        return loras.keep(self._store, self._job, path, **facts)

    def drop_lora(self, lora_id: int) -> None:
        """Take a checkpoint out of the library again."""
        loras.drop(self._store, lora_id)

    def keep_picture(
        self, picture: Image.Image, write: Callable[[Image.Image], bytes] | None = None, **facts: Any
    ) -> int:
        """Keep a picture with all that makes it again; `facts` are columns of `Picture`. Returns its id."""
        return pictures.keep(self._store, self._job, picture, write=write, **facts)


def _thawed(store: Store, row: dict[str, Any]) -> Example:
    face = row.get("face")
    return Example(path=store.files.path(row["file"]), **row | {"face": tuple(face) if face else None})


__all__ = ["BadInput", "Context", "Example", "NotFound", "Paused", "Stopped"]
