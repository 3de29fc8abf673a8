"""What comes into a storyboard and goes out of it: scripts with the shots that are proposed, and files in every kind."""

from __future__ import annotations

import secrets
from pathlib import Path
from typing import Any

from jobs import folder
from storage import boardin, boardout, boards, panels, scripts
from storage.board_tables import FRAMINGS
from storage.boardout.order import LAYOUTS, Order
from storage.database import Store
from storage.errors import BadInput
from storage.scripts import Script
from studio import carrying, giving
from studio.asking import ask
from studio.board_edits import create_board
from studio.boards import called
from studio.scene import Scene
from studio.words import Words

OF_SHOT = ("framing", "angle", "action", "dialogue", "characters", "seconds", "notes", "prompt")
"""Columns of a proposed shot that a person may change before it is taken."""

Rules = dict[str, dict[str, Any]]


def declare(scene: Scene) -> None:
    """Offer the endpoints that read a script, take its shots, and write a board."""
    words = scene.words

    def read_script(store: Store, text: str, name: str = "", rules: Rules | None = None) -> dict[str, Any]:
        """The scenes of a script with the shots that the rules propose, and the rules; nothing is kept.

        `name` is that of its file, `rules` what is to be otherwise than usual.
        """
        return _proposed(words, scripts.read(text, name), rules or {})

    def list_exports(store: Store) -> list[dict[str, Any]]:
        """What a board can be written as: `form`, `options`, and how the page calls it."""
        return [row for name in boardout.names() for row in _forms(words, name)]

    def export_board(store: Store, board: int, form: str, options: dict[str, Any] | None = None) -> dict[str, Any]:
        """Write a board as one of `list_exports`; answers where to download it within the hour, and its name.

        What takes longer becomes a job: then the answer is its number, `job`, and `/made/{job}` has the file at its end.
        """
        asked = {"language": words.language} | (options or {})
        order, form, reel = Order(**asked), boardout.possible(form), panels.of(store, board)
        if boardout.slow(form, len(reel.panels)):
            task = folder.task("board").model_validate({"board": board, "kind": form} | asked)
            return {"job": ask(scene, "board", task, boards.get(store, board).project_id)}
        target = carrying.place(store, secrets.token_hex(8)) / boardout.file_name(form, reel)
        boardout.write(form, reel, target, order)
        url = f"/export/{target.parent.name.removeprefix('export-')}"
        return {"url": url, "name": target.name, "bytes": target.stat().st_size}

    def bring_board(project: int, path: Path) -> dict[str, Any]:
        """Bring a board's zip in again; answers its number and `notes`, a sentence for each thing that could not come."""
        came = boardin.bring(scene.store, project, path)
        return {"board": came.board_id, "notes": [words.error(note) for note in came.notes]}

    giving.taking(scene, bring_board)
    for fn in (read_script, take_script, renew_board, undo_renewal, list_exports, export_board):
        scene.action(fn)


def _forms(words: Words, name: str) -> list[dict[str, Any]]:
    if name == "pdf":
        return [{"form": name, "options": {"per_page": n}, "say": words("board.export.pdf", n=n)} for n in LAYOUTS]
    key = f"board.export.{name}"
    return [{"form": name, "options": {}, "say": words(key) if words.has(key) else boardout.get(name).TITLE}]


def _proposed(words: Words, script: Script, own: Rules) -> dict[str, Any]:
    rules = scripts.rules(own)
    people = script.speakers
    scenes = [
        {"heading": one.heading or one.location, "shots": scripts.propose(one, people, rules)} for one in script.scenes
    ]
    framings = [{"name": one["name"], "say": called(words, one["name"])} for one in FRAMINGS]
    return {
        "kind": script.kind,
        "title": script.title,
        "scenes": scenes,
        "people": people,
        "rules": rules,
        "framings": framings,
    }


def take_script(
    store: Store, project: int, board: int, text: str, shots: list[list[dict[str, Any]]], options: dict[str, Any]
) -> int:
    """Put a script onto a board; answers the board's number.

    Args:
        board: its number; 0 makes a new one.
        shots: for each scene those to take, as `read_script` proposed them; a scene without any is left out.
        options: `name` of a new board, `source`, the name of the script's file, and `rules` that the board keeps.
    """
    script = scripts.read(text, str(options.get("source", "")))
    chosen = _chosen(script, shots)
    number = board or create_board(store, project, str(options.get("name") or script.title or "Board"))
    if options.get("rules"):
        row = boards.get(store, number)
        boards.edit(store, number, settings=row.settings | {"rules": options["rules"]})
    scripts.bring(store, number, script, chosen)
    return number


def renew_board(store: Store, board: int, text: str, source: str = "") -> dict[str, int]:
    """Bring a board up to a script that was changed since; answers how many shots changed, came and went.

    What was edited, locked, added or deleted on the board stays. `undo_renewal` takes all of it back. `source` is the name of
    the script's file.
    """
    return scripts.renew(store, board, scripts.read(text, source)).counts._asdict()


def undo_renewal(store: Store, board: int) -> None:
    """Take back what the last `renew_board` did; what was changed since stays."""
    scripts.undo(store, board)


def _chosen(script: Script, shots: list[list[dict[str, Any]]]) -> list[list[dict[str, Any]]]:
    """What is told of the shots that are taken, scene by scene."""
    if len(shots) != len(script.scenes):
        raise BadInput("The script has changed since its shots were proposed. Look at the shots again, then take them.")
    if not any(shots):
        raise BadInput("No shot of the script is left. Leave at least one in.")
    return [[_columns(shot) for shot in rows] for rows in shots]


def _columns(shot: dict[str, Any]) -> dict[str, Any]:
    return {name: shot[name] for name in OF_SHOT if shot.get(name) not in (None, "")}
