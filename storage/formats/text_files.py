"""A `.txt` or `.caption` file beside each picture, of the same stem.

Splits other than training and pictures kept out lie in folders of that name. Repeats and people are not carried.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from storage import sources
from storage.formats.row import File, Found, Item, Row, placed, plain
from storage.sources import Source

TITLE = "Text file beside each picture"
WORDS = (".txt", ".caption")


def recognises(names: list[str]) -> bool:
    """Some picture has a text of the same stem."""
    stems = {sources.stem(name) for name in names if sources.suffix(name) not in WORDS}
    return any(sources.suffix(name) in WORDS and sources.stem(name) in stems for name in names)


def read(files: list[Source]) -> Found:
    """Every picture with the words of its text file."""
    return worded(Found(plain(files)), files)


def worded(found: Found, files: list[Source]) -> Found:
    """Give the pictures that have no words yet those of the text beside them."""
    rows: dict[str, list[int]] = {}
    for number, row in enumerate(found.rows):
        rows.setdefault(sources.stem(row.source.name), []).append(number)
    for file in files:
        if sources.suffix(file.name) not in WORDS:
            continue
        try:
            text = " ".join(sources.text(file).split()) if sources.stem(file.name) in rows else None
        except (ValueError, OSError) as error:
            name, why = sources.base(file.name), sources.reason(error)
            found.refused.append((name, f"{name} cannot be read ({why}). Its picture went in without a caption."))
            text = ""
        if text is not None:
            found.used.add(file.name)
        for number in rows.get(sources.stem(file.name), []):
            found.rows[number] = _worded(found.rows[number], text or "")
    return found


def _worded(row: Row, text: str) -> Row:
    return replace(row, text=row.text or text)


def write(items: list[Item], title: str) -> Iterator[File]:
    """Every picture, and its caption in a `.txt` beside it."""
    for name, item in placed(items):
        yield name, item.path
        yield f"{sources.stem(name)}.txt", f"{item.text}\n".encode()
