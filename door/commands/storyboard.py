"""A script becomes a storyboard: scenes, shots, and a picture of each; run again, it draws what has changed alone."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import Any

from door import ask, follow, rooms
from door import boards as files
from door.options import request
from jobs import folder
from storage import bases, board_tables, boards, cast, casting, loras, pictures, scripts, storyboard
from storage.board_tables import Character
from storage.database import Store
from storage.errors import BadInput, NotFound
from storage.tables import Job, Project

COLUMNS = ("base", "style", "negative", "shape", "seeds", "seed", "width", "height")
"""Options that are columns of a board."""

OF_DRAWING = ("steps", "guidance", "sampler")


def options(parser: argparse.ArgumentParser) -> None:
    """The script, the board and its look, and what is to be made of it."""
    rooms.add_project(parser)
    parser.add_argument(
        "script",
        nargs="?",
        type=Path,
        metavar="SCRIPT",
        help="plain text, Fountain or CSV; without it the board is drawn as it is",
    )
    parser.add_argument("--board", metavar="NAME", help="the board; made if there is none [the script's name]")
    parser.add_argument("--blend", nargs="+", action="extend", metavar="NAME:WEIGHT", help="LoRAs that all shots share")
    parser.add_argument(
        "--character", nargs="+", action="extend", metavar="NAME=LORA:WEIGHT",
        help="who is drawn by which LoRA, or by which words: Mina=mina:0.8, or Mina=\"a woman with red hair\"",
    )  # fmt: skip
    parser.add_argument(
        "--reference", nargs="+", action="extend", metavar="NAME=FILE",
        help="what a character looks like: shots whose face is unlike it are drawn again",
    )  # fmt: skip
    parser.add_argument(
        "--rename",
        nargs="+",
        action="extend",
        metavar="NAME=NAME",
        help="a character's new name; shots that say it get them",
    )
    parser.add_argument("--faces", metavar="NAME", default="mini", help="the model that tells faces apart [mini]")
    parser.add_argument("--base", metavar="NAME", help="the base model [mini]")
    parser.add_argument("--style", metavar="WORDS", help="words at the end of every prompt")
    parser.add_argument("--negative", metavar="WORDS", help="what no shot shall show")
    parser.add_argument("--shape", choices=boards.SHAPES, help="width to height [16:9; a square with mini]")
    parser.add_argument("--width", type=int, metavar="N", help="in pixels, in place of --shape")
    parser.add_argument("--height", type=int, metavar="N", help="in pixels")
    parser.add_argument("--seeds", choices=("scene", "shot"), help="whether the shots of a scene share a seed [scene]")
    parser.add_argument("--seed", type=int, metavar="N", help="the number that all seeds follow from")
    parser.add_argument("--steps", type=int, metavar="N", help="steps of each picture")
    parser.add_argument("--guidance", type=float, metavar="X", help="how strictly the prompt is followed")
    parser.add_argument("--sampler", metavar="NAME", help="the sampler [the base model's own]")
    parser.add_argument(
        "--tries", type=int, default=2, metavar="N", help="how often a wrongly framed shot is drawn again [2]"
    )
    parser.add_argument("--again", action="store_true", help="draw every shot that is not locked again, with new seeds")
    parser.add_argument("--no-pictures", action="store_true", help="only make the board")
    parser.add_argument(
        "--out", type=Path, metavar="FOLDER", help="where the pictures go, by the numbers of their shots"
    )
    parser.add_argument(
        "--prompts", type=Path, metavar="FILE", help="no board: a grid with a row for each line of this file"
    )
    parser.add_argument(
        "--tokens", nargs="+", metavar="TOKEN", help="with --prompts: its columns [the tokens of the LoRAs]"
    )
    files.options(parser)


def run(options: argparse.Namespace) -> int:
    """Make or renew the board, draw what has changed, and say how it stands."""
    settings = rooms.settings(options)
    store = Store.open(settings)
    project = rooms.project(store, options.project)
    if options.prompts:
        name, task = "sweep", _grid(store, project, options)
    else:
        board = _board(store, project, options)
        if options.no_pictures:
            print(_told(store, board), *files.write(store, board, options), sep="\n")
            return 0
        asked = {"board": board} | {key: getattr(options, key) for key in ("again", "tries", "faces")}
        name, task = "storyboard", request(folder.task("storyboard"), asked)
    with follow.working(store, settings, [task.lane]) as engine:
        job = follow.finish(store, ask.put(store, project, name, task), engine)
    if name == "sweep" or job.state != "done":
        return ask.ending(store, job, options.out)
    return _ending(store, job, options)


# ── the board ────────────────────────────────────────────────────────────────
def _board(store: Store, project: Project, options: argparse.Namespace) -> int:
    """The number of the board, as the options want it."""
    script = _script(options.script) if options.script else None
    name = options.board or (options.script.stem if options.script else "")
    known = {row.name: row for row in boards.all(store, project.id)}
    if name not in known and script is None:
        boards.named(store, project.id, name)
    fields = _fields(store, project, options)
    row = known.get(name) or boards.create(store, project.id, name, **fields)
    own = {key: value for key in OF_DRAWING if (value := getattr(options, key)) is not None}
    boards.edit(store, row.id, **fields | {"settings": row.settings | own})
    if script is not None:
        did = scripts.renew(store, row.id, script).counts
        if name in known and any(did):
            told = f"Shots that the script changed: {did.changed}; that came: {did.came}; that went: {did.gone}."
            print(told, file=sys.stderr)
    for word in options.rename or []:
        _rename(store, row.id, word)
    for word in options.character or []:
        _character(store, project, row.id, word)
    for word in options.reference or []:
        _reference(store, project, row.id, word)
    return row.id


def _script(file: Path) -> scripts.Script:
    try:
        return scripts.read(file.read_bytes(), file.name)
    except OSError as error:
        raise NotFound(f"The script {file} cannot be read ({error.strerror}). Check the path.") from error


def _fields(store: Store, project: Project, options: argparse.Namespace) -> dict[str, Any]:
    """The columns of a board that the options name."""
    found = {name: value for name in COLUMNS if (value := getattr(options, name)) is not None}
    if "base" in found:
        bases.named(store, found["base"])
    if options.blend:
        found["blend"] = ask.blend(store, project, options.blend)
    return found


def _character(store: Store, project: Project, board: int, word: str) -> None:
    """`Mina=mina:0.8` pins a LoRA; where there is none of that name, what is said is how she looks."""
    name, mark, said = (part.strip() for part in word.partition("="))
    if not mark or not said:
        raise BadInput(f"--character {word} is not NAME=LORA; say for example Mina=mina:0.8.")
    row = _somebody(store, board, name)
    called, colon, weight = said.rpartition(":")
    if (called if colon else said) in {lora.name for lora in loras.all(store, project.id)}:
        part = ask.blend(store, project, [said if colon and weight else f"{said}:1"])[0]
        cast.edit(store, row.id, lora_id=part["lora"], weight=part["weight"])
    else:
        cast.edit(store, row.id, words=said)


def _reference(store: Store, project: Project, board: int, word: str) -> None:
    """`Mina=mina.png` gives somebody a reference picture; the same file as before changes nothing."""
    name, mark, said = (part.strip() for part in word.partition("="))
    if not mark or not said:
        raise BadInput(f"--reference {word} is not NAME=FILE; say for example Mina=mina.png.")
    row = _somebody(store, board, name)
    given = pictures.get(store, ask.picture(store, project, said))
    if not row.picture_id or pictures.get(store, row.picture_id).file != given.file:
        cast.edit(store, row.id, picture_id=given.id)


def _somebody(store: Store, board: int, name: str) -> Character:
    """Somebody of the cast by name, new where there is nobody of that name."""
    return _called(store, board, name) or _put(store, cast.add(store, board, name))


def _called(store: Store, board: int, name: str) -> Character | None:
    return next((one for one in cast.all(store, board) if one.name.casefold() == name.casefold()), None)


def _rename(store: Store, board: int, word: str) -> None:
    """`Mina=June` calls somebody otherwise; where that is done already nothing is."""
    name, mark, new = (part.strip() for part in word.partition("="))
    if not mark or not new:
        raise BadInput(f"--rename {word} is not NAME=NAME; say for example Mina=June.")
    row = _called(store, board, name)
    if row is not None:
        cast.edit(store, row.id, name=new)
        _put(store, cast.get(store, row.id))
    elif _called(store, board, new) is None:
        known = ", ".join(one.name for one in cast.all(store, board)) or "nobody yet"
        raise NotFound(f"There is no character called “{name}” on this board (there are: {known}).")


def _put(store: Store, row: Character) -> Character:
    """Somebody new or newly called, put into the shots that name them."""
    count = len(casting.put(store, row.id))
    if count:
        print(
            f"{row.name} is now in {count} {'shot that names' if count == 1 else 'shots that name'} them.",
            file=sys.stderr,
        )
    return row


# ── what comes of it ─────────────────────────────────────────────────────────
def _ending(store: Store, job: Job, options: argparse.Namespace) -> int:
    board = storyboard.whole(store, job.result["board"])
    for _, shot in board.shots:
        if shot.problem or shot.note or shot.warning:
            print(f"Shot {shot.number}: {shot.problem or shot.note or shot.warning}", file=sys.stderr)
    if options.out:
        options.out.mkdir(parents=True, exist_ok=True)
        for _, shot in board.shots:
            if shot.take:
                ask.write(store.files.path(shot.take.file), options.out / f"{shot.number.replace('.', '-')}.png")
    print(_told(store, board.id), *files.write(store, board.id, options), sep="\n")
    drawn, right, measured = (job.result.get(key, 0) for key in ("drawn", "framed", "measured"))
    print(f"{drawn} shots drawn; framed as asked: {right} of {measured} that can be measured.")
    return 0


def _told(store: Store, board_id: int) -> str:
    board = storyboard.whole(store, board_id)
    shots = [shot for _, shot in board.shots]
    pictures = sum(shot.take is not None for shot in shots)
    return (
        f"{board.name}: {len(board.scenes)} scenes, {len(shots)} shots, {pictures} with a picture, {board.seconds:g} s."
    )


def _grid(store: Store, project: Project, options: argparse.Namespace) -> Any:
    """A grid of the lines of a file by tokens."""
    try:
        lines = [line.strip() for line in options.prompts.read_text(encoding="utf-8-sig").splitlines() if line.strip()]
    except (OSError, UnicodeDecodeError) as error:
        raise NotFound(
            f"The prompts in {options.prompts} cannot be read. Give a text file, one prompt a line."
        ) from error
    if not lines:
        raise BadInput(f"There is no prompt in {options.prompts}. Write one a line.")
    blend = ask.blend(store, project, options.blend or [])
    known = [token for part in blend for token in loras.get(store, part["lora"]).tokens]
    tokens = options.tokens or known or [framing["word"] for framing in board_tables.FRAMINGS]
    facts = {
        key: value
        for key in (*OF_DRAWING, "base", "seed", "negative", "width", "height")
        if (value := getattr(options, key)) is not None
    }
    sides = {
        "x": {"setting": "token", "values": tokens, "title": "token"},
        "y": {"setting": "prompt", "values": lines, "title": "prompt"},
    }
    return request(folder.task("sweep"), {**facts, **sides, "blend": blend})
