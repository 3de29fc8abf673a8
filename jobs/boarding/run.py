"""A request for a storyboard, from its row to a take of each shot."""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any, NamedTuple

from pydantic import ValidationError

from jobs.boarding.framing import Measured, measure, miss, verdict
from jobs.boarding.likeness import Sitters
from jobs.boarding.shape import size
from jobs.generation.ready import Ready, prepare
from jobs.tasks.generate import GeneratePictures
from storage import uploads
from storage.errors import BadInput

if TYPE_CHECKING:
    from PIL import Image as Pictures

    from jobs.context import Context
    from jobs.tasks.storyboard import DrawStoryboard
    from storage.board_tables import Take
    from storage.storyboard import BoardView, ShotView

SEEDS, STRIDE, FARTHER = 2**32, 15_485_863, 32_452_843
"""How many seeds there are; how far apart those of two tries are, and those of two jobs that draw a shot again."""

OF_BLEND = ("lora", "weight", "text", "start", "end")

OF_DRAWING = ("steps", "guidance", "sampler")


class Place(NamedTuple):
    """Where the job stands: shots done, shots in all, and steps of each."""

    done: int
    total: int
    steps: int


def run_storyboard(task: DrawStoryboard, context: Context) -> None:
    """Draw every shot that is asked for and not drawn yet, each kept as it is finished.

    Raises:
        BadInput: the board has no shots, or none of those asked for can be drawn.
        NotFound: the board is not there.
    """
    board = context.board(task.board)
    if not any(True for _ in board.shots):
        raise BadInput("There is no shot on this board. Bring in a script, or add a scene and a shot.")
    wanted = list(_wanted(task, board, context))
    drawable = [shot for shot in wanted if not shot.problem]
    for shot in wanted:
        if shot.problem:
            context.tell_shot(shot.id, shot.problem)
    if wanted and not drawable:
        raise BadInput(wanted[0].problem)
    _draw_all(_Drawing(task, context), board, drawable)
    _tally(task, context, wanted)


def _wanted(task: DrawStoryboard, board: BoardView, context: Context) -> Iterator[ShotView]:
    """The shots to draw; those that a broken-off run of this job has begun are among them, and those that begin with one."""
    before = False
    for _, shot in board.shots:
        asked = (not task.shots or shot.id in task.shots) and not shot.kept
        follows = before and shot.start == "previous"
        before = asked and (task.again or shot.changed or follows or bool(context.takes(shot.id)))
        if before:
            yield shot


def _draw_all(drawing: _Drawing, board: BoardView, shots: list[ShotView]) -> None:
    context, steps = drawing.context, _request(board).steps
    total, drawn = max(1, len(shots)) * steps, 0
    if drawing.task.check and any(shot.references for shot in shots):
        _ = drawing.sitters  # what cannot be loaded is said before anything is drawn
    context.progress(0, total, f"Loading {board.base}")
    for number, shot in enumerate(shots):
        drawn += drawing.shot(shot.id, Place(number, len(shots), steps))
        context.result(drawn=drawn)
    context.progress(total, total, "All shots are drawn")


def _tally(task: DrawStoryboard, context: Context, wanted: list[ShotView]) -> None:
    """What came of it: how many shots are framed as asked of those that can be measured."""
    ids = {shot.id for shot in wanted}
    taken = [shot.take for _, shot in context.board(task.board).shots if shot.id in ids and shot.take]
    measured = [take for take in taken if take.ok is not None]
    right = sum(bool(take.ok) for take in measured)
    context.result(board=task.board, framed=right, measured=len(measured), pictures=[take.picture_id for take in taken])
    if measured:
        context.log(f"Framed as asked: {right} of {len(measured)} shots whose framing can be measured.")
    if not wanted:
        context.log("Nothing has changed, and nothing was drawn.")


@dataclass
class _Drawing:
    """What stays the same from shot to shot: the job, and the request that is ready."""

    task: DrawStoryboard
    context: Context
    ready: Ready | None = None

    @cached_property
    def sitters(self) -> Sitters:
        """What tells whether somebody looks like their reference picture."""
        return Sitters(self.context.shelf.detector(), self.context.shelf.faces(self.task.faces))

    def shot(self, shot_id: int, told: Place) -> bool:
        """Draw a shot until it is framed as asked or the tries are used up; the best take counts. False: nothing to draw."""
        board = self.context.board(self.task.board)
        shot = next((shot for _, shot in board.shots if shot.id == shot_id), None)
        takes = self.context.takes(shot_id)
        if shot is None or shot.kept or (not takes and not self.task.again and not shot.changed):
            return False
        while not self._done(shot, takes):
            takes.append(self._take(board, shot, len(takes), told))
        best = max(takes, key=lambda take: _rank(take, shot.framing))
        self.context.tell_shot(shot.id, _note(shot, best), best.id)
        return True

    def _done(self, shot: ShotView, takes: list[Take]) -> bool:
        """Whether a shot needs no other take; what cannot be measured is not tried again."""
        return len(takes) > self.task.tries or any(take.ok is not False and take.alike is not False for take in takes)

    def _likeness(self, shot: ShotView, drawn: Pictures.Image) -> dict[str, Any]:
        """The columns that say how like the characters' reference pictures a drawn picture is."""
        if not self.task.check or not shot.references:
            return {}
        references = [(file, uploads.read(self.context.picture(number)[1])) for file, number in shot.references]
        found = self.sitters.likeness(drawn, references)
        return {} if found is None else {"likeness": round(found, 4), "alike": found >= self.sitters.same}

    def _take(self, board: BoardView, shot: ShotView, tried: int, told: Place) -> Take:
        begin = time.monotonic()
        note = f"Shot {shot.number}" + (f", try {tried + 1}" if tried else "")

        def on_step(step: int, steps: int) -> None:
            self.context.progress(told.done * told.steps + told.steps * step // steps, told.total * told.steps, note)

        farther = FARTHER * self.context.job_id if self.task.again else 0
        seed = (shot.seed + farther + STRIDE * tried) % SEEDS
        drawn = self._made_ready(board, shot).draw(seed, on_step, kind="shot")
        people = bool(shot.characters or shot.dialogue)
        checked = self.task.check
        found = measure(drawn.picture, self.context.shelf.detector()) if checked else Measured("", 0.0)
        take = self.context.keep_take(
            shot.id, drawn.id, seed=seed, framing=found.framing, face_share=round(found.share, 4),
            ok=verdict(shot.framing, found, people) if checked else None,
            fingerprint=shot.fingerprint, **self._likeness(shot, drawn.picture),
        )  # fmt: skip
        self.context.log(f"Drew shot {shot.number} with seed {seed} in {time.monotonic() - begin:.1f} s.")
        return take

    def _made_ready(self, board: BoardView, shot: ShotView) -> Ready:
        """The request of one shot; the base stays loaded."""
        if self.ready is None:
            self.ready = prepare(_request(board), self.context)
        width, height = size(board, self.ready.mixer.family)
        blend = [{key: part[key] for key in OF_BLEND if key in part} for part in shot.blend]
        fields: dict[str, Any] = {"prompt": shot.prompt, "blend": blend, "width": width, "height": height}
        fields |= {"picture": shot.start_id} | ({"strength": shot.strength} if shot.start_id else {})
        self.ready = self.ready.but(**fields)
        return self.ready


def _request(board: BoardView) -> GeneratePictures:
    """What all shots of a board have in common."""
    own = {name: board.settings[name] for name in OF_DRAWING if board.settings.get(name) is not None}
    try:
        return GeneratePictures(base=board.base, negative=board.negative, **own)
    except ValidationError as error:
        first = error.errors()[0]
        raise BadInput(
            f"The board's setting “{first['loc'][0]}” cannot be {first['input']!r}. Change it under Cast and look."
        ) from error


def _rank(take: Take, asked: str) -> tuple[bool, bool, float, float]:
    """Framed as asked before all, then likeness to the reference pictures, then how near the framing is."""
    likeness = -1.0 if take.likeness is None else take.likeness
    return bool(take.ok), take.ok is None, likeness, -miss(asked, Measured(take.framing, take.face_share))


def _note(shot: ShotView, take: Take) -> str:
    """What is to be said of a shot's best take; '' if all is well."""
    if shot.start == "sketch" and shot.start_id is None:
        return "There is no sketch yet, so that the shot was drawn from its words alone."
    if take.ok is False and not take.framing:
        return "No face was found in this close-up."
    if take.ok is not False and take.alike is False:
        return "The face is unlike the reference picture. Draw the shot again, or describe them better under Cast."
    if take.ok is False:
        return f"Asked for {shot.framing}, and it looks like {take.framing}."
    return shot.warning
