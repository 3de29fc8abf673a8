"""A zip of pictures, from the request to its place in the job's folder."""

from __future__ import annotations

from typing import TYPE_CHECKING

from storage import packing

if TYPE_CHECKING:
    from jobs.context import Context
    from jobs.tasks.pack import PackPictures


def run_packing(task: PackPictures, context: Context) -> None:
    """Write the zip into the job's folder, where `storage.delivered` finds it."""
    found = [context.picture(number) for number in task.pictures]
    path = packing.pack(
        found,
        context.folder / packing.FILE,
        task.template,
        lambda done, total: context.progress(done, total, "Packing the pictures"),
    )
    context.progress(len(found), len(found), "All pictures are packed")
    context.result(file=path.name, bytes=path.stat().st_size, packed=len(found))
