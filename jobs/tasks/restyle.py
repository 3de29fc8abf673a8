"""Describe a picture and draw it again as LoRAs would have it, in one go."""

from __future__ import annotations

from typing import TYPE_CHECKING

from jobs.task import ask
from jobs.tasks.generate import GeneratePictures

if TYPE_CHECKING:
    from jobs.context import Context


class RedrawPicture(GeneratePictures):
    """The same picture in another style or with another character; its description is the prompt."""

    picture: int = ask(..., "Picture", widget="picture", help="The picture to redraw, by id.")
    captioner: str = ask("mini", "Captioner", widget="choice", help="The model that looks at the picture.")
    prompt: str = ask("", "Also", widget="text", max_length=20_000, help="Words that are put behind the description.")

    def title(self) -> str:
        return f"Redraw picture {self.picture}"

    def run(self, context: Context) -> None:
        from jobs.captioning import description
        from jobs.generation import run_generation

        words = description(self, context)
        asked = self.model_dump(include=set(GeneratePictures.model_fields)) | {"prompt": words}
        run_generation(GeneratePictures.model_validate(asked), context)
