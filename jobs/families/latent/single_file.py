"""A whole model in one .safetensors file, in the layout that Stability's own code wrote, read without the hub."""

from __future__ import annotations

import gzip
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tokenizers.pre_tokenizers import ByteLevel
from transformers import CLIPTokenizer

from storage.bases import header

if TYPE_CHECKING:
    from jobs.families.latent.model import LatentDiffusion

HERE = Path(__file__).parent

CONFIGS = HERE / "configs"
"""One folder a family in diffusers' layout: what a checkpoint does not say about itself."""


def load_single_file(family: type[LatentDiffusion], path: Path, **options: Any) -> Any:
    """The family's pipeline from one checkpoint; its configuration and its tokenizers come with the studio."""
    parts = {name: clip_tokenizer(pad) for name, pad in family.tokenizers.items()}
    pipe = family.pipeline.from_single_file(
        str(path), config=str(CONFIGS / family.name), local_files_only=True, **parts, **family.extras, **options
    )
    pipe.scheduler.register_to_config(**_said(path))
    return pipe


def _said(path: Path) -> dict[str, Any]:
    """What a checkpoint says about its objective: as ModelSpec metadata, or by the marks that v models carry."""
    found = header(path)
    said = found.get("__metadata__", {}).get("modelspec.prediction_type", "")
    told: dict[str, Any] = {}
    if said.startswith("v") or "v_pred" in found:
        told["prediction_type"] = "v_prediction"
    if "ztsnr" in found:
        told |= {"rescale_betas_zero_snr": True, "timestep_spacing": "trailing"}
    return told


@cache
def _merges() -> list[tuple[str, str]]:
    """CLIP's 48,894 merges, in order (OpenAI, MIT licence)."""
    lines = gzip.decompress((HERE / "clip_merges.txt.gz").read_bytes()).decode().splitlines()
    return [tuple(line.split()) for line in lines]  # type: ignore[misc]


def clip_tokenizer(pad: str) -> CLIPTokenizer:
    """OpenAI's CLIP tokenizer of 49,408 tokens, as every SD 1.5 and SDXL checkpoint was trained with.

    Args:
        pad: the token that fills a prompt up to 77: `<|endoftext|>`, or `!` for SDXL's second encoder.
    """
    letters = _letters()
    tokens = letters + [letter + "</w>" for letter in letters] + [left + right for left, right in _merges()]
    tokens += ["<|startoftext|>", "<|endoftext|>"]
    return CLIPTokenizer(
        vocab={token: number for number, token in enumerate(tokens)},
        merges=_merges(),  # type: ignore[arg-type]  # it takes pairs too
        model_max_length=77,
        pad_token=pad,
    )


def _letters() -> list[str]:
    """The 256 bytes as CLIP writes them: the printable ones first, in their order, then the others."""
    printable = [*range(ord("!"), ord("~") + 1), *range(ord("¡"), ord("¬") + 1), *range(ord("®"), ord("ÿ") + 1)]
    written = [chr(byte) for byte in printable] + [chr(256 + i) for i in range(256 - len(printable))]
    assert set(written) == set(ByteLevel.alphabet())
    return written
