"""Tasks as commands: ask for one on the command line, wait for it, and take what came of it."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import Any

from PIL import Image as Pictures

from door import axes, findings, follow, rooms
from door.options import add_fields, given, request
from jobs import folder, recipes
from jobs.task import Task
from storage import bases, datasets, loras, pictures, queue, uploads
from storage import recipes as own_recipes
from storage.database import Store
from storage.errors import BadInput, NotFound
from storage.tables import Job, Project

TOLD = {"inspect": findings.lines, "doctor": findings.of_lora, "describe": findings.of_picture}
"""Tasks that make no files: what is told in their place."""

STOPPED, PAUSED = 130, 3
"""Exit statuses of a job that a person stopped, or paused elsewhere."""


def options(parser: argparse.ArgumentParser, name: str) -> None:
    """Give `parser` the options of the task of that name."""
    kind = folder.task(name)
    rooms.add_project(parser)
    if "recipe" in kind.model_fields:
        known = ", ".join(recipes.names(name))
        parser.add_argument(
            "--recipe",
            metavar="NAME",
            help=f"settings that go well together: {known}, one of your own, or a .toml file",
        )
    for side, about in (("x", "across"), ("y", "down")):
        if side in kind.model_fields:
            parser.add_argument(f"--{side}", metavar="SETTING: VALUES", help=f"what changes {about}: {axes.EXAMPLES}")
    parser.add_argument("--out", type=Path, help="where to put what was made, besides the library")
    add_fields(parser, kind)
    parser.set_defaults(run=run, task=name)


def run(options: argparse.Namespace) -> int:
    """Ask for the task, wait for its end, and write out what it made."""
    settings = rooms.settings(options)
    store = Store.open(settings)
    project = rooms.project(store, options.project)
    task = asked(store, project, options.task, options)
    with follow.working(store, settings, [task.lane]) as engine:
        job = follow.finish(store, put(store, project, options.task, task), engine)
    return ending(store, job, options.out)


def put(store: Store, project: Project, name: str, task: Task) -> Job:
    """Put a task into the queue."""
    return queue.add(store, project.id, name, task, task.title(), task.lane)


def asked(store: Store, project: Project, name: str, options: argparse.Namespace) -> Task:
    """The task that the options ask for; what it speaks of is there."""
    kind = folder.task(name)
    values = given(options, kind)
    for field, read in (("blend", blend), ("picture", picture), ("x", axes.axis), ("y", axes.axis)):
        if field in values:
            values[field] = read(store, project, values[field])
    if values.get("recipe"):
        values = _of_recipe(store, name, values) | values
    task = request(kind, values)
    _look_up(store, project, task)
    return task


def _of_recipe(store: Store, task: str, values: dict[str, Any]) -> dict[str, Any]:
    recipe = recipes.find(values["recipe"], own_recipes.folder(store))
    if recipe.task != task:
        raise BadInput(f"The recipe {recipe.name} is one for {recipe.task}; choose one for {task}.")
    values["recipe"] = recipe.name
    base = bases.named(store, values.get("base", folder.task(task).model_fields["base"].default))
    return recipe.values(base.name, base.family)


def blend(store: Store, project: Project, words: list[str]) -> list[dict[str, Any]]:
    """`fox:0.8` → the newest LoRA of that name with its weight."""
    found = []
    for word in words:
        name, colon, weight = word.rpartition(":")
        if not colon:
            name, weight = word, "1"
        try:
            found.append({"lora": loras.named(store, project.id, name).id, "weight": float(weight)})
        except ValueError as error:
            raise BadInput(f"--blend {word} is not NAME:WEIGHT; say for example fox:0.8.") from error
    return found


def picture(store: Store, project: Project, word: str) -> int:
    """A kept picture's number, or a file, which is kept as input."""
    if word.isdigit():
        number = pictures.get(store, int(word)).id
    else:
        file = Path(word)
        if not file.is_file():
            raise NotFound(f"There is no picture {word}; give a file, or the number of a kept picture.")
        checked = uploads.check(file.read_bytes(), file.name, store.settings)
        number = pictures.add(store, project.id, checked.picture, kind="input").id
    return number


def _look_up(store: Store, project: Project, task: Task) -> None:
    """Refuse at once what the worker would refuse later: a data set or base model that is not there."""
    for name, field in type(task).model_fields.items():
        facts = field.json_schema_extra
        widget = facts.get("widget") if isinstance(facts, dict) else None
        if widget == "dataset":
            datasets.named(store, project.id, getattr(task, name))
        if widget == "base":
            bases.named(store, getattr(task, name))


def ending(store: Store, job: Job, out: Path | None) -> int:
    """Say what came of a job; the exit status."""
    if job.state == "failed":
        print(job.error, file=sys.stderr)
        return 1
    if job.state == "paused":
        print(f"Paused; `python app.py jobs resume {job.id}` goes on with it.", file=sys.stderr)
        return PAUSED
    if job.state != "done":
        print("Stopped.", file=sys.stderr)
        return STOPPED
    tell = TOLD.get(job.task)
    for line in tell(store, job) if tell else take(store, job, out):
        print(line)
    return 0


def take(store: Store, job: Job, out: Path | None) -> list[str]:
    """Write what a job made to `out`; a line for each thing it made."""
    rows = pictures.of_job(store, job.id)
    kinds = ("grid",) if "grid" in job.result and out is not None and not out.is_dir() else ("grid", "made")
    made = [store.files.path(row.file) for row in rows if row.kind in kinds]
    trained = [row for row in loras.of_job(store, job.id) if row.final]
    files = made + [store.files.path(row.file) for row in trained]
    if out is not None and files:
        return [str(write(file, out, number)) for number, file in enumerate(files)]
    named = [f"{row.name}: LoRA number {row.id}, rank {row.rank}, for {row.base}" for row in trained]
    return named + [str(path) for path in made] or [f"{job.title}: done."]


def write(file: Path, out: Path, number: int = 0) -> Path:
    """Copy a stored file to `out`: a folder, or a file name; the second and later get `-2`, `-3`."""
    if out.is_dir():
        out = out / f"{file.stem[:12]}{file.suffix}"
    elif number:
        out = out.with_stem(f"{out.stem}-{number + 1}")
    try:
        out.parent.mkdir(parents=True, exist_ok=True)
        if out.suffix.lower() == file.suffix or file.suffix == ".safetensors":
            out.write_bytes(file.read_bytes())
        else:
            with Pictures.open(file) as picture:
                picture.save(out)
    except (OSError, ValueError) as error:
        raise BadInput(f"{out} cannot be written ({error}); choose another place with --out.") from error
    return out
