"""A LoRA file, read and checked against the base model that it is to change."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from peft.utils.other import get_pattern_key
from safetensors import SafetensorError, safe_open
from torch import Tensor, nn

from jobs.blending.spelling import read_names
from storage.errors import BadInput, NotFound

BUNDLED = ("bundle_emb.",)
"""Names of embeddings that some tools put into a LoRA file; they are no part of the adapter."""

MADE_FOR = {"sd_v1": "Stable Diffusion 1.5", "sd_v2": "Stable Diffusion 2", "sdxl": "SDXL", "flux": "FLUX"}
MADE_FOR |= {
    "stable-diffusion-v1": "Stable Diffusion 1.5",
    "stable-diffusion-xl": "SDXL",
    "stable-diffusion-v2": "SD 2",
}


@dataclass(frozen=True)
class Layer:
    """What a LoRA adds to one layer: `scale` · up @ down, where scale is alpha / rank.

    down: [rank, inputs], up: [outputs, rank]; a convolution's kernel is part of the inputs.
    magnitude: [outputs], of a DoRA alone: the length that each row of the sum is brought to.
    """

    down: Tensor
    up: Tensor
    scale: float
    magnitude: Tensor | None = None

    @property
    def bytes(self) -> int:
        """Room it takes in memory."""
        return self.down.nbytes + self.up.nbytes + (0 if self.magnitude is None else self.magnitude.nbytes)


Layers = dict[str, Layer]
"""Full path of a layer in the base model → what is added to it."""


def read_lora(path: Path, name: str, targets: Mapping[str, nn.Module], pipe: Any) -> Layers:
    """The layers of a LoRA file, each proven to fit the base model.

    Args:
        path: a safetensors file in diffusers', PEFT's or kohya's spelling.
        name: what people call it; errors speak of it.
        targets: the base's Linear and Conv2d layers by full path, e.g. `unet.conv_in`.
        pipe: the base's diffusers pipeline.

    Raises:
        NotFound: the file is gone.
        BadInput: it is no LoRA, is broken, is of a kind that is not read, or does not fit this base.
    """
    tensors, metadata = _open(path, name)
    tensors = {key: value for key, value in tensors.items() if not key.startswith(BUNDLED)}
    names = read_names(tensors, targets, pipe)
    grouped: dict[str, dict[str, Tensor]] = {}
    for key, (layer, part) in names.items():
        if not part:
            raise BadInput(_unknown(name, key))
        grouped.setdefault(layer, {})[part] = tensors[key]
    if not grouped:
        raise BadInput(f"The file of the LoRA “{name}” holds no LoRA layers. Choose another file.")
    _check_fit(name, grouped, targets, metadata)
    scales = Scales(metadata, name)
    return {layer: _layer(name, layer, parts, scales) for layer, parts in grouped.items()}


def _open(path: Path, name: str) -> tuple[dict[str, Tensor], dict[str, str]]:
    if not path.is_file():
        raise NotFound(f"The file of the LoRA “{name}” is gone from the store. Import it again.")
    try:
        with safe_open(path, framework="pt") as file:
            return {key: file.get_tensor(key) for key in file.keys()}, file.metadata() or {}  # noqa: SIM118
    except SafetensorError as error:
        with path.open("rb") as file:
            start = file.read(4)
        if start[:1] == b"\x80" or start[:2] == b"PK":
            raise BadInput(
                f"The LoRA “{name}” is a pickle with the name of a safetensors file. "
                "A pickle can run any program, so the studio does not open it; get the LoRA as safetensors."
            ) from error
        raise BadInput(
            f"The file of the LoRA “{name}” is broken or cut short ({path.stat().st_size:,} bytes: {error}). Get it again."
        ) from error


def _unknown(name: str, key: str) -> str:
    kinds = {
        "hada_": "a LoHa",
        "lokr_": "a LoKr",
        "lora_mid": "a LoCon with Tucker layers",
    }
    kind = next((kind for mark, kind in kinds.items() if mark in key), None)
    if kind:
        return (
            f"“{name}” is {kind} (it holds “{key}”); only LoRA and DoRA layers can be blended. Save it as a plain LoRA."
        )
    return (
        f"The file of “{name}” is no LoRA, or more than one: “{key}” is not part of a LoRA layer. Choose another file."
    )


def _check_fit(
    name: str, grouped: dict[str, dict[str, Tensor]], targets: Mapping[str, nn.Module], metadata: dict[str, str]
) -> None:
    strange = [layer for layer in grouped if layer not in targets]
    if strange:
        raise BadInput(
            f"The LoRA “{name}” does not fit this base model{_made_for(metadata)}: {len(strange)} of its {len(grouped)} "
            f"layers are not in it, the first is “{strange[0]}”. Choose a LoRA or a base model of the other's family."
        )
    for layer, parts in grouped.items():
        if not {"down", "up"} <= parts.keys():
            raise BadInput(
                f"The LoRA “{name}” lacks a half of its layer “{layer}”. Its file is incomplete; get it again."
            )
        want = _shape(targets[layer])
        have = (parts["up"].shape[0], math.prod(parts["down"].shape[1:]))
        if have != want:
            raise BadInput(
                f"The LoRA “{name}” does not fit this base model{_made_for(metadata)}: its layer “{layer}” is "
                f"{have[0]} × {have[1]} and the base's {want[0]} × {want[1]}. "
                "Choose a LoRA or a base model of the other's family."
            )


def _made_for(metadata: dict[str, str]) -> str:
    said = f"{metadata.get('ss_base_model_version', '')} {metadata.get('modelspec.architecture', '')}".lower()
    family = next((title for mark, title in MADE_FOR.items() if mark in said), None)
    return f" (its file says that it was made for {family})" if family else ""


def _shape(module: nn.Module) -> tuple[int, int]:
    shape = module.get_parameter("weight").shape
    return shape[0], math.prod(shape[1:])


def _layer(name: str, layer: str, parts: dict[str, Tensor], scales: Scales) -> Layer:
    down, up = parts["down"].flatten(1), parts["up"].flatten(1)
    if down.shape[0] != up.shape[1]:
        raise BadInput(
            f"The two halves of “{layer}” in the LoRA “{name}” do not meet: rank {down.shape[0]} and {up.shape[1]}. "
            "Only LoRA and DoRA layers can be blended."
        )
    magnitude = _magnitude(name, layer, parts, outputs=up.shape[0])
    if not all(torch.isfinite(part).all() for part in (down, up, magnitude) if part is not None):
        raise BadInput(
            f"The LoRA “{name}” is spoilt: “{layer}” holds numbers that are not finite. Train or get it again."
        )
    alpha = float(parts["alpha"]) if "alpha" in parts else None
    return Layer(down, up, scales.of(layer, down.shape[0], alpha), magnitude)


def _magnitude(name: str, layer: str, parts: dict[str, Tensor], outputs: int) -> Tensor | None:
    """[outputs] lengths of a DoRA's rows; some trainers decompose along the inputs instead: [1, inputs]."""
    found = parts.get("magnitude", parts.get("dora_scale"))
    if found is None:
        return None
    if found.numel() != outputs or ("dora_scale" in parts and found.shape[0] != outputs):
        raise BadInput(
            f"The DoRA “{name}” decomposes its layer “{layer}” along the inputs (a scale of {list(found.shape)}); only DoRAs "
            "along the outputs can be blended. Train it again that way, or merge it into a base model."
        )
    return found.flatten()


class Scales:
    """alpha / rank of each layer: from the file's alpha tensors, else from diffusers' metadata, else 1."""

    def __init__(self, metadata: dict[str, str], name: str) -> None:
        try:
            self._adapter = json.loads(metadata.get("lora_adapter_metadata", "{}"))
        except json.JSONDecodeError as error:
            raise BadInput(
                f"The LoRA “{name}” has adapter metadata that cannot be read ({error}). Get it again."
            ) from error

    def of(self, layer: str, rank: int, alpha: float | None) -> float:
        """The scale of a layer of that rank."""
        component, _, path = layer.partition(".")
        root = 1.0
        if alpha is None:
            patterns = self._adapter.get(f"{component}.alpha_pattern") or {}
            key = get_pattern_key(list(patterns), path)
            alpha = patterns.get(key, self._adapter.get(f"{component}.lora_alpha", rank))
            root = math.sqrt(rank) if self._adapter.get(f"{component}.use_rslora") else 1.0
        return float(alpha) / rank * root
