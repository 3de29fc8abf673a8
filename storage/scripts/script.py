"""A script as plain values: scenes of lines that are done or said."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True)
class Line:
    """One thing that happens, or, with a `speaker`, that is said; `manner` is what stands in brackets before it."""

    text: str
    speaker: str = ""
    manner: str = ""


@dataclass(frozen=True)
class Written:
    """A scene as somebody wrote it. `shots` are columns of shots where the script is a shot list already."""

    heading: str = ""
    location: str = ""
    time: str = ""
    lines: tuple[Line, ...] = ()
    shots: tuple[dict[str, Any], ...] = ()

    @property
    def description(self) -> str:
        """What happens, without what is said."""
        return "\n".join(line.text for line in self.lines if not line.speaker)

    @property
    def dialogue(self) -> str:
        """What is said, a line each."""
        return "\n".join(f"{line.speaker}: {line.text}" for line in self.lines if line.speaker)


@dataclass(frozen=True)
class Script:
    """A whole script, and what it was read as: `fountain`, `csv` or `text`."""

    kind: str
    scenes: tuple[Written, ...]
    title: str = ""

    @property
    def speakers(self) -> list[str]:
        """Everybody who speaks or is named in a shot list, in the order they come."""
        said = [line.speaker for scene in self.scenes for line in scene.lines if line.speaker]
        listed = [name for scene in self.scenes for shot in scene.shots for name in shot.get("characters", [])]
        return list({name.casefold(): name for name in [*said, *listed][::-1]}.values())[::-1]


@dataclass
class Draft:
    """A scene that is being read. `marks` are the shots it tells of: the line each begins at, and its columns."""

    heading: str = ""
    lines: list[Line] = field(default_factory=list)
    marks: list[tuple[int, dict[str, Any]]] = field(default_factory=list)

    @property
    def empty(self) -> bool:
        """Whether nothing of it was read yet."""
        return not self.heading and not self.lines and not self.marks
