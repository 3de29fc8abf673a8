"""The face: outline, eyes, brows, nose, mouth, beard, glasses; one expression at a time.

All in head units (see pen.py). The shaded styles get a light that follows the bones, because a face detector
looks for the shadows of eye sockets, nose and lips.
"""

from __future__ import annotations

import numpy as np

from mini.pen import HAIR, PLAIN, SKIN, Colour, Pen, darker, mirrored, mix, smooth
from mini.people import Person

SKIN_COLOURS = {"light": (246, 210, 182), "tan": (206, 150, 104), "dark": (124, 78, 52)}
EYE_COLOURS = {"brown": (98, 58, 30), "blue": (54, 120, 206), "green": (56, 142, 76)}
FACE_WIDTH = {"round": 0.41, "oval": 0.36, "square": 0.395}
BLACK, WHITE, RED = (24, 20, 26), (252, 252, 252), (190, 52, 62)
EYE_U, EYE_V, MOUTH_V = 0.165, -0.02, 0.325


def width(person: Person) -> float:
    """Half the width of the face."""
    return FACE_WIDTH[person.face]


def face_outline(person: Person) -> np.ndarray:
    """[48, 2], clockwise from the right."""
    t = np.linspace(0, 2 * np.pi, 48, endpoint=False)
    u, v = np.cos(t), np.sin(t)
    low = v > 0
    power = {"round": 1.0, "oval": 1.0, "square": 0.62}[person.face]
    u[low] = np.sign(u[low]) * np.abs(u[low]) ** power
    narrow = {"round": 0.04, "oval": 0.16, "square": 0.1}[person.face] + (0.05 if person.kind == "woman" else 0.0)
    u[low] *= 1 - narrow * v[low] ** 2
    return np.stack([u * width(person), v * 0.5], 1)


def draw_face(pen: Pen, person: Person, expression: str) -> None:
    """Ears, face, and everything on it but hair that falls over it."""
    skin = SKIN_COLOURS[person.skin]
    for side in (-1, 1):
        pen.blob((side * width(person), 0.05, 0.07, 0.11), darker(skin, 0.06), SKIN)
    pen.shape(face_outline(person), skin, SKIN)
    pen.light(SKIN, _lamps(person, expression))
    _cheeks(pen, person, skin)
    if person.beard:
        _beard(pen, person)
    _nose(pen, person, skin)
    if person.glasses != "sunglasses":
        _eyes(pen, person, expression, skin)
    _mouth(pen, person, expression, skin)
    _brows(pen, person, expression)


def _lamps(person: Person, expression: str) -> list[tuple[float, float, float, float, float]]:
    a = width(person)
    dark = person.skin == "dark"
    brow = -0.3 if dark else -0.22
    lamps = [
        (-0.05, -0.26, 0.26, 0.14, 0.28 if dark else 0.12),
        (a + 0.02, 0.1, 0.14, 0.5, -0.34),
        (-a - 0.06, 0.1, 0.12, 0.5, -0.26),
        (0.0, 0.62, 0.5, 0.12, -0.5),
        (0.0, 0.1, 0.035, 0.14, 0.34 if dark else 0.18),
        (0.075, 0.12, 0.04, 0.13, -0.16),
        (0.0, 0.235, 0.1, 0.035, -0.26),
        (0.0, 0.4, 0.12, 0.03, -0.2),
        (0.0, 0.455, 0.09, 0.035, 0.22 if dark else 0.1),
        (-0.2, 0.15, 0.09, 0.07, 0.3 if dark else 0.12),
        (0.19, 0.15, 0.09, 0.07, 0.24 if dark else 0.08),
        (0.0, 0.18, 0.05, 0.03, 0.14),
    ]
    for side in (-1, 1):
        lamps.append((side * EYE_U, EYE_V - 0.05, 0.12, 0.075, brow))
        lamps.append((side * 0.07, EYE_V - 0.02, 0.04, 0.07, -0.12))
        if expression == "smiling":
            lamps.append((side * 0.2, 0.27, 0.03, 0.08, -0.14))
    return lamps


def _cheeks(pen: Pen, person: Person, skin: Colour) -> None:
    if person.freckles:
        spot = mix(skin, (120, 56, 24) if person.skin != "dark" else (58, 28, 16), 0.72)
        for side in (-1, 1):
            for u, v in ((0.15, 0.155), (0.225, 0.13), (0.275, 0.185), (0.2, 0.215)):
                pen.blob((side * u, v, 0.019, 0.019), spot, outline=False, solid=True)


def _beard(pen: Pen, person: Person) -> None:
    a, hair = width(person), hair_colour(person)
    outer = [p for p in face_outline(person) * (1.03, 1.06) if p[1] > 0.07]
    outer.sort(key=lambda p: -np.arctan2(p[1] - 0.07, p[0]))
    inner = [(a - 0.07, 0.1), (0.22, 0.235), (0.1, 0.225), (0.0, 0.24), (-0.1, 0.225), (-0.22, 0.235), (-a + 0.07, 0.1)]
    pen.shape(np.concatenate([np.array(outer), np.array(inner)]), hair, HAIR)


def _nose(pen: Pen, person: Person, skin: Colour) -> None:
    line = darker(skin, 0.38)
    wing = {"small": 0.045, "long": 0.05, "wide": 0.085}[person.nose]
    tip = {"small": 0.175, "long": 0.225, "wide": 0.19}[person.nose]
    if person.nose == "long":
        pen.stroke([(0.035, 0.0), (0.05, 0.12), (wing, tip - 0.02)], 0.018, line)
    pen.stroke(
        smooth(
            [
                (-wing, tip - 0.02),
                (-wing * 0.6, tip + 0.01),
                (0, tip + 0.02),
                (wing * 0.6, tip + 0.01),
                (wing, tip - 0.02),
            ],
            4,
            closed=False,
        ),
        0.024,
        line,
    )


def _eyes(pen: Pen, person: Person, expression: str, skin: Colour) -> None:
    size = 0.88 if person.eye_size == "small" else 1.15
    tall = {"surprised": 0.082, "angry": 0.046, "sad": 0.052}.get(expression, 0.056) * size
    wide = 0.092 * size
    for side in (-1, 1):
        pen.blob((side * EYE_U, EYE_V, wide, tall), WHITE, outline=False)
        iris = min(0.048 * size, tall)
        pen.blob((side * EYE_U, EYE_V, iris, iris), EYE_COLOURS[person.eyes], outline=False)
        pen.blob((side * EYE_U, EYE_V, iris * 0.52, iris * 0.52), BLACK, outline=False, solid=True)
        pen.blob((side * EYE_U - 0.016, EYE_V - 0.018, 0.013, 0.013), WHITE, outline=False)
        lid = smooth(
            [
                (side * (EYE_U - wide), EYE_V + 0.012),
                (side * (EYE_U - wide * 0.5), EYE_V - tall * 0.86),
                (side * EYE_U, EYE_V - tall),
                (side * (EYE_U + wide * 0.6), EYE_V - tall * 0.8),
                (side * (EYE_U + wide * 1.05), EYE_V + 0.004),
            ],
            4,
            closed=False,
        )
        pen.stroke(lid, 0.032 if person.kind == "woman" else 0.022, BLACK)
        if person.kind == "woman":
            pen.stroke(
                [(side * (EYE_U + wide), EYE_V - 0.005), (side * (EYE_U + wide + 0.045), EYE_V - 0.05)], 0.024, BLACK
            )
        if expression == "sad":
            pen.blob((side * (EYE_U + 0.04), EYE_V + tall + 0.075, 0.026, 0.045), (110, 190, 250), outline=False)


def _brows(pen: Pen, person: Person, expression: str) -> None:
    inner, middle, outer = {
        "smiling": (-0.14, -0.18, -0.14),
        "sad": (-0.22, -0.175, -0.105),
        "angry": (-0.08, -0.14, -0.205),
        "surprised": (-0.2, -0.245, -0.2),
    }[expression]
    colour = darker(hair_colour(person), 0.45) if person.skin != "dark" else BLACK
    for side in (-1, 1):
        pen.stroke(
            smooth([(side * 0.075, inner), (side * 0.17, middle), (side * 0.275, outer)], 5, closed=False),
            0.055 if person.kind == "man" else 0.034,
            colour,
        )


def _mouth(pen: Pen, person: Person, expression: str, skin: Colour) -> None:
    v = MOUTH_V
    lip = RED if person.kind == "woman" else mix(darker(skin, 0.3), RED, 0.35)
    if person.beard:
        lip = (216, 112, 108)
    if expression == "smiling":
        pen.shape(
            smooth(
                mirrored([(0.0, v + 0.0), (0.1, v - 0.015), (0.165, v - 0.045), (0.12, v + 0.055), (0.0, v + 0.095)]), 5
            ),
            lip,
            outline=False,
            solid=True,
        )
        pen.shape(
            smooth(
                mirrored([(0.0, v + 0.02), (0.1, v + 0.005), (0.135, v - 0.015), (0.095, v + 0.035), (0.0, v + 0.062)]),
                5,
            ),
            WHITE,
            outline=False,
        )
    elif expression == "sad":
        curve = smooth(
            [(-0.125, v + 0.075), (-0.06, v + 0.025), (0, v + 0.012), (0.06, v + 0.025), (0.125, v + 0.075)],
            5,
            closed=False,
        )
        pen.stroke(curve, 0.05, lip)
        pen.stroke(curve, 0.018, darker(lip, 0.55))
    elif expression == "angry":
        pen.shape(
            smooth(
                mirrored([(0.0, v - 0.02), (0.1, v - 0.012), (0.145, v + 0.06), (0.07, v + 0.062), (0.0, v + 0.055)]), 4
            ),
            darker(lip, 0.35),
            outline=False,
            solid=True,
        )
        pen.shape([(-0.1, v + 0.008), (0.1, v + 0.008), (0.108, v + 0.036), (-0.108, v + 0.036)], WHITE, outline=False)
    else:
        pen.blob((0, v + 0.015, 0.098, 0.092), lip, outline=False, solid=True)
        pen.blob((0, v + 0.02, 0.068, 0.062), (86, 18, 26), outline=False, solid=True)
        pen.shape(
            [(-0.045, v - 0.03), (0.045, v - 0.03), (0.058, v - 0.006), (-0.058, v - 0.006)], WHITE, outline=False
        )


def draw_glasses(pen: Pen, person: Person) -> None:
    """Round thick frames, or big black sunglasses."""
    if person.glasses == "none":
        return
    a, frame = width(person), BLACK
    for side in (-1, 1):
        pen.stroke([(side * 0.32, -0.03), (side * (a + 0.02), -0.04)], 0.036, frame)
        if person.glasses == "glasses":
            pen.ring((side * 0.178, 0.01, 0.16, 0.15), 0.036, frame)
        else:
            pen.shape(
                smooth(
                    [
                        (side * 0.02, -0.09),
                        (side * 0.34, -0.09),
                        (side * 0.33, 0.06),
                        (side * 0.2, 0.125),
                        (side * 0.06, 0.07),
                    ],
                    4,
                ),
                frame,
                PLAIN,
                outline=False,
                solid=True,
            )
            if not pen.ink.mark:
                pen.stroke([(side * 0.19 - 0.08, 0.03), (side * 0.19 - 0.02, -0.045)], 0.028, (120, 130, 150))
    pen.stroke([(-0.03, -0.03), (0.03, -0.03)], 0.04, frame)


HAIR_RGB = {
    "black": (38, 34, 42),
    "brown": (112, 66, 34),
    "blond": (240, 200, 92),
    "red": (206, 78, 28),
    "pink": (246, 120, 178),
    "blue": (48, 96, 214),
    "green": (60, 168, 74),
    "white": (238, 238, 244),
    "purple": (128, 60, 176),
}


def hair_colour(person: Person) -> Colour:
    return HAIR_RGB[person.hair_colour]
