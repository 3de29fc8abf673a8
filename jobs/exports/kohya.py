"""kohya's spelling, which A1111, ComfyUI, InvokeAI and model-sharing sites read."""

from __future__ import annotations

import json
import math
import re
from pathlib import Path
from typing import Any

from jobs.exports import _raw
from jobs.exports._raw import Raw
from jobs.exports.form import LoraFormat
from storage.errors import BadInput

HALVES = {"lora_A": "lora_down.weight", "lora_B": "lora_up.weight", "lora_magnitude_vector": "dora_scale"}

OWN = ("lora_unet_", "lora_te_", "lora_te1_", "lora_te2_")
"""What every name in this spelling begins with."""

NAME = re.compile(r"(unet|text_encoder|text_encoder_2)\.(.+)\.(lora_A|lora_B|lora_magnitude_vector)(?:\.weight)?")


class Kohya(LoraFormat):
    """`lora_unet_….lora_down.weight`, `.lora_up.weight` and a scalar `.alpha` for each layer, of a DoRA `.dora_scale`."""

    title = "kohya"
    readers = "AUTOMATIC1111, ComfyUI, InvokeAI, model-sharing sites"

    def write(self, source: Path, target: Path, said: dict[str, str]) -> Path:
        tensors, known = _raw.read(source)
        if all(key.startswith(OWN) for key in tensors):  # it came in this spelling
            _raw.write(target, tensors, {"format": "pt"} | known | said)
            return target
        tensors = {_with_part(key): tensor for key, tensor in tensors.items()}
        configs = json.loads(known.pop("lora_adapter_metadata", "{}"))
        xl = "xl" in known.get("ss_base_model_version", "") or any(key.startswith("text_encoder_2.") for key in tensors)
        found: dict[str, Raw] = {}
        for key, tensor in sorted(tensors.items()):
            match = NAME.fullmatch(key)
            if match is None:
                raise BadInput(f"{source.name} holds “{key}”, which is no part of a LoRA that the studio trained.")
            part, path, half = match.groups()
            flat = _flat(part, path, xl)
            found[f"{flat}.{HALVES[half]}"] = tensor if half in ("lora_A", "lora_B") else _scale(tensor, found, flat)
            if half == "lora_A":
                found[f"{flat}.alpha"] = Raw.number(_alpha(configs, part, path, rank=tensor.shape[0]))
        known.pop("format", None)
        _raw.write(target, found, {"format": "pt"} | known | said)
        return target


def _with_part(key: str) -> str:
    """A name of PEFT's own, which says neither where the model begins nor, of a UNet, which part it is."""
    plain = key.removeprefix("base_model.model.")
    return plain if plain.startswith(("unet.", "text_encoder")) else f"unet.{plain}"


def _flat(part: str, path: str, xl: bool) -> str:
    """kohya's name of a layer; text encoders always say `text_model`, whatever transformers calls them now."""
    if part == "unet":
        return f"lora_unet_{path.replace('.', '_')}"
    prefix = {"text_encoder": "lora_te1" if xl else "lora_te", "text_encoder_2": "lora_te2"}[part]
    return f"{prefix}_text_model_{path.removeprefix('text_model.').replace('.', '_')}"


def _scale(magnitude: Raw, found: dict[str, Raw], flat: str) -> Raw:
    """A DoRA's magnitudes as ComfyUI and LyCORIS take them, one a row of outputs: [outputs, 1], of a convolution [outputs, 1, 1, 1]."""
    down = found[f"{flat}.lora_down.weight"].shape
    return Raw(magnitude.dtype, [math.prod(magnitude.shape), *[1] * (len(down) - 1)], magnitude.content)


def _alpha(configs: dict[str, Any], part: str, path: str, rank: int) -> float:
    """Alpha of one layer: strength is alpha / rank, in kohya's files always."""
    patterns = configs.get(f"{part}.alpha_pattern") or {}
    alpha = patterns.get(path, configs.get(f"{part}.lora_alpha", rank))
    return float(alpha) * (rank**0.5 if configs.get(f"{part}.use_rslora") else 1.0)
