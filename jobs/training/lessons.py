"""What there is to learn from, as the UNet sees it: latents and text states, computed once."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
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


@dataclass(frozen=True)
class Taste:
    """How examples become lessons.

    mirror: show each picture mirrored too · words: encode captions beforehand · prior: how much a regularisation
    picture counts.
    """

    cut: Cut
    mirror: bool = False
    words: bool = True
    prior: float = 1.0


class Preparation:
    """Turns examples into lessons, from the cache where it can: `for done in preparation.look(examples)`.

    Pictures and captions go through the encoders one at a time: so what is cached
    does not depend on what it was computed together with.

    Attributes:
        encoded: how often an encoder had to be asked.
        lessons: what came of it, once all examples were looked at.
    """

    lessons: Lessons

    def __init__(self, family: Family, cache: Path, taste: Taste) -> None:
        self.family, self.taste = family, taste
        self.latents, self.text = Cache(cache / "latents"), Cache(cache / "text")
        self.encoded = 0

    def look(self, examples: Sequence[Example]) -> Iterator[int]:
        """Yield how many examples are done after each of them."""
        picture_mark, text_mark = self.family.fingerprint("pictures"), self.family.fingerprint("text")
        latents, frames, texts = [], [], []
        for number, example in enumerate(examples, 1):
            shown, frame = self._picture(example, picture_mark)
            latents.append(shown)
            frames.append(frame)
            if self.taste.words:
                texts.append(self._words(example.caption, text_mark))
            yield number
        self.lessons = Lessons(
            latents,
            [frame.sizes for frame in frames],
            [max(1, example.repeats) for example in examples],
            [example.caption for example in examples],
            [self.taste.prior if example.split == "regularisation" else 1.0 for example in examples],
            _together(texts) if texts else None,
            self._words(None, text_mark),
        )

    def _picture(self, example: Example, mark: str) -> tuple[Tensor, Frame]:
        shown = frame(self.taste.cut, (example.height, example.width), example.face)
        facts = ("latents", example.file, *shown.scaled, *shown.sizes, self.taste.mirror, mark)
        kept = self.latents.get(*facts)
        if kept is None:
            picture = open_picture(example.path, example.name)
            views = [pixels(picture, shown, mirrored) for mirrored in ([False, True] if self.taste.mirror else [False])]
            kept = {"latents": torch.cat([self.family.encode_pixels(view).cpu() for view in views])}
            self.encoded += len(views)
            self.latents.put(kept, *facts)
        return kept["latents"], shown

    def say(self, prompts: Sequence[str]) -> tuple[dict[str, Text], Text]:
        """What the UNet hears of each prompt, by prompt, and where nothing is said."""
        mark = self.family.fingerprint("text")
        return {prompt: self._words(prompt, mark) for prompt in prompts}, self._words(None, mark)

    def _words(self, caption: str | None, mark: str) -> Text:
        facts = ("text", caption, mark)
        kept = self.text.get(*facts)
        if kept is None:
            said = self.family.silence() if caption is None else self.family.encode_text([caption])
            self.encoded += 1
            kept = {"states": said.states.cpu()}
            if said.pooled is not None:
                kept["pooled"] = said.pooled.cpu()
            self.text.put(kept, *facts)
        return Text(kept["states"], kept.get("pooled"))


def _together(texts: list[Text]) -> Text:
    pooled = [text.pooled for text in texts if text.pooled is not None]
    return Text(torch.cat([text.states for text in texts]), torch.cat(pooled) if pooled else None)
