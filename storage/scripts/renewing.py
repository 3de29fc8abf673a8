"""A board brought up to its script: what was changed in the file changes on the board, and nothing else does."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from sqlmodel import Session

from storage import boards, scenes, sequence, shots
from storage.board_tables import Scene, Shot
from storage.database import Store
from storage.scripts import undoing
from storage.scripts.bringing import join, remember
from storage.scripts.matching import arranged
from storage.scripts.script import Script
from storage.scripts.telling import (
    Known,
    Says,
    Teller,
    Told,
    new_scene,
    new_shot,
    remembered,
    same_scenes,
    same_shots,
)
from storage.scripts.undoing import Changed
from storage.tables import now

SHOWN = ("framing", "angle", "action", "characters", "prompt")
"""Columns that a shot's picture shows: they stay where a person has locked its take or written its prompt."""


class Renewed(NamedTuple):
    """What came of a script that came again; `undo` takes it back."""

    scenes: list[int]
    shots: int
    characters: list[str]
    counts: Changed


def renew(store: Store, board_id: int, script: Script) -> Renewed:
    """Bring a board up to its script, by what the script said when it came last.

    What was changed in the file is changed, what was added comes, what was taken out goes. Whatever a person has edited,
    added, deleted, moved or locked on the board stays as it is, and so does what the script says as before.

    Raises:
        BadInput: the board or a scene would have too much.
    """
    board = boards.get(store, board_id)
    people, new = join(store, board, script, again=False)
    teller = Teller(board, people)
    told = [teller.scene(written) for written in script.scenes]
    with store.session() as session:
        renewer, before = _Renewer(session, board_id), undoing.state(session, board_id)
        known = renewer.renew(remembered(board)["scenes"] or renewer.adopted(told), told)
        back = undoing.step(before, undoing.state(session, board_id), [people[name.casefold()] for name in new])
        back["known"] = {name: value for name, value in remembered(board).items() if name != "step"}
        remember(session, board_id, people, known, back)
        session.commit()
    return Renewed(renewer.scenes, renewer.shots, new, undoing.counted(back))


class _Renewer:
    """Changes the rows of one board; `scenes` and `shots` tell what came."""

    def __init__(self, session: Session, board_id: int) -> None:
        self._session, self._board = session, board_id
        self.scenes: list[int] = []
        self.shots = 0

    def adopted(self, told: list[Told]) -> list[Known]:
        """What is to be remembered of a board that remembers nothing: scenes that say the same are taken as they are."""
        rows = sequence.ordered(self._session, Scene, self._board)
        words = [tuple(getattr(row, name) for name in ("heading", "description", "dialogue")) for row in rows]
        known = []
        for one in told:
            said = tuple(one.says[name] for name in ("heading", "description", "dialogue"))
            if said in words:
                scene = rows[words.index(said)]
                words[words.index(said)] = ()
                own = sequence.ordered(self._session, Shot, scene.id)
                ids = [shot.id for shot in own] if len(own) == len(one.shots) else [None] * len(one.shots)
                said_of = [{"shot": number, "says": says} for number, says in zip(ids, one.shots, strict=True)]
                known.append({"scene": scene.id, "says": one.says, "shots": said_of})
        return known

    def renew(self, old: list[Known], told: list[Told]) -> list[Known]:
        """Do it; what is to be remembered."""
        same = same_scenes([Told(one["says"], [shot["says"] for shot in one["shots"]]) for one in old], told)
        scenes.room(self._session, self._board, len(told) - len(same))
        known = [self._scene(old[same[at]] if at in same else None, one) for at, one in enumerate(told)]
        for place, one in enumerate(old):
            if place not in same.values():
                self._leave(one)
        rows = sequence.ordered(self._session, Scene, self._board)
        _arrange(rows, [one["scene"] for one in old], [one["scene"] for one in known])
        return known

    def _scene(self, old: Known | None, told: Told) -> Known:
        if old is None:
            row = new_scene(self._board, told.says)
            self._session.add(row)
            self._session.flush()
            self.scenes.append(row.id)
            return {"scene": row.id, "says": told.says, "shots": self._shots(row, [], told.shots)}
        found = self._session.get(Scene, old["scene"]) if old["scene"] else None
        if found is None or found.deleted:
            return _gone(old, told)
        _bring_up(found, old["says"], told.says)
        return {"scene": found.id, "says": told.says, "shots": self._shots(found, old["shots"], told.shots)}

    def _shots(self, scene: Scene, old: list[Known], told: list[Says]) -> list[Known]:
        same = same_shots([one["says"] for one in old], told)
        for place, one in enumerate(old):
            if place not in same.values():
                self._leave_shot(one)
        known = [
            self._shot(old[same[at]], says) if at in same else self._new_shot(scene, says)
            for at, says in enumerate(told)
        ]
        rows = sequence.ordered(self._session, Shot, scene.id)
        _arrange(rows, [one["shot"] for one in old], [one["shot"] for one in known])
        return known

    def _shot(self, old: Known, says: Says) -> Known:
        row = self._session.get(Shot, old["shot"]) if old["shot"] else None
        if row is None:
            return {"shot": None, "says": says}
        stays = SHOWN if row.kept or (row.locked and row.prompt != old["says"]["prompt"]) else ()
        own = says | {name: old["says"][name] for name in stays}
        _bring_up(row, old["says"], own)
        return {"shot": row.id, "says": own}

    def _new_shot(self, scene: Scene, says: Says) -> Known:
        shots.room(self._session, scene.id)
        row = new_shot(scene.id, shots.MOST, says)
        self._session.add(row)
        self._session.flush()
        self.shots += 1
        return {"shot": row.id, "says": says}

    def _leave(self, old: Known) -> None:
        """Take a scene away that is in the script no more, with what in it is nobody's work."""
        row = self._session.get(Scene, old["scene"]) if old["scene"] else None
        if row is None:
            return
        for shot in old["shots"]:
            self._leave_shot(shot)
        if _untouched(row, old["says"]) and not sequence.ordered(self._session, Shot, row.id):
            row.deleted = row.deleted or now()

    def _leave_shot(self, old: Known) -> None:
        row = self._session.get(Shot, old["shot"]) if old["shot"] else None
        if row is not None and not _own(row) and _untouched(row, old["says"] | {"locked": bool(old["says"]["prompt"])}):
            row.deleted = row.deleted or now()


def _own(row: Shot) -> bool:
    """Whether a person has locked a shot's take, or given it a seed, a sketch or a shot to start from."""
    return row.kept or row.seed is not None or bool(row.start)


def _bring_up(row: Scene | Shot, before: Says, told: Says) -> None:
    """Set what the script says otherwise than before, where the row still says what it said."""
    for name, value in told.items():
        mine = getattr(row, name)
        if value == before[name]:
            continue
        if name == "characters":
            stay = [one for one in mine if one in value or one not in before[name]]
            setattr(row, name, list(dict.fromkeys([*stay, *(one for one in value if one not in before[name])])))
        elif mine == before[name]:
            setattr(row, name, value)
            if name == "prompt" and isinstance(row, Shot):
                row.locked = bool(value)


def _untouched(row: Scene | Shot, said: Says) -> bool:
    """Whether a row says what the script said; somebody more or less in a shot is nobody's words."""
    return all(getattr(row, name) == value for name, value in said.items() if name != "characters")


def _gone(old: Known, told: Told) -> Known:
    """A scene that a person took away stays away."""
    return {"scene": old["scene"], "says": told.says, "shots": [{"shot": None, "says": says} for says in told.shots]}


def _arrange(rows: Sequence[Scene | Shot], before: list[int | None], wanted: list[int | None]) -> None:
    """Let rows stand as `arranged` says."""
    there = {row.id: row for row in rows}
    older = [one for one in before if one in there]
    now_ = [number for number in there if number in older or number not in wanted]
    order = arranged(now_, [one for one in older if one], [one for one in wanted if one in there and one])
    for position, number in enumerate(order):
        there[number].position = position
