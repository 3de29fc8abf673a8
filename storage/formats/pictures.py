"""Pictures alone, without words.

Splits other than training and pictures kept out lie in folders of that name. Captions, repeats and people are not carried.
"""

from __future__ import annotations

from collections.abc import Iterator

from storage.formats.row import File, Found, Item, placed, plain
from storage.sources import Source

TITLE = "Pictures only"


def recognises(names: list[str]) -> bool:
    """Always: the last to be tried."""
    return True


def read(files: list[Source]) -> Found:
    """Every picture."""
    return Found(plain(files))


def write(items: list[Item], title: str) -> Iterator[File]:
    """Every picture under its name; captions are not written."""
    for name, item in placed(items):
        yield name, item.path
