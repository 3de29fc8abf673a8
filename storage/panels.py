"""A storyboard as it is printed: its scenes and, in each, a panel for every shot."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

SPOKEN = re.compile(r"\s*([^:：]{1,40}?)\s*[:：]\s*(.*)")
"""A line of dialogue: who says it, and what."""


@dataclass(frozen=True)
class Panel:
    """One shot with its picture.

    Attributes:
        number: in the board, from 1.
        scene, place: the scene's number, and that of the shot in it, from 1.
        heading: of its scene.
        dialogue: a line each, `NAME: words`.
        seconds: how long it lasts.
        picture: the file of the take that counts; None where nothing was drawn.
    """

    number: int
    scene: int
    place: int
    heading: str = ""
    framing: str = ""
    angle: str = ""
    action: str = ""
    dialogue: str = ""
    notes: str = ""
    characters: tuple[str, ...] = ()
    seconds: float = 3.0
    prompt: str = ""
    seed: int | None = None
    picture: Path | None = None

    @property
    def name(self) -> str:
        """How people call a shot: `2-3` is the third shot of the second scene."""
        return f"{self.scene}-{self.place}"

    @property
    def said(self) -> tuple[str, ...]:
        """The lines of its dialogue."""
        return tuple(line.strip() for line in self.dialogue.splitlines() if line.strip())


@dataclass(frozen=True)
class Part:
    """One scene with its panels."""

    number: int
    heading: str = ""
    description: str = ""
    dialogue: str = ""
    panels: tuple[Panel, ...] = ()


@dataclass(frozen=True)
class Reel:
    """A whole board, in the order in which it is told.

    Attributes:
        ratio: width of its pictures to their height.
    """

    title: str
    parts: tuple[Part, ...] = ()
    ratio: float = 16 / 9

    @property
    def panels(self) -> tuple[Panel, ...]:
        """Every shot."""
        return tuple(panel for part in self.parts for panel in part.panels)

    @property
    def seconds(self) -> float:
        """How long all of it lasts."""
        return sum(panel.seconds for panel in self.panels)

    @property
    def texts(self) -> tuple[str, ...]:
        """Everything that is written on it."""
        found = [self.title]
        for part in self.parts:
            found += [part.heading, part.description, part.dialogue]
        for panel in self.panels:
            found += [panel.framing, panel.angle, panel.action, panel.dialogue, panel.notes, *panel.characters]
        return tuple(filter(None, found))


def clock(seconds: float) -> str:
    """Seconds as a film counts them: `1:05`; below a minute `3.5 s`."""
    if seconds < 60:
        return f"{round(seconds, 1):g} s"
    minutes, rest = divmod(round(seconds), 60)
    return f"{minutes}:{rest:02d}"


def speaker(line: str) -> tuple[str, str]:
    """Who says a line of dialogue, and what; '' where nobody is named."""
    found = SPOKEN.fullmatch(line)
    return (found[1], found[2]) if found and found[2] else ("", line.strip())
