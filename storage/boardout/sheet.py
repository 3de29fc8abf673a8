"""A contact sheet: every shot of the board on one PNG, small, with its name and how long it lasts."""

from __future__ import annotations

from pathlib import Path

from PIL import Image as Pictures
from PIL import ImageDraw

from storage import fonts
from storage.boardout import _frames
from storage.boardout.order import Order
from storage.fonts import clipped
from storage.panels import Reel, clock

TITLE, SUFFIX, SLOW = "PNG", ".png", 40

WIDTH, GAP, MARGIN, HEAD, FOOT = 320, 12, 24, 64, 44
"""Pixels: a picture's width, what lies between two, around all, the title's height, that of the words below one."""

LARGEST = 12_000
"""Pixels of the sheet's longer side; pictures are made smaller to keep to it."""

INK, PENCIL = (235, 235, 235), (160, 160, 160)


def write(reel: Reel, target: Path, order: Order) -> None:
    """Write the sheet, about as wide as it is high."""
    words, panels = order.words(reel), reel.panels
    columns = _columns(len(panels), reel.ratio)
    rows = -(-len(panels) // columns)
    share = min(1.0, LARGEST / (rows * (WIDTH / reel.ratio + FOOT + GAP)), LARGEST / (columns * (WIDTH + GAP)))
    size = round(WIDTH * share), round(WIDTH * share / reel.ratio)
    wide = 2 * MARGIN + columns * (size[0] + GAP) - GAP
    page = Pictures.new("RGB", (wide, HEAD + MARGIN + rows * (size[1] + FOOT + GAP)), _frames.DARK)
    pen = ImageDraw.Draw(page)
    _head(pen, reel, order, words, wide)
    face, small = fonts.lettering(order.face, 15), fonts.lettering(order.face, 14)
    for number, panel in enumerate(panels):
        order.progress(number, len(panels))
        row, column = divmod(number, columns)
        x, y = MARGIN + column * (size[0] + GAP), HEAD + row * (size[1] + FOOT + GAP)
        page.paste(_frames.framed(panel, size, (40, 40, 40)), (x, y))
        about = " · ".join(filter(None, (panel.name, panel.framing, clock(panel.seconds))))
        pen.text((x, y + size[1] + 2), clipped(about, size[0], face.getlength), INK, face)
        line = " ".join((panel.action or panel.dialogue or panel.heading).split())
        pen.text((x, y + size[1] + 22), clipped(line, size[0], small.getlength), PENCIL, small)
    page.save(target, "PNG")
    order.progress(len(panels), len(panels))


def _columns(count: int, ratio: float) -> int:
    """Pictures side by side so that the whole is a little wider than high; three at least."""
    return max(min(count, 3), round((1.3 * count * (1 / ratio + FOOT / WIDTH)) ** 0.5))


def _head(pen: ImageDraw.ImageDraw, reel: Reel, order: Order, words: dict[str, str], wide: int) -> None:
    large, small = fonts.lettering(order.face, 24, bold=True), fonts.lettering(order.face, 16)
    about = f"{words['shots'].format(n=len(reel.panels))} · {clock(reel.seconds)}"
    room = wide - 2 * MARGIN - small.getlength(about) - GAP
    pen.text((MARGIN, 40), clipped(reel.title, room, large.getlength), INK, large, anchor="ls")
    pen.text((wide - MARGIN, 40), about, PENCIL, small, anchor="rs")
