"""How like its characters' reference pictures a shot is, told by the faces."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
from PIL import Image as Pictures

from jobs.faces.detection import look

if TYPE_CHECKING:
    from jobs.faces.detection import Mtcnn
    from jobs.faces.face_model import FaceModel


class Sitters:
    """The faces of reference pictures, each looked at once."""

    def __init__(self, detector: Mtcnn, model: FaceModel) -> None:
        self._detector, self._model = detector, model
        self._known: dict[str, np.ndarray] = {}

    @property
    def same(self) -> float:
        """The cosine above which faces are taken for one person's."""
        return self._model.same

    def likeness(self, drawn: Pictures.Image, references: Sequence[tuple[str, Pictures.Image]]) -> float | None:
        """The mean, over reference pictures, of the cosine between their largest face and the most like one drawn.

        Args:
            references: the file's name and the picture of each who appears and has one.

        Returns:
            −1 … 1; None where no face is to be seen, or in none of the references.
        """
        wanted = [self._reference(name, picture) for name, picture in references]
        faces = self._faces(drawn)
        found = [float((faces @ one).max()) for one in wanted if len(one) and len(faces)]
        return sum(found) / len(found) if found else None

    def _reference(self, name: str, picture: Pictures.Image) -> np.ndarray:
        if name not in self._known:
            faces = self._faces(picture)
            self._known[name] = faces[0] if len(faces) else np.zeros(0, np.float32)
        return self._known[name]

    def _faces(self, picture: Pictures.Image) -> np.ndarray:
        """Unit vectors [n, d] of a picture's faces, the largest first."""
        seen = look(picture, self._detector)
        if not seen:
            return np.zeros((0, 1), np.float32)
        looked, faces = seen[0]
        return self._model.embed([self._model.cut(looked, face.box) for face in faces])
