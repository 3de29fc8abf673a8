"""Who can be drawn: the looks that make one person, and the people who are kept out of training."""

from __future__ import annotations

from dataclasses import dataclass

FACES = ("round", "oval", "square")
EYES = ("brown", "blue", "green")
EYE_SIZES = ("small", "large")
NOSES = ("small", "long", "wide")


@dataclass(frozen=True)
class Person:
    """A fixed identity, the same in any expression, clothes, place, framing and style."""

    kind: str
    skin: str
    hair_style: str
    hair_colour: str
    glasses: str = "none"
    beard: bool = False
    freckles: bool = False
    face: str = "oval"
    eyes: str = "brown"
    eye_size: str = "large"
    nose: str = "small"

    @property
    def looks(self) -> tuple:
        """What a caption can name of the person; training never draws the looks of a held-out person."""
        return (self.kind, self.skin, self.hair_style, self.hair_colour, self.glasses, self.beard, self.freckles)


HELD_OUT = {
    "Juniper": Person("woman", "light", "curly", "green", "glasses", freckles=True, face="round", eyes="green"),
    "Basil": Person("man", "dark", "spiky", "white", "none", beard=True, face="square", nose="wide"),
    "Violet": Person("woman", "tan", "long", "purple", "none", face="oval", eyes="blue", nose="long"),
    "Rowan": Person("man", "light", "curly", "red", "glasses", beard=True, freckles=True, face="round", eyes="blue"),
    "Marigold": Person("woman", "dark", "bun", "blond", "sunglasses", face="round", nose="wide"),
    "Ash": Person("man", "tan", "long", "black", "none", beard=True, face="square", eyes="green", nose="long"),
    "Iris": Person("woman", "light", "short", "blue", "sunglasses", freckles=True, face="square", nose="long"),
    "Reed": Person("man", "dark", "short", "pink", "glasses", face="oval", nose="small"),
}
"""By name. Green, white and purple hair occur in no other person."""

KEPT_APART = {person.looks for person in HELD_OUT.values()}
