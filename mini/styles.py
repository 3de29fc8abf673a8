"""The drawing styles: three that training draws and four that it never does."""

from __future__ import annotations

TRAINED = ("shaded", "flat", "line")
HELD_OUT = ("watercolor", "blueprint", "woodcut", "pixel")
ALL = TRAINED + HELD_OUT
COLOURLESS = ("blueprint", "woodcut")
"""Styles in which no colour of hair, skin or clothes is left; captions do not name them there."""
