"""What can be drawn: people and pictures as plain values, sampled from seeds, and captions that are true of them.

Few values an attribute, all of them bold, so that a small model at 128 px can learn every one.
Every choice comes from the seed; nothing here draws.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import partial

import numpy as np

from mini import people
from mini.people import Person
from mini.styles import COLOURLESS, TRAINED

KINDS = ("man", "woman")
SKINS = ("light", "tan", "dark")
HAIR_STYLES = ("short", "long", "curly", "spiky", "bun")
HAIR_COLOURS = ("black", "brown", "blond", "red", "pink", "blue")
GLASSES = ("none", "glasses", "sunglasses")
EXPRESSIONS = ("smiling", "sad", "angry", "surprised")
HATS = ("none", "red cap", "blue beanie", "straw hat")
GARMENTS = ("sweater", "shirt", "jacket")
GARMENT_COLOURS = ("red", "blue", "green", "yellow", "white", "black")
PLAINS = ("plain blue", "plain green", "plain yellow", "plain pink", "plain gray", "plain purple")
SCENES = ("beach", "park", "city", "night")
BACKGROUNDS = PLAINS + SCENES
FRAMINGS = ("close-up", "medium shot", "full shot")
TEST_SEED = 1_000_000_000
"""Seeds from here on are kept for measuring; training draws from smaller ones."""


@dataclass(frozen=True)
class Drawing:
    """One picture before it is drawn: who, how they look today, where, how near, in which style."""

    person: Person
    expression: str
    hat: str
    garment: str
    garment_colour: str
    background: str
    framing: str
    style: str
    seed: int = 0
    """Decides the texture of some styles; no caption names it."""


def sample(seed: int, **fixed) -> Drawing:
    """A drawing from a seed. Fields given by name (person, style, framing, …) keep their value."""
    rng = np.random.default_rng(seed)
    person = sample_person(rng)
    choose = partial(_choose, rng)
    drawing = Drawing(
        person=person,
        expression=choose(EXPRESSIONS),
        hat=choose(HATS, (0.64, 0.12, 0.12, 0.12)),
        garment=choose(GARMENTS),
        garment_colour=choose(GARMENT_COLOURS),
        background=choose(BACKGROUNDS),
        framing=choose(FRAMINGS, (0.45, 0.35, 0.2)),
        style=choose(TRAINED, (0.5, 0.25, 0.25)),
        seed=int(rng.integers(1 << 31)),
    )
    return replace(drawing, **fixed)


def sample_person(rng: np.random.Generator) -> Person:
    """A person who is none of the held-out ones."""
    while True:
        person = _any_person(rng)
        if person.looks not in people.KEPT_APART:
            return person


def _choose(rng: np.random.Generator, values: Sequence[str], p: Sequence[float] | None = None) -> str:
    """One of the values, each with its share `p`."""
    return str(rng.choice(values, p=p))


def _any_person(rng: np.random.Generator) -> Person:
    choose = partial(_choose, rng)
    kind = choose(KINDS)
    man = kind == "man"
    return Person(
        kind=kind,
        skin=choose(SKINS),
        hair_style=choose(HAIR_STYLES, (0.35, 0.1, 0.25, 0.3, 0.0) if man else (0.15, 0.3, 0.25, 0.05, 0.25)),
        hair_colour=choose(HAIR_COLOURS),
        glasses=choose(GLASSES, (0.55, 0.3, 0.15)),
        beard=man and bool(rng.random() < 0.35),
        freckles=bool(rng.random() < 0.2),
        face=choose(people.FACES),
        eyes=choose(people.EYES),
        eye_size=choose(people.EYE_SIZES),
        nose=choose(people.NOSES),
    )


def caption(drawing: Drawing, style: bool = True) -> str:
    """The caption that is true of the drawing, in the same order of clauses each time.

    Colours are left out where the style has none; freckles are named in close-ups alone, where they are seen.
    """
    parts = clauses(drawing)
    if not style:
        parts.pop("style")
    return sentence(parts)


def clauses(drawing: Drawing) -> dict[str, str]:
    """The caption in pieces: framing, subject, features, clothes, background, style."""
    colours = drawing.style not in COLOURLESS
    person = drawing.person
    return {
        "framing": drawing.framing,
        "subject": f"{drawing.expression} {person.kind}",
        "features": join(features(person, colours, drawing.framing == "close-up")),
        "clothes": "wearing " + join(outfit(drawing, colours)),
        "background": background_words(drawing.background, colours),
        "style": f"{drawing.style} style",
    }


def sentence(parts: dict[str, str]) -> str:
    """Clauses (any may be missing but the subject) as one caption."""
    start = with_article(parts["subject"])
    if "framing" in parts:
        start = f"{with_article(parts['framing'])} of {start}"
    if parts.get("features"):
        start += " with " + parts["features"]
    rest = [parts[name] for name in ("clothes", "background", "style") if parts.get(name)]
    return ", ".join([start, *rest])


def features(person: Person, colours: bool, near: bool) -> list[str]:
    """What is named of a person: skin, hair, beard, glasses, freckles."""
    colour = person.hair_colour + " " if colours else ""
    hair = f"{colour}hair in a bun" if person.hair_style == "bun" else f"{person.hair_style} {colour}hair"
    named = [f"{person.skin} skin"] if colours else []
    named.append(hair)
    if person.beard:
        named.append("a beard")
    if person.glasses != "none":
        named.append(person.glasses)
    if person.freckles and near:
        named.append("freckles")
    return named


def outfit(drawing: Drawing, colours: bool) -> list[str]:
    """Garment and hat, with their articles."""
    garment = f"{drawing.garment_colour} {drawing.garment}" if colours else drawing.garment
    hat = drawing.hat if colours else drawing.hat.replace("red ", "").replace("blue ", "")
    return [with_article(thing) for thing in (garment, hat) if thing != "none"]


def background_words(background: str, colours: bool = True) -> str:
    """'plain blue background', 'on a beach', …"""
    if background in PLAINS:
        return f"{background} background" if colours else "plain background"
    return {"beach": "on a beach", "park": "in a park", "city": "in a city", "night": "at night"}[background]


def with_article(words: str) -> str:
    """'an angry man', 'a man'."""
    return ("an " if words[0] in "aeiou" else "a ") + words


def join(things: list[str]) -> str:
    """'x', 'x and y', 'x, y and z'."""
    return things[0] if len(things) == 1 else ", ".join(things[:-1]) + " and " + things[-1]
