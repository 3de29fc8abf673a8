"""Whose face a picture shows: the vector of each person's face, from reference pictures or from the data set's own."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import torch
import torch.nn.functional as F
from torch import Tensor

from jobs.planning import frame
from jobs.planning.syllabus import listed
from jobs.training.pictures import open_picture
from storage.errors import BadInput

if TYPE_CHECKING:
    from jobs.faces.detection import Mtcnn
    from jobs.faces.face_model import FaceModel
    from jobs.planning import Cut
    from storage.examples import Example

Box = tuple[float, float, float, float]
"""Left, top, right and bottom in pixels."""


@dataclass(frozen=True)
class Eyes:
    """What finds faces and what tells them apart."""

    detector: Mtcnn
    model: FaceModel


@dataclass(frozen=True)
class Sitter:
    """Whose face a lesson is to show: its unit vector [d], and where it is known to lie in the lesson's picture."""

    face: Tensor
    box: Box | None = None


@dataclass(frozen=True)
class Portrait:
    """A person's face: its unit vector [d], and what people should know of where it comes from."""

    face: Tensor
    notes: list[str]


def portraits(examples: Sequence[Example], references: Sequence[Example], eyes: Eyes) -> dict[str, Portrait]:
    """The faces of all who are learned, by name; that of nobody in particular under the empty one.

    Raises:
        BadInput: no face is found of someone; names the file to check.
    """
    learned: dict[str, list[Example]] = {}
    for example in examples:
        if example.split == "train":
            learned.setdefault(example.person, []).append(example)
    return {person: portrait(person, own, references, eyes) for person, own in learned.items()}


def sitters(examples: Sequence[Example], known: Mapping[str, Portrait], cut: Cut) -> list[Sitter | None]:
    """One for each lesson, in their order; None for a regularisation picture, which shows whomever it likes."""
    found: list[Sitter | None] = []
    for one in examples:
        shown = frame(cut, (one.height, one.width), one.face)
        box = shown.within(one.face) if one.face else None
        found.append(Sitter(known[one.person].face, box) if one.split == "train" else None)
    return found


def portrait(person: str, examples: Sequence[Example], references: Sequence[Example], eyes: Eyes) -> Portrait:
    """The face of one: the mean over the reference pictures, or over what is learned of them where there are none."""
    given = references_of(person, references)
    looked = given or examples
    found = [(example, vector) for example in looked for vector in [_vector(example, eyes)] if vector is not None]
    if not found:
        raise BadInput(_blank(given, examples))
    seen = {example.image_id for example, _ in found}
    face = F.normalize(torch.stack([vector for _, vector in found]).mean(0), dim=0)
    return Portrait(face, _notes(given, [one for one in looked if one.image_id not in seen], len(looked), person))


def references_of(person: str, references: Sequence[Example]) -> list[Example]:
    """Which reference pictures show a person: those of that name, else those of nobody in particular; all for nobody."""
    own = [one for one in references if one.person == person]
    return own or [one for one in references if not one.person or not person]


def _vector(example: Example, eyes: Eyes) -> Tensor | None:
    """The unit vector [d] of the largest face in a picture."""
    picture = open_picture(example.path, example.name)
    faces = eyes.detector.find([picture])[0]
    return torch.from_numpy(eyes.model.embed([eyes.model.cut(picture, faces[0].box)])[0]) if faces else None


def _blank(given: Sequence[Example], examples: Sequence[Example]) -> str:
    if given:
        return (
            f"No face was found in {listed([one.name for one in given])}. Check the reference face: it must show one "
            "face from the front, large and well lit. Or set the weight of the face to 0."
        )
    return (
        f"No face was found in {listed([one.name for one in examples])}, and there is no reference face. Give a picture "
        "that shows the face well the split “reference”, or set the weight of the face to 0."
    )


def _notes(given: Sequence[Example], blank: Sequence[Example], count: int, person: str) -> list[str]:
    if given:
        return [f"No face was found in the reference {listed([one.name for one in blank])}."] if blank else []
    who = f" of “{person}”" if person else ""
    return [f"There is no reference face{who}: the mean over {count - len(blank)} of {count} pictures is taken for it."]
