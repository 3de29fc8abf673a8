"""Whether the camera is as near as the prompt asks, judged by the largest face."""

from __future__ import annotations

import re

from jobs.boarding.framing import measured, verdict
from jobs.faces.detection import Face
from jobs.judges.features import Seen
from jobs.judges.metric import Evidence, Measured, Metric, Shown, asked, mean_of
from storage.errors import BadInput

ASKED = {
    "close-up": re.compile(r"<cu_trg>|\bclose[- ]?up\b", re.IGNORECASE),
    "medium": re.compile(r"<ms_trg>|\bmedium[- ]shot\b", re.IGNORECASE),
    "full": re.compile(r"<fs_trg>|\bfull[- ]shot\b", re.IGNORECASE),
}
"""What calls each framing in a prompt: the token of storyboards, or the words."""


class Framing(Metric):
    """The share of pictures framed as asked, among those whose prompt asks for a framing that can be measured."""

    title, better, eyes = "Framing as asked", "more", ("face",)

    def definition(self, evidence: Evidence) -> str:
        return (
            "The share of pictures whose largest face is as high as a close-up, medium or full shot has it, whichever "
            "the prompt asks for; without a face a close-up is wrong, and the others are left out."
        )

    def measure(self, shown: Shown, evidence: Evidence) -> Measured:
        wanted = [framing_of(prompt) for prompt in asked(shown)]
        if not any(wanted):
            raise BadInput("No prompt asks for a framing. Write close-up, medium shot or full shot into some.")
        seen = evidence.album.of("face", shown.files)
        told = {number: _right(framing, face) for number, (framing, face) in enumerate(zip(wanted, seen, strict=True))}
        found = {number: float(right) for number, right in told.items() if right is not None}
        if not found:
            raise BadInput(f"No face is found in any picture of “{shown.name}” that asks for a framing.")
        return mean_of(found, 0.0, 1.0)


def framing_of(prompt: str) -> str:
    """The framing that a prompt asks for, the first it names; '' for none."""
    places = {name: match.start() for name, words in ASKED.items() if (match := words.search(prompt))}
    return min(places, key=places.__getitem__, default="")


def _right(framing: str, seen: Seen) -> bool | None:
    """Whether a picture is framed so; None where that cannot be told."""
    if not seen:
        return verdict(framing, measured(None, 1), people=True) if framing else None
    left, top, right, bottom = (float(value) for value in seen["box"])
    return verdict(framing, measured(Face((left, top, right, bottom), 1.0), int(seen["height"][0])), people=True)
