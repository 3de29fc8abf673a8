"""Drawings on disk: made once from seeds, in chunks, by all cores, and read through memory maps."""

from __future__ import annotations

import os
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

import numpy as np

from mini.draw import draw
from mini.world import Drawing, sample

CHUNK = 500


def make_drawings(folder: Path, count: int, size: int = 128, workers: int | None = None) -> None:
    """Draws seeds 0 … count-1 into folder/size-NNNNNN.npy (uint8, [500, size, size, 3]); those there are kept."""
    folder.mkdir(parents=True, exist_ok=True)
    missing = [i for i in range(0, count, CHUNK) if not _path(folder, size, i).exists()]
    with ProcessPoolExecutor(workers or os.cpu_count()) as pool:
        for done, _ in enumerate(pool.map(_draw_chunk, *zip(*[(folder, size, i) for i in missing])) if missing else ()):
            print(f"drawings: {(done + 1) * CHUNK:,} of {len(missing) * CHUNK:,}", flush=True)


def load_drawings(folder: Path, count: int, size: int = 128) -> np.ndarray:
    """uint8, [count, size, size, 3]: all the drawings in memory (49 kB each at 128 px)."""
    parts = [np.load(_path(folder, size, i)) for i in range(0, count, CHUNK)]
    return np.concatenate(parts)[:count]


def describe(count: int) -> list[Drawing]:
    """The descriptions of the drawings 0 … count-1."""
    return [sample(seed) for seed in range(count)]


def _path(folder: Path, size: int, first: int) -> Path:
    return folder / f"{size}-{first:06d}.npy"


def _draw_chunk(folder: Path, size: int, first: int) -> None:
    pictures = np.stack([np.asarray(draw(sample(seed), size)) for seed in range(first, first + CHUNK)])
    path = _path(folder, size, first)
    beside = path.with_suffix(".part.npy")
    np.save(beside, pictures)
    beside.replace(path)
