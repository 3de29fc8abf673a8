"""Hair behind the head, hair over the face, and hats; in head units (see pen.py)."""

from __future__ import annotations

import numpy as np

from mini.face import hair_colour, width
from mini.pen import CLOTH, HAIR, Colour, Pen, darker, mirrored, smooth
from mini.people import Person

LAMPS = [
    (-0.18, -0.52, 0.22, 0.14, 0.32),
    (0.5, 0.0, 0.2, 0.6, -0.3),
    (-0.56, 0.2, 0.16, 0.6, -0.2),
    (0.0, 0.62, 0.7, 0.3, -0.25),
    (0.1, -0.3, 0.3, 0.06, -0.12),
]


def draw_hair_behind(pen: Pen, person: Person, hat: str) -> None:
    a, colour = width(person), darker(hair_colour(person), 0.14)
    if person.hair_style == "curly":
        for angle in np.linspace(-0.25, np.pi + 0.25, 11):
            pen.blob((np.cos(angle) * (a + 0.07), 0.0 - np.sin(angle) * 0.5, 0.18, 0.17), colour, HAIR)
        pen.blob((0, -0.1, a + 0.05, 0.5), colour, HAIR, outline=False)
    else:
        pen.shape(_mass(person, a), colour, HAIR)
    if person.hair_style == "bun":
        u, v = (0.0, -0.7) if hat == "none" else (a + 0.16, 0.12)
        pen.blob((u, v, 0.2, 0.18), colour, HAIR)


def _mass(person: Person, a: float) -> np.ndarray:
    """The outline of the hair behind a head of half width `a`, curls aside."""
    if person.hair_style == "spiky":
        return _star(a)
    if person.hair_style == "long":
        half = [(0.0, -0.64), (a * 0.8, -0.56), (a + 0.15, -0.2), (a + 0.18, 0.4), (a + 0.14, 0.95), (0.3, 1.02)]
        return smooth(mirrored([*half, (0.0, 0.9)]), 5)
    low = 0.4 if _bob(person) else 0.02
    wide = a + (0.12 if low > 0.1 else 0.055)
    half = [(0.0, -0.6), (a * 0.75, -0.53), (wide, -0.2), (wide + 0.01, low * 0.5), (wide - 0.02, low)]
    return smooth(mirrored([*half, (a * 0.5, low + 0.02)]), 5)


def _bob(person: Person) -> bool:
    return person.hair_style == "short" and person.kind == "woman"


def _star(a: float) -> np.ndarray:
    """Spikes from ear to ear over the head."""
    angles = np.linspace(-0.35, np.pi + 0.35, 19)
    reach = np.where(np.arange(19) % 2 == 1, 1.42, 1.02)
    return np.stack([np.cos(angles) * (a + 0.03) * reach, -0.02 - np.sin(angles) * 0.54 * reach], 1)


def draw_hair_over(pen: Pen, person: Person) -> None:
    """The hairline."""
    a, colour = width(person), hair_colour(person)
    if person.hair_style == "curly":
        for u, v in zip(np.linspace(-a, a, 6), (-0.22, -0.36, -0.4, -0.4, -0.36, -0.22)):
            pen.blob((u, v, 0.135, 0.125), colour, HAIR)
    else:
        line, edge = _hairline(person, a)
        crown = [(-a * 0.72, -0.53), (0, -0.62), (a * 0.72, -0.53)]
        left, right = [(-a - edge, line[-1][1]), (-a - edge, -0.25)], [(a + edge, -0.25), (a + edge, line[0][1])]
        outline = np.concatenate([smooth([*left, *crown, *right], 5, closed=False), np.array(line)])
        pen.shape(outline, colour, HAIR)
    pen.light(HAIR, LAMPS)


def _hairline(person: Person, a: float) -> tuple[list[tuple[float, float]], float]:
    """Where hair ends over the forehead, from right to left, and how far it stands out beside the head."""
    if _bob(person):
        half = [(a - 0.01, 0.36), (a - 0.06, 0.0), (a - 0.08, -0.19)]
        return [*half, (0.0, -0.22), *_other(half)], 0.11
    if person.hair_style == "short":
        return [(a - 0.04, -0.1), (a - 0.1, -0.25), (0.06, -0.3), (-0.18, -0.22), (-a + 0.04, -0.1)], 0.045
    if person.hair_style == "long":
        half = [(a - 0.02, 0.3), (a - 0.08, -0.08), (0.16, -0.3)]
        return [*half, (0.0, -0.42), *_other(half)], 0.13
    if person.hair_style == "bun":
        half = [(a - 0.02, -0.06), (a - 0.08, -0.24)]
        return [*half, (0.0, -0.36), *_other(half)], 0.05
    tips = [(0.24, -0.17), (0.16, -0.31), (0.05, -0.18), (-0.07, -0.31), (-0.17, -0.17), (-0.26, -0.31)]
    return [(a - 0.02, -0.08), (a - 0.06, -0.26), *tips, (-a + 0.05, -0.16), (-a + 0.02, -0.08)], 0.03


def _other(half: list[tuple[float, float]]) -> list[tuple[float, float]]:
    """The same points on the other side of the face."""
    return [(-u, v) for u, v in reversed(half)]


def draw_hat(pen: Pen, hat: str, person: Person) -> None:
    {"none": _no_hat, "red cap": _cap, "blue beanie": _beanie, "straw hat": _straw}[hat](pen, width(person))


def _no_hat(pen: Pen, a: float) -> None:
    pass


def _dome(pen: Pen, a: float, colour: Colour, low: float, top: float) -> None:
    pen.shape(
        smooth(mirrored([(0.0, top), (a * 0.7, top + 0.07), (a + 0.09, -0.4), (a + 0.1, low), (0.0, low - 0.03)]), 5),
        colour,
        CLOTH,
    )


def _cap(pen: Pen, a: float) -> None:
    _dome(pen, a, (214, 36, 40), -0.26, -0.74)
    pen.shape(
        smooth(mirrored([(0.0, -0.34), (a, -0.3), (a + 0.2, -0.17), (a * 0.6, -0.2), (0.0, -0.2)]), 5),
        (150, 20, 28),
        CLOTH,
    )
    pen.blob((0, -0.75, 0.05, 0.035), (150, 20, 28))


def _beanie(pen: Pen, a: float) -> None:
    _dome(pen, a, (44, 92, 208), -0.3, -0.76)
    pen.blob((0, -0.8, 0.13, 0.12), (236, 240, 250), CLOTH)
    pen.shape(
        smooth(mirrored([(0.0, -0.43), (a, -0.4), (a + 0.13, -0.34), (a + 0.12, -0.2), (a, -0.21), (0.0, -0.24)]), 4),
        (150, 186, 246),
        CLOTH,
    )


def _straw(pen: Pen, a: float) -> None:
    pen.blob((0, -0.3, a + 0.38, 0.11), (226, 182, 90), CLOTH)
    pen.shape(
        smooth(mirrored([(0.0, -0.78), (a * 0.75, -0.74), (a * 0.95, -0.36), (0.0, -0.32)]), 5), (240, 204, 116), CLOTH
    )
    pen.shape(
        [(-a * 0.93, -0.46), (a * 0.93, -0.46), (a * 0.96, -0.35), (-a * 0.96, -0.35)],
        (150, 60, 40),
        CLOTH,
        outline=False,
    )
