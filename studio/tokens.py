"""How many tokens a caption has for the model that is to read it, and where it is cut; without torch."""

from __future__ import annotations

import gzip
from dataclasses import dataclass
from functools import cache, lru_cache
from pathlib import Path
from typing import Any

from huggingface_hub import try_to_load_from_cache
from tokenizers import Regex, Tokenizer, models, normalizers, pre_tokenizers

from storage.settings import MINI, PROJECT
from storage.tables import Base

MOST = 75
"""Tokens that CLIP reads of a text, without its two marks."""

MERGES = PROJECT / "jobs" / "families" / "latent" / "clip_merges.txt.gz"
"""OpenAI's CLIP vocabulary, for base models that bring no tokenizer of their own."""

SPLIT = r"<\|startoftext\|>|<\|endoftext\|>|'s|'t|'re|'ve|'m|'ll|'d|[\p{L}]+|[\p{N}]|[^\s\p{L}\p{N}]+"
"""Where CLIP's tokenizer divides a text before it looks pieces up."""


@dataclass(frozen=True)
class Counter:
    """A tokenizer and what to call it: `own` if the base model brought it, `clip` if it is CLIP's own vocabulary."""

    kind: str
    base: str
    tokenizer: Tokenizer


def counter(base: Base | None = None) -> Counter | None:
    """What counts for a base model (None: the bundled one); None where not even CLIP's own vocabulary is here."""
    source = base.source if base is not None else str(MINI)
    name = base.name if base is not None else "mini"
    file = _file(source)
    if file is not None:
        return Counter("own", name, _read(file))
    return Counter("clip", name, _clip()) if MERGES.is_file() else None


def count(text: str, by: Counter | None = None) -> dict[str, Any] | None:
    """Tokens of `text`, the most that count, and the words that are cut off; None without a tokenizer."""
    known = by or counter()
    if known is None:
        return None
    number, cut = _count(known, text)
    return {"tokens": number, "most": MOST, "cut": text[cut:] if cut >= 0 else "", "by": known.kind, "base": known.base}


def numbers(texts: list[str], by: Counter | None = None) -> list[int]:
    """Tokens of each text; 0 for all without a tokenizer."""
    known = by or counter()
    return [_count(known, text)[0] if text and known else 0 for text in texts]


@lru_cache(maxsize=40_000)
def _count(by: Counter, text: str) -> tuple[int, int]:
    """(tokens, the place in the text where reading ends, or -1)."""
    found = by.tokenizer.encode(text, add_special_tokens=False)
    return len(found.ids), found.offsets[MOST][0] if len(found.ids) > MOST else -1


def _file(source: str) -> Path | None:
    """The tokenizer.json of a diffusers folder, or of a hub name in this machine's cache."""
    here = Path(source).expanduser()
    if here.exists():
        file = here / "tokenizer" / "tokenizer.json"
        return file if file.is_file() else None
    kept = try_to_load_from_cache(source, "tokenizer/tokenizer.json") if source.count("/") == 1 else None
    return Path(kept) if isinstance(kept, str) else None


@cache
def _read(file: Path) -> Tokenizer:
    return Tokenizer.from_file(str(file))


@cache
def _clip() -> Tokenizer:
    """CLIP's own tokenizer of 49,408 tokens, put together from its merges."""
    merges = [tuple(line.split()) for line in gzip.decompress(MERGES.read_bytes()).decode().splitlines()]
    letters = sorted(pre_tokenizers.ByteLevel.alphabet())
    tokens = [*letters, *(f"{letter}</w>" for letter in letters), *("".join(pair) for pair in merges)]
    made = Tokenizer(
        models.BPE(
            vocab={token: number for number, token in enumerate(tokens)},
            merges=merges,  # type: ignore[arg-type]  # pairs they are
            end_of_word_suffix="</w>",
            continuing_subword_prefix="",
        )
    )
    made.normalizer = normalizers.Sequence(
        [normalizers.NFC(), normalizers.Replace(Regex(r"\s+"), " "), normalizers.Lowercase()]
    )
    split = pre_tokenizers.Split(Regex(SPLIT), behavior="removed", invert=True)
    made.pre_tokenizer = pre_tokenizers.Sequence([split, pre_tokenizers.ByteLevel(add_prefix_space=False)])
    return made
