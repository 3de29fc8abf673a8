"""From what a model says to what a caption says: repetitions out, the trigger word in."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Literal, get_args

ARTICLE = re.compile(r"^(?:an?|the)\s+", re.IGNORECASE)

AGAIN = re.compile(
    r"\b((?:(?:an?|the)\s+)?(\w[\w'’-]*(?:\s+\w[\w'’-]*){0,5}?))"
    r"(?:\s*,?\s+(?:and|with)\s+(?:(?:an?|the)\s+)?\2\b(?!['’-]\w)|\s*,\s*(?:(?:an?|the)\s+)?\2\b(?!['’-]\w))+",
    re.IGNORECASE,
)
"""The same words after `and`, `with` or a comma: `a mustache and mustache`."""

STUTTER = re.compile(r"\b(\w[\w'’-]*(?:\s+\w[\w'’-]*){0,7}?)(?:\s+\1\b(?!['’-]\w))+", re.IGNORECASE)
"""The same words at once again: `on on a bench`."""

Form = Literal["worked in", "comma", "space"]
"""How a trigger begins a caption: `A FOX woman`, `FOX, a woman`, `FOX a woman`."""

FORMS: tuple[Form, ...] = get_args(Form)


def clean(text: str) -> str:
    """A model's words without repetitions and with marks where they belong.

    `a man with a mustache and mustache` → `a man with a mustache`;
    `a close - up of a woman , smiling` → `a close-up of a woman, smiling`;
    `fox, red hat, fox` → `fox, red hat`.
    """
    text = " ".join(text.split())
    text = re.sub(r"(\w) ([-'’]) (?=\w)", r"\1\2", text)
    if is_tags(text):
        return join(once([_unrepeated(part) for part in tags(text)]))
    return _unrepeated(re.sub(r"\s+([,.;:!?])", r"\1", text)).strip(" ,")


@lru_cache(maxsize=20_000)
def repeats(text: str) -> bool:
    """Whether a caption says something twice that `clean` would take out."""
    if is_tags(text):
        parts = tags(text)
        return len(once(parts)) < len(parts) or any(map(_stutters, parts))
    return _stutters(text)


def _stutters(text: str) -> bool:
    words = [word for word in re.findall(r"[\w'’-]+", text.casefold()) if word not in ("a", "an", "the")]
    return len(set(words)) < len(words) and _unrepeated(text) != text


def _unrepeated(text: str) -> str:
    before = None
    while before != text:
        before = text
        text = STUTTER.sub(r"\1", AGAIN.sub(r"\1", text))
    return text


def tags(text: str) -> list[str]:
    """The parts of a text between its commas, in order."""
    return [part for part in (" ".join(part.split()) for part in text.split(",")) if part]


def join(parts: list[str]) -> str:
    """Tags as one caption."""
    return ", ".join(parts)


def is_tags(text: str) -> bool:
    """Whether a text is a list of tags: three parts or more of two words on average, and no sentence's beginning."""
    parts = tags(text)
    return len(parts) >= 3 and not ARTICLE.match(text) and sum(len(p.split()) for p in parts) <= 2.5 * len(parts)


def once(parts: list[str]) -> list[str]:
    """Each tag once, where it first stood; letters' size and articles make no other tag of it."""
    found: dict[str, str] = {}
    for part in parts:
        found.setdefault(ARTICLE.sub("", part).casefold(), part)
    return list(found.values())


def holds(text: str, words: str) -> bool:
    """Whether whole words stand in a text, whatever the size of their letters."""
    return bool(words) and re.search(rf"(?<!\w){re.escape(words)}(?!\w)", text, re.IGNORECASE) is not None


def begin_with(trigger: str, text: str, form: Form = "worked in") -> str:
    """A caption that calls `trigger`, at its beginning.

    - It is in the caption already: nothing changes.
    - `worked in`: `a woman with a hat` → `A FOX woman with a hat`; without an article `FOX, two women`.
    - `comma`: `FOX, a woman with a hat`; `space`: `FOX a woman with a hat`.
    - Without a caption the trigger is the caption.
    """
    trigger, text = trigger.strip(), text.strip()
    if not trigger or holds(text, trigger):
        return text
    if not text:
        return trigger
    article = ARTICLE.match(text)
    if form == "worked in" and article:
        return f"A {trigger} {text[article.end() :]}"
    return f"{trigger} {text}" if form == "space" else f"{trigger}, {text}"


def without(text: str, trigger: str) -> str:
    """A caption without its trigger word."""
    if not trigger:
        return text
    bare = re.sub(rf"(?<!\w){re.escape(trigger)}(?!\w)", " ", text, flags=re.IGNORECASE)
    return re.sub(r"(?:\s*,)+", ",", " ".join(bare.split())).strip(" ,")
