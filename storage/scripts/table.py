"""A shot list as CSV: a row a shot, or a row a scene where the table names no shots."""

from __future__ import annotations

import csv
import io
import re
from typing import Any

from storage.errors import BadInput
from storage.scripts.headings import parts
from storage.scripts.plain import read as read_plain
from storage.scripts.script import Line, Written
from storage.sheets import FORMULA

COLUMNS = {
    "scene": ("scene", "scene number", "씬", "신", "장면"),
    "shot": ("shot", "shot number", "샷", "숏", "컷"),
    "heading": ("heading", "scene heading", "slugline", "제목"),
    "location": ("location", "place", "setting", "장소"),
    "time": ("time", "time of day", "시간", "때"),
    "description": ("description", "scene description", "설명", "지문"),
    "framing": ("framing", "shot size", "size", "샷 크기", "프레이밍"),
    "angle": ("angle", "camera angle", "앵글"),
    "action": ("action", "액션", "행동", "내용"),
    "dialogue": ("dialogue", "dialog", "line", "대사"),
    "characters": ("characters", "character", "cast", "인물", "등장인물"),
    "seconds": ("seconds", "duration", "length", "초", "길이"),
    "notes": ("notes", "note", "메모", "비고"),
    "prompt": ("prompt", "프롬프트"),
}  # fmt: skip
"""The columns that are read, each with its names."""

OF_SHOT = ("framing", "angle", "action", "seconds", "notes", "prompt", "shot")


def head(text: str) -> dict[int, str]:
    """Place → column, of the columns that the first line names and that are known."""
    first = next((line for line in text.splitlines() if line.strip()), "")
    names = next(csv.reader([first], delimiter=_separator(first)), [])
    known = {name: own for own, all_names in COLUMNS.items() for name in all_names}
    found: dict[int, str] = {}
    for place, name in enumerate(names):
        own = known.get(name.strip().casefold())
        if own and own not in found.values():
            found[place] = own
    return found


def read(text: str) -> list[Written]:
    """The scenes of a table; rows that follow one another and name the same scene are its shots.

    Raises:
        BadInput: none of its columns is known, or a duration is no number.
    """
    columns = head(text)
    if not columns:
        raise BadInput(f"The table has no column that is known here. Name at least one of: {', '.join(COLUMNS)}.")
    first = next(line for line in text.splitlines() if line.strip())
    rows = list(csv.reader(io.StringIO(text.lstrip(), newline=""), delimiter=_separator(first)))[1:]
    found: list[tuple[tuple[str, ...], list[dict[str, str]]]] = []
    for cells in rows:
        row = {own: _plain(cells[place]) if place < len(cells) else "" for place, own in columns.items()}
        if not any(row.values()):
            continue
        key = tuple(row.get(name, "") for name in ("scene", "heading"))
        if found and (key == found[-1][0] or (not any(key) and "shot" in columns.values())):
            found[-1][1].append(row)
        else:
            found.append((key, [row]))
    return [_scene(rows) for _, rows in found]


def _scene(rows: list[dict[str, str]]) -> Written:
    first = rows[0]
    heading = first.get("heading") or first.get("location") or (f"Scene {first['scene']}" if first.get("scene") else "")
    place, time = parts(first.get("heading", ""))
    said = [first["description"]] if first.get("description") else []
    lines = [Line(text) for text in said]
    lines += [line for row in rows for line in _dialogue(row)]
    shots = tuple(_shot(row) for row in rows if any(row.get(name) for name in OF_SHOT))
    return Written(heading, first.get("location") or place, first.get("time") or time, tuple(lines), shots)


def _dialogue(row: dict[str, str]) -> list[Line]:
    """What is said; where no name stands before it, by the only one in the row."""
    people = _names(row.get("characters", ""))
    drafts = read_plain(row.get("dialogue", ""))
    lines = [line for draft in drafts for line in draft.lines]
    return [line if line.speaker else Line(line.text, people[0] if people else "?") for line in lines]


def _shot(row: dict[str, str]) -> dict[str, Any]:
    found: dict[str, Any] = {
        name: row[name] for name in ("framing", "angle", "action", "dialogue", "notes") if row.get(name)
    }
    found["characters"] = _names(row.get("characters", ""))
    if row.get("prompt"):
        found["prompt"] = row["prompt"]
    if row.get("seconds"):
        try:
            found["seconds"] = float(row["seconds"].rstrip("s초 "))
        except ValueError as error:
            raise BadInput(f"“{row['seconds']}” is no number of seconds. Write for example 3 or 2.5.") from error
    return found


def _plain(cell: str) -> str:
    """A cell without the apostrophe that keeps spreadsheets from taking it for a formula."""
    return (cell[1:] if cell.startswith("'") and FORMULA.match(cell[1:]) else cell).strip()


def _names(cell: str) -> list[str]:
    return [name.strip() for name in re.split(r"[,;/|]", cell) if name.strip()]


def _separator(line: str) -> str:
    return max(",;\t", key=line.count)
