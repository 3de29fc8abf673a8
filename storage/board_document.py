"""A board as one document: what `board.json` in a board's zip says, written and read by the same types.

Rows are named by what they are called and files by their content, for numbers mean nothing in another store.
"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field
from sqlalchemy import select

from storage import cast, scenes, sequence, shots
from storage.board_tables import Take
from storage.database import Store
from storage.formats.row import free, safe
from storage.storyboard import BoardView, CharacterView, SceneView, ShotView
from storage.tables import Lora, Picture

Text = Annotated[str, Field(max_length=sequence.LONGEST)]


class Part(BaseModel):
    """Anything of a document; what a later version adds is passed over."""

    model_config = ConfigDict(extra="ignore")


class LoraPart(Part):
    """A LoRA of the look; `file` is its content's name, by which it is found again."""

    name: str = ""
    file: str = ""
    weight: float = 1.0


class CharacterPart(Part):
    """Somebody of the cast."""

    name: str
    words: Text = ""
    weight: float = 1.0
    lora: LoraPart | None = None
    picture: str = ""


class TakePart(Part):
    """One picture of a shot, by its file, and what was measured in it."""

    picture: str
    seed: int = 0
    framing: str = ""
    face_share: float = 0.0
    ok: bool | None = None
    likeness: float | None = None
    alike: bool | None = None
    fingerprint: str = ""


class ShotPart(Part):
    """A shot; `drawn_with` is the seed that it has by its board, `chosen` the place of the take that counts (-1: the newest)."""

    framing: str = "medium"
    angle: Text = ""
    action: Text = ""
    dialogue: Text = ""
    characters: list[str] = []
    seconds: float = Field(3.0, gt=0, le=shots.LONGEST)
    notes: Text = ""
    prompt: Text = ""
    locked: bool = False
    seed: int | None = None
    drawn_with: int | None = None
    start: Literal["", "sketch", "previous"] = ""
    sketch: str = ""
    strength: float = 0.7
    chosen: int = -1
    kept: bool = False
    note: Text = ""
    takes: list[TakePart] = []


class ScenePart(Part):
    """A scene with its shots."""

    heading: Text = ""
    description: Text = ""
    dialogue: Text = ""
    location: Text = ""
    time: Text = ""
    shots: list[ShotPart] = Field([], max_length=shots.MOST)


class PicturePart(Part):
    """A picture: its place in the zip, and how it was made."""

    name: str
    kind: Literal["made", "input"] = "made"
    prompt: Text = ""
    negative: Text = ""
    seed: int = 0
    base: str = ""
    blend: list[dict[str, Any]] = []
    settings: dict[str, Any] = {}
    scores: dict[str, float] = {}
    rating: int = Field(0, ge=0, le=5)


class FramingPart(Part):
    """A framing of the board."""

    name: str
    word: str = ""
    token: str = ""


class BoardPart(Part):
    """The board's own columns but its blend."""

    base: str = "mini"
    style: Text = ""
    negative: Text = ""
    shape: str = "16:9"
    width: int = Field(0, ge=0, le=8192)
    height: int = Field(0, ge=0, le=8192)
    seeds: str = "scene"
    seed: int = 0
    framings: list[FramingPart] = Field(min_length=1)
    settings: dict[str, Any] = {}


class Document(Part):
    """A whole board."""

    storyboard: Literal[1] = 1
    name: str
    board: BoardPart
    look: list[LoraPart] = []
    cast: list[CharacterPart] = []
    scenes: list[ScenePart] = Field([], max_length=scenes.MOST)
    pictures: dict[str, PicturePart] = {}


def of(store: Store, view: BoardView) -> tuple[Document, dict[str, Path]]:
    """The board's document, and its pictures by their place in the zip."""
    return _Writer(store, view).document()


class _Writer:
    """Puts one board's document together."""

    def __init__(self, store: Store, view: BoardView) -> None:
        self._store, self._view = store, view
        self._places: dict[str, PicturePart] = {}
        self._taken: set[str] = set()
        own = [take.id for _, shot in view.shots for take in shot.takes]
        wanted = [take.picture_id for _, shot in view.shots for take in shot.takes]
        wanted += [shot.sketch_id for _, shot in view.shots if shot.sketch_id is not None]
        wanted += [one.picture_id for one in view.cast if one.picture_id is not None]
        used = {part["lora"] for part in view.blend} | {one.lora_id for one in view.cast if one.lora_id is not None}
        with store.session() as session:
            self._marks = {row.id: row.fingerprint for row in session.scalars(select(Take).where(Take.id.in_(own)))}
            self._pictures = {row.id: row for row in session.scalars(select(Picture).where(Picture.id.in_(wanted)))}
            self._loras = {row.id: row for row in session.scalars(select(Lora).where(Lora.id.in_(used)))}

    def document(self) -> tuple[Document, dict[str, Path]]:
        """The document and the files."""
        view = self._view
        columns = {name: getattr(view, name) for name in BoardPart.model_fields}
        columns["framings"] = [vars(framing) for framing in view.framings]
        told = [self._scene(scene) for scene in view.scenes]
        people = [self._character(one) for one in view.cast]
        look = [self._lora(part["lora"], part.get("weight", 1.0)) for part in view.blend]
        made = Document(
            name=view.name, board=BoardPart(**columns), look=look, cast=people, scenes=told, pictures=self._places,
        )  # fmt: skip
        return made, {part.name: self._store.files.path(file) for file, part in self._places.items()}

    def _scene(self, scene: SceneView) -> ScenePart:
        columns = {name: getattr(scene, name) for name in scenes.FIELDS}
        return ScenePart(**columns, shots=[self._shot(shot) for shot in scene.shots])

    def _shot(self, shot: ShotView) -> ShotPart:
        same = (
            "framing",
            "angle",
            "action",
            "dialogue",
            "seconds",
            "notes",
            "locked",
            "start",
            "strength",
            "kept",
            "note",
        )
        order = sorted(shot.takes, key=lambda take: take is not shot.take)  # the one that counts gets the shot's name
        for take in order:
            self._keep(take.picture_id, shot.number)
        takes = [
            TakePart(
                picture=take.file, seed=take.seed, framing=take.framing, face_share=take.face_share, ok=take.ok,
                likeness=take.likeness, alike=take.alike,
                fingerprint=self._marks[take.id],
            )
            for take in shot.takes
        ]  # fmt: skip
        chosen = shot.takes.index(shot.take) if shot.take and shot.take is not shot.takes[-1] else -1
        return ShotPart(
            **{name: getattr(shot, name) for name in same}, characters=[one.name for one in shot.characters],
            prompt=shot.prompt if shot.locked else "", seed=shot.own_seed, drawn_with=shot.seed,
            sketch=self._keep(shot.sketch_id, f"{shot.number} sketch"), chosen=chosen, takes=takes,
        )  # fmt: skip

    def _character(self, one: CharacterView) -> CharacterPart:
        columns = {name: getattr(one, name) for name in cast.FIELDS if not name.endswith("_id")}
        lora = self._lora(one.lora_id, one.weight) if one.lora_id is not None else None
        return CharacterPart(**columns, lora=lora, picture=self._keep(one.picture_id, f"cast {one.name}"))

    def _lora(self, lora_id: int, weight: float) -> LoraPart:
        row = self._loras.get(lora_id)
        return LoraPart(name=row.name if row else "", file=row.file if row else "", weight=weight)

    def _keep(self, picture_id: int | None, called: str) -> str:
        """Let a picture come along, called so; returns its file, or '' where there is none."""
        row = self._pictures.get(picture_id or 0)
        if row is None:
            return ""
        if row.file not in self._places:
            stem = free(safe(called) or "picture", self._taken)
            self._places[row.file] = PicturePart(
                name=f"pictures/{stem}{Path(row.file).suffix}", kind="input" if row.kind == "input" else "made",
                prompt=row.prompt, negative=row.negative, seed=row.seed, base=row.base, blend=row.blend,
                settings=row.settings, scores=row.scores, rating=row.rating,
            )  # fmt: skip
        return row.file
