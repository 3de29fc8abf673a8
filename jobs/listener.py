"""A context that reads like another and leaves the telling and keeping to it: for all processes of a run but the first."""

from __future__ import annotations

from typing import Any

from jobs.context import Context
from storage.examples import Example
from storage.tables import Dataset


class Listener(Context):
    """What a process that only helps may touch: it reads, and whatever it would write comes to nothing."""

    def freeze(self, dataset: Dataset, found: list[Example]) -> None:
        """The first process does."""

    def progress(self, done: int, total: int, note: str = "", seconds_left: float | None = None) -> None:
        """The first process tells, and hears what a person wishes."""

    def check(self) -> None:
        """The first process hears what a person wishes."""

    def take_wish(self, wish: str) -> bool:
        """The first process does."""
        return False

    def log(self, text: str) -> None:
        """The first process tells."""

    def measure(self, step: int, **values: float) -> None:
        """The first process tells."""

    def result(self, **facts: Any) -> None:
        """The first process tells."""

    def forget_after(self, step: int) -> None:
        """The first process does."""
