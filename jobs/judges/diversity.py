"""How unlike each other the pictures of one prompt are. A low value is a model that draws one picture again and again."""

from __future__ import annotations

import numpy as np

from jobs.judges.metric import Evidence, Measured, Metric, Shown, asked
from storage.errors import BadInput


class Diversity(Metric):
    """The mean distance between two pictures of one prompt."""

    title, better, per = "Diversity", "more", "prompt"

    def definition(self, evidence: Evidence) -> str:
        return "1 − the cosine of two pictures of one prompt as CLIP sees them, the mean over all pairs, then over prompts."

    def measure(self, shown: Shown, evidence: Evidence) -> Measured:
        prompts = asked(shown)
        groups = [[place for place, one in enumerate(prompts) if one == prompt] for prompt in dict.fromkeys(prompts)]
        vectors = evidence.album.vectors("clip", shown.files)
        found = {number: _apart(vectors[places]) for number, places in enumerate(groups) if len(places) > 1}
        if not found:
            raise BadInput("Every prompt has one picture alone. Take two seeds or more to see how they differ.")
        means = np.array([distances.mean() for distances in found.values()])
        pictures = {groups[number][at]: float(d) for number, one in found.items() for at, d in enumerate(one)}
        return Measured(tuple(found), means, pictures=pictures)


def _apart(vectors: np.ndarray) -> np.ndarray:
    """The mean distance [n] of each to the others."""
    apart = 1 - (vectors @ vectors.T).astype(np.float64)
    np.fill_diagonal(apart, 0)
    return apart.sum(1) / (len(vectors) - 1)
