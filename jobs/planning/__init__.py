"""What will train: which pictures, cut how, under which words. The page shows it and the run follows it; no torch here."""

from jobs.planning.frames import Cut, Frame, frame, shapes
from jobs.planning.ground import Ground
from jobs.planning.syllabus import Left, Lesson, Syllabus, check, syllabus, with_trigger

__all__ = [
    "Cut", "Frame", "Ground", "Left", "Lesson", "Syllabus", "check", "frame", "shapes", "syllabus", "with_trigger",
]  # fmt: skip
