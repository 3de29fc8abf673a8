"""What a script says of scenes and shots, as the columns of a board, and what of it a board remembers.

Board.settings["script"] is `{"cast": {name: id}, "scenes": [{"scene": id, "says": columns, "shots": [{"shot": id, "says":
columns}]}], "step": {…}}`: what the script said when it came last. An id is None where a person left that scene or shot out.
`step` takes back what its coming did (undoing.py); it is there after `renew` alone.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any, NamedTuple

from storage import scenes, sequence
from storage.board_tables import Board, Scene, Shot
from storage.scripts.matching import pairs
from storage.scripts.proposing import propose, rules
from storage.scripts.script import Written

OF_SHOT = ("framing", "angle", "action", "dialogue", "characters", "seconds", "notes", "prompt")

Says = dict[str, Any]
"""Columns of a scene or a shot."""

Known = dict[str, Any]
"""What a board remembers of its script, of one of its scenes or of one of its shots."""


class Told(NamedTuple):
    """A scene and its shots."""

    says: Says
    shots: list[Says]


class Teller:
    """Says a script in the words of one board: by its rules, its framings and its cast (casefolded name → id)."""

    def __init__(self, board: Board, people: Mapping[str, int]) -> None:
        self._people, self._rules = people, rules(board.settings.get("rules"))
        self._framings = {one["word"].casefold(): one["name"] for one in board.framings}
        self._framings |= {one["name"].casefold(): one["name"] for one in board.framings}
        self._usual = self._framings.get("medium", board.framings[0]["name"])

    def scene(self, written: Written) -> Told:
        """A scene with the shots that are proposed for it."""
        row = Scene(board_id=0)
        sequence.fill(row, {name: getattr(written, name) for name in scenes.FIELDS}, scenes.FIELDS)
        shots = [self.shot(facts) for facts in propose(written, self._people, self._rules)]
        return Told({name: getattr(row, name) for name in scenes.FIELDS}, shots)

    def shot(self, facts: Mapping[str, Any]) -> Says:
        """A shot of which `facts` are told, `characters` by name."""
        named = [self._people.get(name.casefold()) for name in facts.get("characters", [])]
        framing = self._framings.get(str(facts.get("framing", "medium")).casefold(), self._usual)
        row = Shot(scene_id=0)
        own = {"framing": framing, "characters": list(dict.fromkeys(one for one in named if one is not None))}
        sequence.fill(row, {**facts, **own}, OF_SHOT)
        return {name: getattr(row, name) for name in OF_SHOT}


def remembered(board: Board) -> Known:
    """What the board remembers; nothing where no script came, or it came from another studio."""
    known = board.settings.get("script")
    return known if isinstance(known, dict) else {"cast": {}, "scenes": []}


def new_scene(board_id: int, says: Says) -> Scene:
    """A row that says so."""
    return Scene(board_id=board_id, **says)


def new_shot(scene_id: int, position: int, says: Says) -> Shot:
    """A row that says so; a prompt that a script gives stays as it is."""
    return Shot(scene_id=scene_id, position=position, locked=bool(says["prompt"]), **says)


def same_scenes(old: list[Told], new: list[Told]) -> dict[int, int]:
    """Place in `new` → place in `old` of the same scene."""
    words = ("heading", "description", "dialogue")
    keys = (
        lambda one: json.dumps([one.says, one.shots]),
        lambda one: tuple(one.says[name] for name in words),
        lambda one: _any(one.says["description"], one.says["dialogue"]),
        lambda one: one.says["heading"],
    )
    return pairs(old, new, keys, lambda one: " ".join(one.says[name] for name in words), least=0.5)


def same_shots(old: list[Says], new: list[Says]) -> dict[int, int]:
    """Place in `new` → place in `old` of the same shot."""
    keys = (json.dumps, lambda says: _any(says["action"], says["dialogue"]))
    return pairs(old, new, keys, lambda says: f"{says['action']} {says['dialogue']}", least=0)


def _any(*texts: str) -> tuple[str, ...]:
    return texts if any(texts) else ()
