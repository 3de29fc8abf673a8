"""Let a model describe the pictures of a data set."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, Literal

from jobs.task import Lane, Task, ask

if TYPE_CHECKING:
    from jobs.context import Context


class CaptionPictures(Task):
    """Write a caption for each picture, in batches; one bad picture does not stop the others."""

    lane: ClassVar[Lane] = "now"

    dataset: str = ask(..., "Data set", widget="dataset", help="Whose pictures are described.")
    captioner: str = ask("mini", "Captioner", widget="choice", help="The model that looks at the pictures.")
    which: Literal["missing", "all", "chosen"] = ask(
        "missing",
        "Pictures",
        help="Only those without a caption, all of them, or those chosen on the wall or the strip.",
    )
    images: list[int] = ask([], "Chosen pictures", widget="hidden", help="Only these images, by id; empty means all.")
    put_trigger: bool = ask(True, "Begin with the trigger word", help="Put the data set's trigger word in front.")
    trigger_form: Literal["worked in", "comma", "space"] = ask(
        "worked in",
        "Form of the trigger word",
        topic="wording",
        help="`A FOX woman` (worked in), `FOX, a woman` (comma) or `FOX a woman` (space).",
    )
    prefix: str = ask("", "Begin with", topic="wording", help="Words the model goes on from, e.g. `a drawing of`.")
    most_words: int = ask(60, "Longest caption", topic="wording", ge=5, le=75, help="In tokens.")
    beams: int = ask(
        3, "Beams", topic="wording", ge=1, le=8, help="More beams: more careful and slower. Ignored when sampling."
    )
    sample: bool = ask(False, "Vary the wording", topic="wording", help="Sample words instead of the likeliest ones.")
    sure: float = ask(
        0.35, "Sure of a tag", topic="wording", ge=0.05, le=0.95, step=0.05, help="How sure a tagger must be of a tag."
    )
    batch: int = ask(8, "Batch", topic="speed", ge=1, le=64, help="Pictures looked at together.")

    def title(self) -> str:
        return f"Caption {self.dataset}"

    def run(self, context: Context) -> None:
        from jobs.captioning import run_captions

        run_captions(self, context)
