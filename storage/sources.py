"""Files that a person gave: on disk, in a folder, or inside a zip that is never unpacked.

A file's name holds the folders it lies in. The first of them is what the person gave (a folder, a zip), the rest is
inside of it: `holiday/10_fox/a.png`. Names are in Unicode NFC, whatever system wrote them.
"""

from __future__ import annotations

import os
import unicodedata
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath
from typing import Protocol

LARGEST_TEXT = 64 * 2**20
"""Bytes of the largest file of captions that is read."""


class Source(Protocol):
    """A file that may be read; reading it raises `OSError` if it cannot be."""

    @property
    def name(self) -> str: ...
    def size(self) -> int: ...
    def read(self) -> bytes: ...


@dataclass(frozen=True)
class OnDisk:
    """A file in a folder."""

    name: str
    path: Path

    def size(self) -> int:
        """Bytes."""
        return self.path.stat().st_size

    def read(self) -> bytes:
        """Its content."""
        return self.path.read_bytes()


@dataclass
class Listing:
    """The files that were given, and (name, sentence) for each that cannot be looked at.

    Attributes:
        zips: holds the zips open while files are read from them.
    """

    files: list[Source] = field(default_factory=list)
    refused: list[tuple[str, str]] = field(default_factory=list)
    zips: ExitStack = field(default_factory=ExitStack)
    labels: set[str] = field(default_factory=set)

    def label(self, name: str) -> str:
        """What a folder or zip is called in the names of its files; no two are called the same."""
        label, number = nfc(name), 1
        while label in self.labels:
            number += 1
            label = f"{nfc(name)}_{number}"
        self.labels.add(label)
        return label

    def refuse(self, name: str, sentence: str) -> None:
        """Name a file that is left out, and why."""
        self.refused.append((base(name), sentence))


def apart(paths: Sequence[Path]) -> list[Path | OnDisk]:
    """The same paths; single files that share a name with another are told apart by the folders they came from.

    So the words of `x/a.txt` never reach the picture `y/a.png`.
    """
    single = [path for path in paths if path.is_file() and path.suffix.lower() != ".zip"]
    if len({path.name.casefold() for path in single}) == len(single):
        return list(paths)
    shared = Path(os.path.commonpath([path.absolute().parent for path in single])).parent
    return [
        OnDisk(nfc(path.absolute().relative_to(shared).as_posix()), path) if path in single else path for path in paths
    ]


def in_folder(place: Path, listing: Listing) -> None:
    """List a folder's files, in the order of their names; links that lead out of it are refused."""
    root, inside, found = listing.label(place.resolve().name), place.resolve(), []

    def closed(error: OSError) -> None:
        name = nfc(Path(error.filename).name)
        listing.refuse(name, f"The folder {name} cannot be opened ({error.strerror}). What is in it was left out.")

    for here, folders, names in os.walk(place, onerror=closed):
        folders[:] = [name for name in folders if not hidden(name)]
        for name in sorted([name for name in folders if Path(here, name).is_symlink()] + names):
            path = Path(here, name)
            if hidden(name):
                continue
            if path.is_symlink() and (path.is_dir() or not path.resolve().is_relative_to(inside)):
                listing.refuse(name, f"{nfc(name)} is a link that leads out of its folder. It was left out.")
            elif not path.is_file():
                listing.refuse(name, f"{nfc(name)} is no file that can be read. It was left out.")
            elif path.suffix.lower() == ".zip":
                listing.refuse(name, f"{nfc(name)} is a zip inside a folder. Import it by itself.")
            else:
                found.append(OnDisk(f"{root}/{nfc(path.relative_to(place).as_posix())}", path))
    listing.files += sorted(found, key=lambda file: file.name)


def text(source: Source) -> str:
    """A file of words, whatever encoding it came in: UTF-8 with or without BOM, UTF-16, CP949, Latin-1.

    Raises:
        ValueError: it is too large to be words.
        OSError: it cannot be read.
    """
    if source.size() > LARGEST_TEXT:
        raise ValueError("it is larger than 64 MB")
    content = source.read()
    marked = content.startswith((b"\xff\xfe", b"\xfe\xff"))
    for encoding in ("utf-16",) if marked else ("utf-8-sig", "cp949"):
        try:
            return nfc(content.decode(encoding))
        except UnicodeDecodeError:
            continue
    return content.decode("latin-1")


def reason(error: Exception) -> str:
    """Why something went wrong, without paths of this machine."""
    return str(getattr(error, "strerror", None) or error or type(error).__name__)


def nfc(name: str) -> str:
    """A name as everybody else writes it; macOS takes Korean letters apart."""
    return unicodedata.normalize("NFC", name)


def base(name: str) -> str:
    """The name without its folders."""
    return PurePosixPath(name).name


def folder(name: str) -> str:
    """The folders of a name, '' at the top."""
    return "" if (found := PurePosixPath(name).parent.as_posix()) == "." else found


def stem(name: str) -> str:
    """The name with its folders and without its suffix."""
    return PurePosixPath(name).with_suffix("").as_posix()


def suffix(name: str) -> str:
    """The suffix in small letters, with its dot."""
    return PurePosixPath(name).suffix.lower()


def hidden(name: str) -> bool:
    """Whether a name is one of those that systems leave behind for themselves."""
    return any((part.startswith(".") and part != "..") or part in ("__MACOSX", "Thumbs.db") for part in name.split("/"))


def steps(name: str) -> Iterator[str]:
    """The folders of a name one after the other, without the first: that is what the person gave."""
    yield from PurePosixPath(name).parts[1:-1]
