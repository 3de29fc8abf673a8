"""A script brought onto a board: its scenes with their first shots, and everybody who speaks."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from typing import Any, NamedTuple

from sqlmodel import Session

from storage import boards, cast, scenes, sequence
from storage.board_tables import Board, Scene, Shot
from storage.database import Store
from storage.scripts.proposing import propose, rules
from storage.scripts.script import Script, Written


class Brought(NamedTuple):
    """What came of a script; deleting these scenes takes it back."""

    scenes: list[int]
    shots: int
    characters: list[str]


def bring(store: Store, board_id: int, script: Script) -> Brought:
    """Put a script's scenes behind those of a board, each with the shots that the board's rules propose.

    Whoever speaks and is not in the cast yet joins it, with neither LoRA nor words.

    Raises:
        BadInput: the board would have too many scenes.
    """
    board = boards.get(store, board_id)
    by = rules(board.settings.get("rules"))
    with store.session() as session:
        scenes.room(session, board_id, len(script.scenes))
    known = {one.name.casefold(): one for one in cast.all(store, board_id)}
    new = [name for name in script.speakers if name.casefold() not in known and name != "?"]
    for name in new:
        known[name.casefold()] = cast.add(store, board_id, name)
    numbers = {name: one.id for name, one in known.items()}
    people = [one.name for one in known.values()]
    with store.session() as session:
        first = len(sequence.ordered(session, Scene, board_id))
        made, shots = [], 0
        for position, written in enumerate(script.scenes, first):
            row = _scene(board_id, position, written)
            session.add(row)
            session.flush()
            shots += _shots(session, row, board, propose(written, people, by), numbers)
            made.append(row.id)
        session.commit()
    return Brought(made, shots, new)


def renew(store: Store, board_id: int, script: Script) -> Brought:
    """Bring a board up to its script: scenes that say the same stay with their shots and takes, the others go or come.

    Nothing at all is done where the script is the one that was brought last.
    """
    board = boards.get(store, board_id)
    mark = hashlib.sha256(repr(script.scenes).encode()).hexdigest()[:16]
    if board.settings.get("script") == mark:
        return Brought([], 0, [])
    kept: dict[tuple[str, ...], list[int]] = {}
    for row in scenes.all(store, board_id):
        kept.setdefault((row.heading, row.description, row.dialogue), []).append(row.id)
    stays = [kept.get(_key(written), []) for written in script.scenes]
    places = [known.pop(0) if known else None for known in stays]
    for number in (number for rest in kept.values() for number in rest):
        scenes.delete(store, number)
    fresh = [written for written, place in zip(script.scenes, places, strict=True) if place is None]
    brought = bring(store, board_id, replace(script, scenes=tuple(fresh)))
    new = iter(brought.scenes)
    for position, place in enumerate(places):
        scenes.move(store, next(new) if place is None else place, position)
    boards.edit(store, board_id, settings=board.settings | {"script": mark})
    return brought


def _key(written: Written) -> tuple[str, ...]:
    return tuple(text.strip() for text in (written.heading, written.description, written.dialogue))


def _scene(board_id: int, position: int, written: Written) -> Scene:
    row = Scene(board_id=board_id, position=position)
    fields = {name: getattr(written, name) for name in scenes.FIELDS}
    sequence.fill(row, fields, scenes.FIELDS)
    return row


def _shots(
    session: Session, scene: Scene, board: Board, proposed: list[dict[str, Any]], numbers: dict[str, int]
) -> int:
    framings = {one["name"].casefold(): one["name"] for one in board.framings}
    framings |= {one["word"].casefold(): one["name"] for one in board.framings}
    for position, facts in enumerate(proposed):
        people = [numbers[name.casefold()] for name in facts.pop("characters", []) if name.casefold() in numbers]
        usual = next(iter(framings.values()))
        framing = framings.get(facts.pop("framing", "medium").casefold(), framings.get("medium", usual))
        row = Shot(scene_id=scene.id, position=position, framing=framing, characters=people)
        sequence.fill(row, facts, ("angle", "action", "dialogue", "seconds", "notes", "prompt"))
        row.locked = bool(row.prompt)
        session.add(row)
    return len(proposed)
