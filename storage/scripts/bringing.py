"""A script brought onto a board: its scenes with their first shots, and everybody who speaks."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any, NamedTuple

from sqlmodel import Session

from storage import boards, cast, scenes, sequence
from storage.board_tables import Board, Scene, Shot
from storage.database import Store
from storage.scripts.script import Script
from storage.scripts.telling import Known, Says, Teller, Told, new_scene, new_shot, remembered, same_shots


class Brought(NamedTuple):
    """What came of a script; deleting these scenes takes it back."""

    scenes: list[int]
    shots: int
    characters: list[str]


def bring(
    store: Store, board_id: int, script: Script, chosen: Sequence[Sequence[Mapping[str, Any]]] | None = None
) -> Brought:
    """Put a script's scenes behind those of a board, each with the shots that the board's rules propose.

    Whoever speaks and is not in the cast yet joins it, with neither LoRA nor words.

    Args:
        chosen: for each scene the shots to take in place of those proposed; a scene without any is left out.

    Raises:
        BadInput: the board would have too many scenes.
    """
    board = boards.get(store, board_id)
    taken = script if chosen is None else _taken(script, chosen)
    with store.session() as session:
        scenes.room(session, board_id, len(taken.scenes))
    people, new = join(store, board, taken)
    teller = Teller(board, people)
    with store.session() as session:
        first = len(sequence.ordered(session, Scene, board_id))
        known = []
        for place, written in enumerate(script.scenes):
            told = teller.scene(written)
            own = told.shots if chosen is None else [teller.shot(facts) for facts in chosen[place]]
            known.append(_keep(session, board_id, first + place, told, own))
        remember(session, board_id, people, remembered(board)["scenes"] + known)
        session.commit()
        made = [one["scene"] for one in known if one["scene"] is not None]
        return Brought(made, sum(len(sequence.ordered(session, Shot, number)) for number in made), new)


def join(store: Store, board: Board, script: Script, again: bool = True) -> tuple[dict[str, int], list[str]]:
    """Everybody of the board, casefolded name → id, also by the names that its script gave them; and who is new to it.

    Args:
        again: whether those who were taken out of the cast join it again.
    """
    here = cast.all(store, board.id)
    ids = {one.id for one in here}
    known = {name: number for name, number in remembered(board)["cast"].items() if number in ids or not again}
    known |= {one.name.casefold(): one.id for one in here}
    new = [name for name in script.speakers if name.casefold() not in known and name != "?"]
    return known | {name.casefold(): cast.add(store, board.id, name).id for name in new}, new


def remember(
    session: Session, board_id: int, people: Mapping[str, int], known: list[Known], back: Known | None = None
) -> None:
    """Let a board know what its script said, and `back`, the step that takes its coming back."""
    row = session.get_one(Board, board_id)
    said = {"cast": dict(people), "scenes": known} | ({"step": back} if back else {})
    row.settings = row.settings | {"script": said}


def _taken(script: Script, chosen: Sequence[Sequence[Mapping[str, Any]]]) -> Script:
    """What is left of a script of which these shots are taken."""
    scenes_of = [
        replace(scene, shots=tuple(dict(shot) for shot in rows))
        for scene, rows in zip(script.scenes, chosen, strict=True)
        if rows
    ]
    return replace(script, scenes=tuple(scenes_of))


def _keep(session: Session, board_id: int, position: int, told: Told, own: list[Says]) -> Known:
    """Add a scene with these shots of its own; what is to be remembered of it."""
    ids: dict[int, int] = {}
    scene = None
    if own:
        scene = new_scene(board_id, told.says)
        scene.position = position
        session.add(scene)
        session.flush()
        rows = [new_shot(scene.id, place, says) for place, says in enumerate(own)]
        session.add_all(rows)
        session.flush()
        ids = {place: rows[at].id for at, place in same_shots(told.shots, own).items()}
    shots = [{"shot": ids.get(place), "says": says} for place, says in enumerate(told.shots)]
    return {"scene": scene.id if scene else None, "says": told.says, "shots": shots}
