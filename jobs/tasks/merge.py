"""Merge a blend of LoRAs into one LoRA of the library."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from jobs.task import Lane, Task, Weight, ask

if TYPE_CHECKING:
    from jobs.context import Context


class MergeLoras(Task):
    """One LoRA that changes what the blend changes: exactly, or brought to a rank with the error told."""

    lane: ClassVar[Lane] = "now"

    blend: list[Weight] = ask([], "LoRAs", widget="blend", help="LoRAs with their weights.")
    name: str = ask(..., "Name", min_length=1, max_length=80, help="What the library calls the result.")
    rank: int = ask(
        0, "Rank", ge=0, le=1024, help="The highest rank of a layer; 0 merges exactly, as all ranks together."
    )
    base: str = ask("", "Base model", help="One that the LoRAs fit; empty: the first one's own.")

    def title(self) -> str:
        return f"Merge {self.name}"

    def run(self, context: Context) -> None:
        from jobs.merging import run_merge

        run_merge(self, context)
