"""The byte-level BPE of the text encoder: learnt on captions and on ordinary English, able to read any text."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
from tokenizers import Regex, Tokenizer, models, normalizers, pre_tokenizers, trainers
from transformers import CLIPTokenizer

from mini.wording import OTHER_WORDS, loose
from mini.world import caption, sample

BOS, EOS = "<|startoftext|>", "<|endoftext|>"
PIECES = r"""<\|startoftext\|>|<\|endoftext\|>|'s|'t|'re|'ve|'m|'ll|'d|[\p{L}]+|[\p{N}]|[^\s\p{L}\p{N}]+"""


COMMON = [
    "photo",
    "picture",
    "image",
    "drawing",
    "painting",
    "sketch",
    "art",
    "portrait",
    "illustration",
    "of",
    "the",
    "and",
    "with",
    "without",
    "in",
    "on",
    "at",
    "under",
    "over",
    "near",
    "by",
    "from",
    "to",
    "is",
    "are",
    "has",
    "have",
    "very",
    "big",
    "small",
    "old",
    "young",
    "new",
    "good",
    "bad",
    "nice",
    "beautiful",
    "bright",
    "dark",
    "pale",
    "light",
    "deep",
    "person",
    "people",
    "child",
    "baby",
    "king",
    "queen",
    "face",
    "head",
    "eye",
    "eyes",
    "nose",
    "mouth",
    "ear",
    "hand",
    "hands",
    "body",
    "hair",
    "long",
    "short",
    "curly",
    "wearing",
    "dress",
    "coat",
    "trousers",
    "shoes",
    "scarf",
    "tie",
    "tree",
    "trees",
    "flower",
    "flowers",
    "grass",
    "sky",
    "sun",
    "moon",
    "star",
    "cloud",
    "sea",
    "water",
    "river",
    "mountain",
    "snow",
    "rain",
    "house",
    "room",
    "window",
    "door",
    "street",
    "car",
    "dog",
    "cat",
    "bird",
    "horse",
    "fish",
    "food",
    "day",
    "night",
    "morning",
    "evening",
    "summer",
    "winter",
    "green",
    "orange",
    "purple",
    "brown",
    "white",
    "black",
    "silver",
    "gold",
    "color",
    "colour",
    "style",
    "watercolor",
    "watercolour",
    "blueprint",
    "woodcut",
    "pixel",
    "oil",
    "ink",
    "pencil",
    "cartoon",
    "comic",
    "anime",
    "high",
    "quality",
    "detailed",
    "simple",
    "soft",
    "sharp",
    "standing",
    "sitting",
    "walking",
    "running",
    "looking",
]
"""Words that people put into prompts though no caption has them."""


def texts() -> list[str]:
    """Captions, and the English prose of Python's own language reference (at hand wherever this runs)."""
    from pydoc_data.topics import topics

    rng = np.random.default_rng(0)
    named = [caption(sample(i)) for i in range(2000)] + [loose(sample(i), rng) for i in range(2000)]
    others = [word for words in OTHER_WORDS.values() for word in words]
    prose = [topics[name] for name in sorted(topics)][:60]
    return named + (others + COMMON) * 20 + prose


def build(size: int = 3000) -> CLIPTokenizer:
    """Trains and returns a CLIPTokenizer of about `size` tokens, padding with its end token."""
    bpe = Tokenizer(models.BPE(end_of_word_suffix="</w>"))
    bpe.normalizer = normalizers.Lowercase()
    bpe.pre_tokenizer = pre_tokenizers.Sequence(
        [
            pre_tokenizers.Split(Regex(PIECES), behavior="removed", invert=True),
            pre_tokenizers.ByteLevel(add_prefix_space=False),
        ]
    )
    alphabet = sorted(pre_tokenizers.ByteLevel.alphabet())
    bpe.train_from_iterator(
        texts(),
        trainers.BpeTrainer(
            vocab_size=size - 258,
            min_frequency=5,
            show_progress=False,
            initial_alphabet=alphabet,
            end_of_word_suffix="</w>",
        ),
    )
    merges = [tuple(pair) for pair in json.loads(bpe.to_str())["model"]["merges"]]
    tokens = alphabet + [c + "</w>" for c in alphabet]
    tokens += [t for t in dict.fromkeys(a + b for a, b in merges) if t not in set(tokens)]
    vocabulary = {token: i for i, token in enumerate([*tokens, BOS, EOS])}
    return CLIPTokenizer(vocab=vocabulary, merges=merges, model_max_length=77, pad_token=EOS)


def export(tokenizer: CLIPTokenizer, folder: Path) -> None:
    tokenizer.save_pretrained(folder)
