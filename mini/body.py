"""Neck, clothes, arms and legs, below a head at the origin of the pen."""

from __future__ import annotations

from mini.pen import CLOTH, PLAIN, SKIN, Colour, Pen, darker, lighter, mirrored, smooth

CLOTH_COLOURS = {
    "red": (206, 40, 44),
    "blue": (44, 84, 196),
    "green": (38, 140, 70),
    "yellow": (246, 200, 44),
    "white": (242, 242, 238),
    "black": (42, 42, 50),
}
TROUSERS, SHOES = (62, 64, 92), (50, 36, 32)


def draw_body(pen: Pen, kind: str, skin: Colour, garment: str, colour: Colour, full: bool) -> None:
    """Everything below the chin; legs only where the picture reaches them."""
    wide = 0.72 if kind == "man" else 0.6
    if full:
        _legs(pen, wide)
    _arms(pen, wide, colour, skin)
    torso = smooth(
        mirrored(
            [
                (0.0, 0.6),
                (0.2, 0.62),
                (wide * 0.8, 0.76),
                (wide, 0.98),
                (wide * 0.86, 1.5),
                (wide * 0.86, 2.2),
                (0.0, 2.25),
            ]
        ),
        6,
    )
    pen.shape(torso, colour, CLOTH)
    neck = 0.19 if kind == "man" else 0.15
    pen.shape(smooth(mirrored([(neck, 0.3), (neck, 0.62), (0.0, 0.76)]), 5), skin, SKIN)
    {"sweater": _sweater, "shirt": _shirt, "jacket": _jacket}[garment](pen, colour, wide)
    pen.light(
        CLOTH,
        [
            (-0.2, 1.0, 0.5, 0.9, 0.12),
            (0.75, 1.3, 0.4, 1.2, -0.35),
            (-0.85, 1.5, 0.25, 1.2, -0.3),
            (0.0, 0.62, 0.5, 0.14, -0.3),
        ],
    )


def _arms(pen: Pen, wide: float, colour: Colour, skin: Colour) -> None:
    for side in (-1, 1):
        hand = side * (wide + 0.1)
        pen.blob((hand, 2.2, 0.12, 0.14), skin, SKIN)
        pen.shape(
            smooth(
                [
                    (side * (wide - 0.22), 0.84),
                    (side * (wide - 0.02), 0.9),
                    (side * (wide + 0.12), 1.3),
                    (side * (wide + 0.22), 2.1),
                    (side * (wide - 0.02), 2.12),
                    (side * (wide - 0.1), 1.4),
                ],
                5,
            ),
            darker(colour, 0.08),
            CLOTH,
        )


def _legs(pen: Pen, wide: float) -> None:
    for side in (-1, 1):
        pen.blob((side * 0.36, 3.92, 0.26, 0.12), SHOES)
        pen.shape([(0.0, 2.1), (side * wide * 0.86, 2.1), (side * 0.52, 3.88), (side * 0.12, 3.88)], TROUSERS, CLOTH)


def _sweater(pen: Pen, colour: Colour, wide: float) -> None:
    """A high collar and two broad stripes."""
    band = lighter(colour, 0.55) if sum(colour) < 690 else (190, 190, 196)
    for v in (1.12, 1.42):
        pen.shape(
            [(-wide * 0.9, v), (wide * 0.9, v), (wide * 0.87, v + 0.13), (-wide * 0.87, v + 0.13)],
            band,
            CLOTH,
            outline=False,
        )
    pen.shape(smooth(mirrored([(0.0, 0.58), (0.22, 0.54), (0.27, 0.72), (0.0, 0.82)]), 5), darker(colour, 0.2), CLOTH)


def _shirt(pen: Pen, colour: Colour, wide: float) -> None:
    """A pointed collar and buttons."""
    for side in (-1, 1):
        pen.shape(
            [(side * 0.14, 0.56), (side * 0.36, 0.72), (side * 0.2, 0.92), (0.0, 0.76)],
            lighter(colour, 0.35) if sum(colour) < 690 else (214, 214, 222),
            CLOTH,
        )
    pen.stroke([(0.0, 0.78), (0.0, 2.2)], 0.025, darker(colour, 0.3))
    for v in (1.02, 1.36, 1.7):
        pen.blob((0.0, v, 0.05, 0.05), (250, 250, 250) if sum(colour) < 690 else (90, 90, 100), outline=False)


def _jacket(pen: Pen, colour: Colour, wide: float) -> None:
    """Open over a pale shirt, with dark lapels."""
    pen.shape(
        [(-0.22, 0.6), (0.22, 0.6), (0.14, 1.2), (0.0, 1.5), (-0.14, 1.2)],
        (248, 248, 250) if sum(colour) < 690 else (120, 150, 190),
        PLAIN,
    )
    pen.shape(smooth(mirrored([(0.15, 0.5), (0.15, 0.62), (0.0, 0.78)]), 4), pen_skin(pen), SKIN, outline=False)
    for side in (-1, 1):
        pen.shape(
            [(side * 0.18, 0.58), (side * 0.34, 0.64), (side * 0.4, 1.0), (side * 0.28, 1.02), (0.0, 1.56)],
            darker(colour, 0.32) if sum(colour) > 200 else lighter(colour, 0.25),
            CLOTH,
        )


def pen_skin(pen: Pen) -> Colour:
    """The skin's colour, which the figure sets before it draws."""
    return pen.skin
