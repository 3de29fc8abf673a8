"""What every LoRA file format can do."""

from __future__ import annotations

from abc import ABC, abstractmethod
from pathlib import Path
from typing import ClassVar


class LoraFormat(ABC):
    """A spelling of LoRA files that other tools read."""

    title: ClassVar[str]  # as people say it
    readers: ClassVar[str]  # who reads it, in a few words

    @abstractmethod
    def write(self, source: Path, target: Path, said: dict[str, str]) -> Path:
        """Write the studio's file `source` to `target` with `said` added to its metadata; returns `target`.

        Raises:
            BadInput: `source` is no LoRA file of the studio's.
        """
