"""What a LoRA's file is and says of itself, read from its header alone: no tensor is loaded, no torch is needed.

Refused are pickles, broken files, whole models, embeddings in the place of a LoRA, and kinds of adapter that
cannot be blended. Whether every layer fits is seen where the LoRA is used, with a base model at hand.
"""

from __future__ import annotations

import json
import math
import re
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from storage.bases import header
from storage.errors import BadInput, NotFound

HALF = re.compile(r"\.(lora_A|lora_B|lora_down|lora_up|lora\.(?:down|up)|lora_linear_layer\.(?:down|up)|alpha|dora_scale"
                  r"|lora_magnitude_vector)(?:\.default)?(?:\.weight)?$")  # fmt: skip
DOWN = re.compile(r"(lora_A|lora_down|lora\.down|lora_linear_layer\.down)(\.default)?\.weight$")
HEARS = re.compile(r"attn2[._](?:processor[._])?to_[kv]")
"""The layers that hear the text: their width tells the family."""

OTHER_KINDS = {
    "hada_w": "a LoHa", "lokr_w": "a LoKr", "lora_mid": "a LoCon with Tucker layers", "oft_": "an OFT",
    "on_input": "an IA³", "glora_": "a GLoRA", "diff_b$": "a full difference", ".diff$": "a full difference",
}  # fmt: skip
"""Mark in the name of a tensor (`$` is its end) → what kind of adapter it is of."""

WHOLE = ("model.diffusion_model.", "first_stage_model.", "conditioner.embedders.", "cond_stage_model.")
NO_LAYER = ("bundle_emb.",)
EMBEDDING = ({"emb_params"}, {"clip_l", "clip_g"})
"""The tensors of an embedding's file: of SD 1.5, and of SDXL."""

WIDTHS = {768: "sd15", 2048: "sdxl"}
"""Width of what the UNet hears → family."""

MADE_FOR = {"sd_v1": "sd15", "stable-diffusion-v1": "sd15", "sdxl": "sdxl", "stable-diffusion-xl": "sdxl"}
STRANGERS = {
    "sd_v2": "Stable Diffusion 2", "stable-diffusion-v2": "Stable Diffusion 2", "sd3": "Stable Diffusion 3",
    "stable-diffusion-3": "Stable Diffusion 3", "flux": "FLUX", "wan": "Wan", "hunyuan": "Hunyuan", "lumina": "Lumina",
    "qwen": "Qwen-Image", "auraflow": "AuraFlow", "z_image": "Z-Image",
}  # fmt: skip
"""How files call models that the studio has no family for."""

ALWAYS = 0.9
"""A tag that this share of the pictures had is taken for the trigger word."""


@dataclass(frozen=True)
class Adapter:
    """family: '' where nothing tells · base: the model it says it was trained on · width: of the text it hears, 0 unknown."""

    family: str
    base: str
    rank: int
    trigger: str
    title: str
    thumbnail: str
    width: int
    decomposed: bool


def read(path: Path, name: str) -> Adapter:
    """What the LoRA file at `path` says; `name` is what people call it.

    Raises:
        NotFound, BadInput: there is none, or it cannot be used; one sentence.
    """
    entries = opened(path, name)
    said = {key: str(value) for key, value in (entries.pop("__metadata__", None) or {}).items()}
    shapes = {key: list(entry.get("shape", [])) for key, entry in entries.items() if not key.startswith(NO_LAYER)}
    _check_kind(name, shapes)
    width = _width(shapes)
    return Adapter(
        family=_family(name, shapes, said, width),
        base=said.get("ss_sd_model_name", ""),
        rank=_rank(shapes),
        trigger=_trigger(said),
        title=said.get("modelspec.title", "") or said.get("ss_output_name", ""),
        thumbnail=said.get("modelspec.thumbnail", ""),
        width=width,
        decomposed=any("dora_scale" in key or "magnitude" in key for key in shapes),
    )


def opened(path: Path, name: str) -> dict[str, Any]:
    """The header of a safetensors file; each of the ways in which it can be none is one sentence."""
    if not path.is_file():
        raise NotFound(f"There is no file {name}. Check the path.")
    if not path.stat().st_size:
        raise BadInput(f"{name} is empty (0 bytes). Get it again.")
    with path.open("rb") as file:
        start = file.read(4)
    if start[:1] == b"\x80" or start[:2] == b"PK":
        raise BadInput(
            f"{name} is a pickle, whatever it is called. A pickle can run any program, so the studio does not open it; "
            "get it as safetensors."
        )
    return header(path)


def embedding(path: Path, name: str) -> dict[str, list[int]] | None:
    """The shapes of an embedding's tensors ([vectors, width] each), or None of a file that is something else."""
    entries = opened(path, name)
    shapes = {key: list(entry.get("shape", [])) for key, entry in entries.items() if key != "__metadata__"}
    return shapes if set(shapes) in EMBEDDING else None


def token(stem: str) -> str:
    """The token that a file of that stem is of: `cu_trg` → `<cu_trg>`."""
    plain = re.sub(r"[^\w-]+", "_", stem.strip("<>").lower()).strip("_")
    return f"<{plain}>"


def _check_kind(name: str, shapes: Mapping[str, list[int]]) -> None:
    if set(shapes) in EMBEDDING:
        raise BadInput(f"{name} is an embedding of a token, not a LoRA. Bring it together with the LoRA it belongs to.")
    strange = next((key for key in shapes if not HALF.search(key)), None)
    kind = next((said for key in shapes for mark, said in OTHER_KINDS.items() if mark in f"{key}$"), None)
    if kind:
        raise BadInput(f"{name} is {kind}; only LoRA and DoRA layers can be blended. Get or save it as a plain LoRA.")
    if strange and (strange.startswith(WHOLE) or not any(HALF.search(key) for key in shapes)):
        whole = strange.startswith(WHOLE) or any("conv_in.weight" in key or "embed_tokens" in key for key in shapes)
        if whole:
            raise BadInput(f"{name} is a whole model, not a LoRA. Add it under the base models.")
        raise BadInput(f"{name} holds no LoRA layers. Choose another file.")
    if strange:
        raise BadInput(
            f"{name} is no LoRA, or more than one: “{strange}” is not part of a LoRA layer. Choose another file."
        )
    if not shapes:
        raise BadInput(f"{name} holds no LoRA layers. Choose another file.")


def _family(name: str, shapes: Mapping[str, list[int]], said: Mapping[str, str], width: int) -> str:
    """sd15 or sdxl, '' where nothing tells; the layers count more than words."""
    stranger = _stranger(shapes, said, width)
    if stranger:
        raise BadInput(f"{name} is made for {stranger}; the studio draws with Stable Diffusion 1.5 and SDXL.")
    if width in WIDTHS:
        return WIDTHS[width]
    if any("lora_te2_" in key or "text_encoder_2" in key for key in shapes):
        return "sdxl"
    told = _told(said)
    return next((family for mark, family in MADE_FOR.items() if mark in told), "")


def _stranger(shapes: Mapping[str, list[int]], said: Mapping[str, str], width: int) -> str:
    told = _told(said)
    for mark, title in STRANGERS.items():
        if mark in told:
            return title
    if any("double_blocks" in key or "single_transformer_blocks" in key for key in shapes):
        return "FLUX"
    if any("joint_blocks" in key or key.startswith("transformer.") for key in shapes):
        return "Stable Diffusion 3 or a relative of it"
    return "Stable Diffusion 2" if width == 1024 else ""


def _told(said: Mapping[str, str]) -> str:
    return f"{said.get('ss_base_model_version', '')} {said.get('modelspec.architecture', '')}".lower()


def _width(shapes: Mapping[str, list[int]]) -> int:
    """Of what the UNet hears: the inputs of its layers that listen to the text."""
    return next((math.prod(shape[1:]) for key, shape in shapes.items() if HEARS.search(key) and DOWN.search(key)), 0)


def _rank(shapes: Mapping[str, list[int]]) -> int:
    """The commonest rank of its layers."""
    ranks = Counter(shape[0] for key, shape in shapes.items() if DOWN.search(key) and shape)
    return ranks.most_common(1)[0][0] if ranks else 0


def _trigger(said: Mapping[str, str]) -> str:
    """What it says calls it, else the tag that nearly every picture had."""
    phrase = said.get("modelspec.trigger_phrase", "").strip()
    if phrase:
        return phrase
    try:
        tags = Counter[str]()
        for counted in json.loads(said.get("ss_tag_frequency", "{}")).values():
            tags.update({str(tag).strip(): int(count) for tag, count in counted.items()})
        folders = json.loads(said.get("ss_dataset_dirs", "{}")).values()
        pictures = sum(int(folder["img_count"]) for folder in folders)
    except (ValueError, KeyError, TypeError, AttributeError):
        return ""
    tag, count = next(iter(tags.most_common(1)), ("", 0))
    return tag if pictures and count >= ALWAYS * pictures else ""
