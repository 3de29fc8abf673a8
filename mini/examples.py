"""Small sets of pictures with captions: what a newcomer's first LoRA is trained on."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from PIL import Image

from mini.draw import draw
from mini.people import HELD_OUT, Person
from mini.world import TEST_SEED, Drawing, caption, clauses, sample, sentence

Example = tuple[str, Image.Image, str]
FRAMINGS = ("close-up", "close-up", "medium shot")


def style_set(style: str, count: int, seed: int = 0, size: int = 256) -> Iterator[Example]:
    """Pictures of many people in one style; the captions do not name the style."""
    for i in range(count):
        drawing = sample(_seed(seed, i), style=style, framing=FRAMINGS[i % 3])
        yield _example(style, i, drawing, size)


def person_set(
    person: str | Person, count: int, seed: int = 0, size: int = 256, style: str = "shaded"
) -> Iterator[Example]:
    """Pictures of one person (a name of `people.HELD_OUT`, or a Person) in many clothes, places and moods."""
    name = person if isinstance(person, str) else "person"
    who = HELD_OUT[person] if isinstance(person, str) else person
    for i in range(count):
        drawing = sample(_seed(seed, i), person=who, style=style, framing=FRAMINGS[i % 3])
        yield _example(name.lower(), i, drawing if i % 4 == 3 else replace(drawing, hat="none"), size)


def shot_set(style: str, count: int, tokens: dict[str, str], seed: int = 0, size: int = 256) -> Iterator[Example]:
    """Pictures of many people in one style, each framing as often; a caption begins with its framing's token.

    Neither the framing nor the style is named.

    Args:
        tokens: framing (`close-up`, `medium shot`, `full shot`) → its token.
    """
    framings = list(tokens)
    for i in range(count):
        framing = framings[i % len(framings)]
        drawing = sample(_seed(seed, i), style=style, framing=framing)
        yield f"{style}-{i + 1:02d}.png", draw(drawing, size), f"{tokens[framing]} {unframed(drawing)}"


def unframed(drawing: Drawing) -> str:
    """What is to be seen, without a word of how near or in which style."""
    parts = clauses(drawing)
    return sentence({name: words for name, words in parts.items() if name not in ("framing", "style")})


def _seed(seed: int, i: int) -> int:
    return TEST_SEED + seed * 10_000 + i


def _example(name: str, i: int, drawing: Drawing, size: int) -> Example:
    return f"{name}-{i + 1:02d}.png", draw(drawing, size), caption(drawing, style=False)
