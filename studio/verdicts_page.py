"""What an evaluation says and what comes of it: ranks, curves, a LoRA's default, comparisons, reports to keep."""

from __future__ import annotations

from studio.scene import Scene


def declare(scene: Scene) -> None:
    """Offer the endpoints that rank, use, compare and export."""
