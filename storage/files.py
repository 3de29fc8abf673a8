"""Content-addressed files, thumbnails, and writing beside then renaming.

A file's name is the SHA-256 of its content and its suffix, `ab12….png`; the same
content is stored once. Nothing half-written is ever seen under a file's name.
"""

from __future__ import annotations

import hashlib
import math
import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from PIL import Image as Pictures

from storage.uploads import rgb

THUMBNAIL = 384
"""Longest side of a thumbnail in pixels."""

NEAR = 320
"""Longest side from which a thumbnail is large enough."""

JPEG_END = b"\xff\xd9"


@contextmanager
def beside(path: Path, lasting: bool = True) -> Iterator[Path]:
    """A temporary path in the same folder that becomes `path` when all went well.

    Args:
        lasting: whether it must outlast a power cut; False is quicker, for what can be made again.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=".new-", suffix=path.suffix)
    os.close(handle)
    temporary = Path(name)
    try:
        yield temporary
        if lasting:
            with temporary.open("rb") as written:
                os.fsync(written.fileno())
        temporary.chmod(0o644)
        temporary.replace(path)
    finally:
        temporary.unlink(missing_ok=True)


def sha256(path: Path) -> str:
    """The SHA-256 of a file's content, in hexadecimal."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


class Files:
    """The files of one store."""

    def __init__(self, home: Path) -> None:
        self.folder, self.thumbs = home / "files", home / "thumbs"

    def path(self, name: str) -> Path:
        """Where the file of that name (`<sha256>.<suffix>`) lies."""
        return self.folder / name[:2] / name

    def add_bytes(self, content: bytes, suffix: str, digest: str = "") -> str:
        """Keep `content`; returns its name. `suffix` with its dot, e.g. `.png`; `digest` is its SHA-256 if known."""
        name = (digest or hashlib.sha256(content).hexdigest()) + suffix
        if not self.path(name).exists():
            with beside(self.path(name)) as temporary:
                temporary.write_bytes(content)
        return name

    def add_file(self, source: Path) -> str:
        """Keep a copy of a file; returns its name."""
        name = sha256(source) + source.suffix.lower()
        if not self.path(name).exists():
            with beside(self.path(name)) as temporary, source.open("rb") as file, temporary.open("wb") as copy:
                while block := file.read(2**20):
                    copy.write(block)
        return name

    def thumbnail(self, name: str) -> Path:
        """A small JPEG of a picture, made at the first asking."""
        path = self.thumbnail_path(name)
        if not _whole(path):
            with Pictures.open(self.path(name)) as picture:
                self.keep_thumbnail(name, rgb(picture))
        return path

    def thumbnail_path(self, name: str) -> Path:
        """Where a picture's thumbnail lies once it is made."""
        return self.thumbs / name[:2] / f"{name.partition('.')[0]}.jpg"

    def keep_thumbnail(self, name: str, picture: Pictures.Image) -> None:
        """Write the thumbnail of a picture that is in memory already (RGB)."""
        with beside(self.thumbnail_path(name), lasting=False) as temporary:
            small(picture).save(temporary, "JPEG", quality=85)


def small(picture: Pictures.Image) -> Pictures.Image:
    """A picture (RGB) made to fit a thumbnail: by a whole number where that comes near enough, for it is quick."""
    times = math.ceil(max(picture.size) / THUMBNAIL)
    if times == 1 or max(picture.size) >= times * NEAR:
        return picture.reduce(times)
    share = THUMBNAIL / max(picture.size)
    size = (max(1, round(picture.width * share)), max(1, round(picture.height * share)))
    return picture.resize(size, Pictures.Resampling.HAMMING, reducing_gap=1.0)


def _whole(path: Path) -> bool:
    """Whether a thumbnail is there to its end; a power cut may have left an empty one."""
    try:
        with path.open("rb") as file:
            file.seek(-len(JPEG_END), os.SEEK_END)
            return file.read() == JPEG_END
    except OSError:
        return False
