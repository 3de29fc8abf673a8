"""Do the whole job once, without a browser: import, caption, train, generate before and after, and a contact sheet."""

from __future__ import annotations

import argparse
import shutil
from pathlib import Path

from door import follow, rooms
from door.rehearsal import Clock, Drawn, Rehearsal, captioned, nearness, small
from door.sheet import SIDE, keep, sheet
from mini.styles import HELD_OUT
from storage import datasets
from storage.database import Store
from storage.errors import BadInput
from storage.tables import Dataset

MARK = ".demo"
"""File that says that a folder was made by this command, and may be made anew."""


def options(parser: argparse.ArgumentParser) -> None:
    """What is learned, how long, and where it goes."""
    parser.add_argument(
        "--style", default="watercolor", choices=HELD_OUT, help="a drawing style the bundled model never saw"
    )
    parser.add_argument("--out", type=Path, default=Path("demo-out"), help="folder to write, made anew [demo-out]")
    parser.add_argument("--pictures", type=int, default=16, metavar="N", help="how many are learned from [16]")
    parser.add_argument("--prompts", type=int, default=6, metavar="N", help="how many are drawn before and after [6]")
    parser.add_argument("--steps", type=int, metavar="N", help="steps of training [the recipe's]")


def run(options: argparse.Namespace) -> int:
    """Do it, and print how near the style the pictures were before and after; 1 if they came no nearer."""
    clock = Clock()
    out: Path = options.out
    _clear(out)
    settings = rooms.settings(options).at(options.home or out / "home")
    store = Store.open(settings)
    with follow.working(store, settings, ("train", "now")) as engine:
        work = Rehearsal(store, engine, options.style)
        clock.say(f"Drawing {options.pictures} pictures in the style “{options.style}” and bringing them in")
        dataset = work.bring(out / "pictures", options.pictures)
        clock.say(f"{captioned(store, dataset)} came with a caption; describing the others")
        work.caption()
        clock.say("Drawing with the base model alone")
        drawn = Drawn(work.prompts(options.prompts))
        drawn.before = work.draw(drawn.prompts, [])
        clock.say("Training a LoRA by the recipe “style”")
        lora = work.train(sample_every=0, **({"steps": options.steps} if options.steps else {}))
        clock.say("Drawing the same with the LoRA")
        drawn.after = work.draw(drawn.prompts, [{"lora": lora.id, "weight": 1.0}])
    return _tell(store, clock, options.style, dataset, drawn, out)


def _tell(store: Store, clock: Clock, style: str, dataset: Dataset, drawn: Drawn, out: Path) -> int:
    clock.say("Measuring")
    shown = [store.files.path(image.file) for image in datasets.images(store, dataset.id)][: len(drawn.prompts)]
    own, before, after = nearness(style, shown, drawn.before, drawn.after)
    rows = [
        (f"learned from · nearness {own:.2f}", shown),
        (f"base model alone · nearness {before:.2f}", drawn.before),
        (f"with the LoRA, same prompts and seeds · nearness {after:.2f}", drawn.after),
    ]
    title = f"LoRA Studio: “{style}”, a style the base model never saw"
    page = sheet(title, [(heading, [small(file, SIDE) for file in files]) for heading, files in rows], drawn.prompts)
    path = keep(page, out / "sheet.png")
    clock.say(f"Nearness to the style (the judge's share, 0 to 1): {before:.2f} before, {after:.2f} after; "
              f"the drawings themselves {own:.2f}")  # fmt: skip
    clock.say(f"Contact sheet: {path}")
    return 0 if after > before else 1


def _clear(out: Path) -> None:
    """Make the folder anew; refuse one that this command did not make."""
    if out.exists() and not out.is_dir():
        raise BadInput(f"{out} is a file; say another folder with --out.")
    if out.exists() and any(out.iterdir()) and not (out / MARK).is_file():
        raise BadInput(f"{out} is there already and was not made by this command; say another folder with --out.")
    shutil.rmtree(out, ignore_errors=True)
    out.mkdir(parents=True)
    (out / MARK).touch()
