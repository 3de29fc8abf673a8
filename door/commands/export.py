"""Write a LoRA of the library, or a data set with its captions, for use elsewhere."""

from __future__ import annotations

import argparse
import sys
import tempfile
from pathlib import Path

from door import ask, findings, follow, rooms
from door.follow import Line
from jobs import folder
from jobs.exports import export_lora
from storage import datasets, embeddings, exports, formats, loras, sharing
from storage.database import Store
from storage.errors import BadInput
from storage.formats.row import safe
from storage.tables import Dataset, Project


def options(parser: argparse.ArgumentParser) -> None:
    """What is to be written, how, and where to."""
    rooms.add_project(parser)
    loras, sets = ", ".join(folder.names("jobs.exports")), ", ".join(formats.names())
    parser.add_argument("name", nargs="?", help="the LoRA's name; with --dataset the place to write to, like --out")
    parser.add_argument("--dataset", metavar="NAME", help="a data set instead of a LoRA")
    parser.add_argument("--format", help=f"of a LoRA: {loras} [kohya]; of a data set: {sets} [text_files]")
    parser.add_argument("--out", type=Path, help="the file (a LoRA), folder or .zip (a data set) to write [its name]")
    parser.add_argument(
        "--beside", action="store_true", help="of a LoRA: also its preview (.png) and trigger word (.json)"
    )
    parser.add_argument(
        "--check", action="store_true", help="of a LoRA: write nothing, tell what other tools would make of it"
    )
    parser.add_argument("--with-out", action="store_true", help="also the pictures that are kept out of training")


def run(options: argparse.Namespace) -> int:
    """Write it and say where it is."""
    store = rooms.store(options)
    project = rooms.project(store, options.project)
    if not options.name and not options.dataset:
        raise BadInput("Say what to export: a LoRA's name, or --dataset and a data set's name.")
    if options.dataset:
        if options.name and options.out:
            raise BadInput(f"Both {options.name} and {options.out} are given to write to. Say one of them.")
        target = options.out or (Path(options.name) if options.name else None)
        form = options.format or "text_files"
        print(write_dataset(store, datasets.named(store, project.id, options.dataset), form, target, options.with_out))
    else:
        forms = folder.names("jobs.exports")
        if options.format and options.format not in forms:
            raise BadInput(f"There is no LoRA format “{options.format}”. Use one of: {', '.join(forms)}.")
        if options.check:
            return check_lora(store, project, options.name)
        form = options.format or "kohya"
        print(write_lora(store, project, options.name, form, options.out, options.beside))
    return 0


def check_lora(store: Store, project: Project, name: str) -> int:
    """Let the export doctor look at the newest LoRA of that name and tell what it found: 0 if all is well."""
    row = loras.named(store, project.id, name)
    task = folder.task("doctor").model_validate({"lora": row.id, "name": row.name})
    with follow.working(store, store.settings, [task.lane]) as engine:
        job = follow.finish(store, ask.put(store, project, "doctor", task), engine)
    if job.state != "done":
        print(job.error or f"The check was {job.state}.", file=sys.stderr)
        return 1
    print(*findings.of_lora(store, job), sep="\n")
    return 0 if all(line["ok"] for line in job.result["report"]) else 1


def write_lora(store: Store, project: Project, name: str, form: str, out: Path | None, beside: bool = False) -> Path:
    """The newest LoRA of that name as a file of that format; returns the file.

    What it learned for new tokens is written too: into the .zip where one is asked for, else beside the LoRA.

    Args:
        beside: whether its preview and what A1111 reads of its trigger word are written beside it.
    """
    row = loras.named(store, project.id, name)
    brought, source = loras.embeddings(store, row), store.files.path(row.file)
    usual = f"{row.name}.zip" if brought else f"{row.name}.safetensors"
    target = out / usual if out and out.is_dir() else out or Path(usual)
    if target.suffix not in (".safetensors", ".zip"):
        raise BadInput(
            f"{target} ends neither in .safetensors nor in .zip; LoRAs are written in no other kind of file."
        )
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        said = sharing.said(store, row)
        if target.suffix == ".zip":
            with tempfile.TemporaryDirectory() as place:
                lora = export_lora(form, source, Path(place) / "lora.safetensors", **said)
                return sharing.bundle(store, row, lora, target, whole=beside)
        written = export_lora(form, source, target, **said)
        embeddings.write_beside(brought, target.parent)
        if beside:
            sharing.write_beside(store, row, written)
        return written
    except OSError as error:
        raise _unwritable(target, error) from error


def write_dataset(store: Store, dataset: Dataset, form: str, out: Path | None, with_out: bool = False) -> Path:
    """A folder or .zip with the data set's pictures and captions in that layout; returns where it is."""
    target, line = out or Path(safe(dataset.name)), Line()
    try:
        exports.write(
            store, dataset.id, target, form, with_out,
            lambda done, total, name: line.show(f"{done} of {total} · {name}", done / total),
        )  # fmt: skip
    finally:
        line.end()
    behind = 0 if with_out else exports.left_out(store, dataset.id)
    if behind:
        few = "1 picture is" if behind == 1 else f"{behind} pictures are"
        print(f"{few} kept out of training and not written; --with-out writes them too.", file=sys.stderr)
    return target


def _unwritable(target: Path, error: OSError) -> BadInput:
    return BadInput(f"{target} cannot be written ({error.strerror}); choose another place with --out.")
