"""Likeness to the data set's pictures, as CLIP sees it (CLIP-I). Ruiz et al. 2023, https://arxiv.org/abs/2208.12242"""

from __future__ import annotations

from jobs.judges.metric import Evidence, Measured, Metric, Shown, mean_of, some


class ClipImage(Metric):
    """The mean cosine between a picture and those of the data set: held-out ones where there are some."""

    title, better, against = "Likeness to the data set", "more", ("held_out", "training")

    def definition(self, evidence: Evidence) -> str:
        whose = "held-out" if evidence.held_out else "training"
        return f"The mean cosine between a picture and each of the {whose} pictures (CLIP-I, Ruiz et al. 2023)."

    def measure(self, shown: Shown, evidence: Evidence) -> Measured:
        files = some(evidence.held_out or evidence.training, 1, "held-out or training")
        own, wanted = (evidence.album.vectors("clip", names) for names in (shown.files, files))
        return mean_of({number: float(value) for number, value in enumerate((own @ wanted.T).mean(1))})
