"""Pack pictures of the gallery into one zip, each named by a template."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from jobs.task import Lane, Task, ask

if TYPE_CHECKING:
    from jobs.context import Context


class PackPictures(Task):
    """One zip of pictures, to be downloaded; for more of them than a person waits for."""

    lane: ClassVar[Lane] = "now"

    pictures: list[int] = ask(..., "Pictures", widget="hidden", help="The pictures to pack, by number.")
    template: str = ask(
        "",
        "Names",
        help="Of the files: date, time, seed, prompt, id, base, loras, … in curly brackets; empty: as usual.",
    )

    def title(self) -> str:
        return f"Pack {len(self.pictures)} pictures"

    def run(self, context: Context) -> None:
        from jobs.delivering import run_packing

        run_packing(self, context)
