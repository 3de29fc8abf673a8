"""How far an evaluation is as a whole: training, drawing, looking and measuring on one line, weighed by the time each takes.

What one thing of a stretch takes is what it took so far in this job, else what it took before on this machine, else as
many passes of the network as it has, at the pace of the stretches that are known.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from jobs.context import Context
    from jobs.evaluating.kinds.kind import Entry
    from jobs.evaluating.lesson import Lesson
    from jobs.tasks.evaluate import EvaluatePictures

LEARNING, GUIDED, LOOKING, MEASURING = 3.0, 2.0, 0.5, 0.1
"""Passes of a picture that is learned from (there, back, and the weights), of a guided step, of a look, of a metric."""

Say = Callable[[int, int, str, float | None], None]
"""`Context.progress`."""


@dataclass
class Stretch:
    """One kind of work within the whole.

    count: how many things are to be done.
    passes: what one costs beside those of the other stretches, in passes through the network.
    before: seconds that one took before on this machine; None where nobody knows.
    done: how many are done, begun ones by their share.
    """

    count: float
    passes: float
    before: float | None = None
    done: float = 0.0
    _at: float | None = field(default=None, init=False)
    _warm: bool = field(default=False, init=False)
    _seconds: float = field(default=0.0, init=False)
    _things: float = field(default=0.0, init=False)

    def tell(self, done: float, moment: float) -> None:
        """So many are done; until the first is on its way models are loaded, which is nobody's time."""
        done = min(done, self.count)
        if self._at is not None and done > self.done:
            if self._warm:
                self._seconds += moment - self._at
                self._things += done - self.done
            self._warm = True
        self.done, self._at = done, moment

    def skip(self, done: float) -> None:
        """So many are done, now or in an earlier life of the job; what comes next begins cold."""
        self.done, self._at, self._warm = min(done, self.count), None, False

    @property
    def measured(self) -> float | None:
        """Seconds that one took in this job; None before any was on its way."""
        return self._seconds / self._things if self._things else None

    @property
    def known(self) -> float | None:
        """Seconds that one takes, as far as it was ever measured."""
        return self.before if self.measured is None else self.measured


@dataclass
class Reckoning:
    """The stretches of one job by their names, in their order; `say` tells the job's row."""

    say: Say
    stretches: dict[str, Stretch]
    clock: Callable[[], float] = time.monotonic
    _furthest: float = field(default=0.0, init=False)

    @property
    def whole(self) -> int:
        """What the job's steps are counted in: passes through the network."""
        return max(1, round(sum(one.count * one.passes for one in self.stretches.values())))

    @property
    def left(self) -> float | None:
        """Seconds to the end; None while nothing was measured, now or before."""
        if self._pace() is None:
            return None
        return sum((one.count - one.done) * self._each(one) for one in self.stretches.values())

    def tell(self, name: str, done: float, note: str, say: Say | None = None) -> None:
        """So many of a stretch are done; raises `Stopped` or `Paused` when a person asked. It never goes back."""
        self.stretches[name].tell(done, self.clock())
        self._furthest = max(self._furthest, self._share())
        steps = min(round(self._furthest * self.whole), self.whole - 1)
        (say or self.say)(steps, self.whole, note, self.left)

    def skip(self, name: str, done: float | None = None) -> None:
        """So many of a stretch are done (None: all), though nobody saw how long they took."""
        stretch = self.stretches[name]
        stretch.skip(stretch.count if done is None else done)

    def _share(self) -> float:
        whole = sum(one.count * self._each(one) for one in self.stretches.values())
        return sum(one.done * self._each(one) for one in self.stretches.values()) / whole if whole else 0.0

    def _each(self, one: Stretch) -> float:
        return one.passes * (self._pace() or 1.0) if one.known is None else one.known

    def _pace(self) -> float | None:
        """Seconds of a pass, by the stretches whose time is known, those of this job first."""
        rows = [one for one in self.stretches.values() if one.count]
        for found in ([one.measured for one in rows], [one.before for one in rows]):
            known = [seconds / one.passes for seconds, one in zip(found, rows, strict=True) if seconds is not None]
            if known:
                return sum(known) / len(known)
        return None


def reckon(
    task: EvaluatePictures, context: Context, lessons: Sequence[Lesson], entries: Sequence[Entry], prompts: int
) -> Reckoning:
    """The stretches of an evaluation; looking and measuring are counted when it is known at what."""
    pictures = sum(prompts * task.seeds for entry in entries if not entry.pictures)
    found = {"drawing": Stretch(pictures, GUIDED * task.steps, context.seconds_a_picture(task.base, task.steps))}
    if lessons:
        asked = lessons[0].request
        before = context.seconds_a_step(asked.model_dump())
        learning = Stretch(
            sum(one.request.steps for one in lessons), LEARNING * asked.batch * asked.accumulation, before
        )
        found = {"training": learning} | found
    looks = sum(len(entry.pictures) for entry in entries) + pictures
    return Reckoning(context.progress, found | {"looking": Stretch(looks, LOOKING), "measuring": Stretch(0, MEASURING)})
