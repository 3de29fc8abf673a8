"""A PDF in the usual board layouts: 2, 3 or 6 shots a page, each with its picture in the board's shape and what is done and said."""

from __future__ import annotations

import io
from pathlib import Path
from typing import NamedTuple

from storage.boardout import _frames
from storage.boardout._paper import MARGIN, TOP, Box, Paper
from storage.boardout.order import Order
from storage.panels import Panel, Reel

TITLE, SUFFIX, SLOW = "PDF", ".pdf", 20

GAP = 7.0
"""Millimetres between two shots."""

WORDS = 30.0
"""Millimetres below a picture that are left to the words."""

PIXELS_A_MM = 7
"""How finely pictures are kept: about 180 dpi."""


class Layout(NamedTuple):
    """How shots stand on a page of A4; `beside`: the words to the right of the picture, else below it."""

    landscape: bool
    columns: int
    rows: int
    beside: bool = False


LAYOUTS = {2: Layout(True, 2, 1), 3: Layout(False, 1, 3, beside=True), 6: Layout(True, 3, 2)}


def write(reel: Reel, target: Path, order: Order) -> None:
    """Write the board, a page for each few shots; text that fits no box stands in full on pages at the end."""
    layout, panels = LAYOUTS[order.per_page], reel.panels
    paper = Paper(reel, order, order.words(reel), layout.landscape)
    for number, panel in enumerate(panels):
        order.progress(number, len(panels))
        slot = number % order.per_page
        if not slot:
            paper.add_page()
        _shot(paper, panel, reel.ratio, _box(paper, layout, slot), layout.beside)
    paper.add_rest()
    paper.output(str(target))
    order.progress(len(panels), len(panels))


def _box(paper: Paper, layout: Layout, slot: int) -> Box:
    """Where the shot of that slot stands."""
    width = (paper.w - 2 * MARGIN - GAP * (layout.columns - 1)) / layout.columns
    height = (paper.h - TOP - 2 * MARGIN - GAP * (layout.rows - 1)) / layout.rows
    row, column = divmod(slot, layout.columns)
    return Box(MARGIN + column * (width + GAP), TOP + row * (height + GAP), width, height)


def _shot(paper: Paper, panel: Panel, ratio: float, box: Box, beside: bool) -> None:
    paper.rule(box.x, box.y, box.width)
    paper.heading(panel, Box(box.x, box.y + 1, box.width, 6))
    top = box.y + 8
    high = box.y + box.height - top - (0 if beside else WORDS)
    wide = min(box.width * 0.56 if beside else box.width, high * ratio)
    frame = Box(box.x, top, wide, wide / ratio)
    _picture(paper, panel, frame)
    if beside:
        left = box.x + wide + 4
        paper.told(panel, Box(left, top, box.x + box.width - left, box.y + box.height - top))
    else:
        under = frame.y + frame.height + 2
        paper.told(panel, Box(box.x, under, box.width, box.y + box.height - under))


def _picture(paper: Paper, panel: Panel, frame: Box) -> None:
    paper.frame(frame, empty=panel.picture is None)
    if panel.picture is None:
        return
    content = _frames.jpeg(panel, round(frame.width * PIXELS_A_MM))
    x, y, width, height = frame
    paper.image(io.BytesIO(content), x, y, width, height, keep_aspect_ratio=True)
