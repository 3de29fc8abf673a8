"""What there is to learn from, as the UNet sees it: latents and text states, computed once."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import torch
from torch import Tensor

from jobs.families.family import Family, Text
from jobs.planning import Cut, Frame, frame
from jobs.training.cache import Cache
from jobs.training.pictures import open_picture, pixels

if TYPE_CHECKING:
    from storage.examples import Example


@dataclass
class Lessons:
    """The whole data set, ready in memory.

    latents: one tensor a picture, [variants, c, h, w]: as it is, and mirrored if asked for; h and w by its bucket.
    sizes: one row a picture, as `Family.predict` takes them.
    repeats: how often a picture comes in an epoch.
    captions, weights: what is said of each, and how much it counts.
    texts: one row a picture, None where text is encoded anew in each step; `silence` is the row for no caption at all.
    """

    latents: list[Tensor]
    sizes: list[list[int]]
    repeats: list[int]
    captions: list[str]
    weights: list[float]
    texts: Text | None
    silence: Text


class Preparation:
    """Puts captions and pictures through the encoders, or takes what came of them before from the cache.

    First all that is said, then all that is shown: so neither encoder need wait in memory for the other. Each goes
    through alone, so what is cached does not depend on what it was computed together with.

    Attributes:
        encoded: how often an encoder had to be asked.
    """

    def __init__(self, family: Family, cache: Path, cut: Cut) -> None:
        self.family, self.cut, self.encoded = family, cut, 0
        self._latents, self._text = Cache(cache / "latents"), Cache(cache / "text")
        self._heard: dict[str | None, Text] = {}
        self._seen: dict[int, tuple[Tensor, Frame]] = {}

    def listen(self, captions: Iterable[str | None]) -> Iterator[None]:
        """Hear each caption (None: nothing said at all); yields after each."""
        mark = self.family.fingerprint("text")
        for caption in dict.fromkeys(captions):
            self._heard[caption] = self._words(caption, mark)
            yield

    def look(self, examples: Sequence[Example], mirror: bool = False) -> Iterator[int]:
        """See each picture, mirrored too if asked for; yields how many are done."""
        mark = self.family.fingerprint("pictures") if examples else ""
        for number, example in enumerate(examples, 1):
            self._seen[example.image_id] = self._picture(example, mirror, mark)
            yield number

    def lessons(self, examples: Sequence[Example], words: bool = True, prior: float = 1.0) -> Lessons:
        """What was seen and heard, together.

        Args:
            words: whether the captions were listened to.
            prior: how much a regularisation picture counts.
        """
        seen = [self._seen[example.image_id] for example in examples]
        return Lessons(
            [latents for latents, _ in seen],
            [frame.sizes for _, frame in seen],
            [max(1, example.repeats) for example in examples],
            [example.caption for example in examples],
            [prior if example.split == "regularisation" else 1.0 for example in examples],
            _together([self._heard[example.caption] for example in examples]) if words else None,
            self._heard[None],
        )

    def _picture(self, example: Example, mirror: bool, mark: str) -> tuple[Tensor, Frame]:
        shown = frame(self.cut, (example.height, example.width), example.face)
        facts = ("latents", example.file, *shown.scaled, *shown.sizes, mirror, mark)
        kept = self._latents.get(*facts)
        if kept is None:
            picture = open_picture(example.path, example.name)
            views = [pixels(picture, shown, mirrored) for mirrored in ([False, True] if mirror else [False])]
            kept = {"latents": torch.cat([self.family.encode_pixels(view).cpu() for view in views])}
            self.encoded += len(views)
            self._latents.put(kept, *facts)
        return kept["latents"], shown

    def _words(self, caption: str | None, mark: str) -> Text:
        facts = ("text", caption, mark)
        kept = self._text.get(*facts)
        if kept is None:
            said = self.family.silence() if caption is None else self.family.encode_text([caption])
            self.encoded += 1
            kept = {"states": said.states.cpu()}
            if said.pooled is not None:
                kept["pooled"] = said.pooled.cpu()
            self._text.put(kept, *facts)
        return Text(kept["states"], kept.get("pooled"))


def _together(texts: list[Text]) -> Text:
    pooled = [text.pooled for text in texts if text.pooled is not None]
    return Text(torch.cat([text.states for text in texts]), torch.cat(pooled) if pooled else None)
