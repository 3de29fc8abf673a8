"""Bringing pictures into a data set: files, folders and zips, with the captions beside them.

Whatever cannot be used is listed by name with its reason; the rest goes in. A picture is in the data set only once its
file lies whole in the store; what went in stays in whatever ends the import, and importing again goes on from there.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from storage import formats, sources, taking, uploads, zips
from storage.arrivals import Added, Arrival, Arrivals
from storage.database import Store
from storage.errors import BadInput
from storage.formats.row import Found, Row
from storage.sources import Listing, OnDisk

WORDS = {".txt", ".caption", ".csv", ".json", ".jsonl"}

TOGETHER, SECONDS = 64, 1.0
"""Pictures that go into the data set in one transaction, and how long the first of them waits for the others."""


@dataclass
class Report:
    """What came of an import.

    Attributes:
        format: the layout that was read.
        added: the images that came in.
        known: names of pictures that the data set had already.
        refused: (name, sentence) of what was left out.
        noted: (name, sentence) of what went in otherwise than it came, or was here with another caption.
        captions: how many captions came in.
    """

    format: str = "pictures"
    added: list[Added] = field(default_factory=list)
    known: list[str] = field(default_factory=list)
    refused: list[tuple[str, str]] = field(default_factory=list)
    noted: list[tuple[str, str]] = field(default_factory=list)
    captions: int = 0


Progress = Callable[[int, int, str], None]
"""Told (done, total, name) before each picture. What it raises ends the import; what is in stays."""


def bring(
    store: Store, dataset_id: int, paths: Sequence[Path], progress: Progress | None = None, format: str = ""
) -> Report:
    """Bring files, folders and zips into a data set.

    Args:
        paths: what the person gave.
        format: a name of `formats`; '' recognises it.

    Raises:
        BadInput: a path is not there, the format is unknown, or nothing is a picture.
    """
    listing = _listed(paths)
    with listing.zips:
        report = Report(format or formats.recognise([file.name for file in listing.files]), refused=listing.refused)
        found = formats.get(report.format).read(listing.files)
        report.refused += found.refused + _unused(listing, found, report.format)
        if not found.rows and not report.refused:
            called = ", ".join(path.name for path in paths)
            raise BadInput(f"There is no picture in {called}. Choose JPEG, PNG or WebP files.")
        _bring_all(Arrivals(store, dataset_id), found.rows, report, progress)
    return report


def _listed(paths: Sequence[Path]) -> Listing:
    listing = Listing()
    for path in sources.apart(paths):
        if isinstance(path, OnDisk):
            listing.files.append(path)
        elif path.is_dir():
            sources.in_folder(path, listing)
        elif not path.is_file():
            raise BadInput(f"There is no file or folder {path}. Check the path.")
        elif path.suffix.lower() == ".zip":
            zips.in_zip(path, path.name, listing)
        else:
            listing.files.append(OnDisk(sources.nfc(path.name), path))
    return listing


def _unused(listing: Listing, found: Found, format: str) -> list[tuple[str, str]]:
    """What is neither a picture nor words that the layout has a use for."""
    refused, told = [], {name for name, _ in found.refused}
    for file in listing.files:
        name, suffix = sources.base(file.name), sources.suffix(file.name)
        if suffix in uploads.SUFFIXES or file.name in found.used or name in told:
            continue
        if suffix == ".txt" or suffix == ".caption":
            refused.append((name, f"{name} has no picture of the same name. It was left out."))
        elif suffix in WORDS:
            refused.append((name, f"{name} holds no captions of the format {format}. It was left out."))
        else:
            refused.append((name, f"{name} is not a picture. It was left out."))
    return refused


def _bring_all(arrivals: Arrivals, rows: list[Row], report: Report, progress: Progress | None) -> None:
    """Store the pictures and put them into the data set, some dozens together."""
    batch: list[Arrival] = []
    began = time.monotonic()
    taken = taking.each(arrivals.store, rows, arrivals.files)
    try:
        for number, row in enumerate(rows):
            if progress:
                progress(number, len(rows), row.name)
            one = next(taken)
            if one.refused:
                report.refused.append((row.name, one.refused))
                continue
            report.noted += [(row.name, note) for note in one.notes]
            batch.append(Arrival(row, one.file, one.size))
            if len(batch) >= TOGETHER or time.monotonic() - began > SECONDS:
                _settle(arrivals, batch, report)
                batch, began = [], time.monotonic()
    finally:
        taken.close()
        _settle(arrivals, batch, report)


def _settle(arrivals: Arrivals, batch: list[Arrival], report: Report) -> None:
    for came in arrivals.add(batch) if batch else ():
        report.captions += came.captioned
        if isinstance(came, Added):
            report.added.append(came)
            continue
        report.known.append(came.name)
        if came.differs:
            report.noted.append((came.name, f"{came.name} has another caption here, which stays."))
