"""The shot list as a CSV for spreadsheets: a line for each shot, in UTF-8 with a mark so that Korean is read."""

from __future__ import annotations

import csv
from pathlib import Path

from storage.boardout.order import Order
from storage.panels import Panel, Part, Reel
from storage.sheets import FORMULA

TITLE, SUFFIX, SLOW = "CSV", ".csv", 100_000

COLUMNS = (
    "scene", "heading", "location", "time", "description", "shot", "framing", "angle", "characters", "action",
    "dialogue", "notes", "seconds", "prompt", "drawn as", "seed", "picture",
)  # fmt: skip
"""All but the last three are read again by `storage.scripts.table`; `prompt` is what a person wrote by hand."""


def write(reel: Reel, target: Path, order: Order) -> None:
    """Write the list; cells are never formulas. The picture is named by its file in the store."""
    with target.open("w", encoding="utf-8-sig", newline="") as table:
        writer = csv.writer(table)
        writer.writerow(COLUMNS)
        for part in reel.parts:
            writer.writerows([_shielded(cell) for cell in _cells(part, panel)] for panel in part.panels)


def _cells(part: Part, panel: Panel) -> list[str]:
    return [
        str(part.number), part.heading, part.location, part.time, part.description, str(panel.place), panel.framing,
        panel.angle, ", ".join(panel.characters), panel.action, "\n".join(panel.said), panel.notes,
        f"{panel.seconds:g}", panel.prompt if panel.locked else "", panel.prompt,
        "" if panel.seed is None else str(panel.seed), panel.picture.name if panel.picture else "",
    ]  # fmt: skip


def _shielded(cell: str) -> str:
    return f"'{cell}" if FORMULA.match(cell) else cell
