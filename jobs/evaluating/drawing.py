"""The pictures of every contestant: drawn if they are not there yet, or taken from a folder."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple

from jobs.evaluating.kinds.kind import Entry
from jobs.evaluating.reckoning import Reckoning
from jobs.generation.ready import Ready, prepare
from jobs.tasks.generate import GeneratePictures
from storage.errors import BadPicture
from storage.evaluation_tables import Contestant, Exhibit
from storage.tables import Picture

if TYPE_CHECKING:
    from jobs.context import Context
    from jobs.tasks.evaluate import EvaluatePictures

SEEDS = 2**32

KIND = "trial"
"""Of `Picture`: what an evaluation draws is not in the gallery."""


class Wanted(NamedTuple):
    """One picture that is to be shown."""

    row: Contestant
    entry: Entry
    number: int
    prompt: str
    seed: int


@dataclass
class Drawing:
    """Draws for one job.

    prompts: what each contestant draws, each with every seed.
    """

    task: EvaluatePictures
    context: Context
    prompts: list[str]
    reckoning: Reckoning
    ready: Ready | None = None

    @property
    def seeds(self) -> list[int]:
        """One after the other."""
        return [(self.task.seed + number) % SEEDS for number in range(self.task.seeds)]

    def wanted(self, taking_part: list[tuple[Contestant, Entry]]) -> list[Wanted]:
        """Every picture, contestant by contestant, so that a blend is put into the base once."""
        pairs = [(prompt, seed) for prompt in self.prompts for seed in self.seeds]
        drawn = [pair for pair in taking_part if not pair[1].pictures]
        return [Wanted(*pair, number, *one) for pair in drawn for number, one in enumerate(pairs)]

    def show(self, taking_part: list[tuple[Contestant, Entry]], known: set[tuple[int, int]]) -> None:
        """Let every contestant show its pictures; `known`: (contestant's id, number) of those that are shown already."""
        for row, entry in taking_part:
            self._bring(row, entry, known)
        wanted, made = self.wanted(taking_part), {row.step: row for row in self.context.made(KIND)}
        for place, one in enumerate(wanted):
            if (one.row.id, one.number) not in known:
                told = (place, f"Picture {place + 1} of {len(wanted)}")
                picture = made.get(self._step(one)) or self._draw(one, told)
                self.context.show(_exhibit(one.row, one.number, picture))

    def _step(self, one: Wanted) -> int:
        """The running number under which a picture is found again when the job goes on."""
        return one.row.place * len(self.prompts) * self.task.seeds + one.number

    def _draw(self, one: Wanted, told: tuple[int, str]) -> Picture:
        begin = time.monotonic()
        place, note = told

        def on_step(step: int, steps: int) -> None:
            self.reckoning.tell("drawing", place + step / steps, note)

        self.reckoning.tell("drawing", place, note)
        fields = {
            "prompt": one.prompt,
            "base": one.entry.base,
            "blend": [part.model_dump() for part in one.entry.blend],
        }
        self.ready = self.ready.but(**fields) if self.ready else prepare(self._request(fields), self.context)
        drawn = self.ready.draw(one.seed, on_step, kind=KIND, step=self._step(one))
        self.context.log(f"Drew picture {one.number + 1} of “{one.row.name}” in {time.monotonic() - begin:.1f} s.")
        return self.context.picture(drawn.id)[0]

    def _request(self, fields: Mapping[str, object]) -> GeneratePictures:
        own = ("negative", "steps", "guidance", "sampler", "width", "height")
        return GeneratePictures.model_validate({**{name: getattr(self.task, name) for name in own}, **fields})

    def _bring(self, row: Contestant, entry: Entry, known: set[tuple[int, int]]) -> None:
        """Take in a folder's pictures; one that cannot be read is told and left out."""
        lines = self.prompts if len(self.prompts) == len(entry.pictures) else [""] * len(entry.pictures)
        for number, path in enumerate(entry.pictures):
            if (row.id, number) in known:
                continue
            try:
                file = self.context.take_in(path)
            except BadPicture as error:
                self.context.log(str(error))
                continue
            self.context.show(
                Exhibit(
                    evaluation_id=row.evaluation_id,
                    contestant_id=row.id,
                    number=number,
                    prompt=lines[number],
                    file=file,
                )
            )


def fields_of(picture: Picture) -> dict[str, Any]:
    """What an exhibit shows of a kept picture."""
    return {"prompt": picture.prompt, "seed": picture.seed, "picture_id": picture.id, "file": picture.file}


def _exhibit(row: Contestant, number: int, picture: Picture) -> Exhibit:
    return Exhibit(evaluation_id=row.evaluation_id, contestant_id=row.id, number=number, **fields_of(picture))
