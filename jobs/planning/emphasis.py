"""Words that count more or less than others, in the way people write them since AUTOMATIC1111's web UI.

    (fox)        1.1 times as much        ((fox))  1.21 times
    (fox:1.3)    1.3 times                [fox]    1 / 1.1 times
    \\( \\) \\[ \\]  brackets that are meant    BREAK    what follows is heard as a prompt of its own

Brackets that nobody closed reach to the end. The rule and its corner cases are those of `parse_prompt_attention`,
https://github.com/AUTOMATIC1111/stable-diffusion-webui/blob/master/modules/prompt_parser.py
"""

from __future__ import annotations

import re
from typing import NamedTuple

STRONGER = 1.1
"""What one pair of round brackets multiplies by, and one of square brackets divides by."""

MARKS = re.compile(r"\\[\\()\[\]]|\\|\(|\[|:\s*([+-]?(?:\d+\.?\d*|\.\d+))\s*\)|\)|\]|[^\\()\[\]:]+|:")
BREAK = re.compile(r"\s*\bBREAK\b\s*")


class Words(NamedTuple):
    """A piece of a prompt that is heard with one weight; `text` None is a break."""

    text: str | None
    weight: float = 1.0


def emphasised(prompt: str) -> list[Words]:
    """The pieces of a prompt with their weights; neighbours of one weight are one piece, and there is at least one."""
    pieces: list[Words] = []
    open_brackets: dict[str, list[int]] = {"(": [], "[": []}

    def weigh(bracket: str, factor: float) -> None:
        start = open_brackets[bracket].pop()
        pieces[start:] = [Words(text, weight if text is None else weight * factor) for text, weight in pieces[start:]]

    for match in MARKS.finditer(prompt):
        mark, number = match[0], match[1]
        if mark in open_brackets:
            open_brackets[mark].append(len(pieces))
        elif number and open_brackets["("]:
            weigh("(", float(number))
        elif mark == ")" and open_brackets["("]:
            weigh("(", STRONGER)
        elif mark == "]" and open_brackets["["]:
            weigh("[", 1 / STRONGER)
        else:
            pieces += _plain(mark)
    while open_brackets["("]:
        weigh("(", STRONGER)
    while open_brackets["["]:
        weigh("[", 1 / STRONGER)
    return _joined(pieces) or [Words("")]


def _plain(text: str) -> list[Words]:
    """The pieces of what holds no brackets; a backslash guards what follows it."""
    if len(text) > 1 and text[0] == "\\":
        return [Words(text[1:])]
    first, *others = BREAK.split(text)
    return [Words(first), *(words for other in others for words in (Words(None), Words(other)))]


def _joined(pieces: list[Words]) -> list[Words]:
    joined: list[Words] = []
    for text, weight in pieces:
        last = joined[-1] if joined else None
        if last and text is not None and last.text is not None and last.weight == weight:
            joined[-1] = Words(last.text + text, weight)
        elif text != "":
            joined.append(Words(text, weight))
    return joined
