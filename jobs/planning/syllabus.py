"""What will train: every picture that is learned from, with its frame and its words, and every one that is not, with why."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from jobs.planning.frames import Cut, Frame, Size, frame
from storage.errors import BadInput, NotFound

if TYPE_CHECKING:
    from storage.examples import Example

FEWEST = 2
"""Pictures that a data set must have to be learned from."""


@dataclass(frozen=True)
class Lesson:
    """One picture that is learned from; `example.caption` is what it is learned under."""

    example: Example
    frame: Frame


@dataclass(frozen=True)
class Left:
    """One picture that is not learned from. why: `out`, or the split it is in."""

    example: Example
    why: str


@dataclass(frozen=True)
class Syllabus:
    """The whole of what a run will see."""

    lessons: list[Lesson]
    left: list[Left]

    @property
    def views(self) -> int:
        """Pictures seen in one epoch, repeats counted."""
        return sum(max(1, lesson.example.repeats) for lesson in self.lessons)

    @property
    def buckets(self) -> dict[Size, int]:
        """How many pictures fall into each shape (height, width); the fullest first."""
        return dict(Counter(lesson.frame.target for lesson in self.lessons).most_common())

    @property
    def wordless(self) -> list[Lesson]:
        """Those without any words."""
        return [lesson for lesson in self.lessons if not lesson.example.caption]

    @property
    def enlarged(self) -> list[Lesson]:
        """Those that are smaller than what is asked of them."""
        return [lesson for lesson in self.lessons if lesson.frame.enlarged]


def syllabus(examples: Sequence[Example], trigger: str, cut: Cut, priors: bool = False) -> Syllabus:
    """What of these pictures is learned, and how; nothing is dropped that `left` does not name.

    Args:
        priors: whether regularisation pictures are learned too. The trigger word is not put in front of their captions.
    """
    used = ("train", "regularisation") if priors else ("train",)
    left = [Left(example, why) for example in examples if (why := _why_not(example, used))]
    lessons = [
        Lesson(
            replace(example, caption=with_trigger(example.caption, trigger if example.split == "train" else "")),
            frame(cut, (example.height, example.width), example.face),
        )
        for example in examples
        if not _why_not(example, used)
    ]
    return Syllabus(lessons, left)


def with_trigger(caption: str, trigger: str) -> str:
    """The caption with the trigger word in front, unless the word is in it already."""
    words = caption.strip()
    if not trigger or trigger.lower() in words.lower():
        return words
    return f"{trigger}, {words}" if words else trigger


def check(dataset: str, examples: Sequence[Example]) -> None:
    """Whether there is something to learn from.

    Args:
        examples: those that are not left out, with the captions as people wrote them.

    Raises:
        BadInput: there are too few pictures, or none has a caption.
        NotFound: the file of a picture is gone.
    """
    if not examples:
        raise BadInput(
            f"The data set “{dataset}” has no pictures to learn from. Upload some first; 10 or more are best."
        )
    if len(examples) < FEWEST:
        raise BadInput(
            f"The data set “{dataset}” has a single picture; what several have in common cannot be learned from one. "
            f"Upload at least {FEWEST}, better 10 or more."
        )
    if not any(example.caption.strip() for example in examples):
        raise BadInput(
            f"None of the {len(examples)} pictures of “{dataset}” has a caption. Let them be captioned in the Captions "
            "tab, or write captions, and train again."
        )
    gone = [example.name for example in examples if not example.path.is_file()]
    if gone:
        raise NotFound(
            f"The file of {listed(gone)} is gone from the store. Remove the picture from “{dataset}”, "
            "or upload it again."
        )


def listed(names: Sequence[str], most: int = 3) -> str:
    """The first few names in quotes, and how many more there are."""
    shown = ", ".join(f"“{name}”" for name in names[:most])
    return shown if len(names) <= most else f"{shown} and {len(names) - most} more"


def _why_not(example: Example, used: Sequence[str]) -> str:
    if example.out:
        return "out"
    return "" if example.split in used else example.split
