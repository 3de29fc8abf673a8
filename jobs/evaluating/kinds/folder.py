"""Pictures from elsewhere: each folder takes part, the first is the baseline."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from jobs.evaluating.kinds.kind import Entry, Kind
from storage.folders import listed

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
