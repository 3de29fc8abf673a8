"""What a file must pass before it is stored, and reading pictures the same way everywhere.

Orientation from EXIF is applied, and EXIF, GPS and comments are left behind, before
anything is stored: what lies in the store can be shown, trained on and exported as it is.
A file whose bytes can stay loses its metadata and nothing else (`stripping`); the others are encoded anew.
"""

from __future__ import annotations

import io
import struct
import warnings
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import dataclass
from pathlib import Path

from PIL import Image as Pictures
from PIL import ImageOps, UnidentifiedImageError

from storage import heic, kinds
from storage.errors import BadPicture
from storage.settings import Settings
from storage.stripping import bare

SUFFIXES = frozenset(kinds.SUFFIXES)
"""What the file dialog offers; what counts is the content."""

SMALLEST, LARGEST_SIDE = 16, 16_384
"""Sides in pixels that a picture may have."""

DEEP = ("I;16", "I;16B", "I;16L", "I")
DAMAGE = (
    OSError, SyntaxError, ValueError, EOFError, IndexError, KeyError, TypeError, AttributeError, ArithmeticError,
    MemoryError, RuntimeError, struct.error,
)  # fmt: skip
"""What readers raise over broken files."""

warnings.filterwarnings("ignore", module=r"PIL\.")  # what is wrong with a picture is told in a sentence of our own


@dataclass(frozen=True)
class Checked:
    """A picture that may be stored: its bytes, the suffix that fits them, its pixels (RGB), what was changed of it."""

    content: bytes
    suffix: str
    picture: Pictures.Image
    notes: tuple[str, ...] = ()


Gate = Callable[[int], AbstractContextManager[object]]
"""Told how many pixels a picture has before it is decoded; what it answers is held while they are in memory."""


def check(content: bytes, name: str, settings: Settings, gate: Gate = lambda _: nullcontext()) -> Checked:
    """Read a picture that a person gave, whole, and make it fit to be stored.

    Args:
        content: the file's bytes.
        name: what the person calls it; only used in sentences.

    Raises:
        BadPicture: not a picture, truncated, empty, too large or too small; one sentence.
    """
    if not content:
        raise BadPicture(f"{name} is empty (0 bytes). Save it again and upload it once more.")
    if len(content) > settings.largest_upload:
        raise BadPicture(
            f"{name} has {len(content) / 2**20:.0f} MB; {settings.largest_upload / 2**20:.0f} MB is the most. "
            "Make it smaller first."
        )
    with _reading(content, name):
        picture = _begun(content, name, settings.largest_picture)
    with gate(picture.width * picture.height):
        with _reading(content, name):
            picture.load()
        return _fit(content, name, picture)


def _fit(content: bytes, name: str, picture: Pictures.Image) -> Checked:
    deep = picture.mode in DEEP or (picture.format == "PNG" and content[24] == 16)
    clear = _clear(picture)
    notes = tuple(_notes(picture, name, deep, clear))
    stays = bare(content) if picture.format in ("JPEG", "MPO", "PNG", "WEBP") else content
    if stays is not None and not deep and not clear and _may_stay(picture):
        return Checked(stays, kinds.STAYING[picture.format or ""], rgb(picture), notes)
    return Checked(*_encoded(picture, clear), notes)


def read(path: Path) -> Pictures.Image:
    """A stored picture as RGB, upright.

    Raises:
        BadPicture: the file is gone or was damaged.
    """
    try:
        with Pictures.open(path) as picture:
            return rgb(picture)
    except FileNotFoundError as error:
        raise BadPicture(f"The picture {path.name[:12]}… is no longer in the store. Upload it again.") from error
    except DAMAGE as error:
        raise BadPicture(
            f"The picture {path.name[:12]}… in the store is damaged ({error}). Upload it again."
        ) from error


def rgb(picture: Pictures.Image) -> Pictures.Image:
    """Upright, eight bits, three channels, without metadata; what is transparent becomes white.

    The picture itself, stripped of what it says besides its pixels, if it was all that already.
    """
    picture.load()
    upright = ImageOps.exif_transpose(picture) if orientation(picture) != 1 else picture
    if upright.mode in DEEP:
        upright = upright.point(lambda value: value / 256).convert("L")
    if "transparency" in upright.info or upright.mode in ("RGBA", "LA", "PA", "RGBa", "La"):
        upright = upright.convert("RGBA")
        upright = Pictures.alpha_composite(Pictures.new("RGBA", upright.size, "white"), upright)
    plain = upright if upright.mode == "RGB" else upright.convert("RGB")
    plain.info = {}
    return plain


def orientation(picture: Pictures.Image) -> int:
    """How EXIF says the picture is turned, 1 … 8; 1 is upright, and so is one whose EXIF cannot be read."""
    try:
        found = picture.getexif().get(0x0112, 1)
    except DAMAGE:
        return 1
    return found if found in range(1, 9) else 1


def size(content: bytes) -> tuple[int, int]:
    """Width and height in pixels that a file promises; (0, 0) if its beginning cannot be read."""
    try:
        return Pictures.open(io.BytesIO(content), formats=kinds.READERS).size
    except (Pictures.DecompressionBombError, *DAMAGE):
        return 0, 0


def _begun(content: bytes, name: str, most: int) -> Pictures.Image:
    """The picture, its size checked and, but for HEIC, not decoded yet."""
    if kinds.of(content) == "HEIF":
        return heic.read(content, most, lambda size: _check_size(size, name, most))
    picture = Pictures.open(io.BytesIO(content), formats=kinds.READERS)
    _check_size(picture.size, name, most)
    return picture


@contextmanager
def _reading(content: bytes, name: str) -> Iterator[None]:
    """Whatever a reader raises is one sentence."""
    try:
        yield
    except BadPicture:
        raise
    except Pictures.DecompressionBombError as error:
        raise BadPicture(f"{name} would unfold to far too many pixels. Make it smaller first.") from error
    except UnidentifiedImageError as error:
        if kinds.of(content):
            raise _damaged(name, "its beginning cannot be read") from error
        raise BadPicture(f"{name} is not a picture the studio can read. Save it as JPEG, PNG or WebP.") from error
    except DAMAGE as error:
        raise _damaged(name, str(error) or type(error).__name__) from error


def _damaged(name: str, why: str) -> BadPicture:
    return BadPicture(f"{name} is cut off or damaged ({why}). Save it again and upload it once more.")


def _check_size(size: tuple[int, int], name: str, most: int) -> None:
    width, height = size
    if width * height > most or max(size) > LARGEST_SIDE:
        raise BadPicture(
            f"{name} has {width} × {height} pixels; {most // 1_000_000} million in all and "
            f"{LARGEST_SIDE} a side are the most. Make it smaller first."
        )
    if min(size) < SMALLEST:
        raise BadPicture(f"{name} has {width} × {height} pixels; {SMALLEST} a side is the least. Use a larger picture.")


def _clear(picture: Pictures.Image) -> bool:
    """Whether some of it can be seen through."""
    if "transparency" in picture.info:
        return True
    if picture.mode not in ("RGBA", "LA", "PA", "RGBa", "La"):
        return False
    lowest, _ = picture.getchannel(len(picture.getbands()) - 1).getextrema()
    return lowest != 255


def _several(picture: Pictures.Image) -> bool:
    """Whether the file holds more than one picture; so does one that breaks off after the first."""
    try:
        return getattr(picture, "n_frames", 1) > 1
    except DAMAGE:
        return True


def _may_stay(picture: Pictures.Image) -> bool:
    """Whether the bytes can be stored: a browser shows them, upright, and nothing private is left inside."""
    if picture.format not in kinds.STAYING or picture.mode not in ("RGB", "RGBA", "L", "LA", "P", "1"):
        return False
    if picture.format == "AVIF" and ({"exif", "xmp"} & picture.info.keys() or _several(picture)):
        return False
    return orientation(picture) == 1


def _encoded(picture: Pictures.Image, clear: bool) -> tuple[bytes, str, Pictures.Image]:
    """The pixels as a new file: its bytes and suffix, and the pixels (RGB)."""
    buffer = io.BytesIO()
    colours = picture.info.get("icc_profile") if picture.mode in ("RGB", "RGBA") else None
    if picture.format == "GIF" and picture.mode in ("P", "L") and not clear:
        picture.save(buffer, "PNG", compress_level=1)  # its palette makes it small
        return buffer.getvalue(), ".png", rgb(picture)
    lossy, plain = picture.format in kinds.LOSSY, rgb(picture)
    if lossy:
        plain.save(buffer, "JPEG", quality=95, subsampling=0, icc_profile=colours)
    else:
        plain.save(buffer, "PNG", compress_level=1, icc_profile=colours)
    return buffer.getvalue(), ".jpg" if lossy else ".png", plain


def _notes(picture: Pictures.Image, name: str, deep: bool, clear: bool) -> list[str]:
    """What a person should know of how the picture went in; a sentence each."""
    said = []
    called, found = kinds.SUFFIXES.get(Path(name).suffix.lower()), kinds.said(picture.format)
    if called not in (None, found):
        said.append(f"{name} is called {called} but is {found} inside; it went in as what it is.")
    if _several(picture) and picture.format != "MPO":
        said.append(f"{name} moves or has several pages; its first picture was taken.")
    if deep:
        said.append(f"{name} has 16 bits a colour; 8 of them were kept.")
    if picture.mode == "CMYK":
        said.append(f"{name} has the colours of print (CMYK); they were turned into those of screens.")
    if clear:
        said.append(f"{name} can be seen through in places; white was put behind it.")
    return said
