"""What the UNet hears of a prompt: of any length, its words weighted, as AUTOMATIC1111's web UI says it.

A prompt is cut into chunks of what a text encoder takes (75 tokens beside start and end), at a comma where one is near;
each is encoded by itself, and their states follow each other. A chunk's weighted states are scaled back to the mean that
they had without weights. The one vector a prompt of SDXL is that of the first chunk.
Source: https://github.com/AUTOMATIC1111/stable-diffusion-webui/blob/master/modules/sd_hijack_clip.py, sd_emphasis.py
A short prompt without weights gives exactly what diffusers' own `encode_prompt` does.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import torch
from torch import Tensor

from jobs.families.family import Family, Text, TextEncoder
from jobs.planning.emphasis import Words, emphasised

NEAR = 20
"""A chunk ends at a comma that is at most this many tokens before its end."""

TELLING = 0.02
"""A mean below this share of the spread says nothing: dividing by it would scale at random (Stable Diffusion 1.5 has 0.1)."""

Chunk = list[tuple[int, float]]
"""Ids of tokens with their weights, without start and end."""


def spoken(family: Family, prompt: str, negative: str, skip: int = 1) -> dict[str, Any]:
    """The arguments of a diffusers pipeline that stand for the prompt and for what is to be kept out.

    Both are made equally long. `skip` is the clip skip as `Family.hear` counts it.
    """
    said = say(family, prompt, skip)
    quiet = not negative.strip() and family.hushed
    kept_out = said if quiet else say(family, negative, skip)
    said, kept_out = _equally_long(family, said, kept_out, skip)
    if quiet:
        kept_out = Text(torch.zeros_like(said.states), None if said.pooled is None else torch.zeros_like(said.pooled))
    found: dict[str, Any] = {"prompt_embeds": said.states, "negative_prompt_embeds": kept_out.states}
    if said.pooled is not None:
        found |= {"pooled_prompt_embeds": said.pooled, "negative_pooled_prompt_embeds": kept_out.pooled}
    return found


def say(family: Family, prompt: str, skip: int = 1) -> Text:
    """One prompt → `Text` of one row, as many tokens long as its chunks are together."""
    pieces = emphasised(prompt)
    heard = [_heard(family, encoder, pieces, skip) for encoder in family.text_encoders()]
    states = [text.states for text in heard]
    longest = max(found.shape[1] for found in states)
    if any(found.shape[1] < longest for found in states):  # the tokenizers cut differently
        quiet = [family.hear(e.name, _ids(family, e, [[]]), skip).states for e in family.text_encoders()]
        states = [_lengthened(found, none, longest) for found, none in zip(states, quiet, strict=True)]
    pooled = next((text.pooled for text in heard if text.pooled is not None), None)
    return Text(torch.cat(states, dim=-1), None if pooled is None else pooled[:1])


def _heard(family: Family, encoder: TextEncoder, pieces: list[Words], skip: int) -> Text:
    """What one encoder makes of the pieces: states [1, chunks · length, width], and one pooled row a chunk."""
    chunks = _chunks(family, encoder, pieces)
    found = family.hear(encoder.name, _ids(family, encoder, chunks), skip)
    states = torch.stack([_weighed(one, chunk) for one, chunk in zip(found.states, chunks, strict=True)])
    return Text(states.flatten(0, 1)[None], found.pooled)


def _weighed(states: Tensor, chunk: Chunk) -> Tensor:
    """The states [length, width] of a chunk, each times its token's weight, with the mean that they had if it says something."""
    if all(weight == 1 for _, weight in chunk):
        return states
    weights = [1.0, *(weight for _, weight in chunk)]
    factors = states.new_tensor(weights + [1.0] * (len(states) - len(weights)), dtype=torch.float32)
    whole = states.float()
    weighed = whole * factors[:, None]
    if whole.mean().abs() > TELLING * whole.std():
        weighed = weighed * (whole.mean() / weighed.mean())
    return weighed.to(states.dtype)


def _ids(family: Family, encoder: TextEncoder, chunks: list[Chunk]) -> Tensor:
    """[chunks, length]: start, the chunk, end, and what the tokenizer fills up with."""
    words = getattr(family.pipe, encoder.tokenizer)
    rows = [[words.bos_token_id, *(token for token, _ in chunk), words.eos_token_id] for chunk in chunks]
    whole = [row + [words.pad_token_id] * (words.model_max_length - len(row)) for row in rows]
    return torch.tensor(whole, device=family.device)


def _chunks(family: Family, encoder: TextEncoder, pieces: list[Words]) -> list[Chunk]:
    words = getattr(family.pipe, encoder.tokenizer)
    room, comma = words.model_max_length - 2, words.get_vocab().get(",</w>")
    chunks: list[Chunk] = [[]]
    for text, weight in pieces:
        if text is None:
            chunks.append([])
            continue
        for group in _groups(family.pipe, words, text):
            if len(chunks[-1]) + len(group) > room:
                chunks.append([] if group == [comma] else _past_comma(chunks[-1], comma))
            if len(chunks[-1]) + len(group) > room and chunks[-1]:
                chunks.append([])
            chunks[-1] += [(token, weight) for token in group[:room]]
    return chunks if chunks[-1] else chunks[:-1] or [[]]


def _past_comma(chunk: Chunk, comma: int | None) -> Chunk:
    """Takes what follows a near comma off the end of a full chunk."""
    nearest = range(len(chunk) - 1, max(-1, len(chunk) - 1 - NEAR), -1)
    at = next((at for at in nearest if chunk[at][0] == comma), len(chunk) - 1)
    carried = chunk[at + 1 :]
    del chunk[at + 1 :]
    return carried


def _groups(pipe: Any, words: Any, text: str) -> Iterator[list[int]]:
    """The ids of a text; those of a new token that has several vectors stay together."""
    added = words.get_added_vocab()
    follow = {number for token, number in added.items() if re.sub(r"_\d+$", "", token) in added.keys() - {token}}
    group: list[int] = []
    for token in words(pipe.maybe_convert_prompt(text, words), add_special_tokens=False, verbose=False).input_ids:
        if group and token not in follow:
            yield group
            group = []
        group.append(token)
    if group:
        yield group


def _equally_long(family: Family, one: Text, other: Text, skip: int) -> tuple[Text, Text]:
    longest = max(one.states.shape[1], other.states.shape[1])
    if one.states.shape == other.states.shape:
        return one, other
    none = say(family, "", skip).states
    return Text(_lengthened(one.states, none, longest), one.pooled), Text(
        _lengthened(other.states, none, longest), other.pooled
    )


def _lengthened(states: Tensor, none: Tensor, length: int) -> Tensor:
    """States [1, n, width] followed by those of empty chunks [1, 77, width]."""
    missing = (length - states.shape[1]) // none.shape[1]
    return torch.cat([states, none.repeat(1, missing, 1)], dim=1)
