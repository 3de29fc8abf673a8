"""A script in any of three kinds of text, from its bytes to its scenes."""

from __future__ import annotations

import re

from storage import scenes
from storage.errors import BadInput
from storage.scripts import fountain, marks, plain, table
from storage.scripts.headings import FOUNTAIN, parts
from storage.scripts.script import Draft, Script, Written

MOST_BYTES = 4 << 20
"""Bytes that a script may have."""


def read(data: bytes | str, name: str = "") -> Script:
    """What a script says; its kind is told by the file's name, else by how it looks.

    Raises:
        BadInput: it is empty, no text, or has more scenes than a board can have.
    """
    text = data if isinstance(data, str) else _text(data)
    text = text.lstrip("\ufeff").replace("\r\n", "\n").replace("\r", "\n")
    if not text.strip():
        raise BadInput("The script is empty. Paste some text, or choose a file that holds some.")
    kind = _kind(text, name.lower())
    title, found = "", []
    if kind == "csv":
        found = table.read(text)
    else:
        title, drafts = fountain.read(text) if kind == "fountain" else ("", plain.read(text))
        found = [_written(draft) for draft in drafts]
    if not found:
        raise BadInput("There is no scene in this script: nothing happens in it and nobody speaks. Check the text.")
    if len(found) > scenes.MOST:
        raise BadInput(
            f"The script has {len(found)} scenes, and a board can have {scenes.MOST}. Bring it in as several parts."
        )
    return Script(kind, tuple(found), title)


def _text(data: bytes) -> str:
    if len(data) > MOST_BYTES:
        raise BadInput(
            f"The script has {len(data) >> 20} MB; {MOST_BYTES >> 20} MB are the most. Is it the right file?"
        )
    marked = data[:2] in (b"\xff\xfe", b"\xfe\xff")
    for encoding in ("utf-16",) if marked else ("utf-8-sig", "cp949"):
        try:
            text = data.decode(encoding)
        except UnicodeDecodeError:
            continue
        if "\0" not in text:
            return text
    raise BadInput("The script is no plain text. Save it as text, Fountain or CSV in UTF-8, and choose that file.")


def _kind(text: str, name: str) -> str:
    if name.endswith((".fountain", ".spmd")):
        return "fountain"
    if name.endswith((".csv", ".tsv")) or len(table.head(text)) >= 2:
        return "csv"
    headed = any(FOUNTAIN.match(line) for line in text.splitlines())
    forced = re.search(r"^(?:\.[A-Za-z가-힣]|@\S)", text, re.MULTILINE)
    titled = re.match(r"\s*title:", text, re.IGNORECASE)
    return "fountain" if headed or forced or titled else "text"


def _written(draft: Draft) -> Written:
    location, time = parts(draft.heading)
    ends = [begin for begin, _ in draft.marks[1:]] + [len(draft.lines)]
    shots = tuple(
        marks.shot(told, [line for line in draft.lines[begin:end] if line.text])
        for (begin, told), end in zip(draft.marks, ends, strict=False)
    )
    return Written(draft.heading, location, time, tuple(line for line in draft.lines if line.text), shots)
