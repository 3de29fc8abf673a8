"""A request for an evaluation, from its row to the numbers of every contestant."""

from __future__ import annotations

import importlib.metadata
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from jobs import folder
from jobs.evaluating.drawing import KIND, Drawing
from jobs.evaluating.judging import PARTS, Contest, Found, Judging, metrics
from jobs.evaluating.kinds.kind import Entry, Kind, Totals
from jobs.evaluating.reckoning import Reckoning, reckon
from jobs.judges.metric import Measured, Shown
from jobs.planning import with_trigger
from jobs.tasks.evaluate import KINDS, NEEDS
from storage import resampling
from storage.errors import BadInput
from storage.evaluation_tables import Contestant, Evaluation, Exhibit
from storage.names import LONGEST

if TYPE_CHECKING:
    from jobs.context import Context, Example
    from jobs.tasks.evaluate import EvaluatePictures

VERSIONS = ("torch", "diffusers", "transformers", "facenet-pytorch", "torchreid", "numpy")
"""Packages that numbers may depend on."""

Taking = list[tuple[Contestant, Entry]]


def run_evaluation(task: EvaluatePictures, context: Context) -> None:
    """Draw what is missing, look at everything once, measure, and keep it all; a job that broke off goes on.

    Raises:
        BadInput: there are no prompts, or nothing to compare.
        NotFound: a model, LoRA, data set, folder or metric is not there.
    """
    kind = folder.find("jobs.evaluating.kinds", task.kind, Kind)()
    if not all(getattr(task, name) for name in NEEDS[task.kind]):
        raise BadInput("Nothing is chosen to be compared. Choose a LoRA, a training run, a data set or a folder.")
    metrics(task.metrics)
    against = kind.dataset(task, context)
    examples = _examples(against, context)
    prompts = _prompts(task, examples, context.dataset(against).trigger if against else "")
    evaluation = context.begin_evaluation(task.name or _name(task, kind.subject(task, context)), task.kind)
    context.result(evaluation=evaluation.id)
    reckoning = _learn(kind, task, context, len(prompts))
    taking = _enter(kind.entries(task, context), evaluation, context)
    judging, drawing = Judging(task, context, examples), Drawing(task, context, prompts, reckoning)
    run = _Run(task, context, evaluation, taking, judging, drawing)
    run.draw()
    totals = run.judge()
    judged: list[tuple[Entry, Totals]] = [(entry, totals[place]) for place, (_, entry) in enumerate(taking)]
    context.tell_evaluation(evaluation, ended=True, **kind.conclude(task, context, judged))
    context.progress(reckoning.whole, reckoning.whole, "All is judged", 0.0)


def _learn(kind: Kind, task: EvaluatePictures, context: Context, prompts: int) -> Reckoning:
    """Train what has to be before anybody takes part; answers how far the whole is by then."""
    lessons = kind.lessons(task, context)
    reckoning = reckon(task, context, lessons, kind.entries(task, context), prompts)
    for lesson in lessons:
        lesson.learn(reckoning)
    if lessons:
        reckoning.skip("training")
    return reckoning


@dataclass
class _Run:
    """What stays the same from stage to stage of one job."""

    task: EvaluatePictures
    context: Context
    evaluation: Evaluation
    taking: Taking
    judging: Judging
    drawing: Drawing
    measured: int = 0

    def draw(self) -> None:
        """Let everybody show their pictures, and tell what is known before anything is measured."""
        known = {(row.contestant_id, row.number) for row in self.context.exhibits(self.evaluation)}
        reckoning = self.drawing.reckoning
        reckoning.stretches["looking"].count = self._looks()
        reckoning.stretches["measuring"].count = 2 * len(self.taking) * len(self.judging.metrics)
        reckoning.tell("drawing", 0, "Loading the models")
        self.context.tell_evaluation(self.evaluation, **self._before())
        self.drawing.show(self.taking, known)
        reckoning.skip("drawing")

    def judge(self) -> list[dict[str, Any]]:
        """Look, measure and keep; answers the totals of each contestant by metric."""
        rows = self.context.exhibits(self.evaluation)
        contests = [self._contest(row, rows) for row, _ in self.taking]
        looks = self.judging.looks(contests, self.context.stored)

        def told(done: int, total: int) -> None:
            self.drawing.reckoning.tell("looking", done, f"Looked at {done} of {total} pictures")

        self.judging.evidence.album.look(looks, told)
        self.drawing.reckoning.skip("looking")
        found = self.judging.measure(contests, self._all_prompts(rows), self._measured)
        cards = resampling.deck((row.number, row.prompt) for row in rows)
        totals = self.judging.totals(found, cards, self._measured)
        self._keep(rows, found, totals)
        return totals

    def _contest(self, row: Contestant, rows: Sequence[Exhibit]) -> Contest:
        own = [one for one in rows if one.contestant_id == row.id]
        entry = next(entry for one, entry in self.taking if one.id == row.id)
        whole = not entry.pictures or len(entry.pictures) == len(self.drawing.prompts)
        prompts = [one.prompt for one in own] if whole else self.drawing.prompts
        shown = Shown(row.name, tuple(one.file for one in own), tuple(prompts))
        return Contest(shown, tuple(one.number for one in own))

    def _keep(self, rows: Sequence[Exhibit], found: Found, totals: Sequence[dict[str, Any]]) -> None:
        context = self.context
        for place, (row, _) in enumerate(self.taking):
            own = [one for one in rows if one.contestant_id == row.id]
            context.keep_scores({one.id: _scores(one.number, found, place) for one in own})
        context.keep_totals({row.id: totals[place] for place, (row, _) in enumerate(self.taking)})
        told = self.judging.facts(found)
        context.tell_evaluation(self.evaluation, metrics=told, base=self._base(), notes=self._notes())
        for sentence in self.judging.instead:
            context.log(sentence)
        for fact in told:
            if fact["problem"]:
                context.log(f"{fact['title']} could not be measured: {fact['problem']}")

    def _before(self) -> dict[str, Any]:
        """Facts that are known before anything is drawn."""
        evidence = self.judging.evidence
        drawn = any(not entry.pictures for _, entry in self.taking)
        kind = folder.find("jobs.evaluating.kinds", self.task.kind, Kind)()
        return {
            "prompts": list(self.drawing.prompts),
            "seeds": self.drawing.seeds if drawn else [],
            "versions": {name: importlib.metadata.version(name) for name in VERSIONS},
            "references": {
                "dataset": kind.dataset(self.task, self.context),
                "held_out": list(evidence.held_out),
                "training": list(evidence.training),
                "reference": list(evidence.reference),
            },
        }

    def _base(self) -> str:
        """The fingerprint of the base model that drew, as the pictures remember it."""
        return next((row.settings.get("base_fingerprint", "") for row in self.context.made(KIND)), "")

    def _notes(self) -> list[str]:
        """What people should know of the pictures."""
        sizes = {(row.width, row.height) for row in self.context.made(KIND)}
        sizes |= {(one.width, one.height) for rows in self.judging.examples.values() for one in rows}
        if len(sizes) < 2:
            return []
        said = ", ".join(f"{width} × {height}" for width, height in sorted(sizes)[:4])
        return [f"The pictures have different sizes ({said}); each is made to fit what a metric's model sees."]

    def _all_prompts(self, rows: Sequence[Exhibit]) -> list[str]:
        return list(dict.fromkeys([*self.drawing.prompts, *(one.prompt for one in rows)]))

    def _looks(self) -> int:
        """How many pictures are looked at."""
        shown = sum(len(entry.pictures) or len(self.drawing.prompts) * self.task.seeds for _, entry in self.taking)
        return shown + sum(len(rows) for rows in self.judging.examples.values())

    def _measured(self) -> None:
        self.measured += 1
        self.drawing.reckoning.tell("measuring", self.measured, "Measuring")


def _name(task: EvaluatePictures, subject: str) -> str:
    """What an evaluation is called that a person gave no name."""
    return f"{KINDS[task.kind]}: {subject}"[:LONGEST] if subject else KINDS[task.kind]


def _examples(name: str, context: Context) -> dict[str, list[Example]]:
    """The pictures of a data set by what they are compared as; those that are kept out are left out."""
    if not name:
        return {part: [] for part in PARTS}
    dataset = context.dataset(name)
    return {part: [one for one in context.examples(dataset, split) if not one.out] for part, split in PARTS.items()}


def _prompts(task: EvaluatePictures, examples: dict[str, list[Example]], trigger: str) -> list[str]:
    """The lines that a person gave, else the captions of held-out pictures (of others where none has one) with the word that calls what was learned.

    Raises:
        BadInput: there are none.
    """
    lines = [line.strip() for line in task.prompts.splitlines() if line.strip()]
    if task.kind == "folder":
        return lines
    captions = _captions(examples["held_out"]) or _captions(examples["training"])
    found = list(dict.fromkeys(lines or [with_trigger(caption, trigger) for caption in captions]))
    if not found:
        raise BadInput(
            "There are no prompts. Write some, one a line, or choose a data set whose pictures have captions."
        )
    return found


def _captions(examples: Sequence[Example]) -> list[str]:
    return [one.caption.strip() for one in examples if one.caption.strip()]


def _enter(entries: Sequence[Entry], evaluation: Evaluation, context: Context) -> Taking:
    rows = [
        Contestant(
            evaluation_id=evaluation.id, place=place, name=entry.name, base=entry.base, blend=_kept(entry, context),
            lora_id=entry.lora, step=entry.step, axes=entry.axes,
        )
        for place, entry in enumerate(entries)
    ]  # fmt: skip
    return list(zip(context.enter(evaluation, rows), entries, strict=True))


def _kept(entry: Entry, context: Context) -> list[dict[str, Any]]:
    """What a contestant's row remembers of its LoRAs."""
    found = [(part, context.lora(part.lora)[0]) for part in entry.blend]
    return [{"lora": row.id, "name": row.name, "file": row.file, "weight": part.weight} for part, row in found]


def _scores(number: int, found: Found, place: int) -> tuple[dict[str, float], str]:
    """What was measured of one exhibit, and the training picture that is most like it."""
    scores: dict[str, float] = {}
    nearest = ""
    for name, each in found.items():
        one = each[place]
        if isinstance(one, Measured):
            values = {name: one.pictures} | dict(one.further)
            scores |= {called: some[number] for called, some in values.items() if number in some}
            nearest = one.nearest.get(number, nearest)
    return scores, nearest
