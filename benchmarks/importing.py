"""How fast pictures come in beside decoding them alone, on the same cores, and how much memory that holds.

`python -m benchmarks.importing [--count 10000] [--keep FOLDER]`
"""

from __future__ import annotations

import argparse
import io
import multiprocessing
import os
import random
import tempfile
import time
import zlib
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psutil
from PIL import Image as Pictures
from PIL import ImageCms

from storage import datasets, imports, projects
from storage.database import Store
from storage.settings import Settings

BAR = 0.5
"""The least that importing may reach of the rate of decoding alone."""

MIX = {"jpeg": 50, "photo": 8, "turned": 2, "png": 18, "webp": 14, "bmp": 2, "gif": 1, "tiff": 1, "avif": 4}
"""Kinds of files in a hundred: `photo` has EXIF with a place, `turned` is a photo that lies on its side."""

SIZES = ((512, 512), (768, 768), (768, 1152), (1024, 1024), (1216, 832), (1024, 1536), (1600, 1200), (2048, 1536))
LOOKS = (0.1, 0.5, 1.0)
"""Shares of the import up to which the most memory held is told."""


def main() -> None:
    """Make the pictures, decode them, import them, and print the rates; status 1 below the bar."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--count", type=int, default=10_000, help="pictures to import")
    parser.add_argument("--keep", type=Path, help="make the pictures here and leave them for the next run")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as scratch:
        folder = (options.keep or Path(scratch)) / str(options.count)
        began = time.monotonic()
        paths = make(folder, options.count)
        total = sum(path.stat().st_size for path in paths) / 2**20
        print(f"{len(paths)} pictures, {total:.0f} MB, made in {time.monotonic() - began:.0f} s", flush=True)
        alone, importing, memory = measure(paths, folder, Path(scratch) / "home")
    print(f"decoding alone   {alone.rate:8.1f} pictures a second, {alone.cpu * 1000:6.1f} ms of a processor each")
    print(f"importing        {importing.rate:8.1f} pictures a second, {importing.cpu * 1000:6.1f} ms, with thumbnails")
    ratio = importing.rate / alone.rate
    print(f"ratio            {ratio:8.2f}, {BAR} is the bar; of processor time {alone.cpu / importing.cpu:.2f}")
    print("the most memory " + " · ".join(f"{size:.0f} MB until {number}" for number, size in memory.items()))
    raise SystemExit(ratio < BAR)


@dataclass(frozen=True)
class Pace:
    """How fast something went over some pictures: seconds of the clock, and of all processors together."""

    pictures: int
    seconds: float
    busy: float

    @property
    def rate(self) -> float:
        """Pictures a second."""
        return self.pictures / self.seconds

    @property
    def cpu(self) -> float:
        """Seconds of a processor that one picture takes."""
        return self.busy / self.pictures

    def __add__(self, other: Pace) -> Pace:
        return Pace(self.pictures + other.pictures, self.seconds + other.seconds, self.busy + other.busy)


def measure(paths: list[Path], folder: Path, home: Path) -> tuple[Pace, Pace, dict[int, float]]:
    """Decode one half, import everything, decode the other half; each in a process of its own on the same cores.

    What else the machine does meanwhile then weighs on both alike.
    """
    half, cores = len(paths) // 2, len(os.sched_getaffinity(0))
    before = _apart(decode, paths[:half], cores)
    importing, memory = _apart(bring, home, folder, len(paths))
    return before + _apart(decode, paths[half:], cores), importing, memory


def _apart(work: Callable[..., Any], *given: Any) -> Any:
    with ProcessPoolExecutor(1, multiprocessing.get_context("spawn")) as fresh:
        return fresh.submit(work, *given).result()


def make(folder: Path, count: int) -> list[Path]:
    """`count` files of which no two hold the same, made of 200 that were encoded."""
    folder.mkdir(parents=True, exist_ok=True)
    chance = random.Random(0)
    kinds = [kind for kind, share in MIX.items() for _ in range(2 * share)]
    chance.shuffle(kinds)
    paths = [folder / f"{number:05}.{_suffix(kinds[number % len(kinds)])}" for number in range(count)]
    if all(path.exists() for path in paths):
        return paths
    models = [_encode(kind, picture) for kind, picture in zip(kinds, _paint(chance, len(kinds)), strict=True)]
    for number, path in enumerate(paths):
        model = number % len(models)
        path.write_bytes(_vary(kinds[model], models[model], number // len(models)))
    return paths


def decode(paths: list[Path], threads: int) -> Pace:
    """Open and decode pictures, and nothing else."""
    began, busy = time.monotonic(), time.process_time()
    with ThreadPoolExecutor(threads) as pool:
        for _ in pool.map(_decode, paths):
            pass
    return Pace(len(paths), time.monotonic() - began, time.process_time() - busy)


def bring(home: Path, folder: Path, count: int) -> tuple[Pace, dict[int, float]]:
    """Import a folder into a new store; its pace, and the most megabytes this process held until then."""
    store = Store.open(Settings(home=home))
    dataset = datasets.create(store, projects.first(store).id, "bench")
    looks = {int(share * (count - 1)) for share in LOOKS}
    memory, most = {0: _megabytes()}, 0.0

    def look(done: int, total: int, name: str) -> None:
        nonlocal most
        most = max(most, _megabytes())
        if done in looks:
            memory[done + 1] = most

    began, busy = time.monotonic(), time.process_time()
    report = imports.bring(store, dataset.id, [folder], look)
    pace = Pace(count, time.monotonic() - began, time.process_time() - busy)
    if len(report.added) != count or report.refused:
        raise SystemExit(f"{len(report.added)} of {count} came in; {report.refused[:3]} {report.known[:3]}")
    store.close()
    return pace, memory


def _decode(path: Path) -> None:
    with Pictures.open(path) as picture:
        picture.load()


def _megabytes() -> float:
    return psutil.Process().memory_info().rss / 2**20


def _paint(chance: random.Random, count: int) -> Iterator[Pictures.Image]:
    """Pictures with large forms and some grain, as photographs have them."""
    for number in range(count):
        width, height = SIZES[number % len(SIZES)]
        forms = Pictures.frombytes("RGB", (24, 24), chance.randbytes(24 * 24 * 3))
        grain = Pictures.frombytes("RGB", (256, 256), bytes(b % 12 for b in chance.randbytes(256 * 256 * 3)))
        picture = forms.resize((width, height), Pictures.Resampling.BICUBIC)
        tiled = Pictures.new("RGB", (width, height))
        for left in range(0, width, 256):
            for top in range(0, height, 256):
                tiled.paste(grain, (left, top))
        yield Pictures.blend(picture, tiled, 0.4)


def _suffix(kind: str) -> str:
    return {"jpeg": "jpg", "photo": "jpg", "turned": "jpg"}.get(kind, kind)


def _encode(kind: str, picture: Pictures.Image) -> bytes:
    buffer = io.BytesIO()
    if kind in ("jpeg", "photo", "turned"):
        exif = Pictures.Exif()
        if kind != "jpeg":
            exif[0x0112] = 1 if kind == "photo" else 6
            exif.get_ifd(0x8825)[2] = (37.0, 33.0, 59.0)
        picture.save(buffer, "JPEG", quality=90, exif=exif)
    elif kind == "webp":
        picture.save(buffer, "WEBP", quality=85, method=1, icc_profile=_profile())
    elif kind == "avif":
        picture.save(buffer, "AVIF", quality=70, speed=10)
    else:
        picture.save(buffer, kind.upper())
    return buffer.getvalue()


def _profile() -> bytes:
    return ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()


def _vary(kind: str, content: bytes, number: int) -> bytes:
    """The same picture as a file of other content: a resolution, a profile's number, or pixels where those count."""
    mark = number.to_bytes(4, "big")
    if kind in ("jpeg", "photo"):
        at = content.index(b"JFIF\x00") + 8  # the densities
        return content[:at] + (number + 1).to_bytes(4, "big") + content[at + 4 :]
    if kind == "turned":
        picture = Pictures.open(io.BytesIO(content))
        picture.paste((number % 50 * 5, number // 50 * 5, 0), (0, 0, 16, 16))
        return _encode(kind, picture)
    if kind == "png":
        chunk = b"pHYs" + (1000).to_bytes(4, "big") + mark + b"\x01"
        return content[:33] + (9).to_bytes(4, "big") + chunk + zlib.crc32(chunk).to_bytes(4, "big") + content[33:]
    if kind == "webp":
        at = content.index(b"ICCP") + 8 + 84  # the profile's number
        return content[:at] + mark + content[at + 4 :]
    if kind == "bmp":
        return content[:38] + mark + content[42:]
    if kind == "avif":
        return content + (12).to_bytes(4, "big") + b"free" + mark
    at = 13 if kind == "gif" else len(content) // 2  # a colour of the palette; pixels
    return content[:at] + mark + content[at + 4 :]


if __name__ == "__main__":
    main()
