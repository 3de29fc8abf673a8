"""What FID and KID have in common: the features of two sets."""

from __future__ import annotations

import numpy as np

from jobs.judges.metric import Evidence, Shown, some
from storage.errors import BadInput

FEWEST = 2
"""Pictures without which a set has no spread."""


def vectors(shown: Shown, evidence: Evidence) -> tuple[np.ndarray, np.ndarray]:
    """Features of what is shown and of the held-out pictures: [n, d] and [m, d].

    Unit vectors of CLIP are made √d long, so that a feature is about 1 as KID's kernel expects it.

    Raises:
        BadInput: either has fewer than two pictures.
    """
    if len(shown.files) < FEWEST:
        raise BadInput(
            f"“{shown.name}” has {len(shown.files)} picture, and two sets can be compared from two pictures on."
        )
    wanted = some(evidence.held_out, FEWEST, "held-out")
    both = [evidence.album.vectors(evidence.sets, files) for files in (shown.files, wanted)]
    length = 1.0 if evidence.sets == "inception" else np.sqrt(both[0].shape[1])
    return both[0] * length, both[1] * length


def described(evidence: Evidence) -> str:
    """Which features they are, for people."""
    if evidence.sets == "inception":
        return "the 2048 features of Inception"
    return "CLIP's unit vectors × √d, since Inception's weights are not there"
