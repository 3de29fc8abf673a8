"""Write a LoRA for other tools, load it again, and tell what each of them makes of it."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from jobs.task import Lane, Task, ask

if TYPE_CHECKING:
    from jobs.context import Context


class CheckLora(Task):
    """The export doctor on one LoRA of the library; the report is the job's result."""

    lane: ClassVar[Lane] = "now"

    lora: int = ask(0, "LoRA", ge=0, help="Its number in the library.")
    name: str = ask("", "Name", widget="hidden", help="What the list of jobs calls it.")

    def title(self) -> str:
        return f"Check {self.name or self.lora}"

    def run(self, context: Context) -> None:
        from dataclasses import asdict

        from jobs.exports import export_lora
        from jobs.exports._doctor import diagnose

        row, source = context.lora(self.lora)
        base = context.base(row.base)
        context.progress(0, 2, "Writing the file")
        exported = export_lora("kohya", source, context.folder / "exported.safetensors", title=row.name)
        context.progress(1, 2, f"Loading {base.name}")
        family = context.shelf.family(base)
        try:
            found = diagnose(source, exported, family)
        finally:
            exported.unlink()
            context.shelf.drop()
        context.result(report=[asdict(row) for row in found])
