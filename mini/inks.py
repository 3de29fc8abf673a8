"""How each style fills and outlines: the part of a style that happens while drawing."""

from __future__ import annotations

from mini.pen import Colour, Ink, lighter, mix

DARK, BLUE, PAPER = (34, 28, 40), (22, 62, 148), (250, 246, 236)


def _same(colour: Colour) -> Colour:
    return colour


def _poster(colour: Colour) -> Colour:
    """Bright and slightly chalky, as cut from paper."""
    return lighter(colour, 0.2)


def _tint(colour: Colour) -> Colour:
    """A pale wash of the colour under ink lines."""
    return mix(colour, PAPER, 0.3)


def _wash(colour: Colour) -> Colour:
    return mix(colour, (252, 244, 224), 0.3)


INKS = {
    "shaded": Ink(_same, lit=True),
    "flat": Ink(_poster),
    "line": Ink(_tint, outline=DARK, width=0.016),
    "watercolor": Ink(_wash),
    "blueprint": Ink(lambda colour: BLUE, outline=(232, 242, 255), width=0.014, mark=(232, 242, 255)),
    "woodcut": Ink(_same, outline=(0, 0, 0), width=0.02, lit=True),
    "pixel": Ink(_same, outline=(20, 12, 28), width=0.022),
}
