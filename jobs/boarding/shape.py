"""How large the pictures of a board are."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from jobs.generation.draw import GRAIN

if TYPE_CHECKING:
    from jobs.families.family import Family
    from storage.storyboard import BoardView


def size(board: BoardView, family: Family) -> tuple[int, int]:
    """(width, height) in pixels: the board's own, else its shape in the area that the base model was made for."""
    if board.width and board.height:
        return board.width, board.height
    wide, _, high = board.shape.partition(":")
    grain, share = math.lcm(GRAIN, family.factor), float(wide) / float(high)
    sides = family.native * math.sqrt(share), family.native / math.sqrt(share)
    width, height = (max(grain, round(side / grain) * grain) for side in sides)
    return width, height
