"""Files inside a zip. Only their bytes are ever read; nothing is unpacked, and no name in it is a path on this machine."""

from __future__ import annotations

import lzma
import re
import stat
import struct
import zipfile
import zlib
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from storage import sources
from storage.sources import Listing

UTF8_NAME, LOCKED = 0x800, 0x1
"""Flags of an entry: its name is UTF-8; it is encrypted."""

BOMB_BYTES, BOMB_RATIO = 32 * 2**20, 200
"""What is larger than this and was packed this many times smaller is no picture."""

SPLITS = ("train", "held-out", "reference", "regularisation", "kept-out", "img", "reg")
DAMAGE = (zipfile.BadZipFile, zlib.error, lzma.LZMAError, EOFError, RuntimeError, ValueError, struct.error)
"""What reading a broken zip raises besides `OSError`."""


@dataclass(frozen=True)
class InZip:
    """A file inside a zip."""

    name: str
    archive: zipfile.ZipFile
    entry: zipfile.ZipInfo

    def size(self) -> int:
        """Bytes when unpacked, as the zip says."""
        return self.entry.file_size

    def read(self) -> bytes:
        """Its content; never more than the zip promised."""
        try:
            with self.archive.open(self.entry) as file:
                return file.read(self.entry.file_size)
        except DAMAGE as error:
            raise OSError("its place in the zip is damaged") from error


def in_zip(path: Path, name: str, listing: Listing) -> None:
    """List the files of a zip that is called `name`, in the order of their names."""
    try:
        archive = listing.zips.enter_context(zipfile.ZipFile(path))
    except (OSError, *DAMAGE):
        listing.refuse(name, f"{sources.base(name)} is not a zip that can be read. Pack it again.")
        return
    entries = [entry for entry in archive.infolist() if not entry.is_dir()]
    if sum(entry.compress_size for entry in entries) > path.stat().st_size:
        listing.refuse(name, f"{sources.base(name)} is built to unfold without end. It was not opened.")
        return
    called = [(_decoded(entry), entry) for entry in entries]
    known = [(inner, entry) for inner, entry in called if not sources.hidden(inner) and _usable(entry, inner, listing)]
    if any(entry.flag_bits & LOCKED for _, entry in known):
        listing.refuse(name, f"{sources.base(name)} is locked with a password. Pack it again without one.")
        known = [(inner, entry) for inner, entry in known if not entry.flag_bits & LOCKED]
    label = listing.label(sources.stem(sources.base(name)))
    below = _shared_folder([inner for inner, _ in known])
    found = [InZip(f"{label}/{inner[len(below) :]}", archive, entry) for inner, entry in known]
    listing.files += sorted(found, key=lambda file: file.name)


def _decoded(entry: zipfile.ZipInfo) -> str:
    """An entry's name; where the zip does not say that it is UTF-8, Korean Windows may have written it."""
    name = entry.filename
    if not entry.flag_bits & UTF8_NAME and not name.isascii():
        raw = name.encode("cp437")
        for encoding in ("utf-8", "cp949"):
            try:
                name = raw.decode(encoding)
                break
            except UnicodeDecodeError:
                continue
    return sources.nfc(name).replace("\\", "/")


def _usable(entry: zipfile.ZipInfo, name: str, listing: Listing) -> bool:
    path, short = PurePosixPath(name), sources.base(name)
    if path.is_absolute() or ".." in path.parts:
        listing.refuse(name, f"{name} points outside its zip. It was left out.")
    elif stat.S_ISLNK(entry.external_attr >> 16):
        listing.refuse(name, f"{short} is a link that leads out of its folder. It was left out.")
    elif path.suffix.lower() == ".zip":
        listing.refuse(name, f"{short} is a zip inside a zip. Unpack it and upload it by itself.")
    elif entry.file_size > max(BOMB_BYTES, BOMB_RATIO * entry.compress_size):
        listing.refuse(name, f"{short} would unfold to {entry.file_size / 2**20:.0f} MB. It was left out.")
    else:
        return True
    return False


def _shared_folder(names: list[str]) -> str:
    """The folder that everything lies in, as in a zip that was made of one; the zip's own name stands for it.

    A folder whose name says something (kohya's repeats, a split) is none of these.
    """
    tops = {PurePosixPath(name).parts[0] for name in names}
    top = tops.pop() if len(tops) == 1 else ""
    plain = top not in SPLITS and not re.match(r"\d+_", top)
    return f"{top}/" if top and plain and all("/" in name for name in names) else ""
