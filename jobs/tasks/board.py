"""Write a storyboard out: PDF, contact sheet, slides, animatic, shot list, script, or a zip that comes in again."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, Literal

from jobs.task import Lane, Task, ask

if TYPE_CHECKING:
    from jobs.context import Context


class DeliverBoard(Task):
    """One file of a board, to be downloaded; for what takes longer than a person looks at a page."""

    lane: ClassVar[Lane] = "now"

    board: int = ask(..., "Board", widget="hidden", help="Number of the storyboard.")
    kind: str = ask("pdf", "File", help="pdf, sheet, html, animatic, gif, csv, fountain or zip.")
    per_page: Literal[2, 3, 6] = ask(3, "Shots a page", help="Of a PDF.")
    language: Literal["", "en", "ko"] = ask("", "Printed words", help="Empty: those of the board's own text.")

    def title(self) -> str:
        return f"Write board {self.board} as {self.kind}"

    def run(self, context: Context) -> None:
        from jobs.delivering import run_delivery

        run_delivery(self, context)
