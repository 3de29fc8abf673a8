"""Draw the storyboard of the demonstration project anew, of its script and with the bundled models, into models/demo."""

from __future__ import annotations

import argparse
import tempfile
from pathlib import Path

from door import ask, demonstration, follow, rooms
from door.rehearsal import Clock
from jobs import folder
from jobs.engines.local import Local
from storage import boardout, boards, cast, loras, panels, projects, scripts, storyboard, takes
from storage.board_tables import Board
from storage.database import Store
from storage.errors import StudioError
from storage.tables import Project

CAST = {
    "June": "a woman with light skin, long red hair and freckles",
    "Theo": "a man with tan skin, short black hair and glasses",
}
"""How they look, in the words that the bundled model knows."""


def options(parser: argparse.ArgumentParser) -> None:
    """How it is drawn."""
    parser.add_argument("--seed", type=int, default=7, metavar="N", help="the number that all seeds follow from [7]")
    parser.add_argument("--weight", type=float, default=0.8, metavar="X", help="of the style's LoRA [0.8]")
    parser.add_argument("--tries", type=int, default=2, metavar="N", help="more, where a framing is wrong [2]")


def run(options: argparse.Namespace) -> int:
    """Draw it in a store of its own, and put its zip where the demonstration project finds it."""
    clock = Clock()
    with tempfile.TemporaryDirectory() as place:
        settings = rooms.settings(options).at(Path(place) / "home")
        store = Store.open(settings)
        board = _board(store, projects.first(store), options)
        with follow.working(store, settings, ("now",)) as engine:
            clock.say(f"Drawing “{board.name}”")
            _draw(store, engine, board, options.tries)
        _keep_chosen(store, board.id)
        reel = panels.of(store, board.id)
        boardout.write("zip", reel, demonstration.BOARD)
        store.close()
    size = demonstration.BOARD.stat().st_size / 1024
    clock.say(f"{len(reel.panels)} shots, {size:.0f} KB; {demonstration.BOARD}")
    return 0


def _board(store: Store, project: Project, options: argparse.Namespace) -> Board:
    """The script's scenes and shots, its cast and its look."""
    demonstration.keep_lora(store, project)
    lora = loras.named(store, project.id, demonstration.STYLE)
    script = scripts.read(demonstration.SCRIPT.read_bytes(), demonstration.SCRIPT.name)
    origin = {"made_by": "python app.py demo-board", "script": f"models/demo/{demonstration.SCRIPT.name}"}
    board = boards.create(
        store, project.id, script.title, shape="1:1", seed=options.seed, settings={"origin": origin},
        blend=[{"lora": lora.id, "weight": options.weight}],
    )  # fmt: skip
    scripts.bring(store, board.id, script)
    for one in cast.all(store, board.id):
        name = one.name.capitalize()
        cast.edit(store, one.id, name=name, words=CAST[name])
    return board


def _draw(store: Store, engine: Local, board: Board, tries: int) -> None:
    task = folder.task("storyboard").model_validate({"board": board.id, "tries": tries})
    job = follow.finish(store, ask.put(store, projects.get(store, board.project_id), "storyboard", task), engine)
    if job.state != "done":
        raise StudioError(job.error or f"{job.title} ended {job.state}.")


def _keep_chosen(store: Store, board_id: int) -> None:
    """Let each shot keep the take that counts alone: what is shipped is to be small."""
    for _, shot in storyboard.whole(store, board_id).shots:
        for take in shot.takes:
            if take is not shot.take:
                takes.delete(store, take.id)
