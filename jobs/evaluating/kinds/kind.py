"""What every kind of evaluation knows: who takes part, and what is to be said when all are judged."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from jobs.task import Weight

if TYPE_CHECKING:
    from jobs.context import Context
    from jobs.evaluating.lesson import Lesson
    from jobs.tasks.evaluate import EvaluatePictures

Totals = Mapping[str, Mapping[str, Any]]
"""What is known of one contestant by metric, as `storage.evaluations` says."""


@dataclass(frozen=True)
class Entry:
    """One that takes part: a base model with a blend, or pictures that are there already.

    axes: where it stands among the others: {"weight": 0.6}, {"a": 0.2, "b": 0.8}, {"resolution": 256} or {}.
    lora, step: whose checkpoint or weight it is.
    pictures: files of pictures from elsewhere; where there are some, nothing is drawn.
    """

    name: str
    base: str = ""
    blend: list[Weight] = field(default_factory=list)
    lora: int | None = None
    step: int = 0
    axes: dict[str, float] = field(default_factory=dict)
    pictures: tuple[Path, ...] = ()


class Kind(ABC):
    """One kind of evaluation."""

    @abstractmethod
    def entries(self, task: EvaluatePictures, context: Context) -> list[Entry]:
        """Who takes part, the baseline first; the same again when the job goes on after it broke off.

        Raises:
            BadInput, NotFound: the task asks for what is not there.
        """

    def lessons(self, task: EvaluatePictures, context: Context) -> list[Lesson]:
        """What is trained before anybody takes part.

        Raises:
            BadInput: the task asks for what cannot be trained.
        """
        return []

    def subject(self, task: EvaluatePictures, context: Context) -> str:
        """Whom it is about, for its name."""
        return " and ".join(context.lora(number)[0].name for number in (task.lora, task.other) if number)

    def dataset(self, task: EvaluatePictures, context: Context) -> str:
        """The data set that results are measured against, by name; '' for none."""
        return task.dataset

    def conclude(self, task: EvaluatePictures, context: Context, judged: list[tuple[Entry, Totals]]) -> dict[str, Any]:
        """Further facts of the evaluation, once all are judged: `suggestion`, `losses`."""
        return {}
