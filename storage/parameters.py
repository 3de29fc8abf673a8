"""The text `parameters` that a picture's file carries, so that it can be made again, here or in other tools.

    prompt, may span lines <lora:name:0.8>
    Negative prompt: …
    Steps: 28, Sampler: Euler a, CFG scale: 7, Seed: 1, Size: 512x768, Model hash: …, Model: …

The layout is AUTOMATIC1111's, and what it and its relatives wrote is read too.
"""

from __future__ import annotations

import io
import json
import re
from dataclasses import dataclass, field
from typing import Any, Literal

from PIL import ExifTags, PngImagePlugin
from PIL import Image as Pictures

from storage import comfy
from storage.tags import Term, read_tags, tag

CHUNK = "parameters"
GRAPH = "prompt"
"""The chunk in which ComfyUI keeps its graph."""

UNICODE = b"UNICODE\0"
Kind = Literal["png", "webp", "jpeg"]
NEGATIVE = "Negative prompt:"
PAIR = re.compile(r'\s*(\w[\w \-/]*):\s*("(?:\\.|[^\\"])*"|[^,]*)(?:,|$)')
FEWEST = 3
"""A last line with fewer pairs than this is part of the prompt."""


@dataclass(frozen=True)
class Parameters:
    """What the text says: `facts` are the pairs of the last line, `blend` the LoRAs that the prompt names."""

    prompt: str
    negative: str = ""
    facts: dict[str, str] = field(default_factory=dict)
    blend: list[Term] = field(default_factory=list)

    @property
    def size(self) -> tuple[int, int] | None:
        """(width, height) in pixels, if it says so."""
        match = re.fullmatch(r"(\d+)x(\d+)", self.facts.get("Size", ""))
        return (int(match[1]), int(match[2])) if match else None


def write(prompt: str, negative: str, blend: list[Term], facts: dict[str, Any]) -> str:
    """The text for a picture; `blend` becomes tags at the end of the prompt."""
    lines = [" ".join([prompt.strip(), *(tag(term) for term in blend)])]
    if negative.strip():
        lines.append(f"{NEGATIVE} {negative.strip()}")
    lines.append(", ".join(f"{key}: {_quoted(str(value))}" for key, value in facts.items()))
    return "\n".join(lines)


def read(text: str) -> Parameters:
    """What such a text says, whichever tool wrote it."""
    *lines, last = text.strip().split("\n")
    pairs = PAIR.findall(last)
    if len(pairs) < FEWEST:
        lines, pairs = [*lines, last], []
    start = next((i for i, line in enumerate(lines) if line.strip().startswith(NEGATIVE)), len(lines))
    prompt, negative = "\n".join(lines[:start]), "\n".join(lines[start:]).strip().removeprefix(NEGATIVE)
    prompt, blend = read_tags(prompt)
    facts = {key.strip(): _plain(value) for key, value in pairs}
    return Parameters(prompt, negative.strip(), facts, blend)


def encoded(picture: Pictures.Image, text: str, kind: Kind = "png", quality: int = 95) -> bytes:
    """The picture as a file of that kind with the text in it; the same picture and text give the same bytes.

    PNG holds it as a text chunk, WebP and JPEG as the EXIF field UserComment. `quality` is of WebP, which loses
    nothing at 100, and of JPEG.
    """
    buffer = io.BytesIO()
    if kind == "png":
        chunks = PngImagePlugin.PngInfo()
        chunks.add_text(CHUNK, text)
        picture.save(buffer, "PNG", pnginfo=chunks, compress_level=4)
    elif kind == "webp":
        picture.save(buffer, "WEBP", quality=quality, lossless=quality == 100, exif=_exif(text))
    else:
        picture.save(buffer, "JPEG", quality=quality, subsampling=0, exif=_exif(text))
    return buffer.getvalue()


def of_picture(picture: Pictures.Image) -> Parameters | None:
    """What a picture of A1111, of ComfyUI or of the studio says about how it was made, or None if it says nothing."""
    text = picture.info.get(CHUNK) or _comment(picture)
    if isinstance(text, str) and text.strip():
        return read(text)
    graph = comfy.read(str(picture.info.get(GRAPH, "")))
    return Parameters(**graph) if graph else None


def _exif(text: str) -> Pictures.Exif:
    """The text as A1111 writes it: `UNICODE`, a zero, UTF-16 with the high byte first."""
    exif = Pictures.Exif()
    exif.get_ifd(ExifTags.IFD.Exif)[ExifTags.Base.UserComment] = UNICODE + text.encode("utf-16-be")
    return exif


def _comment(picture: Pictures.Image) -> str:
    """The EXIF field UserComment in words, or ''."""
    said = picture.getexif().get_ifd(ExifTags.IFD.Exif).get(ExifTags.Base.UserComment, b"")
    if isinstance(said, str):
        return said
    if not said.startswith(UNICODE):
        return said.removeprefix(b"ASCII\0\0\0").decode("utf-8", "replace").strip("\0")
    said = said.removeprefix(UNICODE)
    low = said[:2] == b"\xff\xfe" or said[1:2] == b"\0"  # the low byte first, as some write it
    return said.decode("utf-16-le" if low else "utf-16-be", "replace").lstrip("\ufeff")


def _quoted(value: str) -> str:
    """A value that holds a comma, a colon or a line break is quoted as JSON."""
    return json.dumps(value, ensure_ascii=False) if re.search(r'[,:\n"]', value) else value


def _plain(value: str) -> str:
    value = value.strip()
    if len(value) < 2 or value[0] != '"' or value[-1] != '"':
        return value
    try:
        return json.loads(value)
    except json.JSONDecodeError:  # other tools put bare text between quotes
        return value[1:-1]
