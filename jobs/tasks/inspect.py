"""Look over the pictures of a data set: light, twins, faces, and captions that do not fit."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, Literal

from jobs.task import Lane, Task, ask

if TYPE_CHECKING:
    from jobs.context import Context


class InspectPictures(Task):
    """Find what is wrong with the pictures; one that cannot be read is named and the others go on."""

    lane: ClassVar[Lane] = "now"

    dataset: str = ask(..., "Data set", widget="dataset", help="Whose pictures are looked over.")
    which: Literal["new", "all"] = ask("new", "Pictures", help="Only what nobody has looked at yet, or all of them.")
    images: list[int] = ask([], "Chosen pictures", widget="hidden", help="Only these images, by id; empty means all.")
    faces: bool = ask(True, "Faces", help="Look for faces, how near they are, and who is who.")
    likeness: bool = ask(True, "Captions", help="Find captions that fit another picture better than their own.")
    face_model: str = ask(
        "mini",
        "Face model",
        widget="choice",
        topic="models",
        help="What tells faces apart; the bundled one knows drawings.",
    )
    judge: str = ask(
        "mini", "CLIP", widget="line", topic="models", help="`mini`, a folder in models, or a path to a CLIP's folder."
    )
    batch: int = ask(16, "Batch", topic="speed", ge=1, le=256, help="Pictures read ahead while others are looked at.")

    def title(self) -> str:
        return f"Inspect {self.dataset}"

    def run(self, context: Context) -> None:
        from jobs.inspecting import run_inspection

        run_inspection(self, context)
