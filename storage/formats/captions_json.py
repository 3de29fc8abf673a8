"""One `captions.json`: `{file name: caption}`.

Splits other than training and pictures kept out lie in folders of that name. Repeats and people are not carried.
"""

from __future__ import annotations

import json
from collections.abc import Iterator

from storage import sources
from storage.formats import _tables
from storage.formats.row import File, Found, Item, placed
from storage.sources import Source

TITLE = "captions.json"
NAME = "captions.json"


def recognises(names: list[str]) -> bool:
    """There is a `captions.json`."""
    return any(sources.base(name) == NAME for name in names)


def read(files: list[Source]) -> Found:
    """Every picture with the words under its name."""
    return _tables.read(files, NAME, _lines)


def write(items: list[Item], title: str) -> Iterator[File]:
    """Every picture, and one `captions.json`."""
    named = list(placed(items))
    yield from ((name, item.path) for name, item in named)
    yield NAME, json.dumps({name: item.text for name, item in named}, ensure_ascii=False, indent=1).encode()


def _lines(text: str) -> list[_tables.Line | str]:
    content = json.loads(text)
    if not isinstance(content, dict):
        raise ValueError("it does not hold captions by file name")
    return [_tables.Line(str(key), str(value)) for key, value in content.items()]
