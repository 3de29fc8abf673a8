"""What a run is sampled with."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from storage.examples import Example

MOST_PROMPTS = 3
"""Sample prompts that are made from the captions where a person gave none."""


def prompts_of(asked: Sequence[str], examples: Sequence[Example]) -> list[str]:
    """What sample pictures show: what a person asked for, or captions from all over the data set."""
    asked = [prompt.strip() for prompt in asked if prompt.strip()]
    if asked:
        return asked
    captions = list(dict.fromkeys(example.caption for example in examples if example.caption))
    count = min(MOST_PROMPTS, len(captions))
    return [captions[i * len(captions) // count] for i in range(count)]
