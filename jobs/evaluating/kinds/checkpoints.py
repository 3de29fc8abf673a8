"""Every checkpoint of a training run beside the base alone."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from jobs.evaluating import held_out
from jobs.evaluating.kinds.kind import Entry, Kind, Totals
from jobs.task import Weight
from storage.errors import BadInput

if TYPE_CHECKING:
    from jobs.context import Context
    from jobs.tasks.evaluate import EvaluatePictures
    from storage.tables import Lora

SHOWN = ("held-out loss", "loss")
"""Curves of the run that are kept with the evaluation."""

MOST = 400
"""Points of a kept curve."""


class Checkpoints(Kind):
    """Which step of a run to keep."""

    def entries(self, task: EvaluatePictures, context: Context) -> list[Entry]:
        """The base, then the run's checkpoints by step; the finished LoRA stands for a checkpoint of the same step.

        Raises:
            BadInput: the run left nothing in the library.
        """
        rows = {row.step: row for row in sorted(context.loras_of(task.job), key=lambda row: (row.step, row.final))}
        if not rows:
            raise BadInput(
                f"Training run {task.job} has no checkpoint in the library. Choose another run, or train with “Save every” set."
            )
        return [Entry(task.base, task.base), *(_entry(task.base, row) for row in rows.values())]

    def dataset(self, task: EvaluatePictures, context: Context) -> str:
        """That which is asked for, else the one that the run learned from."""
        return task.dataset or context.learned_from(task.job)

    def conclude(
        self, task: EvaluatePictures, context: Context, judged: Sequence[tuple[Entry, Totals]]
    ) -> dict[str, Any]:
        """The losses of the run by name; that on held-out pictures, at each checkpoint's step, is one metric more."""
        known = context.curves(task.job)
        losses = {"losses": {name: thinned(known[name]) for name in SHOWN if known.get(name)}}
        held = known.get(held_out.CURVE)
        return (
            losses
            if not held
            else losses | held_out.keep(context, [held_out.at(held, entry.step) for entry, _ in judged])
        )

    def subject(self, task: EvaluatePictures, context: Context) -> str:
        rows = context.loras_of(task.job)
        return rows[-1].name.partition(" · ")[0] if rows else ""


def thinned(points: Sequence[tuple[int, float]]) -> list[list[float]]:
    """At most `MOST` points of a curve, its last one among them, as JSON has them."""
    step = -(-len(points) // MOST)
    return [list(point) for point in points[::-1][::step][::-1]]


def _entry(base: str, row: Lora) -> Entry:
    name = f"step {row.step}" if row.final else row.name.rpartition(" · ")[2]
    return Entry(name, base, [Weight(lora=row.id, weight=1.0)], lora=row.id, step=row.step)
