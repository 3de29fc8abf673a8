"""Whether pictures copy what was learned from: the nearest training picture, and whether it looks the same."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from jobs.inspecting.twins import twins
from jobs.judges.features import Seen
from jobs.judges.metric import Evidence, Measured, Metric, Shown, mean_of, some


class Copying(Metric):
    """The cosine to the nearest training picture; `copied` is 1 where the two look nearly the same."""

    title, better, eyes, against = "Nearest training picture", "less", ("clip", "twin"), ("training",)

    def definition(self, evidence: Evidence) -> str:
        return (
            "The cosine to the training picture that is most like it as CLIP sees it (as Somepalli et al. 2023 search "
            "for copies); copies are told by perceptual hash and colours."
        )

    def measure(self, shown: Shown, evidence: Evidence) -> Measured:
        files = some(evidence.training, 1, "training")
        album = evidence.album
        cosines = album.vectors("clip", shown.files) @ album.vectors("clip", files).T
        best = cosines.argmax(1)
        nearest = {number: files[place] for number, place in enumerate(best)}
        pairs = zip(album.of("twin", shown.files), album.of("twin", list(nearest.values())), strict=True)
        copied = {number: float(_same(one, other)) for number, (one, other) in enumerate(pairs)}
        found = mean_of({number: float(value) for number, value in enumerate(cosines.max(1))})
        return replace(found, further={"copied": copied}, nearest=nearest)


def _same(one: Seen, other: Seen) -> bool:
    hashes = [bytes(np.asarray(seen["hash"])).hex() for seen in (one, other)]
    return any(True for _ in twins(hashes, [bytes(np.asarray(seen["colours"])) for seen in (one, other)]))
