"""What every model that tells faces apart can do."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from pathlib import Path
from typing import ClassVar, Self

import numpy as np
import torch
import torch.nn.functional as F
from PIL import Image as Pictures

TOGETHER = 32
"""Faces that one pass of the network takes."""


class FaceModel(ABC):
    """Tells whose face it is: crops go in, unit vectors come out, near each other for one person.

    Attributes:
        folder: where its weights lie, below the folder of all models.
        size: side of a crop in pixels.
        margin: what a crop holds around the detected box on each side, in sizes of the box.
        same: cosine above which faces are taken for one person's (mean over two groups of faces).
    """

    folder: ClassVar[str]
    size: ClassVar[int]
    margin: ClassVar[float]
    same: ClassVar[float]

    def __init__(self, net: torch.nn.Module) -> None:
        self.net = net.eval().requires_grad_(False)

    @classmethod
    @abstractmethod
    def load(cls, models: Path, device: torch.device) -> Self:
        """Load it from the folder `models`.

        Raises:
            NotFound: its weights are not there; says what to fetch and where to put it.
            BadInput: they are there but broken.
        """

    @abstractmethod
    def prepare(self, crops: torch.Tensor) -> torch.Tensor:
        """Crops [n, 3, size, size], 0 … 1, as the network wants them."""

    def features(self, crops: torch.Tensor) -> torch.Tensor:
        """Unit vectors [n, d] of crops [n, 3, size, size], 0 … 1; gradients reach the crops."""
        return F.normalize(self.net(self.prepare(crops)), dim=1)

    def vectors(self, crops: torch.Tensor) -> torch.Tensor:
        """The same of crops that are seen as they are and mirrored."""
        return F.normalize(self.features(crops) + self.features(crops.flip(3)), dim=1)

    @torch.no_grad()
    def embed(self, faces: Sequence[Pictures.Image]) -> np.ndarray:
        """Unit vectors [n, d], float32, of crops that `cut` made; each is seen as it is and mirrored."""
        device = next(self.net.parameters()).device
        found = []
        for start in range(0, len(faces), TOGETHER):
            pixels = np.stack([np.asarray(face) for face in faces[start : start + TOGETHER]])
            crops = torch.from_numpy(pixels).to(device).permute(0, 3, 1, 2).float() / 255
            found.append(self.vectors(crops).cpu().numpy())
        return np.concatenate(found) if found else np.zeros((0, 1), np.float32)

    def cut(self, picture: Pictures.Image, box: Sequence[float]) -> Pictures.Image:
        """The square around a detected box [left, top, right, bottom], as large as the network wants it."""
        return picture.crop(self._square(box)).resize((self.size, self.size), Pictures.Resampling.BILINEAR)

    def crop(self, picture: torch.Tensor, box: Sequence[float]) -> torch.Tensor:
        """The same, [3, size, size], of a picture [3, h, w]; gradients reach the picture, the box is a constant."""
        left, top, right, bottom = self._square(box)
        height, width = picture.shape[1:]
        around = (max(0, -left), max(0, right - width), max(0, -top), max(0, bottom - height))
        cut = picture[:, max(0, top) : max(0, bottom), max(0, left) : max(0, right)]
        whole = F.pad(cut, around)[None]
        return F.interpolate(whole, (self.size, self.size), mode="bilinear", antialias=True)[0]

    def _square(self, box: Sequence[float]) -> tuple[int, int, int, int]:
        """Left, top, right and bottom of what a crop shows; it may reach beyond the picture."""
        half = max(box[2] - box[0], box[3] - box[1]) * (0.5 + self.margin)
        x, y = (box[0] + box[2]) / 2, (box[1] + box[3]) / 2
        return round(x - half), round(y - half), round(x + half), round(y + half)
