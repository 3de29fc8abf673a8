"""Captions as people type them: clauses left out, in another order, with other words for the same thing."""

from __future__ import annotations

import re

import numpy as np

from mini import styles
from mini.world import Drawing, caption, clauses, features, join, outfit, sentence, with_article

OTHER_WORDS = {
    "smiling": ("happy", "laughing"),
    "sad": ("unhappy", "crying"),
    "angry": ("furious",),
    "surprised": ("shocked",),
    "man": ("guy", "boy"),
    "woman": ("lady", "girl"),
    "blond": ("blonde", "yellow"),
    "red hair": ("ginger hair",),
    "close-up": ("portrait", "close up", "headshot"),
    "medium shot": ("half body picture",),
    "full shot": ("full body picture",),
    "glasses": ("spectacles", "eyeglasses"),
    "sweater": ("jumper",),
    "gray": ("grey",),
    "in a park": ("among trees",),
    "on a beach": ("at the beach", "by the sea"),
    "in a city": ("in the city",),
    "at night": ("under the night sky",),
    "a beard": ("a full beard",),
}


def loose(drawing: Drawing, rng: np.random.Generator) -> str:
    """A true caption, half of the time the full one, else shortened, reordered, or with other words."""
    if rng.random() < 0.45:
        return caption(drawing, style=rng.random() < 0.85)
    parts = clauses(drawing)
    colours = drawing.style not in styles.COLOURLESS
    for name in ("framing", "clothes", "background", "style"):
        if rng.random() < 0.3:
            parts.pop(name)
    parts["features"] = join(_some(features(drawing.person, colours, drawing.framing == "close-up"), rng))
    if "clothes" in parts:
        parts["clothes"] = "wearing " + join(_some(outfit(drawing, colours), rng))
    if rng.random() < 0.12:
        parts.pop("features")
    if rng.random() < 0.1:
        parts["subject"] = drawing.person.kind
    words = _other_words(sentence(parts) if rng.random() < 0.7 else _reordered(parts, rng), rng)
    return words if rng.random() < 0.8 else words.replace(", ", " ")


def _some(things: list[str], rng: np.random.Generator) -> list[str]:
    kept = [thing for thing in things if rng.random() < 0.7]
    return kept or [things[int(rng.integers(len(things)))]]


def _reordered(parts: dict[str, str], rng: np.random.Generator) -> str:
    """Clauses in any order, the framing and the style anywhere: 'shaded style, at night, a sad man with …'."""
    who = with_article(parts["subject"])
    if parts.get("features"):
        who += " with " + parts["features"]
    pieces = [who] + [parts[name] for name in ("framing", "clothes", "background", "style") if parts.get(name)]
    return ", ".join(pieces[i] for i in rng.permutation(len(pieces)))


def _other_words(words: str, rng: np.random.Generator) -> str:
    for plain, others in OTHER_WORDS.items():
        if rng.random() < 0.15:
            words = re.sub(rf"\b{plain}\b", others[int(rng.integers(len(others)))], words, count=1)
    return words.replace("a unhappy", "an unhappy").replace("an furious", "a furious")
