"""Two LoRAs on a grid of weights: what each cell keeps of the prompt and of the face."""

from __future__ import annotations

from typing import TYPE_CHECKING

from jobs.evaluating.kinds.kind import Entry, Kind
from jobs.task import Weight
from storage.errors import BadInput

if TYPE_CHECKING:
    from jobs.context import Context
    from jobs.tasks.evaluate import EvaluatePictures

MOST = 144
"""Cells that a grid may have."""


class Blend(Kind):
    """How two LoRAs go together."""

    def entries(self, task: EvaluatePictures, context: Context) -> list[Entry]:
        """The base alone, which is the corner 0 × 0, then the grid row by row: `a` is the first LoRA's weight, `b` the other's.

        Raises:
            BadInput: both are the same LoRA, or the grid is too large.
        """
        if task.lora == task.other:
            raise BadInput("A LoRA cannot be blended with itself. Choose another one beside it.")
        weights = sorted({0.0, *(round(weight, 4) for weight in task.weights)})
        if len(weights) == 1 or len(weights) ** 2 > MOST:
            raise BadInput(
                f"The grid would be {len(weights)} × {len(weights)} cells; 4 to {MOST} can be. Give other weights."
            )
        for number in (task.lora, task.other):
            context.lora(number)
        cells = [(a, b) for a in weights for b in weights if (a, b) != (0.0, 0.0)]
        return [Entry(task.base, task.base, axes={"a": 0.0, "b": 0.0}), *(_entry(task, a, b) for a, b in cells)]


def _entry(task: EvaluatePictures, a: float, b: float) -> Entry:
    parts = [Weight(lora=lora, weight=weight) for lora, weight in ((task.lora, a), (task.other, b)) if weight]
    return Entry(f"{a:g} × {b:g}", task.base, parts, axes={"a": a, "b": b})
