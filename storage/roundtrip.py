"""The verbs of the round trip: captions out as a table, changed elsewhere, and in again after a look at what differs."""

from __future__ import annotations

import unicodedata
from collections import defaultdict
from collections.abc import Collection
from dataclasses import dataclass, field

from storage import captions, changes, datasets, sheets
from storage.database import Store
from storage.sheets import Sheet
from storage.tables import Change, Image

SPLITS = ("train", "held-out", "reference", "regularisation")

Difference = tuple[str, str, str]
"""Column, before, after."""


@dataclass(frozen=True)
class Differing:
    """One picture of which the table says something else."""

    image: Image
    cells: list[Difference]


@dataclass
class Comparison:
    """A table beside a data set.

    Attributes:
        differing: pictures of which it says something else, in the data set's order.
        same: pictures of which it says the same.
        unknown: rows that no picture belongs to, by name.
        missing: pictures that no row names; they stay as they are.
        refused: (name, sentence) for cells and rows that cannot be used.
    """

    differing: list[Differing] = field(default_factory=list)
    same: int = 0
    unknown: list[str] = field(default_factory=list)
    missing: list[str] = field(default_factory=list)
    refused: list[tuple[str, str]] = field(default_factory=list)


def export(store: Store, dataset_id: int) -> bytes:
    """A data set's captions as a CSV for spreadsheets: file name, hash, caption, split, repeats, trigger."""
    dataset, images = datasets.get(store, dataset_id), datasets.images(store, dataset_id)
    texts = captions.current(store, [image.id for image in images])
    return sheets.write(
        {
            "file name": image.name,
            "hash": _hash(image.file),
            "caption": texts.get(image.id, ""),
            "split": image.split,
            "repeats": str(image.repeats),
            "trigger": dataset.trigger,
        }
        for image in images
    )


def compare(store: Store, dataset_id: int, sheet: Sheet) -> Comparison:
    """What a table says else than the data set; nothing is changed."""
    images = datasets.images(store, dataset_id)
    texts = captions.current(store, [image.id for image in images])
    found, told = Comparison(), dict[int, dict[str, str]]()
    known = _Known(images)
    for row in sheet.rows:
        name = row.get("file name") or row.get("hash", "")
        image = known.image(row, found)
        if image is None:
            continue
        if image.id in told:
            found.refused.append((name, f"{name} is in the table twice; its first row counts."))
            continue
        told[image.id] = row
    for image in images:
        if image.id not in told:
            found.missing.append(image.name)
            continue
        cells = _differences(image, texts.get(image.id, ""), told[image.id], found)
        if cells:
            found.differing.append(Differing(image, cells))
        else:
            found.same += 1
    return found


def take(store: Store, dataset_id: int, sheet: Sheet, leave: Collection[int] = ()) -> Change | None:
    """Make the data set say what the table says, as one change; None if it does already.

    Args:
        leave: images that stay as they are.
    """
    texts: dict[int, str] = {}
    columns: dict[int, dict[str, str | int]] = defaultdict(dict)
    for row in compare(store, dataset_id, sheet).differing:
        if row.image.id in set(leave):
            continue
        for column, _, after in row.cells:
            if column == "caption":
                texts[row.image.id] = after
            else:
                columns[row.image.id][column] = int(after) if column == "repeats" else after
    n = len(texts.keys() | columns.keys())
    return changes.mixed(store, dataset_id, "table", columns, texts, origin="import", n=n)


class _Known:
    """The pictures by what a row may call them."""

    def __init__(self, images: list[Image]) -> None:
        self.hashes: dict[str, Image] = {}
        self.names: dict[str, list[Image]] = defaultdict(list)
        for image in images:
            for file in filter(None, (image.file, image.original)):
                self.hashes.setdefault(_hash(file), image)
            self.names[_name(image.name)].append(image)

    def image(self, row: dict[str, str], found: Comparison) -> Image | None:
        """The picture that a row is about: by its hash, else by its name; what cannot be told is noted in `found`."""
        name, number = row.get("file name", ""), row.get("hash", "").casefold()
        if number in self.hashes:
            return self.hashes[number]
        named = self.names.get(_name(name), [])
        if len(named) == 1:
            return named[0]
        if named:
            sentence = f"{len(named)} pictures are called {name}, and its hash fits none of them. It was left out."
            found.refused.append((name, sentence))
        else:
            found.unknown.append(name or number or "a row without a name")
        return None


def _differences(image: Image, caption: str, row: dict[str, str], found: Comparison) -> list[Difference]:
    cells: list[Difference] = []
    if row["caption"] != caption:
        cells.append(("caption", caption, row["caption"]))
    split, repeats = row.get("split", "").casefold(), row.get("repeats", "").removesuffix(".0")
    if split and split not in SPLITS:
        found.refused.append((image.name, f"“{split}” is no part of a data set; {image.name} stays in {image.split}."))
    elif split and split != image.split:
        cells.append(("split", image.split, split))
    if repeats and not (repeats.isascii() and repeats.isdigit() and 1 <= int(repeats) <= 1000):
        found.refused.append((image.name, f"“{repeats}” repeats cannot be; {image.name} keeps {image.repeats}."))
    elif repeats and int(repeats) != image.repeats:
        cells.append(("repeats", str(image.repeats), str(int(repeats))))
    return cells


def _hash(file: str) -> str:
    return file.partition(".")[0]


def _name(name: str) -> str:
    """A file's name without folders, however its letters are composed: a Mac writes Korean in parts."""
    return unicodedata.normalize("NFC", name.replace("\\", "/").rpartition("/")[2]).casefold()


__all__ = ["Comparison", "Differing", "compare", "export", "sheets", "take"]
