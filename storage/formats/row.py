"""What crosses between a layout and the store."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from storage import sources, uploads
from storage.sources import Source

SPLITS = ("train", "held-out", "reference", "regularisation")
KEPT_OUT = "kept-out"
"""The folder of pictures that are not to be trained on."""

UNSAFE = re.compile(r'[<>:"/\\|?*\x00-\x1f]')
"""What some system or other does not want in a file's name."""


@dataclass(frozen=True)
class Row:
    """One picture that a layout holds.

    Attributes:
        source: its file.
        name: what it is called.
        out: kept out of training.
    """

    source: Source
    name: str
    text: str = ""
    repeats: int = 1
    split: str = "train"
    person: str = ""
    out: bool = False


@dataclass
class Found:
    """What was read: the pictures, (name, sentence) for what could not be, and the files of words that were of use."""

    rows: list[Row] = field(default_factory=list)
    refused: list[tuple[str, str]] = field(default_factory=list)
    used: set[str] = field(default_factory=set)


@dataclass(frozen=True)
class Item:
    """One picture to write: its stored file and what is known of it."""

    path: Path
    name: str
    text: str = ""
    repeats: int = 1
    split: str = "train"
    person: str = ""
    out: bool = False


File = tuple[str, bytes | Path]
"""A file of an export: its name with folders, and its content or where that lies."""


def pictures(files: list[Source]) -> list[Source]:
    """Those of the files that are pictures, by their suffix."""
    return [file for file in files if sources.suffix(file.name) in uploads.SUFFIXES]


def plain(files: list[Source]) -> list[Row]:
    """The pictures of these files, without words, each of the split whose name one of its folders has."""
    return [Row(file, sources.base(file.name), **by_folder(sources.steps(file.name))) for file in pictures(files)]


def by_folder(folders: Iterator[str]) -> dict[str, Any]:
    """What the folders that a picture lies in say of it: its split, and whether it is kept out."""
    found = {name.lower() for name in folders}
    facts: dict[str, Any] = {"out": True} if KEPT_OUT in found else {}
    split = next((split for split in SPLITS if split in found), None)
    return facts | ({"split": split} if split else {})


def place(item: Item) -> str:
    """The folders that say of a picture what `by_folder` reads; '' for one that is trained on."""
    folders = [item.split] if item.split != "train" else []
    return "".join(f"{name}/" for name in ([KEPT_OUT] if item.out else []) + folders)


def placed(items: list[Item]) -> Iterator[tuple[str, Item]]:
    """Each item under a name of its own, in the folder of its split."""
    for name, item in unique(items):
        yield place(item) + name, item


def unique(items: list[Item]) -> Iterator[tuple[str, Item]]:
    """Each item under a file name whose stem no other has, so that words beside it are its own: `fox.png`, `fox_2.png`."""
    taken: set[str] = set()
    for item in items:
        yield free(safe(sources.stem(sources.base(item.name))) or item.path.stem[:12], taken) + item.path.suffix, item


def free(stem: str, taken: set[str]) -> str:
    """`stem`, or the first of `stem_2`, `stem_3`, … that is not among `taken` (in small letters); it is then."""
    name, number = stem, 1
    while name.casefold() in taken:
        number += 1
        name = f"{stem}_{number}"
    taken.add(name.casefold())
    return name


def safe(name: str) -> str:
    """A name that every system can give to a file."""
    return UNSAFE.sub("_", name).strip(" .")
