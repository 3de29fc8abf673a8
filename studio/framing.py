"""How training will cut a picture, told to the page with the code that training uses."""

from __future__ import annotations

from typing import Any

from jobs.planning import Cut, Ground, frame
from storage import bases, queue
from storage.database import Store
from storage.errors import BadInput


def size(store: Store, project: int) -> dict[str, int]:
    """The resolution that a project's pictures are judged by, and its grain: those of its newest training.

    Where nothing was trained yet, those of the base model that was added last.
    """
    asked = next((job.request for job in queue.recent(store, project, task="train", limit=1)), {})
    known = bases.all(store)
    base = next((row for row in known if row.name == asked.get("base")), known[-1])
    ground = Ground.of(base.family, base.source)
    return {"resolution": ground.side(int(asked.get("resolution") or 0)), "grain": ground.grain}


def frame_picture(store: Store, width: int, height: int, resolution: int = 512, grain: int = 64) -> dict[str, Any]:
    """How training cuts a picture of that size: the bucket in pixels, and the box that is seen, as shares of its sides."""
    if min(width, height, grain) < 1 or resolution < grain:
        raise BadInput(f"A picture of {width} × {height} pixels cannot be cut for {resolution}. Give larger numbers.")
    found = frame(Cut(resolution // grain * grain, grain), (height, width))
    return {"width": found.target[1], "height": found.target[0], "box": list(found.box), "enlarged": found.enlarged}
