"""The eyes: CLIP, Inception, the face detector with what tells faces apart, and the small picture that tells twins."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from PIL import Image as Pictures

from jobs.faces.detection import largest
from jobs.inspecting import phash, twins
from jobs.judges.features.eye import Eye, Seen
from storage.files import sha256

if TYPE_CHECKING:
    from jobs.faces.detection import Face, Mtcnn
    from jobs.faces.face_model import FaceModel
    from jobs.judges.features.clip import Clip
    from jobs.judges.features.inception import Inception

SHORT = 12
"""Digits of a model's SHA-256 that people see."""


def marked(folder: Path) -> str:
    """What tells a model's files from another's: the SHA-256 of its weights and its settings."""
    files = sorted([*folder.glob("*.safetensors"), *folder.glob("*config*.json"), *folder.glob("tokenizer.json")])
    return hashlib.sha256("".join(sha256(file) for file in files).encode()).hexdigest()


class ClipEye(Eye):
    """`vector`: a unit vector [d] of the whole picture; and those of texts."""

    name = "clip"

    def __init__(self, called: str, folder: Path, load: Callable[[], Clip]) -> None:
        self.fingerprint = marked(folder)
        self.model = f"CLIP {called} {self.fingerprint[:SHORT]}"
        self._load = load

    def look(self, pictures: Sequence[Pictures.Image]) -> list[Seen]:
        return [{"vector": vector} for vector in self._load().pictures(pictures)]

    def read(self, texts: Sequence[str]) -> np.ndarray:
        """Unit vectors [n, d] of texts."""
        return self._load().texts(texts)


class InceptionEye(Eye):
    """`vector`: the 2048 values before Inception's last layer."""

    name = "inception"

    def __init__(self, folder: Path, load: Callable[[], Inception]) -> None:
        self.fingerprint = marked(folder)
        self.model = f"Inception {self.fingerprint[:SHORT]}"
        self._load = load

    def look(self, pictures: Sequence[Pictures.Image]) -> list[Seen]:
        return [{"vector": vector} for vector in self._load().pictures(pictures)]


class FaceEye(Eye):
    """`box`: the largest face in pixels; `height`: that of the picture; `vector`: whose face it is. Nothing without one."""

    name = "face"

    def __init__(
        self, called: str, folder: Path, detector: Callable[[], Mtcnn], model: Callable[[], FaceModel]
    ) -> None:
        self.fingerprint = f"{called} {marked(folder)}"
        self.model = f"MTCNN and {called} {self.fingerprint.split()[-1][:SHORT]}"
        self._detector, self._model = detector, model

    def look(self, pictures: Sequence[Pictures.Image]) -> list[Seen]:
        model = self._model()
        found = self._faces(pictures)
        there = [place for place, face in enumerate(found) if face]
        crops = [model.cut(pictures[place], face.box) for place in there if (face := found[place])]
        seen: list[Seen] = [{} for _ in pictures]
        for place, vector in zip(there, model.embed(crops), strict=True):
            face = found[place]
            assert face is not None  # `there` names those with one
            height = np.array([pictures[place].height], np.float32)
            seen[place] = {"box": np.array(face.box, np.float32), "height": height, "vector": vector}
        return seen

    def _faces(self, pictures: Sequence[Pictures.Image]) -> list[Face | None]:
        """The largest face of each; a picture that the detector cannot take has none."""
        try:
            return largest(pictures, self._detector())
        except (RuntimeError, ValueError):
            if len(pictures) == 1:
                return [None]
            return [face for picture in pictures for face in self._faces([picture])]


class TwinEye(Eye):
    """`hash` and `colours`: what tells whether two pictures look nearly the same."""

    name, model, fingerprint = "twin", "perceptual hash", "phash 1"

    def look(self, pictures: Sequence[Pictures.Image]) -> list[Seen]:
        return [
            {
                "hash": np.frombuffer(bytes.fromhex(phash.phash(picture)), np.uint8),
                "colours": np.frombuffer(twins.small(picture), np.uint8),
            }
            for picture in pictures
        ]
