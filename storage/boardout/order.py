"""How a board is to be written, and the words that are printed beside what a person wrote."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from storage import fonts
from storage.errors import BadInput
from storage.fonts import Face
from storage.panels import Reel

Progress = Callable[[int, int], None]
"""Told (done, total) on the way. What it raises ends the writing, and nothing is left of it."""

LAYOUTS = (2, 3, 6)
"""Shots that a page of the PDF may hold."""

WORDS = {
    "en": {
        "scene": "Scene", "shot": "Shot", "action": "Action", "dialogue": "Dialogue", "notes": "Notes",
        "characters": "Cast", "shots": "{n} shots", "undrawn": "not drawn yet", "full": "In full: what did not fit",
        "back": "The shot before", "play": "Play", "on": "The next shot",
    },
    "ko": {
        "scene": "장면", "shot": "숏", "action": "액션", "dialogue": "대사", "notes": "메모",
        "characters": "인물", "shots": "숏 {n}개", "undrawn": "아직 그리지 않음", "full": "칸에 다 들어가지 않은 글",
        "back": "앞 숏", "play": "재생", "on": "다음 숏",
    },
}  # fmt: skip
"""Language → what is printed."""


@dataclass(frozen=True)
class Order:
    """How a board is to be written.

    Attributes:
        per_page: shots on a page of the PDF, one of `LAYOUTS`.
        language: of the printed words, `en` or `ko`; '' that of the board's own text.
        face: the typeface; None: plain Latin.
        progress: told how far it is.
    """

    per_page: int = 3
    language: str = ""
    face: Face | None = field(default_factory=fonts.korean)
    progress: Progress = lambda done, total: None

    def __post_init__(self) -> None:
        if self.per_page not in LAYOUTS:
            raise BadInput(f"A page holds 2, 3 or 6 shots; {self.per_page} were asked for.")

    def words(self, reel: Reel) -> dict[str, str]:
        """What is printed beside the text; `BadInput` if the typeface lacks letters of the board."""
        fonts.check(reel.texts, self.face)
        korean = self.face is not None and fonts.mostly_korean(reel.texts)
        return WORDS.get(self.language if self.face or self.language != "ko" else "en", WORDS["ko" if korean else "en"])
