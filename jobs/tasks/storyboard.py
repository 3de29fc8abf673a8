"""Draw the shots of a storyboard, those that changed or those that are asked for."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from jobs.task import Lane, Task, ask

if TYPE_CHECKING:
    from jobs.context import Context


class DrawStoryboard(Task):
    """A take of each shot, checked for its framing; it goes on where it broke off, and locked takes stay."""

    lane: ClassVar[Lane] = "now"

    board: int = ask(..., "Board", widget="hidden", help="The storyboard, by number.")
    shots: list[int] = ask([], "Shots", widget="hidden", help="The shots to draw, by number; none: all of them.")
    again: bool = ask(
        False, "Draw again", help="Draw what has not changed too, with new seeds; takes that are there stay."
    )
    tries: int = ask(
        2,
        "Tries more",
        ge=0,
        le=20,
        help="How often a shot that is framed wrongly, or unlike a reference picture, is drawn again with another seed.",
    )
    check: bool = ask(
        True, "Check the framing", help="Look for a face in each picture, and measure how near it is and whose."
    )
    faces: str = ask(
        "mini", "Face model", widget="choice",
        help="What tells whether somebody looks like their reference picture; the bundled one knows drawings.",
    )  # fmt: skip

    def title(self) -> str:
        count = len(self.shots)
        return f"Draw {count} shots" if count > 1 else "Draw a shot" if count else "Draw the storyboard"

    def run(self, context: Context) -> None:
        from jobs.boarding import run_storyboard

        run_storyboard(self, context)
