"""How well the predicted picture fits its caption, in the eyes of CLIP."""

from __future__ import annotations

import torch
from torch import Tensor

from jobs.judges.features.clip import Clip
from jobs.losses.loss import Attempt, LossOfPictures, Verdict, When


class TextAlignment(LossOfPictures):
    """One minus the cosine of the predicted picture and its caption; pictures that are shown without words are left out."""

    name = "text"

    def __init__(self, weight: float, when: When, clip: Clip) -> None:
        super().__init__(weight, when)
        self._clip = clip
        self._read: dict[str, Tensor] = {}

    def __call__(self, attempt: Attempt) -> Verdict:
        said = attempt.batch.captions
        rows = [row for row in self.rows(attempt) if said[row]]
        if not rows:
            return Verdict(None)
        seen = self._clip.look(attempt.seen(rows))
        read = torch.stack([self._vector(said[row] or "") for row in rows]).to(seen.device)
        alignment = (seen * read).sum(1)
        return Verdict((1 - alignment).mean(), {"alignment": (alignment.sum().item(), len(rows))})

    def _vector(self, caption: str) -> Tensor:
        if caption not in self._read:
            self._read[caption] = torch.from_numpy(self._clip.texts([caption])[0])
        return self._read[caption]
