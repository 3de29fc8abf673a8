"""Reads attributes back out of a caption, to judge what a captioner said."""

from __future__ import annotations

import re

from mini import world
from mini.face import HAIR_RGB


def read(text: str) -> dict:
    """'a close-up of a sad man with …' → {'framing': 'close-up', 'expression': 'sad', …}; None for what is not said."""
    hair = re.search(rf"({'|'.join(HAIR_RGB)}) hair", text)
    style = re.search(r"(short|long|curly|spiky) \w+ hair", text)
    cloth = re.search(rf"wearing an? ({'|'.join(world.GARMENT_COLOURS)}) ({'|'.join(world.GARMENTS)})", text)
    return {
        "framing": _first(world.FRAMINGS, text),
        "kind": "woman" if re.search(r"\bwoman\b", text) else "man",
        "expression": _first(world.EXPRESSIONS, text),
        "skin": _first(world.SKINS, text, " skin"),
        "hair_colour": hair and hair[1],
        "hair_style": "bun" if "hair in a bun" in text else style and style[1],
        "beard": "beard" in text,
        "freckles": "freckles" in text,
        "glasses": "sunglasses" if "sunglasses" in text else "glasses" if "glasses" in text else "none",
        "garment": cloth and cloth[2],
        "garment_colour": cloth and cloth[1],
        "hat": _first(world.HATS[1:], text) or "none",
        "background": next((b for b in world.BACKGROUNDS if world.background_words(b) in text), None),
    }


def _first(values, text: str, after: str = "") -> str | None:
    return next((v for v in values if v + after in text), None)
