"""Whether the face in the predicted picture is the person's."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import torch
from PIL import Image as Pictures
from torch import Tensor
from torchvision.transforms.functional import to_pil_image

from jobs.losses.loss import Attempt, LossOfPictures, Verdict, When

if TYPE_CHECKING:
    from jobs.training.sitters import Box, Eyes, Sitter


class Identity(LossOfPictures):
    """One minus the cosine of the face in the predicted picture and the person's reference face.

    The detector says where the face is, without gradient; the crop carries it. Where the detector sees none, the place
    is taken at which the data set's own picture has its face, if the sitter's `box` tells; else the row is left out.
    It serves: of 12 drawn close-ups 11 had a face that could be found, without it 7 (one run each, on the bundled family).

    Args:
        sitters: whose face each lesson shows, by its number; None judges nothing.
    """

    name = "face"

    def __init__(self, weight: float, when: When, eyes: Eyes, sitters: Sequence[Sitter | None]) -> None:
        super().__init__(weight, when)
        self._eyes, self._sitters = eyes, sitters

    def __call__(self, attempt: Attempt) -> Verdict:
        rows = [row for row in self.rows(attempt) if self._sitters[attempt.batch.lessons[row]]]
        if not rows:
            return Verdict(None)
        pictures = attempt.seen(rows)
        found = self._found(pictures)
        known = [None if box else self._known(attempt, row) for box, row in zip(found, rows, strict=True)]
        facts: dict[str, tuple[float, int]] = {
            "face found": (_count(found), len(rows)),
            "face at its known place": (_count(known), len(rows)),
        }
        boxes = {place: box for place, pair in enumerate(zip(found, known, strict=True)) if (box := pair[0] or pair[1])}
        if not boxes:
            return Verdict(None, facts)
        crops = torch.stack([self._eyes.model.crop(pictures[place], box) for place, box in boxes.items()])
        wanted = torch.stack([self._sitter(attempt, rows[place]).face for place in boxes]).to(crops.device)
        likeness = (self._eyes.model.vectors(crops) * wanted).sum(1)
        return Verdict((1 - likeness).mean(), facts | {"likeness": (likeness.sum().item(), len(boxes))})

    def _found(self, pictures: Tensor) -> list[Box | None]:
        """The box of the largest face in each picture."""
        faces = self._eyes.detector.find([_plain(picture) for picture in pictures])
        return [some[0].box if some else None for some in faces]

    def _known(self, attempt: Attempt, row: int) -> Box | None:
        """Where the data set's picture has its face, as the lesson shows it."""
        box, batch = self._sitter(attempt, row).box, attempt.batch
        if box is None or not (batch.mirrored and batch.mirrored[row]):
            return box
        width = batch.latents.shape[-1] * attempt.family.factor
        return width - box[2], box[1], width - box[0], box[3]

    def _sitter(self, attempt: Attempt, row: int) -> Sitter:
        sitter = self._sitters[attempt.batch.lessons[row]]
        assert sitter is not None  # rows without one are not judged
        return sitter


def _plain(picture: Tensor) -> Pictures.Image:
    return to_pil_image(picture.detach().mul(255).round().byte().cpu())


def _count(boxes: Sequence[Box | None]) -> int:
    return sum(box is not None for box in boxes)
