"""From pictures to numbers: every eye looks once, every metric measures every contestant, what fails says why."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from jobs import folder
from jobs.evaluating.statistics import Sample, nothing, total
from jobs.faces.face_model import FaceModel
from jobs.judges.features import Album, ClipEye, Eye, FaceEye, InceptionEye, Look, TwinEye
from jobs.judges.features import clip as clips
from jobs.judges.features import inception as inceptions
from jobs.judges.metric import Evidence, Measured, Metric, Shown
from jobs.shelf import MODELS
from jobs.training.cache import Cache
from storage import uploads
from storage.errors import StudioError
from storage.resampling import Deck

if TYPE_CHECKING:
    from jobs.context import Context, Example
    from jobs.tasks.evaluate import EvaluatePictures

PARTS = {"held_out": "held-out", "training": "train", "reference": "reference"}
"""What metrics compare with, and the part of the data set that it is."""

Found = dict[str, list[Measured | str]]
"""By metric what was found with each contestant, or why nothing."""


@dataclass(frozen=True)
class Contest:
    """What one contestant shows: its exhibits' numbers beside `shown`."""

    shown: Shown
    numbers: tuple[int, ...]


@dataclass
class Judging:
    """The metrics of one job, and what they look at.

    examples: the data set's pictures by the names of `PARTS`.
    paths: where each content lies.
    """

    task: EvaluatePictures
    context: Context
    examples: Mapping[str, Sequence[Example]]
    metrics: dict[str, Metric] = field(default_factory=dict)
    evidence: Evidence = field(init=False)

    def __post_init__(self) -> None:
        self.metrics = metrics(self.task.metrics)
        eyes, blind = self._eyes()
        album = Album(Cache(self.context.cache / "features", lasting=False), eyes, uploads.read, blind)
        files = {part: tuple(dict.fromkeys(one.file for one in rows)) for part, rows in self.examples.items()}
        sets = "clip" if "inception" in album.blind else "inception"
        self.evidence = Evidence(album, **files, sets=sets, scale=self.task.scale)

    @property
    def instead(self) -> list[str]:
        """Why another model looks than the one that was asked for."""
        sets = any("sets" in metric.eyes for metric in self.metrics.values())
        return [self.evidence.album.blind["inception"]] if sets and self.evidence.sets == "clip" else []

    def looks(self, contests: Sequence[Contest], path: Callable[[str], Any]) -> list[Look]:
        """Every picture with the eyes that some metric needs."""
        drawn = frozenset(eye for metric in self.metrics.values() for eye in self._needed(metric))
        own = [Look(file, path(file), drawn) for contest in contests for file in contest.shown.files]
        return own + [
            Look(one.file, one.path, eyes)
            for part, rows in self.examples.items()
            if (eyes := self._compared(part))
            for one in rows
        ]

    def measure(self, contests: Sequence[Contest], prompts: Sequence[str], told: Callable[[], None]) -> Found:
        """Every metric of every contestant; `told` after each."""
        found: Found = {name: [] for name in self.metrics}
        for name, metric in self.metrics.items():
            for contest in contests:
                found[name].append(self._measured(metric, contest, prompts))
                told()
        return found

    def totals(self, found: Found, cards: Deck, told: Callable[[], None]) -> list[dict[str, Any]]:
        """By contestant what is kept of each metric: compared with the first one, with intervals drawn from `cards`."""
        rows: list[dict[str, Any]] = []
        for name, measured in found.items():
            rows = rows or [{} for _ in measured]
            of = {} if self.metrics[name].per == "prompt" else cards.of
            samples = [one if isinstance(one, str) else Sample(one, of) for one in measured]
            first = samples[0] if samples and isinstance(samples[0], Sample) else None
            for place, one in enumerate(samples):
                rows[place][name] = nothing(one) if isinstance(one, str) else total(one, first if place else None)
                told()
        return rows

    def facts(self, found: Found) -> list[dict[str, Any]]:
        """What people are told of each metric."""
        return [self._fact(name, metric, found[name]) for name, metric in self.metrics.items()]

    def _fact(self, name: str, metric: Metric, found: list[Measured | str]) -> dict[str, Any]:
        problems = [one for one in found if isinstance(one, str)]
        try:
            definition = metric.definition(self.evidence)
        except StudioError as error:
            definition, problems = type(metric).__doc__ or "", problems or [str(error)]
        return {
            "name": name, "title": metric.title, "better": metric.better, "unit": metric.unit, "per": metric.per,
            "definition": definition, "model": self._models(metric), "against": list(metric.against),
            "problem": problems[0] if len(problems) == len(found) and problems else "",
        }  # fmt: skip

    def _models(self, metric: Metric) -> str:
        album = self.evidence.album
        return ", ".join(album.eyes[eye].model for eye in self._needed(metric) if eye in album.eyes)

    def _measured(self, metric: Metric, contest: Contest, prompts: Sequence[str]) -> Measured | str:
        if not contest.shown.files:
            return f"There is no picture of “{contest.shown.name}”."
        try:
            return _numbered(metric.measure(contest.shown, self.evidence), metric, contest, prompts)
        except StudioError as error:
            return str(error)

    def _needed(self, metric: Metric) -> list[str]:
        return [self.evidence.sets if eye == "sets" else eye for eye in metric.eyes]

    def _compared(self, part: str) -> frozenset[str]:
        """The eyes that look at that part of the data set."""
        return frozenset(eye for one in self.metrics.values() if part in one.against for eye in self._needed(one))

    def _eyes(self) -> tuple[dict[str, Eye], dict[str, str]]:
        """The eyes by name, and why some of them see nothing."""
        task, shelf = self.task, self.context.shelf
        making: dict[str, Callable[[], Eye]] = {
            "clip": lambda: ClipEye(task.clip, clips.place(task.clip, MODELS), lambda: shelf.judge(task.clip)),
            "inception": lambda: InceptionEye(
                inceptions.place(task.inception, MODELS), lambda: shelf.inception(task.inception)
            ),
            "face": lambda: FaceEye(
                task.face_model, _faces(task.face_model), shelf.detector, lambda: shelf.faces(task.face_model)
            ),
            "twin": TwinEye,
        }
        eyes, blind = {}, {}
        for name, make in making.items():
            try:
                eyes[name] = make()
            except StudioError as error:
                blind[name] = str(error)
        return eyes, blind


def metrics(names: Sequence[str]) -> dict[str, Metric]:
    """The metrics of these names, files of jobs/judges; all of them for none.

    Raises:
        NotFound: there is none of a name; says which there are.
    """
    return {name: folder.find("jobs.judges", name, Metric)() for name in names or folder.names("jobs.judges")}


def _faces(name: str) -> Path:
    """Where the weights of a face model lie."""
    return MODELS / folder.find("jobs.faces", name, FaceModel).folder


def _numbered(found: Measured, metric: Metric, contest: Contest, prompts: Sequence[str]) -> Measured:
    """The same with the numbers of exhibits and prompts in the place of their order with one contestant."""
    numbers = contest.numbers
    keys = tuple(numbers[place] for place in found.keys) if metric.per != "prompt" else found.keys
    if metric.per == "prompt":
        own, places = list(dict.fromkeys(contest.shown.prompts)), {text: at for at, text in enumerate(prompts)}
        keys = tuple(places[own[key]] for key in found.keys)
    return replace(
        found,
        keys=keys,
        pictures={numbers[place]: value for place, value in found.pictures.items()},
        further={
            name: {numbers[place]: value for place, value in some.items()} for name, some in found.further.items()
        },
        nearest={numbers[place]: file for place, file in found.nearest.items()},
    )
