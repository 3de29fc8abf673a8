"""Download a base model from the Hugging Face hub, with the VAE that is named for it."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from jobs.task import Lane, Task, ask

if TYPE_CHECKING:
    from jobs.context import Context


class FetchBase(Task):
    """Everything that a base model needs, onto this machine; what broke off goes on."""

    lane: ClassVar[Lane] = "train"

    base: str = ask("mini", "Base model", widget="base", help="One that was added by its name on the hub.")
    endpoint: str = ask("", "Hub", topic="more", help="Another address than huggingface.co, of a mirror.")

    def title(self) -> str:
        return f"Download {self.base}"

    def run(self, context: Context) -> None:
        from jobs.fetching import run_fetch

        run_fetch(self, context)
