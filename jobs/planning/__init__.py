"""What will train: which pictures, cut how, under which words. The page shows it and the run follows it; no torch here."""

from jobs.planning.frames import Cut, Frame, frame, shapes
from jobs.planning.ground import Ground
from jobs.planning.syllabus import Left, Lesson, Syllabus, check, syllabus, with_trigger
from jobs.planning.tokens import check_spoken, new_tokens

__all__ = [
    "Cut", "Frame", "Ground", "Left", "Lesson", "Syllabus", "check", "check_spoken", "frame", "new_tokens", "shapes",
    "syllabus", "with_trigger",
]  # fmt: skip
