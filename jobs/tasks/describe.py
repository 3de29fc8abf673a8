"""Let a model say what is to be seen in a picture, with the trigger words of LoRAs in front."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from jobs.task import Lane, Task, Weight, ask

if TYPE_CHECKING:
    from jobs.context import Context


class DescribePicture(Task):
    """Describe one picture as a prompt for it."""

    lane: ClassVar[Lane] = "now"

    picture: int = ask(..., "Picture", widget="picture", help="The picture to describe, by id.")
    captioner: str = ask("mini", "Captioner", widget="choice", help="The model that looks at the picture.")
    blend: list[Weight] = ask([], "LoRAs", widget="blend", help="LoRAs whose trigger words are put in front.")

    def title(self) -> str:
        return f"Describe picture {self.picture}"

    def run(self, context: Context) -> None:
        from jobs.captioning import run_description

        run_description(self, context)
