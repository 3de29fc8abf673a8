"""Hugging Face imagefolder: `metadata.jsonl` with `file_name` and `text`.

Columns `repeats`, `split`, `person` and `out` are added where a picture needs them, so everything is carried.
"""

from __future__ import annotations

import json
from collections.abc import Iterator

from storage import sources
from storage.formats import _tables
from storage.formats.row import File, Found, Item
from storage.sources import Source

TITLE = "Hugging Face, metadata.jsonl"
NAME = "metadata.jsonl"


def recognises(names: list[str]) -> bool:
    """There is a `metadata.jsonl`."""
    return any(sources.base(name) == NAME for name in names)


def read(files: list[Source]) -> Found:
    """Every picture with the words of its row; `image` serves for `file_name`."""
    return _tables.read(files, NAME, _lines)


def write(items: list[Item], title: str) -> Iterator[File]:
    """Every picture, and one `metadata.jsonl`."""
    rows = []
    for item, row in _tables.lines(items):
        yield row["file_name"], item.path
        rows.append(json.dumps(row, ensure_ascii=False) + "\n")
    yield NAME, "".join(rows).encode()


def _lines(text: str) -> Iterator[_tables.Line | str]:
    for number, words in enumerate(text.split("\n"), 1):
        if not words.strip():
            continue
        try:
            columns = json.loads(words)
        except ValueError:
            columns = None
        if not isinstance(columns, dict):
            yield f"{NAME}, line {number}, is no JSON of a picture. It was left out."
        else:
            yield _tables.line(columns) or f"{NAME}, line {number}, names no picture. It was left out."
