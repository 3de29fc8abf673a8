"""Evaluate: what is better than what, on the same words and seeds, in pictures and numbers."""

from __future__ import annotations

from studio import evaluations
from studio.parts import part
from studio.scene import Scene

ORDER, ICON = 60, "◫"


def draw(scene: Scene) -> None:
    """What is asked and what was found, in one place."""
    part("eval", elem_id="eval")
    evaluations.declare(scene)
