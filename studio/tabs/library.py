"""Library: the LoRAs that were made or brought in, and the base models they stand on."""

from __future__ import annotations

from studio import bases_page, shelf, shelf_work
from studio.parts import part
from studio.scene import Scene

ORDER, ICON = 70, "▤"


def draw(scene: Scene) -> None:
    """The shelf of LoRAs, then the base models."""
    part("shelf", elem_id="shelf")
    part("bases", elem_id="bases")
    shelf.declare(scene)
    shelf_work.declare(scene)
    bases_page.declare(scene)
