"""A run's state on disk: a folder with tensors and facts, written beside, then renamed into place."""

from __future__ import annotations

import hashlib
import json
import os
import re
import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from safetensors.torch import load, save
from torch import Tensor

from storage.errors import StudioError

KEEP = 2
"""Checkpoints kept: the newest, and the one before in case the newest cannot be read."""


@dataclass(frozen=True)
class Checkpoint:
    """What a run goes on from.

    tensors: by name. facts: what JSON can say, the step among them.
    """

    step: int
    tensors: dict[str, Tensor]
    facts: dict[str, Any]


class Checkpoints:
    """The checkpoints of one run, under numbers that only grow."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def save(self, checkpoint: Checkpoint) -> None:
        """Write one; only once it is whole does it count, and only then are older ones removed."""
        self.folder.mkdir(parents=True, exist_ok=True)
        content = save({name: tensor.detach().cpu().contiguous() for name, tensor in checkpoint.tensors.items()})
        facts = {"step": checkpoint.step, "sha256": hashlib.sha256(content).hexdigest(), "facts": checkpoint.facts}
        temporary = self.folder / f".new-{os.getpid()}"
        shutil.rmtree(temporary, ignore_errors=True)
        temporary.mkdir()
        try:
            _write(temporary / "state.safetensors", content)
            _write(temporary / "state.json", json.dumps(facts, indent=1).encode())
            numbers = self._numbers()
            temporary.rename(self.folder / f"{max(numbers, default=0) + 1:06d}")
            _settle(self.folder)
        finally:
            shutil.rmtree(temporary, ignore_errors=True)
        for number in sorted(numbers, reverse=True)[KEEP - 1 :]:
            shutil.rmtree(self.folder / f"{number:06d}")

    def newest(self) -> Checkpoint | None:
        """The newest one that is whole, or None where there is none at all.

        Raises:
            StudioError: there are checkpoints, and none of them can be read.
        """
        for torn in self.folder.glob(".new-*"):
            shutil.rmtree(torn)
        numbers = sorted(self._numbers(), reverse=True)
        for number in numbers:
            found = _read(self.folder / f"{number:06d}")
            if found is not None:
                return found
        if numbers:
            raise StudioError(
                f"None of the {len(numbers)} checkpoints in {self.folder} can be read, so the run cannot go on. "
                "Start it again as a new job."
            )
        return None

    def clear(self) -> None:
        """Remove all of them: the run is over."""
        shutil.rmtree(self.folder, ignore_errors=True)

    def _numbers(self) -> list[int]:
        if not self.folder.is_dir():
            return []
        return [int(found.name) for found in self.folder.iterdir() if re.fullmatch(r"\d{6,}", found.name)]


def _read(folder: Path) -> Checkpoint | None:
    """The checkpoint in a folder, or None if it is torn."""
    try:
        said = json.loads((folder / "state.json").read_bytes())
        content = (folder / "state.safetensors").read_bytes()
        whole = hashlib.sha256(content).hexdigest() == said["sha256"]
    except (FileNotFoundError, NotADirectoryError, ValueError, KeyError, TypeError):
        return None
    return Checkpoint(said["step"], load(content), said["facts"]) if whole else None


def _write(path: Path, content: bytes) -> None:
    with path.open("wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())


def _settle(folder: Path) -> None:
    """Make sure that the renaming outlives a loss of power."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
