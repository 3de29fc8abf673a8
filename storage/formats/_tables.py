"""Tables of captions: which picture a line names, its words, and what else it says of the picture."""

from __future__ import annotations

import csv
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import PurePosixPath
from typing import Any

from storage import sources
from storage.formats import text_files
from storage.formats.row import SPLITS, Found, Item, Row, plain, unique
from storage.sources import Source

NAME_KEYS = ("file_name", "image", "file", "filename")
TEXT_KEYS = ("text", "caption", "prompt")
MOST_REPEATS = 10_000


@dataclass(frozen=True)
class Line:
    """One line of a table: the picture it names, its words, and what else it says."""

    name: str
    text: str = ""
    facts: dict[str, Any] = field(default_factory=dict)


class Pictures:
    """Pictures by their names, forgiving in how a table of another machine writes them."""

    def __init__(self, rows: list[Row]) -> None:
        self.rows = rows
        self.exact = {row.source.name.casefold(): number for number, row in enumerate(rows)}
        self.stems, self.bases = defaultdict(list), defaultdict(list)
        for number, row in enumerate(rows):
            self.stems[sources.stem(row.source.name).casefold()].append(number)
            self.bases[sources.base(row.source.name).casefold()].append(number)

    def find(self, folder: str, name: str) -> int | None:
        """The number of the picture that a table in `folder` names; None if there is none, or several would fit."""
        full = str(PurePosixPath(folder) / sources.nfc(name).replace("\\", "/")).casefold()
        if full in self.exact:
            return self.exact[full]
        stems = self.stems.get(full) or self.stems.get(sources.stem(full), [])
        fitting = stems or self.bases.get(sources.base(full), [])
        return fitting[0] if len(fitting) == 1 else None


def read(files: list[Source], name: str, lines: Callable[[str], Iterable[Line | str]]) -> Found:
    """The pictures with what every table called `name` says of them; a text beside a picture serves where none does.

    Args:
        lines: the table's lines; a sentence stands for one that cannot be read. It may raise `ValueError` for all.
    """
    found = Found(plain(files))
    known = Pictures(found.rows)
    for file in files:
        if sources.base(file.name) != name:
            continue
        found.used.add(file.name)
        try:
            for line in lines(sources.text(file)):
                _take(found, known, line, file)
        except (ValueError, KeyError, TypeError, csv.Error, OSError, RecursionError) as error:
            why = sources.reason(error)
            found.refused.append((name, f"{name} cannot be read ({why}). The pictures went in without its captions."))
    return text_files.worded(found, files)


def _take(found: Found, known: Pictures, line: Line | str, table: Source) -> None:
    called = sources.base(table.name)
    if isinstance(line, str):
        found.refused.append((called, line))
        return
    number = known.find(sources.folder(table.name), line.name)
    if number is None:
        found.refused.append((line.name, f"{called} names {line.name}, which is not there. It was left out."))
        return
    found.rows[number] = replace(found.rows[number], text=" ".join(line.text.split()), **line.facts)


def line(columns: Mapping[Any, Any]) -> Line | None:
    """A line of a table with columns of any of the usual names; None if none of them names a picture."""
    values = {str(key).strip().lower(): value for key, value in columns.items() if value not in (None, "")}
    name = next((values[key] for key in NAME_KEYS if key in values), None)
    if not isinstance(name, str):
        return None
    text = next((values[key] for key in TEXT_KEYS if key in values), "")
    return Line(name, str(text[0] if isinstance(text, list) and text else text), dict(_facts(values)))


def columns(items: list[Item]) -> list[str]:
    """The columns that these pictures need beside their name and words: those in which one is unlike the rest."""
    usual = Item(items[0].path, "")
    names = ("repeats", "split", "person", "out")
    return [name for name in names if any(getattr(item, name) != getattr(usual, name) for item in items)]


def lines(items: list[Item]) -> Iterator[tuple[Item, dict[str, Any]]]:
    """Each item with the columns of its line; every line has the same."""
    needed = columns(items)
    for name, item in unique(items):
        yield item, {"file_name": name, "text": item.text} | {key: getattr(item, key) for key in needed}


def _facts(values: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    repeats = str(values.get("repeats", ""))
    if repeats.isdecimal() and 1 <= int(repeats) <= MOST_REPEATS:
        yield "repeats", int(repeats)
    if values.get("split") in SPLITS:
        yield "split", values["split"]
    if isinstance(values.get("person"), str):
        yield "person", sources.nfc(values["person"])
    if str(values.get("out", "")).lower() in ("true", "1", "yes"):
        yield "out", True
