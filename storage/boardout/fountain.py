"""The script as Fountain, with a note `[[shot: …]]` where each shot begins; screenwriting programs read it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

from storage.boardout.order import Order
from storage.panels import Panel, Part, Reel, speaker

TITLE, SUFFIX, SLOW = "Fountain", ".fountain", 100_000

SCENE = re.compile(r"(INT|EXT|EST|INT\./EXT|INT/EXT|I/E)[. ]", re.IGNORECASE)
"""How a heading begins that needs no mark of its own."""


def write(reel: Reel, target: Path, order: Order) -> None:
    """Write the script: each scene's text once, and its shots as notes in it."""
    blocks = [f"Title: {' '.join(reel.title.split())}"]
    for part in reel.parts:
        blocks += _scene(part)
    target.write_text("\n\n".join(blocks) + "\n", encoding="utf-8")


def _scene(part: Part) -> Iterator[str]:
    heading = " ".join(part.heading.split()) or f"SCENE {part.number}"
    yield heading if SCENE.match(heading) else f".{heading}"
    told = {_plain(line) for line in part.description.splitlines()}
    own = {_plain(panel.action) for panel in part.panels}
    rest = "\n".join(line for line in part.description.splitlines() if _plain(line) not in own)
    if rest.strip():
        yield _action(rest)
    spoken = _plain("\n".join(panel.dialogue for panel in part.panels))
    for panel in part.panels:
        manner = panel.action if panel.said and _manner(panel.action) and _plain(panel.action) not in told else ""
        apart = bool(panel.action.strip()) and not manner and _plain(panel.action) not in _plain(rest)
        yield note(panel, panel.action if not apart and not manner else "")
        if apart:
            yield _action(panel.action)
        for line in panel.said:
            yield _dialogue(line, manner)
    for line in filter(str.strip, part.dialogue.splitlines()):
        if _plain(line) not in spoken:
            yield _dialogue(line)


def note(panel: Panel, action: str = "") -> str:
    """A shot as a Fountain note: `[[shot: 2.3 | close-up | low angle | 3 s | June, Mina | notes: dim light]]`.

    Args:
        action: what happens in it, where the text behind the note does not say so.
    """
    facts = [panel.framing, panel.angle, f"{panel.seconds:g} s", ", ".join(panel.characters)]
    named = {"action": action, "notes": panel.notes, "prompt": panel.prompt if panel.locked else ""}
    facts += [f"{name}: {text}" for name, text in named.items() if text.strip()]
    said = " | ".join(_line(fact).replace("|", "/") for fact in [panel.name, *facts] if fact)
    return f"[[shot: {said}]]"


def _manner(action: str) -> bool:
    """Whether a shot's action only says how something is said: a few words and no sentence."""
    return 0 < len(action.split()) <= 3 and not re.search(r"[.!?()]", action)


def _dialogue(line: str, manner: str = "") -> str:
    """A speech; who speaks is marked, for Korean has no capital letters."""
    name, words = speaker(line)
    if not name:
        return f"!{_line(line)}"
    how = f"({_line(manner)})\n" if manner else ""
    return f"{name if name.isupper() and name.isascii() else f'@{name}'}\n{how}{_line(words)}"


def _action(text: str) -> str:
    """A paragraph of action; lines that would be read as something else are marked so that they are not."""
    kept = [line.strip() for line in text.splitlines() if line.strip()]
    return "\n".join(f"!{line}" if _misread(line) else line.replace("[[", "[ [") for line in kept)


def _misread(line: str) -> bool:
    return line[0] in ".@>~#=!" or line.isupper() or bool(SCENE.match(line))


def _line(text: str) -> str:
    """A text in one line that ends no note."""
    return " ".join(text.split()).replace("]]", "] ]").replace("[[", "[ [")


def _plain(text: str) -> str:
    return " ".join(text.split()).casefold()
