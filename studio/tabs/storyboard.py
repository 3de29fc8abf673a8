"""Storyboard: a script becomes scenes and shots, with a cast and a look; every shot is drawn, measured and kept."""

from __future__ import annotations

from studio import board_edits, board_files, boards, teaching
from studio.parts import part
from studio.scene import Scene

ORDER, ICON = 50, "▦"


def draw(scene: Scene) -> None:
    """The board is the page."""
    part("board", elem_id="board")
    for room in (boards, board_edits, board_files, teaching):
        room.declare(scene)
