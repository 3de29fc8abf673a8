"""Whether it is the same person: the likeness of faces, as a face model sees it."""

from __future__ import annotations

import numpy as np

from jobs.judges.metric import Evidence, Measured, Metric, Shown, mean_of
from storage.errors import BadInput


class Identity(Metric):
    """The cosine between the largest face of a picture and the mean face of the person's pictures."""

    title, better, eyes, against = "Same face", "more", ("face",), ("held_out", "reference")

    def definition(self, evidence: Evidence) -> str:
        whose = "held-out" if _faces(evidence, evidence.held_out) is not None else "reference"
        return (
            f"The cosine between the largest face and the mean face of the {whose} pictures, by a face model's unit "
            "vectors (Schroff et al. 2015); pictures in which no face is found are left out."
        )

    def measure(self, shown: Shown, evidence: Evidence) -> Measured:
        person = _faces(evidence, evidence.held_out)
        person = _faces(evidence, evidence.reference) if person is None else person
        if person is None:
            raise BadInput(
                "No face is found in held-out or reference pictures, so that there is nobody to compare with. "
                "Choose a data set of the person, and hold some pictures out."
            )
        seen = evidence.album.of("face", shown.files)
        found = {number: float(face["vector"] @ person) for number, face in enumerate(seen) if face}
        if not found:
            raise BadInput(f"No face is found in any picture of “{shown.name}”.")
        return mean_of(found)


def _faces(evidence: Evidence, files: tuple[str, ...]) -> np.ndarray | None:
    """The mean face of these pictures as a unit vector; None where none is found."""
    found = [face["vector"] for face in evidence.album.of("face", files) if face]
    if not found:
        return None
    mean = np.mean(found, 0)
    return mean / np.linalg.norm(mean)
