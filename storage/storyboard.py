"""A whole board as plain values, for the page, for what goes out, and for the job that draws it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from sqlalchemy import select
from sqlmodel import Session

from storage import shot_prompts
from storage.board_tables import Board, Character, Scene, Shot, Take
from storage.database import Store
from storage.errors import NotFound
from storage.tables import Lora, Picture


@dataclass(frozen=True)
class Framing:
    """How near the camera is: its name, the words for it, and the token that calls it ('' for none)."""

    name: str
    word: str
    token: str = ""


@dataclass(frozen=True)
class CharacterView:
    """Somebody of the cast. `words` is what a person wrote, `called` what the prompts say of them."""

    id: int
    name: str
    lora_id: int | None
    lora: str  # its name
    weight: float
    words: str
    called: str
    picture_id: int | None
    file: str  # of the reference picture; '' for none


@dataclass(frozen=True)
class TakeView:
    """One picture of a shot. `fresh`: it is what would be drawn now; `ok`, `likeness` and `alike` are None where they cannot be
    told."""

    id: int
    picture_id: int
    file: str
    width: int
    height: int
    seed: int
    framing: str
    face_share: float
    ok: bool | None
    likeness: float | None
    alike: bool | None
    fresh: bool


@dataclass(frozen=True)
class ShotView:
    """A shot with all that draws it.

    Attributes:
        number: for people, e.g. `2.3`: the third shot of the second scene.
        prompt: what is drawn, whether composed or, where `locked`, as edited by hand; `composed` is the former anyway.
        seed: what it is drawn with; `own_seed` is None where the board gives it.
        start: '' · sketch · previous; `start_id` and `start_file` are the picture that this comes to (None, '' for none).
        kept: its take is locked, and it is not drawn again.
        note: what drawing it last had to say.
        problem: why it cannot be drawn; `warning`: why it may not come out as wished ('' for neither).
        take: the one that counts; None before the first.
        changed: drawing it now would give another picture than that take, or there is none.
    """

    id: int
    number: str
    framing: str
    angle: str
    action: str
    dialogue: str
    characters: tuple[CharacterView, ...]
    seconds: float
    notes: str
    prompt: str
    composed: str
    locked: bool
    seed: int
    own_seed: int | None
    start: str
    start_id: int | None
    start_file: str
    sketch_id: int | None
    strength: float
    kept: bool
    note: str
    problem: str
    blend: tuple[dict[str, Any], ...]
    fingerprint: str
    takes: tuple[TakeView, ...]
    take: TakeView | None
    warning: str = ""

    @property
    def references(self) -> list[tuple[str, int]]:
        """The file and number of the reference picture of each who appears and has one."""
        return [(one.file, one.picture_id) for one in self.characters if one.file and one.picture_id]

    @property
    def changed(self) -> bool:
        """Whether it is to be drawn, because nothing was or something else would be."""
        return not self.kept and not (self.take is not None and self.take.fresh)


@dataclass(frozen=True)
class SceneView:
    """A scene; `number` counts from 1."""

    id: int
    number: int
    heading: str
    description: str
    dialogue: str
    location: str
    time: str
    shots: tuple[ShotView, ...]

    @property
    def seconds(self) -> float:
        """How long its shots take together."""
        return sum(shot.seconds for shot in self.shots)


@dataclass(frozen=True)
class BoardView:
    """A board with everything on it; the columns are those of `Board`."""

    id: int
    project_id: int
    name: str
    base: str
    blend: tuple[dict[str, Any], ...]
    style: str
    negative: str
    shape: str
    width: int
    height: int
    seeds: str
    seed: int
    settings: dict[str, Any]
    framings: tuple[Framing, ...]
    cast: tuple[CharacterView, ...]
    scenes: tuple[SceneView, ...]

    @property
    def shots(self) -> Iterator[tuple[SceneView, ShotView]]:
        """Every shot with its scene, in order."""
        return ((scene, shot) for scene in self.scenes for shot in scene.shots)

    @property
    def seconds(self) -> float:
        """How long all of it takes."""
        return sum(scene.seconds for scene in self.scenes)


def whole(store: Store, board_id: int) -> BoardView:
    """A board as it is at this moment; seven queries, however large it is."""
    with store.session() as session:
        board = session.get(Board, board_id)
        if board is None:
            raise NotFound(f"There is no board number {board_id}.")
        return _Reader(session, board).board()


class _Reader:
    """Everything of one board, read once, and put together."""

    def __init__(self, session: Session, board: Board) -> None:
        self._session, self._row = session, board
        self._scenes = self._all(select(Scene).where(Scene.board_id == board.id), Scene)
        ids = [scene.id for scene in self._scenes]
        self._shots = self._all(select(Shot).where(Shot.scene_id.in_(ids)), Shot)
        mine = select(Shot.id).join(Scene, Scene.id == Shot.scene_id).where(Scene.board_id == board.id)
        takes = select(Take).where(Take.shot_id.in_(mine), Take.deleted.is_(None)).order_by(Take.id)
        self._takes = list(session.scalars(takes))
        self._people = list(session.scalars(select(Character).where(Character.board_id == board.id)))
        self._before: TakeView | None = None

    def _all(self, query: Any, kind: Any) -> list[Any]:
        return list(self._session.scalars(query.where(kind.deleted.is_(None)).order_by(kind.position, kind.id)))

    @cached_property
    def _loras(self) -> dict[int, Lora]:
        ids = {part["lora"] for part in self._row.blend} | {one.lora_id for one in self._people if one.lora_id}
        return {row.id: row for row in self._session.scalars(select(Lora).where(Lora.id.in_(ids)))}

    @cached_property
    def _pictures(self) -> dict[int, Picture]:
        ids = {take.picture_id for take in self._takes} | {one.picture_id for one in self._people}
        ids |= {shot.sketch_id for shot in self._shots}
        query = select(Picture).where(Picture.id.in_([number for number in ids if number is not None]))
        return {row.id: row for row in self._session.scalars(query)}

    @cached_property
    def _cast(self) -> dict[int, CharacterView]:
        return {one.id: self._character(one) for one in self._people}

    def _character(self, row: Character) -> CharacterView:
        lora = self._loras.get(row.lora_id or 0)
        return CharacterView(
            row.id, row.name, row.lora_id, lora.name if lora else "", row.weight, row.words,
            shot_prompts.words(row, lora), row.picture_id, self._file(row.picture_id),
        )  # fmt: skip

    def _file(self, picture_id: int | None) -> str:
        return self._pictures[picture_id].file if picture_id in self._pictures else ""

    def board(self) -> BoardView:
        row = self._row
        here = [one for one in self._people if one.deleted is None]
        scenes = tuple(self._scene(number, scene) for number, scene in enumerate(self._scenes, 1))
        return BoardView(
            row.id, row.project_id, row.name, row.base, tuple(row.blend), row.style, row.negative, row.shape, row.width,
            row.height, row.seeds, row.seed, self._settings, tuple(Framing(**one) for one in row.framings),
            tuple(self._cast[one.id] for one in here), scenes,
        )  # fmt: skip

    @property
    def _settings(self) -> dict[str, Any]:
        """How it is drawn; what its script said is for `storage.scripts` alone."""
        return {name: value for name, value in self._row.settings.items() if name != "script"}

    def _scene(self, number: int, row: Scene) -> SceneView:
        own = [shot for shot in self._shots if shot.scene_id == row.id]
        shots = tuple(self._shot(row, shot, f"{number}.{place}") for place, shot in enumerate(own, 1))
        return SceneView(row.id, number, row.heading, row.description, row.dialogue, row.location, row.time, shots)

    def _shot(self, scene: Scene, row: Shot, number: str) -> ShotView:
        board, people = self._row, [one for one in self._people if one.id in row.characters and one.deleted is None]
        seen = tuple(self._cast[one.id] for one in people)
        blend = shot_prompts.blend(board, people)
        known = shot_prompts.tokens(blend, self._loras)
        composed = shot_prompts.compose(board, scene, row, [one.called or one.name for one in seen], known)
        prompt = row.prompt if row.locked else composed
        start = {"sketch": row.sketch_id, "previous": self._before.picture_id if self._before else None}.get(row.start)
        seed = shot_prompts.seed(board, scene, row)
        drawn = {"seed": seed, "framing": row.framing, "start": self._file(start)}
        drawn |= {"strength": row.strength} if start else {}
        mark = shot_prompts.fingerprint(board, prompt, blend, self._loras, drawn)
        takes = tuple(self._take(take, mark) for take in self._takes if take.shot_id == row.id)
        chosen = next((take for take in takes if take.id == row.chosen), takes[-1] if takes else None)
        self._before = chosen or self._before
        return ShotView(
            row.id, number, row.framing, row.angle, row.action, row.dialogue, seen, row.seconds, row.notes, prompt,
            composed, row.locked, seed, row.seed, row.start, start, self._file(start), row.sketch_id, row.strength,
            row.kept, row.note, shot_prompts.problem(prompt, known), tuple(blend), mark, takes, chosen,
            shot_prompts.warning(people),
        )  # fmt: skip

    def _take(self, row: Take, mark: str) -> TakeView:
        picture = self._pictures[row.picture_id]
        return TakeView(
            row.id, picture.id, picture.file, picture.width, picture.height, row.seed, row.framing, row.face_share,
            row.ok, row.likeness, row.alike, row.fingerprint == mark,
        )  # fmt: skip
