"""Which pictures look the same, or nearly: the hash suspects, sixteen by sixteen colours decide."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np
from PIL import Image as Pictures

SIDE = 16
"""Pixels a side of the small picture that decides."""

SUSPECT = 16
"""Bits of 64 in which the hashes of twins may differ; saved again at quality 30, pictures differ in up to 12."""

APART = 45
"""Greatest difference, of 255, between twins in any colour of any small pixel.

Resized, saved again or slightly cut (1 %) pictures stay under 37; drawings of one person in one place that differ in
the face alone begin at 65.
"""

ROWS = 256
"""Pictures compared with all others in one go: 20 MB at 10,000 pictures."""

PAIRS = 20_000
"""Suspected pairs whose colours are compared in one go: 30 MB."""


def small(picture: Pictures.Image) -> bytes:
    """The small picture that decides, SIDE × SIDE × RGB."""
    return picture.convert("RGB").resize((SIDE, SIDE), Pictures.Resampling.HAMMING).tobytes()


def firsts(hashes: Sequence[str], colours: Sequence[bytes]) -> list[int]:
    """For each picture the place of the first that looks like it, which is its own where it is the first.

    Args:
        hashes: of `phash`, 16 hexadecimal digits each.
        colours: of `small`.
    """
    parent = list(range(len(hashes)))
    for one, other in twins(hashes, colours):
        one, other = sorted((_root(parent, one), _root(parent, other)))
        parent[other] = one
    return [_root(parent, place) for place in range(len(parent))]


def twins(hashes: Sequence[str], colours: Sequence[bytes]) -> Iterator[tuple[int, int]]:
    """Places of any two pictures that look the same, the earlier first."""
    codes = np.array([int(code, 16) for code in hashes], np.uint64)
    pixels = np.frombuffer(b"".join(colours), np.uint8).reshape(len(hashes), -1 if hashes else 0)
    for start in range(0, len(codes), ROWS):
        differ = np.bitwise_count(codes[start : start + ROWS, None] ^ codes[None, start:])
        near = np.argwhere(np.triu(differ <= SUSPECT, 1)) + start
        for part in np.split(near, range(PAIRS, len(near), PAIRS)):
            far = np.abs(pixels[part[:, 0]].astype(np.int16) - pixels[part[:, 1]]).max(1, initial=0)
            yield from ((int(one), int(other)) for one, other in part[far <= APART])


def _root(parent: list[int], place: int) -> int:
    while parent[place] != place:
        parent[place] = parent[parent[place]]
        place = parent[place]
    return place
