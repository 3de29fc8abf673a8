"""Taking a data set out again, in any layout of `formats`, as a folder or one zip.

What is written is what would be trained on: the mended picture where one was mended, the newest caption, and nothing
of what is kept out, unless that is asked for.
"""

from __future__ import annotations

import shutil
import tempfile
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path

from storage import captions, datasets, formats, sources
from storage.database import Store
from storage.errors import BadInput
from storage.files import beside
from storage.formats.row import File, Item

Progress = Callable[[int, int, str], None]
"""Told (done, total, name) before each picture. What it raises ends the export, and nothing is left of it."""


def items(store: Store, dataset_id: int, with_out: bool = False) -> list[Item]:
    """What a data set's export is made of: each picture with its newest caption.

    Args:
        with_out: also the pictures that are kept out of training.
    """
    rows = [row for row in datasets.images(store, dataset_id) if with_out or not row.out]
    words = captions.current(store, [row.id for row in rows])
    return [
        Item(store.files.path(row.file), row.name, words.get(row.id, ""), row.repeats, row.split, row.person, row.out)
        for row in rows
    ]


def left_out(store: Store, dataset_id: int) -> int:
    """How many pictures an export leaves behind because they are kept out of training."""
    return sum(row.out for row in datasets.images(store, dataset_id))


def write(
    store: Store,
    dataset_id: int,
    target: Path,
    format: str,
    with_out: bool = False,
    progress: Progress | None = None,
) -> int:
    """Write a data set to `target`, a folder or a `.zip`; returns the number of pictures.

    It appears there once it is whole.

    Raises:
        BadInput: the format is unknown, the data set is empty, `target` holds something already or cannot be written.
    """
    layout, dataset = formats.get(format), datasets.get(store, dataset_id)
    found = items(store, dataset_id, with_out)
    if not found and left_out(store, dataset_id):
        raise BadInput(f"All pictures of “{dataset.name}” are kept out of training. Take some in again first.")
    if not found:
        raise BadInput(f"The data set “{dataset.name}” has no pictures yet. Upload some first.")
    title = dataset.name.partition("\u0000")[0]
    files = _telling(layout.write(found, title), len(found), progress or (lambda *_: None))
    put = _to_zip if target.suffix.lower() == ".zip" else _to_folder
    try:
        put(files, target)
    except OSError as error:
        raise BadInput(f"{target} cannot be written ({sources.reason(error)}). Choose another place.") from error
    return len(found)


def _telling(files: Iterator[File], total: int, progress: Progress) -> Iterator[File]:
    done = 0
    for name, content in files:
        if isinstance(content, Path):
            if not content.is_file():
                raise BadInput(
                    f"The picture {sources.base(name)} is no longer in the store. Remove it or upload it again."
                )
            progress(done, total, sources.base(name))
            done += 1
        yield name, content


def _to_zip(files: Iterator[File], target: Path) -> None:
    with beside(target) as temporary, zipfile.ZipFile(temporary, "w", zipfile.ZIP_STORED) as archive:
        for name, content in files:
            if isinstance(content, Path):
                archive.write(content, name)
            else:
                archive.writestr(name, content)


def _to_folder(files: Iterator[File], target: Path) -> None:
    if target.is_file() or (target.is_dir() and any(target.iterdir())):
        raise BadInput(f"{target} is there already and not empty. Choose a new folder.")
    target.absolute().parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=target.absolute().parent, prefix=".new-") as place:
        growing = Path(place) / "set"
        growing.mkdir()
        for name, content in files:
            path = growing / name
            path.parent.mkdir(parents=True, exist_ok=True)
            if isinstance(content, Path):
                shutil.copyfile(content, path)
            else:
                path.write_bytes(content)
        growing.replace(target)
