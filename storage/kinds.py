"""The kinds of picture files: how they are called, how they begin, and which of them can lie in the store."""

from __future__ import annotations

SUFFIXES = {
    ".jpg": "JPEG", ".jpeg": "JPEG", ".jpe": "JPEG", ".jfif": "JPEG", ".png": "PNG", ".apng": "PNG", ".webp": "WEBP",
    ".bmp": "BMP", ".dib": "BMP", ".gif": "GIF", ".avif": "AVIF", ".heic": "HEIF", ".heif": "HEIF", ".hif": "HEIF",
    ".tif": "TIFF", ".tiff": "TIFF",
}  # fmt: skip
"""What the file dialog offers; what counts is the content."""

READERS = ("JPEG", "PNG", "WEBP", "BMP", "DIB", "GIF", "AVIF", "TIFF")
"""Pillow's readers that a person's file may reach; HEIF has one of its own (`heic`)."""

BEGINNINGS = {
    b"\xff\xd8\xff": "JPEG", b"\x89PNG": "PNG", b"RIFF": "WEBP", b"BM": "BMP", b"GIF8": "GIF",
    b"II*\x00": "TIFF", b"MM\x00*": "TIFF",
}  # fmt: skip
"""How the files of each kind begin; AVIF and HEIF say it at byte 4."""

STAYING = {"JPEG": ".jpg", "MPO": ".jpg", "PNG": ".png", "WEBP": ".webp", "BMP": ".bmp", "AVIF": ".avif"}
"""Kinds that a browser shows and whose bytes may stay, and the suffixes that they get."""

LOSSY = ("JPEG", "MPO", "AVIF", "HEIF")
"""Kinds that were compressed with loss; encoded anew they become JPEG, the others PNG."""


def of(content: bytes) -> str:
    """What kind of picture the bytes begin like (`PNG`, …); '' for none."""
    if content[4:8] == b"ftyp":
        brands = content[8:12] + content[16:64]
        if b"avif" in brands or b"avis" in brands:
            return "AVIF"
        return "HEIF" if any(brand in brands for brand in (b"hei", b"hev", b"mif1", b"msf1")) else ""
    return next((name for start, name in BEGINNINGS.items() if content.startswith(start)), "")


def said(reader: str | None) -> str:
    """The kind that one of Pillow's readers reads."""
    return {"MPO": "JPEG", "DIB": "BMP"}.get(reader or "", reader or "")
