"""Typefaces of this machine: one with Korean letters for what is printed, and lines broken to a width."""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from PIL import ImageFont

from storage.errors import BadInput

KNOWN = (
    ("NotoSansCJK-Regular.ttc", "NotoSansCJK-Bold.ttc"),
    ("NotoSansCJKkr-Regular.otf", "NotoSansCJKkr-Bold.otf"),
    ("NotoSansKR-Regular.otf", "NotoSansKR-Bold.otf"),
    ("NotoSansKR-Regular.ttf", "NotoSansKR-Bold.ttf"),
    ("Pretendard-Regular.otf", "Pretendard-Bold.otf"),
    ("NanumGothic.ttf", "NanumGothicBold.ttf"),
    ("malgun.ttf", "malgunbd.ttf"),
    ("AppleSDGothicNeo.ttc", ""),
    ("AppleGothic.ttf", ""),
)
"""Faces with Korean and Latin letters, the better first: the file of the regular cut, and of the bold one."""

ASIAN = re.compile(r"[ᄀ-ᇿ⺀-〿぀-ヿ㄰-㆏㐀-䶿一-鿿가-힯豈-﫿＀-￯]")
"""Letters that a plain Latin face lacks: Korean, Chinese, Japanese."""


MOSTLY = 0.2
"""The share of Korean letters from which a text is called Korean; a syllable says as much as two Latin letters."""


@dataclass(frozen=True)
class Face:
    """A typeface: its files, and which of a collection's faces is the Korean one."""

    regular: Path
    bold: Path
    index: int = 0


def folders() -> list[Path]:
    """Where this system keeps its fonts: the person's own folders first."""
    home = Path.home()
    own = [home / ".fonts", Path(os.environ.get("XDG_DATA_HOME", home / ".local/share")) / "fonts"]
    if sys.platform == "darwin":
        return [home / "Library/Fonts", Path("/Library/Fonts"), Path("/System/Library/Fonts")]
    if sys.platform == "win32":
        local, system = os.environ.get("LOCALAPPDATA", str(home)), os.environ.get("WINDIR", "C:\\Windows")
        return [Path(local) / "Microsoft" / "Windows" / "Fonts", Path(system) / "Fonts"]
    return [*own, Path("/usr/local/share/fonts"), Path("/usr/share/fonts")]


@cache
def korean(places: tuple[Path, ...] | None = None) -> Face | None:
    """The best face with Korean letters in those folders (None: the system's), or None."""
    files = {file.name: file for place in reversed(places or folders()) for file in place.rglob("*.[to]t[fc]")}
    for regular, bold in KNOWN:
        if regular in files:
            return Face(files[regular], files.get(bold, files[regular]), _index(files[regular]))
    return None


def check(texts: Iterable[str], face: Face | None) -> None:
    """Raise `BadInput` if the texts hold letters that cannot be written without a face that is not there."""
    found = face is None and next((text for text in texts if ASIAN.search(text)), None)
    if found:
        raise BadInput(
            f"No typeface of this machine has the letters of “{found[:24]}”. Install Noto Sans CJK "
            "(Debian and Ubuntu: apt install fonts-noto-cjk) and try again."
        )


def mostly_korean(texts: Iterable[str]) -> bool:
    """Whether the texts are Korean rather than Latin, though they may hold some of the other."""
    letters = [letter for text in texts for letter in text if letter.isalpha()]
    return sum("가" <= letter <= "힣" for letter in letters) > MOSTLY * len(letters)


def lettering(face: Face | None, size: int, bold: bool = False) -> ImageFont.FreeTypeFont:
    """A face for drawing on pictures, `size` in pixels; without one Pillow's own, which has Latin letters alone."""
    if face is not None:
        return ImageFont.truetype(face.bold if bold else face.regular, size, index=face.index)
    found = ImageFont.load_default(size)
    assert isinstance(found, ImageFont.FreeTypeFont)
    return found


def lines(text: str, width: float, measure: Callable[[str], float]) -> list[str]:
    """The text in lines that are no wider than `width` as `measure` says: broken at blanks, and long words anywhere."""
    found: list[str] = []
    for paragraph in text.splitlines():
        found.append("")
        for word in paragraph.split():
            tried = f"{found[-1]} {word}".strip()
            if measure(tried) <= width:
                found[-1] = tried
                continue
            if found[-1]:
                found.append("")
            for letter in word:
                if found[-1] and measure(found[-1] + letter) > width:
                    found.append("")
                found[-1] += letter
    return [line for line in found if line]


def clipped(text: str, width: float, measure: Callable[[str], float]) -> str:
    """The text, or as much of it as fits with an ellipsis behind."""
    if measure(text) <= width:
        return text
    while text and measure(f"{text}…") > width:
        text = text[:-1]
    return f"{text.rstrip()}…"


def _index(file: Path) -> int:
    """Which face of a collection is called Korean; the first where none is."""
    if file.suffix != ".ttc":
        return 0
    for index in range(16):
        try:
            family, style = ImageFont.truetype(file, 10, index=index).getname()
        except OSError:
            break
        if "KR" in (family or "").split() and style == "Regular":
            return index
    return 0
