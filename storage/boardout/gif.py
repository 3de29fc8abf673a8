"""An animatic as an animated GIF, for where an MP4 cannot be made or shown: smaller, in 256 colours a picture."""

from __future__ import annotations

from pathlib import Path

from PIL import Image as Pictures

from storage.boardout import _cues
from storage.boardout.order import Order
from storage.panels import Reel

TITLE, SUFFIX, SLOW = "GIF", ".gif", 1

LONGEST = 480
"""Pixels of the longer side."""

GRAIN = 10
"""Milliseconds: a GIF's clock ticks no finer."""

LONGEST_STILL = 60_000
"""Milliseconds for which one picture can be seen; a longer one is shown again."""


def write(reel: Reel, target: Path, order: Order) -> None:
    """Write the GIF, going round for ever; each picture has its own colours."""
    pictures, times, until, clock = list[Pictures.Image](), list[int](), 0.0, 0
    for still, seconds in _cues.stills(reel, LONGEST, order):
        order.progress(round(100 * until / reel.seconds), 100)
        until += seconds
        small = still.quantize(256, method=Pictures.Quantize.MEDIANCUT)
        left = max(GRAIN, round(until * 1000 / GRAIN) * GRAIN - clock)
        clock += left
        while left > 0:
            pictures.append(small)
            times.append(min(left, LONGEST_STILL))
            left -= LONGEST_STILL
    pictures[0].save(target, "GIF", save_all=True, append_images=pictures[1:], duration=times, loop=0)
    order.progress(100, 100)
