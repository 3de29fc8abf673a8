"""HEIC pictures, read in a process of their own: the library that reads them dies of some broken files.

The child gets the file on its input and writes one line, the size, and behind it the pixels as an uncompressed PNG.
"""

from __future__ import annotations

import io
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

from PIL import Image as Pictures

SECONDS = 120
"""How long one picture may take."""


def read(content: bytes, most: int, check: Callable[[tuple[int, int]], None]) -> Pictures.Image:
    """The first picture of a HEIC file, upright.

    Args:
        most: pixels beyond which it is not decoded.
        check: is told the size in pixels before the picture is made, and may refuse it.

    Raises:
        OSError: it is damaged.
    """
    child = [sys.executable, "-P", str(Path(__file__)), str(most)]
    try:
        done = subprocess.run(child, input=content, capture_output=True, timeout=SECONDS, check=False)
    except subprocess.TimeoutExpired as error:
        raise OSError("it cannot be read in two minutes") from error
    size, _, png = done.stdout.partition(b"\n")
    if done.returncode:
        raise OSError("its HEIC content is broken")
    width, height = map(int, size.split())
    check((width, height))
    picture = Pictures.open(io.BytesIO(png))
    picture.load()
    picture.format = "HEIF"
    return picture


def _child(most: int) -> None:
    import pi_heif

    pi_heif.register_heif_opener()
    with Pictures.open(sys.stdin.buffer, formats=["HEIF"]) as picture:
        sys.stdout.buffer.write(f"{picture.width} {picture.height}\n".encode())
        if picture.width * picture.height <= most:
            plain = picture.convert("RGBA" if "A" in picture.mode else "RGB")
            plain.save(sys.stdout.buffer, "PNG", compress_level=0, icc_profile=picture.info.get("icc_profile"))


if __name__ == "__main__":
    _child(int(sys.argv[1]))
