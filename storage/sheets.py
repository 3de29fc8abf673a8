"""Tables as spreadsheets write them: bytes in, rows under known names out, and back."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterable
from dataclasses import dataclass
from itertools import islice

from storage.errors import BadInput

MOST = 32 << 20
"""Bytes that a table may have."""

COLUMNS = {
    "file name": ("file name", "file_name", "filename", "file", "image", "name", "파일 이름", "파일명", "파일", "그림", "이미지"),
    "hash": ("hash", "sha256", "해시"),
    "caption": ("caption", "text", "prompt", "description", "캡션", "설명"),
    "split": ("split", "구분"),
    "repeats": ("repeats", "repeat", "반복"),
    "trigger": ("trigger", "트리거"),
}  # fmt: skip
"""The columns that are written, each with the names under which it is read."""

SEPARATORS = ",;\t|"

FORMULA = re.compile(r"'*[=+\-@\t\r]")
"""What a spreadsheet would take for a formula: an apostrophe in front makes it text."""


@dataclass(frozen=True)
class Sheet:
    """A table that was read.

    Attributes:
        rows: for each line its cells by the names of `COLUMNS`.
        columns: which of them the table has.
        ignored: names of columns that mean nothing here.
        encoding: how its letters were written.
    """

    rows: list[dict[str, str]]
    columns: list[str]
    ignored: list[str]
    encoding: str


def write(rows: Iterable[dict[str, str]]) -> bytes:
    """A CSV in UTF-8 with a mark in front, so that every spreadsheet reads Korean; cells are never formulas."""
    table = io.StringIO(newline="")
    writer = csv.writer(table)
    writer.writerow(COLUMNS)
    writer.writerows([_shielded(row[name]) for name in COLUMNS] for row in rows)
    return table.getvalue().encode("utf-8-sig")


def read(data: bytes, name: str = "The table") -> Sheet:
    """A table in UTF-8, UTF-16 or CP949, split by commas, semicolons, tabs or bars, its columns in any order.

    Raises:
        BadInput: it is no table, or has no column for the file name (or hash) or none for the caption; says which.
    """
    if len(data) > MOST:
        raise BadInput(f"{name} has {len(data) >> 20} MB; {MOST >> 20} MB are the most. Is it the right file?")
    if data[:4] == b"PK\x03\x04":
        raise BadInput(f"{name} is a workbook, not a CSV. Save it as “CSV UTF-8” and choose that file.")
    text, encoding = _text(data, name)
    lines = [line for line in text.splitlines() if line.strip()]
    if not lines:
        raise BadInput(f"{name} is empty. Choose the table that was exported.")
    separator = max(SEPARATORS, key=lambda mark: (len(_known(_cells(lines[0], mark))), len(_cells(lines[0], mark))))
    heads = _cells(lines[0], separator)
    known = _known(heads)
    _complete(name, heads, known)
    try:
        found = islice(csv.reader(io.StringIO(text, newline=""), delimiter=separator), 1, None)
        rows = [{known[at]: _plain(cell) for at, cell in enumerate(line) if at in known} for line in found if any(line)]
    except csv.Error as error:
        raise BadInput(f"{name} cannot be read as a table ({error}). Save it again as “CSV UTF-8”.") from error
    ignored = [head for at, head in enumerate(heads) if at not in known and head]
    return Sheet([{k: row.get(k, "") for k in known.values()} for row in rows], list(known.values()), ignored, encoding)


def _text(data: bytes, name: str) -> tuple[str, str]:
    marked = data[:2] in (b"\xff\xfe", b"\xfe\xff")
    for encoding in ("utf-16",) if marked else ("utf-8-sig", "cp949"):
        try:
            return data.decode(encoding), encoding
        except UnicodeDecodeError:
            continue
    raise BadInput(f"The letters of {name} cannot be read: it is neither UTF-8 nor CP949. Save it as “CSV UTF-8”.")


def _cells(line: str, separator: str) -> list[str]:
    found = next(csv.reader([line], delimiter=separator), [])
    return [cell.strip() for cell in found] if len(found) > 1 else []


def _known(heads: list[str]) -> dict[int, str]:
    """Place in the line → the column's own name; of two columns of one name the first."""
    places: dict[int, str] = {}
    for at, head in enumerate(heads):
        said = head.strip().casefold()
        own = next((own for own, names in COLUMNS.items() if said in names), None)
        if own and own not in places.values():
            places[at] = own
    return places


def _complete(name: str, heads: list[str], known: dict[int, str]) -> None:
    said = ", ".join(heads) or "none that can be told apart"
    if not {"file name", "hash"} & set(known.values()):
        raise BadInput(f"{name} has no column “file name” or “hash” to tell pictures by (it has: {said}).")
    if "caption" not in known.values():
        raise BadInput(f"{name} has no column “caption” (it has: {said}). Name the column of the captions so.")


def _shielded(cell: str) -> str:
    return f"'{cell}" if FORMULA.match(cell) else cell


def _plain(cell: str) -> str:
    cell = cell[1:] if cell.startswith("'") and FORMULA.match(cell[1:]) else cell
    return " ".join(cell.split())
