"""The base model alone against one blend or several."""

from __future__ import annotations

from typing import TYPE_CHECKING

from jobs.evaluating.kinds.kind import Entry, Kind
from jobs.task import Weight

if TYPE_CHECKING:
    from jobs.context import Context
    from jobs.tasks.evaluate import EvaluatePictures


class Pairs(Kind):
    """Before and after."""

    def entries(self, task: EvaluatePictures, context: Context) -> list[Entry]:
        """The base, then every blend; one of a single LoRA bears its number."""
        return [Entry(task.base, task.base), *(_entry(task.base, blend, context) for blend in task.blends if blend)]

    def subject(self, task: EvaluatePictures, context: Context) -> str:
        return ", ".join(said(blend, context) for blend in task.blends if blend)


def _entry(base: str, blend: list[Weight], context: Context) -> Entry:
    return Entry(said(blend, context), base, blend, lora=blend[0].lora if len(blend) == 1 else None)


def said(blend: list[Weight], context: Context) -> str:
    """A blend for people: the LoRAs' names, each with its weight where that is not 1."""
    parts = [(context.lora(one.lora)[0].name, one.weight) for one in blend]
    return " + ".join(name if weight == 1 else f"{name} {weight:g}" for name, weight in parts)
