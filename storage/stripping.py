"""A picture's file without anything but the picture, its pixels untouched.

Cameras and programs write into a file where and when it was made, who made it, earlier versions and whole films. Here
everything goes that is not needed to show the picture; nothing is encoded anew, so nothing is lost of the picture.
"""

from __future__ import annotations

import re

NEXT_MARKER = re.compile(rb"\xff[^\x00\xd0-\xd7\xff]")
"""In a JPEG's pixels 0xFF stands before 0x00 or a restart (0xD0 … 0xD7); anything else ends them."""

JPEG_SCAN, JPEG_END = 0xDA, 0xD9
JPEG_KEPT = {0xE0: b"JFIF\x00", 0xE2: b"ICC_PROFILE\x00", 0xEE: b"Adobe"}
"""Application segments that say how to show the pixels, and how each begins."""

PNG_KEPT = frozenset(
    b"IHDR PLTE IDAT IEND tRNS gAMA cHRM sRGB iCCP sBIT pHYs bKGD hIST cICP mDCV cLLI".split()
)  # fmt: skip
WEBP_KEPT = frozenset((b"VP8X", b"ICCP", b"ALPH", b"VP8 ", b"VP8L"))
WEBP_MOVES, WEBP_PRIVATE = 0x02, 0x0C
"""Flags of a WebP: it is a film; it holds EXIF (8) or XMP (4)."""


def bare(content: bytes) -> bytes | None:
    """The file of a JPEG, PNG or WebP without EXIF, GPS, XMP, comments, thumbnails and whatever follows its end.

    None where that cannot be done without decoding: another kind of file, a film, or one that is not whole.
    """
    try:
        if content.startswith(b"\xff\xd8\xff"):
            return _shorter(content, _jpeg(content))
        if content.startswith(b"\x89PNG\r\n\x1a\n"):
            return _shorter(content, _png(content))
        if content[:4] == b"RIFF" and content[8:12] == b"WEBP":
            return _shorter(content, _webp(content))
    except IndexError:  # it ends in the middle of a segment
        return None
    return None


def _shorter(content: bytes, parts: list[bytes] | None) -> bytes | None:
    """The parts as one; `content` itself where nothing was taken away."""
    if parts is None:
        return None
    return content if sum(map(len, parts)) == len(content) else b"".join(parts)


def _jpeg(content: bytes) -> list[bytes] | None:
    parts, at = [content[:2]], 2
    while True:
        if content[at] != 0xFF:
            return None
        while content[at + 1] == 0xFF:
            at += 1
        marker = content[at + 1]
        if marker == JPEG_END:
            return [*parts, content[at : at + 2]]
        end = at + 2 + int.from_bytes(content[at + 2 : at + 4], "big")
        if end > len(content) or end < at + 4 or marker < 0xC0:
            return None
        if _jpeg_stays(marker, content[at + 4 : at + 16]):
            parts.append(content[at:end])
        at = end
        if marker == JPEG_SCAN:
            following = NEXT_MARKER.search(content, at)
            if following is None:
                return None
            parts.append(content[at : following.start()])
            at = following.start()


def _jpeg_stays(marker: int, start: bytes) -> bool:
    if 0xE0 <= marker <= 0xEF:
        return marker in JPEG_KEPT and start.startswith(JPEG_KEPT[marker])
    return marker != 0xFE  # a comment


def _png(content: bytes) -> list[bytes] | None:
    parts, at = [content[:8]], 8
    while True:
        kind = content[at + 4 : at + 8]
        end = at + 12 + int.from_bytes(content[at : at + 4], "big")
        if end > len(content) or len(kind) < 4:
            return None
        if kind in PNG_KEPT:
            parts.append(content[at:end])
        elif kind[:1].isupper():
            return None  # a part without which the picture cannot be shown, and nobody here knows it
        if kind == b"IEND":
            return parts
        at = end


def _webp(content: bytes) -> list[bytes] | None:
    parts: list[bytes] = []
    at, whole = 12, 8 + int.from_bytes(content[4:8], "little")
    if whole > len(content):
        return None
    while at + 8 <= whole:
        kind, size = content[at : at + 4], int.from_bytes(content[at + 4 : at + 8], "little")
        end = at + 8 + size + size % 2
        part = content[at:end]
        if kind == b"VP8X":
            if part[8] & WEBP_MOVES:
                return None
            part = part[:8] + bytes([part[8] & ~WEBP_PRIVATE]) + part[9:]
        if kind in WEBP_KEPT:
            parts.append(part)
        at = end
    body = b"".join(parts)
    return [b"RIFF", (4 + len(body)).to_bytes(4, "little"), b"WEBP", body]
