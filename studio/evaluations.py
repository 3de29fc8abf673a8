"""Evaluations as the page asks for them."""

from __future__ import annotations

from studio.scene import Scene


def declare(scene: Scene) -> None:
    """Offer the endpoints."""
