"""A board out of the zip that `storage.boardout` wrote: the same scenes, shots and takes in this store."""

from __future__ import annotations

import hashlib
import json
import zipfile
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from pydantic import ValidationError
from sqlalchemy import select
from sqlmodel import Session

from storage import bases, boards, pictures, shot_prompts, sources, uploads
from storage.board_document import CharacterPart, Document, LoraPart, PicturePart, ScenePart, ShotPart
from storage.board_tables import Board, Character, Scene, Shot, Take
from storage.boardout.zip import DOCUMENT
from storage.database import Store
from storage.errors import BadInput, BadPicture
from storage.names import LONGEST
from storage.tables import Lora
from storage.zips import DAMAGE

MOST = 32 << 20
"""Bytes that a board's document may have."""


@dataclass
class Brought:
    """A board that came in: its number, and a sentence for each thing that could not."""

    board_id: int = 0
    notes: list[str] = field(default_factory=list)


def bring(store: Store, project_id: int, path: Path, name: str = "") -> Brought:
    """A new board of a zip; where its name is taken it is called `… 2`.

    Args:
        name: what to call it in place of its own name.

    Raises:
        BadInput: it is no zip of a board, or says what a board cannot be.
    """
    try:
        with zipfile.ZipFile(path) as archive:
            document = _document(archive, path.name)
            bringer = _Bringer(store, project_id, document)
            bringer.take_pictures(archive)
    except (OSError, *DAMAGE) as error:
        raise BadInput(f"{path.name} is not a zip that can be read ({sources.reason(error)}).") from error
    return bringer.board(name)


def _document(archive: zipfile.ZipFile, name: str) -> Document:
    if DOCUMENT not in archive.namelist():
        raise BadInput(f"{name} holds no {DOCUMENT}. Choose a zip that was made of a storyboard.")
    if archive.getinfo(DOCUMENT).file_size > MOST:
        raise BadInput(f"{DOCUMENT} in {name} is larger than {MOST >> 20} MB. Is it the right file?")
    try:
        return Document.model_validate(json.loads(archive.read(DOCUMENT)))
    except ValidationError as error:
        first = error.errors()[0]
        where = " ".join(str(part) for part in first["loc"])
        raise BadInput(f"{name} says of {where} what a storyboard cannot have ({first['msg']}).") from error
    except (ValueError, RecursionError) as error:
        raise BadInput(f"{DOCUMENT} in {name} cannot be read ({error}). Export the board once more.") from error


class _Bringer:
    """Lays one document into a store."""

    def __init__(self, store: Store, project_id: int, document: Document) -> None:
        self._store, self._project, self._document = store, project_id, document
        self._files: dict[str, int] = {}
        self._notes: list[str] = []
        with store.session() as session:
            query = select(Lora).where(Lora.project_id == project_id, Lora.deleted.is_(None)).order_by(Lora.id)
            self._loras = {row.file: row.id for row in session.scalars(query)}

    def take_pictures(self, archive: zipfile.ZipFile) -> None:
        """Keep the pictures that can be read; the others are noted, and their takes stay away."""
        known, most = set(archive.namelist()), self._store.settings.largest_upload
        for file, part in self._document.pictures.items():
            short = sources.base(part.name)
            if part.name not in known or archive.getinfo(part.name).file_size > most:
                self._notes.append(f"The picture {short} is missing or too large; its take was left out.")
                continue
            try:
                self._files[file] = self._picture(archive.read(part.name), short, file, part)
            except BadPicture as error:
                self._notes.append(str(error))

    def _picture(self, content: bytes, short: str, file: str, part: PicturePart) -> int:
        """Keep one; the very bytes where they are those that a studio wrote, so that takes know it again."""
        checked = uploads.check(content, short, self._store.settings)
        same = hashlib.sha256(content).hexdigest() == file.partition(".")[0] and Path(file).suffix == checked.suffix
        facts = part.model_dump(exclude={"name", "blend"}) | {"blend": self._blend(part.blend)}
        kept = content if same else checked.content
        return pictures.add(self._store, self._project, checked.picture, lambda _: kept, **facts).id

    def _blend(self, parts: list[dict[str, Any]]) -> list[dict[str, Any]]:
        """A picture's blend by this library's numbers; LoRAs that are not in it are left out."""
        return [part | {"lora": self._loras[part["file"]]} for part in parts if part.get("file") in self._loras]

    def board(self, name: str) -> Brought:
        """The board's rows."""
        document = self._document
        look = [{"lora": number, "weight": part.weight} for part in document.look if (number := self._lora(part))]
        called = self._free(name or document.name)
        columns = document.board.model_dump()
        columns["settings"].pop("script", None)  # it names rows of another store
        row = boards.create(self._store, self._project, called, blend=look, **columns)
        if row.base not in {base.name for base in bases.all(self._store)}:
            self._notes.append(f"The base model “{row.base}” is not here; add it in the library, or choose another.")
        with self._store.session() as session:
            people = {one.name: self._character(session, row, one) for one in document.cast}
            for position, scene in enumerate(document.scenes):
                self._scene(session, row, scene, position, people)
            session.commit()
        return Brought(row.id, self._notes)

    def _free(self, name: str) -> str:
        taken = {row.name for row in boards.all(self._store, self._project)}
        tried, number = name, 1
        while tried in taken:
            number += 1
            tried = f"{name[: LONGEST - 4]} {number}"
        return tried

    def _lora(self, part: LoraPart | None) -> int | None:
        """This library's LoRA with that file, or None, which is noted."""
        if part is None:
            return None
        if part.file not in self._loras:
            note = f"The LoRA “{part.name}” is not in this library. Bring it in and choose it again to draw as before."
            self._notes += [] if note in self._notes else [note]
        return self._loras.get(part.file)

    def _character(self, session: Session, board: Board, part: CharacterPart) -> int:
        row = Character(
            board_id=board.id, name=part.name, words=part.words, weight=part.weight, lora_id=self._lora(part.lora),
            picture_id=self._files.get(part.picture),
        )  # fmt: skip
        session.add(row)
        session.flush()
        return row.id

    def _scene(
        self, session: Session, board: Board, part: ScenePart, position: int, people: dict[str, int]
    ) -> None:  # fmt: skip
        row = Scene(board_id=board.id, position=position, **part.model_dump(exclude={"shots"}))
        session.add(row)
        session.flush()
        for place, shot in enumerate(part.shots):
            self._shot(session, (board, row), shot, place, people)

    def _shot(
        self, session: Session, of: tuple[Board, Scene], part: ShotPart, position: int, people: dict[str, int]
    ) -> None:  # fmt: skip
        apart = {"characters", "sketch", "chosen", "takes", "drawn_with"}
        row = Shot(scene_id=of[1].id, position=position, **part.model_dump(exclude=apart))
        row.characters = [people[name] for name in part.characters if name in people]
        row.sketch_id = self._files.get(part.sketch)
        session.add(row)
        session.flush()
        if part.drawn_with is not None and shot_prompts.seed(*of, row) != part.drawn_with:
            row.seed = part.drawn_with  # a board gives seeds by the numbers of its rows, which are others here
        numbers = []
        for take in part.takes:
            if take.picture in self._files:
                told = take.model_dump(exclude={"picture"})
                session.add(kept := Take(shot_id=row.id, picture_id=self._files[take.picture], **told))
                session.flush()
                numbers.append(kept.id)
            else:
                numbers.append(None)
        row.chosen = numbers[part.chosen] if -1 < part.chosen < len(numbers) else None
        row.kept = row.kept and any(numbers)
