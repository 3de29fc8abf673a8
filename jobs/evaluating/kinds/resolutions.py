"""The same recipe trained on the same pictures reduced to several sizes: how large the originals need to be."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from jobs.evaluating import held_out
from jobs.evaluating.kinds.checkpoints import thinned
from jobs.evaluating.kinds.kind import Entry, Kind, Totals
from jobs.task import Weight
from storage.errors import BadInput

if TYPE_CHECKING:
    from jobs.context import Context
    from jobs.evaluating.lesson import Lesson
    from jobs.tasks.evaluate import EvaluatePictures

SMOOTH = 10
"""Steps whose mean is one loss: the best of single steps would be that of the easiest batch."""


class Resolutions(Kind):
    """How large source pictures need to be."""

    def entries(self, task: EvaluatePictures, context: Context) -> list[Entry]:
        """The base, then the LoRA that was trained at each size, the smallest first; none where it is not trained yet.

        Raises:
            BadInput: a size is below 8 px, or the training settings cannot be.
        """
        lessons = self.lessons(task, context)
        return [Entry(task.base, task.base), *(_entry(task.base, one.side, one.learned()) for one in lessons)]

    def lessons(self, task: EvaluatePictures, context: Context) -> list[Lesson]:
        """One a size, the smallest first, all of them within this one job.

        Broken off, it goes on from the last checkpoint of the size that it stood at.
        """
        from jobs.evaluating.lesson import LEAST, Lesson

        sides = sorted(set(task.resolutions))
        if not sides or sides[0] < LEAST:
            raise BadInput(
                f"Source sizes are sides in pixels, {LEAST} at least; {sides} were given. Give some, like 128 and 512."
            )
        found: list[Lesson] = []
        for side in sides:
            found.append(Lesson(task, context, side, sum(one.request.steps for one in found)))
        return found

    def conclude(
        self, task: EvaluatePictures, context: Context, judged: Sequence[tuple[Entry, Totals]]
    ) -> dict[str, Any]:
        """`sizes`: a row for each of them with its losses; `losses`: the curves by the contestant's place."""
        known = {lesson.side: lesson.losses() for lesson in self.lessons(task, context)}
        losses, sizes = {}, []
        for place, (entry, _) in enumerate(judged):
            if entry.lora is None:
                continue
            curves = known[int(entry.axes["resolution"])]
            held = curves.get("held-out loss", [])
            losses[str(place)] = thinned(held or curves.get("loss", []))
            sizes.append({"place": place, "resolution": entry.axes["resolution"]} | _best(curves.get("loss", []), held))
        facts = {"losses": losses, "sizes": sizes}
        held_losses = [lesson[held_out.CURVE] for lesson in known.values() if lesson.get(held_out.CURVE)]
        if len(held_losses) < len(known):
            return facts
        return facts | held_out.keep(context, [held_losses[0][0][1], *(curve[-1][1] for curve in held_losses)])

    def subject(self, task: EvaluatePictures, context: Context) -> str:
        return task.dataset


def _entry(base: str, side: int, lora: int) -> Entry:
    blend = [Weight(lora=lora, weight=1.0)] if lora else []
    return Entry(f"{side} px", base, blend, lora=lora or None, axes={"resolution": float(side)})


def _best(loss: list[tuple[int, float]], held: list[tuple[int, float]]) -> dict[str, Any]:
    """The lowest mean over `SMOOTH` steps of training; the lowest loss on held-out pictures, which are never reduced, and
    its step. None where there is none."""
    values = [value for _, value in loss]
    means = [sum(values[at : at + SMOOTH]) / SMOOTH for at in range(max(0, len(values) - SMOOTH + 1))] or values
    best = min(held, key=lambda point: point[1], default=None)
    return {
        "best_loss": min(means, default=None),
        "best_held_out": best and best[1],
        "best_step": best and best[0],
        "last_held_out": held[-1][1] if held else None,
    }
