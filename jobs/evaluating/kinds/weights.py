"""One LoRA at several weights beside the base alone, and between which of them its slider is worth moving."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from jobs.evaluating.kinds.kind import Entry, Kind, Totals
from jobs.task import Weight
from storage import suggesting
from storage.errors import BadInput

if TYPE_CHECKING:
    from jobs.context import Context
    from jobs.tasks.evaluate import EvaluatePictures


class Weights(Kind):
    """How strong a LoRA is best."""

    def entries(self, task: EvaluatePictures, context: Context) -> list[Entry]:
        """The base, which is the weight 0, then every other weight, the least first.

        Raises:
            BadInput: no weight but 0 is asked for, or the LoRA is not there.
        """
        weights = sorted({round(weight, 4) for weight in task.weights} - {0.0})
        if not weights:
            raise BadInput("No weight is given but 0, which is the base alone. Give some, like 0.4, 0.7 and 1.")
        row, _ = context.lora(task.lora)
        return [Entry(task.base, task.base, axes={"weight": 0.0}), *(_entry(task.base, row.id, one) for one in weights)]

    def conclude(
        self, task: EvaluatePictures, context: Context, judged: Sequence[tuple[Entry, Totals]]
    ) -> dict[str, Any]:
        """`suggestion`: the best weight and the range about as good, where any metric could be computed."""
        try:
            return {"suggestion": suggesting.facts(suggesting.suggest(context.evaluation()))}
        except BadInput as error:
            context.log(str(error))
            return {}


def _entry(base: str, lora: int, weight: float) -> Entry:
    return Entry(f"{weight:g}", base, [Weight(lora=lora, weight=weight)], lora=lora, axes={"weight": weight})
