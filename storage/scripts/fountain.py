"""Fountain, by its specification's rules: https://fountain.io/syntax"""

from __future__ import annotations

import re
from collections.abc import Iterator

from storage.scripts import marks
from storage.scripts.headings import FOUNTAIN, NUMBER
from storage.scripts.script import Draft, Line

BONEYARD = re.compile(r"/\*.*?\*/", re.DOTALL)

OTHER_NOTE = re.compile(r"\[\[(?!\s*shot:).*?\]\]", re.DOTALL | re.IGNORECASE)
"""Notes that tell of no shot; like what is in the boneyard nobody sees them."""

EMPHASIS = re.compile(r"(?<!\\)(\*{1,3}|_)(?=\S)(.+?)(?<=\S)(?<!\\)\1")
"""Bold, italics and underlines."""

TITLE = re.compile(r"([A-Za-z][\w ]*):(.*)")

KOREAN_NAME = re.compile(r"[가-힣]{2,6}(?: ?[가-힣A-Z\d]{1,4})?(?: ?\([^)]*\))?")
"""Hangul has no capitals: there a short word on a line of its own, with a line under it, speaks."""


def read(text: str) -> tuple[str, list[Draft]]:
    """(title, scenes) of a text in Fountain; what comes before the first heading is a scene of its own."""
    text = OTHER_NOTE.sub("", BONEYARD.sub("", text.replace("\r\n", "\n")))
    title, text = _title(marks.NOTE.sub(lambda note: f"\n\n[[shot: {' '.join(note[1].split())}]]\n\n", text))
    scenes = [Draft()]
    for paragraph in _paragraphs(text):
        if note := marks.NOTE.fullmatch(paragraph[0]):
            scenes[-1].marks.append((len(scenes[-1].lines), marks.facts(note[1])))
            continue
        if heading := _heading(paragraph):
            scenes.append(Draft(heading))
            paragraph = paragraph[1:]
            if not paragraph:
                continue
        if _skipped(paragraph):
            continue
        speaker = _speaker(paragraph)
        if speaker:
            scenes[-1].lines += _said(speaker, paragraph[1:])
        else:
            kept = [line for line in paragraph if not re.match(r"[#=]", line)]
            scenes[-1].lines += [Line(_plain(" ".join(line.lstrip("!") for line in kept)))] if kept else []
    return title, [scene for scene in scenes if not scene.empty]


def _title(text: str) -> tuple[str, str]:
    """The title that the page of titles names, and the text behind that page."""
    head, gap, rest = text.lstrip("\n").partition("\n\n")
    first = TITLE.match(head)
    if (
        first is None
        or FOUNTAIN.match(head)
        or not re.match(
            r"(title|credit|authors?|source|draft date|contact|copyright|notes)$", first[1].strip(), re.IGNORECASE
        )
    ):
        return "", text
    found = re.search(r"^title:[ \t]*(.*(?:\n[ \t]+.*)*)", head, re.IGNORECASE | re.MULTILINE)
    return _plain(" ".join(found[1].split())) if found else "", rest


def _paragraphs(text: str) -> Iterator[list[str]]:
    """Lines between blank ones; a line of two blanks does not part what is said."""
    found: list[str] = []
    for line in text.split("\n"):
        if line.strip() or (line.startswith("  ") and found):
            found.append(line.strip())
        elif found:
            yield found
            found = []
    if found:
        yield found


def _heading(lines: list[str]) -> str:
    """The heading that a paragraph is, or begins with; '' for none."""
    first = lines[0]
    if re.match(r"\.(?!\.)\S", first):
        return _plain(NUMBER.sub("", first[1:]))
    return _plain(NUMBER.sub("", first)) if FOUNTAIN.match(first) else ""


def _skipped(lines: list[str]) -> bool:
    """Transitions, page breaks and centred text: nothing to draw."""
    first = lines[0]
    transition = len(lines) == 1 and first.isupper() and first.endswith(("TO:", "FADE IN:", "FADE OUT.", "FADE OUT"))
    return transition or first.startswith(">") or bool(re.fullmatch(r"={3,}", first))


def _speaker(lines: list[str]) -> str:
    """Who says what follows; '' if nobody does."""
    if len(lines) < 2 or lines[0].startswith(("!", "#", "=", "~")):
        return ""
    first = lines[0].removesuffix("^").strip()
    name = re.sub(r"\s*\(.*?\)\s*", " ", first.removeprefix("@")).strip()
    capitals = bool(re.search(r"[A-Z]", name)) and name == name.upper() and not re.search(r"[.!?:,]$", name)
    return name if first.startswith("@") or capitals or KOREAN_NAME.fullmatch(first) else ""


def _said(speaker: str, lines: list[str]) -> list[Line]:
    """What somebody says; a new line where brackets say in which manner."""
    found: list[Line] = []
    words: list[str] = []
    manner = ""
    for line in lines:
        if re.fullmatch(r"\(.*\)", line):
            found += [Line(_plain(" ".join(words)), speaker, manner)] if words else []
            words, manner = [], line.strip("()")
        else:
            words.append(line.removeprefix("~").strip())
    return found + [Line(_plain(" ".join(words)), speaker, manner)] if words else found


def _plain(text: str) -> str:
    """Text without its marks of emphasis."""
    for _ in range(3):
        text = EMPHASIS.sub(r"\2", text)
    return " ".join(text.replace("\\*", "*").replace("\\_", "_").split())
