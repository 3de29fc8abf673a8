"""An animatic's pictures in time: each shot for as long as it lasts, its dialogue burnt in line after line."""

from __future__ import annotations

from collections.abc import Iterator

from PIL import Image as Pictures
from PIL import ImageDraw

from storage import fonts
from storage.boardout import _frames
from storage.boardout.order import Order
from storage.panels import Panel, Reel, clock

LINES = 2
"""Lines of a subtitle that are seen at once."""

WORDLESS = 6
"""Letters' worth of time that even the shortest subtitle gets."""


def size(reel: Reel, longest: int) -> tuple[int, int]:
    """Pixels of the film, both even as encoders want them."""
    width, height = (longest, longest / reel.ratio) if reel.ratio >= 1 else (longest * reel.ratio, longest)
    return max(2, round(width / 2) * 2), max(2, round(height / 2) * 2)


def stills(reel: Reel, longest: int, order: Order) -> Iterator[tuple[Pictures.Image, float]]:
    """Every picture of the film (RGB) with the seconds for which it is seen."""
    order.words(reel)
    whole = size(reel, longest)
    for panel in reel.panels:
        frame = _slated(_frames.framed(panel, whole), panel, order)
        for lines, seconds in cues(panel, whole, order):
            yield (_frames.subtitled(frame, lines, order) if lines else frame), seconds


def cues(panel: Panel, whole: tuple[int, int], order: Order) -> list[tuple[list[str], float]]:
    """The subtitles of a shot, a few lines each, with the seconds of each by its length; together the shot's own."""
    face = fonts.lettering(order.face, _frames.letter(whole))
    found: list[list[str]] = []
    for said in panel.said:
        broken = fonts.lines(said, whole[0] * 0.9, face.getlength)
        found += [broken[place : place + LINES] for place in range(0, len(broken), LINES)]
    if not found:
        return [([], panel.seconds)]
    weights = [WORDLESS + sum(len(line) for line in lines) for lines in found]
    return [(lines, panel.seconds * weight / sum(weights)) for lines, weight in zip(found, weights)]


def _slated(frame: Pictures.Image, panel: Panel, order: Order) -> Pictures.Image:
    """The frame with the shot's name and length small in its corner, as animatics have it."""
    face, pen = fonts.lettering(order.face, max(10, frame.height // 36)), ImageDraw.Draw(frame)
    place = frame.height // 40
    text = f"{panel.name}  {clock(panel.seconds)}"
    pen.text((place, place), text, (225, 225, 225), face, stroke_width=2, stroke_fill="black")
    return frame
