"""Judge LoRAs, checkpoints, weights or folders of pictures with numbers: a table here, everything in the page's Evaluate."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import Any

from door import ask, follow, rooms, verdicts
from door import evaluations as told
from door.options import add_fields, given, request
from jobs import folder
from storage import bases, datasets, loras
from storage.database import Store
from storage.errors import BadInput, NotFound
from storage.tables import Job, Project

OWN = ("prompts", "lora", "other", "weights")
"""Fields of the task whose options are said in another way here."""


def options(parser: argparse.ArgumentParser) -> None:
    """What is compared, on which prompts, and where the report goes."""
    rooms.add_project(parser)
    whom = parser.add_argument_group("what is compared, with the base model alone")
    whom.add_argument(
        "--blend", nargs="+", action="append", metavar="NAME:WEIGHT",
        help="LoRAs that draw together; say it again for another blend",
    )  # fmt: skip
    whom.add_argument("--checkpoints", metavar="LORA", help="the checkpoints of the run that made this LoRA")
    whom.add_argument(
        "--lora", metavar="NAME", help="this LoRA at several --weights, or with --other on a grid of them"
    )
    whom.add_argument("--other", metavar="NAME", help="the second LoRA of a grid")
    whom.add_argument("--weights", nargs="+", type=float, metavar="X", help="the weights [0.2 0.4 0.6 0.8 1.0]")
    whom.add_argument(
        "--sizes", nargs="+", type=int, metavar="N",
        help="train on the pictures of --dataset reduced to these sides in pixels, and compare what comes of it",
    )  # fmt: skip
    whom.add_argument(
        "--training", nargs="+", default=[], metavar="FIELD=VALUE", help="with --sizes: how it is trained: steps=300"
    )
    whom.add_argument(
        "--images-dir", nargs="+", action="extend", type=Path, metavar="FOLDER",
        help="pictures from elsewhere, in the order of their names; the first folder is the baseline",
    )  # fmt: skip
    parser.add_argument(
        "--prompts", type=Path, metavar="FILE", help="one prompt a line [the captions of the held-out pictures]"
    )
    told.options(parser)
    add_fields(parser, folder.task("evaluate"), without=OWN)


def run(options: argparse.Namespace) -> int:
    """Evaluate, and print every metric of every contestant with its interval."""
    settings = rooms.settings(options)
    store = Store.open(settings)
    project = rooms.project(store, options.project)
    task = asked(store, project, options)
    with follow.working(store, settings, [task.lane]) as engine:
        job = follow.finish(store, ask.put(store, project, "evaluate", task), engine)
    return _ending(store, job, options)


def asked(store: Store, project: Project, options: argparse.Namespace) -> Any:
    """The task that the options ask for; what it speaks of is there."""
    kind = folder.task("evaluate")
    values = {name: value for name, value in given(options, kind).items() if name not in (*OWN, "training")}
    values |= _compared(store, project, options)
    if options.prompts:
        values["prompts"] = _read(options.prompts)
    if values.get("dataset"):
        datasets.named(store, project.id, values["dataset"])
    if values.get("base"):
        bases.named(store, values["base"])
    return request(kind, values)


def _compared(store: Store, project: Project, options: argparse.Namespace) -> dict[str, Any]:
    """The kind of evaluation that the options speak of, and its fields.

    Raises:
        BadInput: they speak of none, or of several.
    """
    ways = ("blend", "checkpoints", "lora", "sizes", "images_dir")
    said = [way for way in ways if getattr(options, way)]
    if len(said) != 1:
        raise BadInput("Say what to compare, one of: --blend, --checkpoints, --lora, --sizes, --images-dir.")
    weights = {"weights": options.weights} if options.weights else {}
    if said == ["blend"]:
        return {"kind": "pairs", "blends": [ask.blend(store, project, words) for words in options.blend]}
    if said == ["checkpoints"]:
        return {"kind": "checkpoints", "job": _run_of(store, project, options.checkpoints)}
    if said == ["sizes"]:
        return {"kind": "resolutions", "resolutions": options.sizes, "training": _fields(options.training)}
    if said == ["images_dir"]:
        return {"kind": "folder", "folders": [str(folder.expanduser().absolute()) for folder in options.images_dir]}
    first = {"lora": loras.named(store, project.id, options.lora).id} | weights
    if options.other:
        return {"kind": "blend", "other": loras.named(store, project.id, options.other).id} | first
    return {"kind": "weights"} | first


def _run_of(store: Store, project: Project, name: str) -> int:
    row = loras.named(store, project.id, name)
    if row.job_id is None:
        raise BadInput(
            f"The LoRA “{name}” came from elsewhere and has no checkpoints. Choose one that was trained here."
        )
    return row.job_id


def _fields(words: list[str]) -> dict[str, str]:
    """`steps=300 rank=8` → fields of a training."""
    pairs = [word.partition("=") for word in words]
    wrong = next((word for word, mark, _ in pairs if not mark), None)
    if wrong is not None:
        raise BadInput(f"--training {wrong} is not FIELD=VALUE; say for example steps=300.")
    return {name.replace("-", "_"): value for name, _, value in pairs}


def _read(file: Path) -> str:
    try:
        return file.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise NotFound(f"The prompts in {file} cannot be read. Give a text file, one prompt a line.") from error


def _ending(store: Store, job: Job, options: argparse.Namespace) -> int:
    if job.state != "done":
        return ask.ending(store, job, None)
    number = job.result["evaluation"]
    print(*verdicts.lines(store, number), sep="\n")
    for sentence in verdicts.problems(store, number):
        print(sentence, file=sys.stderr)
    for file in told.write(store, number, options):
        print(file)
    print(
        f"Evaluation {number} is kept; the page shows it under Evaluate, `app.py reports {number} --html FILE` writes it."
    )
    return 0
