"""Hugging Face imagefolder: `metadata.csv` with `file_name` and `text`; a spreadsheet opens it.

Columns `repeats`, `split`, `person` and `out` are added where a picture needs them, so everything is carried.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator

from storage import sources
from storage.formats import _tables
from storage.formats.row import File, Found, Item
from storage.sources import Source

TITLE = "Hugging Face, metadata.csv"
NAME = "metadata.csv"


def recognises(names: list[str]) -> bool:
    """There is a `metadata.csv`."""
    return any(sources.base(name) == NAME for name in names)


def read(files: list[Source]) -> Found:
    """Every picture with the words of its row; `image` serves for `file_name`."""
    return _tables.read(files, NAME, _lines)


def write(items: list[Item], title: str) -> Iterator[File]:
    """Every picture, and one `metadata.csv` in UTF-8 with BOM, so that spreadsheets read every letter."""
    table = io.StringIO(newline="")
    writer = csv.DictWriter(table, ["file_name", "text", *_tables.columns(items)])
    writer.writeheader()
    for item, row in _tables.lines(items):
        yield row["file_name"], item.path
        writer.writerow(row)
    yield NAME, table.getvalue().encode("utf-8-sig")


def _lines(text: str) -> Iterator[_tables.Line | str]:
    """Spreadsheets put commas, semicolons or tabs between the columns."""
    head = text.partition("\n")[0]
    between = max(",;\t", key=head.count)
    rows = csv.DictReader(io.StringIO(text, newline=""), delimiter=between)
    columns = [str(name).strip().lower() for name in rows.fieldnames or []]
    if not set(columns) & set(_tables.NAME_KEYS) or not set(columns) & set(_tables.TEXT_KEYS):
        found = ", ".join(filter(None, columns)) or "–"
        yield f"{NAME} has the columns {found}, but file_name and text are needed. It was left out."
        return
    for number, row in enumerate(rows, 2):
        if any(row.values()):
            yield _tables.line(row) or f"{NAME}, line {number}, names no picture. It was left out."
