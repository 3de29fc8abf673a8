"""Somebody who joins a board's cast, or is called otherwise, is put into the shots that name them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from sqlmodel import Session

from storage import sequence
from storage.board_tables import Character, Scene, Shot
from storage.database import Store
from storage.mentions import mentions


def put(store: Store, character_id: int) -> list[int]:
    """Put somebody into every shot that names them and that they are not in; the numbers of these shots.

    Shots whose take is locked or whose prompt was written by hand stay as they are. A single Latin letter, as the page
    calls somebody at first, names nobody.
    """
    with store.session() as session:
        row = sequence.there(session, Character, character_id)
        if len(row.name) == 1 and row.name.isascii():
            return []
        wanted = [shot for scene, shot in _shots(session, row.board_id) if _names(scene, shot, row.name)]
        new = [shot for shot in wanted if character_id not in shot.characters and not shot.kept and not shot.locked]
        for shot in new:
            shot.characters = [*shot.characters, character_id]
        session.commit()
        return [shot.id for shot in new]


def take_out(store: Store, character_id: int, shot_ids: Iterable[int]) -> None:
    """Take somebody out of shots, as `put` names them."""
    with store.session() as session:
        for number in shot_ids:
            shot = sequence.there(session, Shot, number)
            shot.characters = [one for one in shot.characters if one != character_id]
        session.commit()


def seen_in(store: Store, character_id: int) -> list[int]:
    """The shots that somebody is in."""
    with store.session() as session:
        row = sequence.there(session, Character, character_id)
        return [shot.id for _, shot in _shots(session, row.board_id) if character_id in shot.characters]


def _shots(session: Session, board_id: int) -> Iterator[tuple[Scene, Shot]]:
    for scene in sequence.ordered(session, Scene, board_id):
        yield from ((scene, shot) for shot in sequence.ordered(session, Shot, scene.id))


def _names(scene: Scene, shot: Shot, name: str) -> bool:
    """By what happens and is said in it; by the scene's description where it shows that, or says nothing of its own."""
    own = f"{shot.action}\n{shot.dialogue}"
    shown = "" if scene.location and own.strip() else scene.description
    return mentions(f"{own}\n{shown}", name)
