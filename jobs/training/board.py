"""The same curves for TensorBoard: `tensorboard --logdir data/jobs/N/tensorboard`."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

SLOWLY = 10
"""Seconds after which what was told is on disk."""


class Board:
    """An event file for each beginning of a run; what a crash left of a future that never was is purged."""

    def __init__(self, folder: Path, step: int) -> None:
        from torch.utils.tensorboard import SummaryWriter

        self._writer = SummaryWriter(str(folder), purge_step=step + 1 if step else None, flush_secs=SLOWLY)

    def write(self, step: int, values: Mapping[str, float]) -> None:
        """Numbers by name at a step."""
        for name, value in values.items():
            self._writer.add_scalar(name, value, step)

    def close(self) -> None:
        """Put down what was told."""
        self._writer.close()
