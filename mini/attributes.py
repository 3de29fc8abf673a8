"""The attributes that captions name, as classes: for hard negatives, judges and tables."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from mini import styles, world
from mini.world import Drawing

ATTRIBUTES: dict[str, tuple] = {
    "framing": world.FRAMINGS,
    "kind": world.KINDS,
    "expression": world.EXPRESSIONS,
    "skin": world.SKINS,
    "hair_style": world.HAIR_STYLES,
    "hair_colour": world.HAIR_COLOURS,
    "beard": (False, True),
    "glasses": world.GLASSES,
    "freckles": (False, True),
    "garment": world.GARMENTS,
    "garment_colour": world.GARMENT_COLOURS,
    "hat": world.HATS,
    "background": world.BACKGROUNDS,
    "style": styles.ALL,
}
OF_PERSON = ("kind", "skin", "hair_style", "hair_colour", "beard", "glasses", "freckles")
UNKNOWN = -100


def value(drawing: Drawing, attribute: str):
    return getattr(drawing.person if attribute in OF_PERSON else drawing, attribute)


def labels(drawing: Drawing) -> list[int]:
    """One class an attribute, in the order of ATTRIBUTES; UNKNOWN for what the picture does not show or name.

    Freckles count in close-ups alone; colours not where the style has none; hair of held-out colours not at all.
    """
    colourless = drawing.style in styles.COLOURLESS
    found = []
    for attribute, values in ATTRIBUTES.items():
        seen = value(drawing, attribute)
        hidden = (attribute == "freckles" and drawing.framing != "close-up") or (
            colourless
            and (
                attribute in ("skin", "hair_colour", "garment_colour")
                or attribute == "background"
                and str(seen).startswith("plain ")
            )
        )
        found.append(UNKNOWN if hidden or seen not in values else values.index(seen))
    return found


def swap(drawing: Drawing, attribute: str, rng: np.random.Generator) -> Drawing:
    """The drawing with another value of one attribute. Beards and freckles come and go."""
    values = styles.TRAINED if attribute == "style" else ATTRIBUTES[attribute]
    old = value(drawing, attribute)
    others = [v for v in values if v != old]
    new = others[int(rng.integers(len(others)))]
    if attribute in OF_PERSON:
        return replace(drawing, person=replace(drawing.person, **{attribute: new}))
    return replace(drawing, **{attribute: new})


def nameable(drawing: Drawing) -> list[str]:
    """The attributes that this drawing's caption may be wrong about."""
    return [
        a
        for a, label in zip(ATTRIBUTES, labels(drawing))
        if label != UNKNOWN and not (a == "beard" and drawing.person.kind == "woman")
    ]
