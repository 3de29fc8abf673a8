"""A storyboard as it is printed: its scenes and, in each, a panel for every shot."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from storage import board_document, storyboard
from storage.database import Store
from storage.files import Files
from storage.storyboard import BoardView, SceneView, ShotView

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
        prompt: what is drawn; `locked` where a person wrote it.
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
    locked: bool = False
    seed: int | None = None
    picture: Path | None = None

    @property
    def name(self) -> str:
        """How people call a shot: `2.3` is the third shot of the second scene."""
        return f"{self.scene}.{self.place}"

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
    location: str = ""
    time: str = ""
    panels: tuple[Panel, ...] = ()


@dataclass(frozen=True)
class Reel:
    """A whole board, in the order in which it is told.

    Attributes:
        ratio: width of its pictures to their height.
        document, files: all of its rows as JSON, and the pictures that they name, where they are carried along.
    """

    title: str
    parts: tuple[Part, ...] = ()
    ratio: float = 16 / 9
    document: dict[str, Any] = field(default_factory=dict)
    files: dict[str, Path] = field(default_factory=dict)

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


def of(store: Store, board_id: int) -> Reel:
    """The board as it is printed at this moment, with its rows."""
    view = storyboard.whole(store, board_id)
    numbers = {shot.id: number for number, (_, shot) in enumerate(view.shots, 1)}
    parts = tuple(_part(scene, numbers, store.files) for scene in view.scenes)
    document, files = board_document.of(store, view)
    return Reel(view.name, parts, _ratio(view), document.model_dump(mode="json"), files)


def _part(scene: SceneView, numbers: dict[int, int], files: Files) -> Part:
    panels = tuple(_panel(scene, place, shot, numbers[shot.id], files) for place, shot in enumerate(scene.shots, 1))
    return Part(
        scene.number, scene.heading, scene.description, scene.dialogue, scene.location, scene.time, panels
    )  # fmt: skip


def _panel(scene: SceneView, place: int, shot: ShotView, number: int, files: Files) -> Panel:
    cast = tuple(one.name for one in shot.characters)
    return Panel(
        number, scene.number, place, scene.heading, shot.framing, shot.angle, shot.action, shot.dialogue, shot.notes,
        cast, shot.seconds, shot.prompt, shot.locked, shot.seed, files.path(shot.take.file) if shot.take else None,
    )  # fmt: skip


def _ratio(view: BoardView) -> float:
    """Width of the board's pictures to their height."""
    if view.width and view.height:
        return view.width / view.height
    wide, _, high = view.shape.partition(":")
    return float(wide) / float(high)


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
