"""A board's file, from the request to its place in the job's folder."""

from __future__ import annotations

from typing import TYPE_CHECKING

from storage import boardout
from storage.boardout import Order

if TYPE_CHECKING:
    from jobs.context import Context
    from jobs.tasks.board import DeliverBoard


def run_delivery(task: DeliverBoard, context: Context) -> None:
    """Write the file into the job's folder, where `storage.delivered` finds it; an animatic is a GIF where MP4 cannot be."""
    kind, reel = boardout.possible(task.kind), context.reel(task.board)
    if kind != task.kind:
        context.log("There is no ffmpeg here, so the animatic is written as an animated GIF.")
    order = Order(
        task.per_page, task.language, progress=lambda done, total: context.progress(done, total, "Writing the board")
    )
    path = boardout.write(kind, reel, context.folder / boardout.file_name(kind, reel), order)
    context.result(file=path.name, bytes=path.stat().st_size)
