"""The paper that a board is printed on: A4, its letters, its head and foot, and text that fits its box."""

from __future__ import annotations

import unicodedata
from typing import NamedTuple

from fpdf import FPDF

from storage.boardout.order import Order
from storage.fonts import clipped, lines
from storage.panels import Panel, Reel, clock

MARGIN, TOP = 12.0, 22.0
"""Millimetres: around the page, and down to the first shot."""

LARGEST, SMALLEST = 10.0, 6.0
"""Points of the text in a box; it shrinks to fit."""

LEADING = 1.35
POINT = 0.3528
"""Millimetres of a point."""

INK, PENCIL, LINE, PAPER = (20, 20, 20), (120, 120, 120), (190, 190, 190), (238, 238, 238)

PLAIN = {"“": '"', "”": '"', "‘": "'", "’": "'", "—": "-", "–": "-", "…": "...", "→": "->", "•": "·"}
"""What the PDF's own Latin letters lack."""


class Box(NamedTuple):
    """A place on the page, in millimetres."""

    x: float
    y: float
    width: float
    height: float


class Hand(NamedTuple):
    """How letters are set: their size in points, their colour, and bold (`B`) or not."""

    size: float
    ink: tuple[int, int, int] = INK
    style: str = ""


TITLE, NAME, SCENE = Hand(13, style="B"), Hand(11, style="B"), Hand(8.5)


class Paper(FPDF):
    """A4 pages with the board's title above and the page's number below."""

    def __init__(self, reel: Reel, order: Order, words: dict[str, str], landscape: bool) -> None:
        super().__init__("landscape" if landscape else "portrait", "mm", "A4")
        self.reel, self.words, self.plain = reel, words, order.face is None
        self.rest: list[tuple[Panel, str, str]] = []
        self.set_title(reel.title)
        self.set_creator("LoRA Studio")
        self.set_margin(MARGIN)
        self.c_margin = 0
        self.set_auto_page_break(False)
        self.letters = "Helvetica"
        if order.face is not None:
            self.letters = "board"
            for style, file in (("", order.face.regular), ("B", order.face.bold)):
                self.add_font(self.letters, style, file, collection_font_number=order.face.index)

    def header(self) -> None:
        """The board's title, how many shots it has and how long it lasts."""
        shots = self.words["shots"].format(n=len(self.reel.panels))
        self._say(f"{shots} · {clock(self.reel.seconds)}", MARGIN, 10, Hand(9, PENCIL), right=self.w - 2 * MARGIN)
        room = self.w - 2 * MARGIN - 60
        self._say(self._clipped(self.reel.title, room, TITLE), MARGIN, 9, TITLE)

    def footer(self) -> None:
        """The page's number and that of all pages, in the middle."""
        self._pen(Hand(8, PENCIL))
        self.set_xy(MARGIN, self.h - 10)
        self.cell(self.w - 2 * MARGIN, 5, f"{self.page_no()} / {{nb}}", align="C")

    def rule(self, x: float, y: float, width: float) -> None:
        """A thin line across."""
        self.set_draw_color(*LINE)
        self.set_line_width(0.2)
        self.line(x, y, x + width, y)

    def frame(self, box: Box, empty: bool) -> None:
        """The frame of a picture; crossed out where there is none."""
        self.set_draw_color(*LINE)
        self.set_fill_color(*PAPER)
        self.rect(*box, style="DF")
        if empty:
            self.line(box.x, box.y, box.x + box.width, box.y + box.height)
            self.line(box.x, box.y + box.height, box.x + box.width, box.y)

    def heading(self, panel: Panel, box: Box) -> None:
        """The shot's name and its scene on the left, how long it lasts on the right."""
        self._say(clock(panel.seconds), box.x, box.y + 0.6, Hand(8.5, PENCIL), right=box.width)
        self._say(panel.name, box.x, box.y, NAME)
        used = self._width(panel.name, NAME) + 3
        scene = f"{self.words['scene']} {panel.scene}" + (f" · {panel.heading}" if panel.heading else "")
        self._say(self._clipped(scene, box.width - used - 14, SCENE), box.x + used, box.y + 0.6, SCENE)

    def told(self, panel: Panel, box: Box) -> None:
        """How it is shot, what is done and said, and the notes, small enough to fit; what does not is kept for the end."""
        shot = " · ".join(filter(None, (panel.framing, panel.angle, ", ".join(panel.characters))))
        texts = [("shot", shot), ("action", panel.action), ("dialogue", panel.dialogue), ("notes", panel.notes)]
        rows = [(self.words[label], self._fit(text)) for label, text in texts if text]
        column = max(self._width(self.words[label], Hand(7)) for label, _ in texts) + 3
        size = LARGEST
        while size > SMALLEST and self._height(rows, box.width - column, size) > box.height:
            size -= 0.5
        step, left, y = size * POINT * LEADING, int(box.height / (size * POINT * LEADING)), box.y
        for label, text in rows:
            broken = self._lines(text, box.width - column, size)
            if left < 1 or len(broken) > left:
                self.rest.append((panel, label, text))
            if left < 1:
                continue
            if len(broken) > left:
                broken = [*broken[: left - 1], self._clipped(f"{broken[left - 1]} …", box.width - column, Hand(size))]
            self._say(label, box.x, y + (size - 7) * POINT * 0.5, Hand(7, PENCIL))
            for line in broken:
                self._say(line, box.x + column, y, Hand(size))
                y += step
            left -= len(broken)

    def add_rest(self) -> None:
        """Pages at the end with every text that had to be cut."""
        if not self.rest:
            return
        self.set_auto_page_break(True, 2 * MARGIN)
        self.add_page()
        self._say(self.words["full"], MARGIN, TOP - 4, Hand(10, PENCIL))
        self.set_y(TOP + 4)
        for panel, label, text in self.rest:
            self._pen(Hand(9, style="B"))
            self.multi_cell(0, 5, f"{panel.name} · {label}", new_x="LMARGIN", new_y="NEXT")
            self._pen(Hand(9))
            self.multi_cell(0, 4.6, text, align="L", new_x="LMARGIN", new_y="NEXT")
            self.ln(2)

    def _height(self, rows: list[tuple[str, str]], width: float, size: float) -> float:
        return sum(len(self._lines(text, width, size)) for _, text in rows) * size * POINT * LEADING

    def _lines(self, text: str, width: float, size: float) -> list[str]:
        self._pen(Hand(size))
        return lines(text, width, self.get_string_width)

    def _clipped(self, text: str, width: float, hand: Hand) -> str:
        self._pen(hand)
        return clipped(text, width, lambda tried: self.get_string_width(self._fit(tried)))

    def _width(self, text: str, hand: Hand) -> float:
        self._pen(hand)
        return self.get_string_width(text)

    def _say(self, text: str, x: float, y: float, hand: Hand, right: float = 0.0) -> None:
        """One line of text with its upper left corner there, or against the right edge of that width."""
        self._pen(hand)
        self.set_xy(x, y)
        across = right or self.w - MARGIN - x
        self.cell(across, hand.size * POINT * LEADING, self._fit(text), align="R" if right else "L")

    def _pen(self, hand: Hand) -> None:
        self.set_font(self.letters, hand.style, hand.size)
        self.set_text_color(*hand.ink)

    def _fit(self, text: str) -> str:
        """The text in letters that the typeface has."""
        text = unicodedata.normalize("NFC", text)
        if not self.plain:
            return text
        return "".join(PLAIN.get(letter, letter) for letter in text).encode("latin-1", "replace").decode("latin-1")
