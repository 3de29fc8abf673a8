"""Which words captions are made of, and how often."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from functools import cache
from itertools import pairwise
from typing import Literal

from storage import phrases
from storage.rules import rules

WORD = re.compile(r"\w[\w'’-]*")

PART = re.compile(r"\w[\w'’-]*|[^\w\s]")
"""A word, or a mark that keeps two words apart."""

By = Literal["words", "tags"]


@dataclass(frozen=True)
class Word:
    """A word or tag: in how many captions it stands, and how often in all of them."""

    word: str
    captions: int
    times: int


def kind(texts: Collection[str]) -> By:
    """`tags` where most captions are lists of tags, else `words`."""
    worded = [text for text in texts if text]
    return "tags" if worded and sum(map(phrases.is_tags, worded)) * 2 > len(worded) else "words"


def count(texts: Iterable[str], by: By = "words", plain: bool = False) -> list[Word]:
    """The words of captions, the most frequent first; `plain` keeps `a`, `with` and their like."""
    captions, times, spelled = Counter[str](), Counter[str](), dict[str, str]()
    for text in texts:
        found = phrases.tags(text) if by == "tags" else WORD.findall(text)
        low = [word.casefold() for word in found]
        for word, own in zip(low, found, strict=True):
            spelled.setdefault(word, own)
        times.update(low)
        captions.update(set(low))
    kept = (word for word in captions if plain or by == "tags" or word not in _small())
    order = sorted(kept, key=lambda word: (-captions[word], -times[word], word))
    return [Word(spelled[word], captions[word], times[word]) for word in order]


def frequent(texts: Collection[str], least: int = 2) -> list[Word]:
    """What captions have in common, the most frequent first: tags, or words and pairs of words that stand together.

    A pair takes the place of a word that hardly stands without it: `dark skin` rather than `dark` and `skin`.
    """
    if kind(texts) == "tags":
        return [word for word in count(texts, "tags") if word.captions >= least]
    words = {word.word.casefold(): word for word in count(texts)}
    pairs = [pair for pair in _pairs(texts) if pair.captions >= least]
    joint = Counter[str]()
    kept = []
    for pair in pairs:
        one, other = pair.word.split()
        if pair.captions * 3 >= max(words[one].captions, words[other].captions):
            kept.append(pair)
            joint.update({one: pair.times, other: pair.times})
    alone = [word for key, word in words.items() if word.captions >= least and joint[key] * 2 < word.times]
    return sorted([*kept, *alone], key=lambda word: (-word.captions, -word.times, word.word))


def _pairs(texts: Collection[str]) -> list[Word]:
    """Neighbouring words with nothing but a blank between, small words left out."""
    captions, times = Counter[str](), Counter[str]()
    for text in texts:
        found = [word.casefold() for word in PART.findall(text)]
        told = [word[0].isalnum() and word not in _small() for word in found]
        pairs = [
            f"{a} {b}" for (a, b), (one, other) in zip(pairwise(found), pairwise(told), strict=True) if one and other
        ]
        captions.update(set(pairs))
        times.update(pairs)
    return [Word(pair, n, times[pair]) for pair, n in captions.items()]


@cache
def _small() -> frozenset[str]:
    return frozenset(rules()["small"])
