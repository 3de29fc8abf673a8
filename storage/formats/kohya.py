"""kohya's folders: `10_name/` holds pictures to be seen ten times an epoch, with texts beside them.

Training pictures lie under `img/`, regularisation under `reg/`, what kohya must not train on under the other split's
name; `0_name` keeps pictures out, and then their repeats are not carried. Neither are people.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import replace

from storage import sources, uploads
from storage.formats import text_files
from storage.formats.row import File, Found, Item, Row, safe, unique
from storage.sources import Source

TITLE = "kohya folders"
FOLDER = re.compile(r"(?:^|/)(\d{1,4})_([^/]+)$")
REGULARISATION = re.compile(r"/(reg|regulari[sz]ation|reg_images?|class_images?)/", re.IGNORECASE)
PLACES = {"train": "img", "regularisation": "reg"}


def recognises(names: list[str]) -> bool:
    """Every picture lies in a folder called `<number>_<name>`."""
    pictures = [name for name in names if sources.suffix(name) in uploads.SUFFIXES]
    return bool(pictures) and all(FOLDER.search(sources.folder(name)) for name in pictures)


def read(files: list[Source]) -> Found:
    """Every picture with its repeats; without a text, the folder's name is its caption, as kohya has it."""
    found = text_files.read(files)
    texts = {sources.stem(name) for name in found.used}
    found.rows = [_repeated(row, sources.stem(row.source.name) in texts) for row in found.rows]
    return found


def _repeated(row: Row, has_text: bool) -> Row:
    match = FOLDER.search(sources.folder(row.source.name))
    if not match:
        return row
    if REGULARISATION.search(f"/{'/'.join(sources.steps(row.source.name))}/"):
        row = replace(row, split="regularisation")
    repeats, text = int(match[1]), row.text if has_text else match[2].replace("_", " ")
    return replace(row, repeats=max(1, repeats), text=text, out=row.out or repeats == 0)


def write(items: list[Item], title: str) -> Iterator[File]:
    """One folder for each split and number of repeats, called after the data set."""
    groups: dict[str, list[Item]] = defaultdict(list)
    for item in items:
        folder = f"{0 if item.out else item.repeats}_{safe(title) or 'set'}"
        groups[f"{PLACES.get(item.split, item.split)}/{folder}"].append(item)
    for folder, members in groups.items():
        for name, item in unique(members):
            yield f"{folder}/{name}", item.path
            yield f"{folder}/{sources.stem(name)}.txt", f"{item.text}\n".encode()
