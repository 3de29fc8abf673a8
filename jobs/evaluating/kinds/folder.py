"""Pictures from elsewhere: each folder takes part, the first is the baseline."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING

from jobs.evaluating.kinds.kind import Entry, Kind
from storage import kinds
from storage.errors import BadInput, NotFound

if TYPE_CHECKING:
    from jobs.context import Context
    from jobs.tasks.evaluate import EvaluatePictures


class Folders(Kind):
    """Nothing is drawn: what lies in the folders is judged, in the order of the file names."""

    def entries(self, task: EvaluatePictures, context: Context) -> list[Entry]:
        """One a folder, called as the folder is."""
        return [Entry(Path(folder).name or folder, pictures=listed(Path(folder))) for folder in task.folders]

    def subject(self, task: EvaluatePictures, context: Context) -> str:
        return ", ".join(Path(folder).name or folder for folder in task.folders)


def listed(folder: Path) -> tuple[Path, ...]:
    """The pictures that lie in a folder, in the order of their names, in which 2 comes before 10.

    Raises:
        NotFound: there is no such folder.
        BadInput: there is no picture in it.
    """
    if not folder.is_dir():
        raise NotFound(f"There is no folder {folder}. Check the path.")
    found = [file for file in folder.iterdir() if file.suffix.lower() in kinds.SUFFIXES and file.is_file()]
    if not found:
        raise BadInput(f"There is no picture in {folder}. Give a folder with some.")
    return tuple(sorted(found, key=lambda file: natural(file.name)))


def natural(name: str) -> list[tuple[int, str]]:
    """Sorts names so that numbers in them count as numbers."""
    parts = re.findall(r"\d+|\D+", name.casefold())
    return [(int(part), "") if part.isdecimal() else (-1, part) for part in parts]
