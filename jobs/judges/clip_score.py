"""CLIPScore: how well a picture shows what its prompt says. Hessel et al. 2021, https://arxiv.org/abs/2104.08718"""

from __future__ import annotations

import numpy as np

from jobs.judges.metric import Evidence, Measured, Metric, Shown, asked, mean_of

WEIGHT = 2.5
"""Hessel et al. multiply the cosine by it, so that most values of their CLIP lie between 0 and 1."""

DEFINITIONS = {
    "2.5": "2.5 × the cosine of picture and prompt, none below 0 (Hessel et al. 2021, without their words before the prompt).",
    "100": "100 × the mean cosine of picture and prompt, not below 0 (as torchmetrics writes it; Hessel et al.'s is a fortieth).",
    "cosine": "The cosine of picture and prompt itself (Hessel et al. 2021 multiply it by 2.5, torchmetrics by 100).",
}


class ClipScore(Metric):
    """The cosine of the CLIP vectors of picture and prompt, on the scale that is asked for."""

    title, better = "CLIPScore", "more"

    def definition(self, evidence: Evidence) -> str:
        return DEFINITIONS[evidence.scale]

    def measure(self, shown: Shown, evidence: Evidence) -> Measured:
        album = evidence.album
        prompts = asked(shown)
        cosines = (album.vectors("clip", shown.files) * album.texts(prompts)).sum(1, dtype=np.float64)
        return scored(cosines, evidence.scale)


def scored(cosines: np.ndarray, scale: str) -> Measured:
    """Cosines [n] as a score of that scale."""
    values = {"2.5": WEIGHT * np.maximum(cosines, 0), "100": 100 * cosines, "cosine": cosines}[scale]
    return mean_of({number: float(value) for number, value in enumerate(values)}, None if scale == "cosine" else 0.0)
