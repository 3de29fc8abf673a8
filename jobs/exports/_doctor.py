"""The export doctor: a LoRA's file for other tools is loaded again, compared with its source, and judged by their rules."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import torch
from peft.tuners.lora import LoraLayer
from peft.utils import get_peft_model_state_dict
from safetensors import safe_open
from safetensors.torch import load_file
from torch import Tensor, nn

from jobs.exports._rules import FILE, Finding, Subject, examine
from storage.bases import header

if TYPE_CHECKING:
    from jobs.families.family import Family

DIFFUSERS = "diffusers"
NAME = "looked_at_by_the_doctor"
"""What diffusers calls the LoRA while it is looked at."""

CLOSE = 1e-5
"""Relative difference that a strength may have."""


def diagnose(source: Path, exported: Path, family: Family) -> list[Finding]:
    """Every finding about `exported`, which was made of the studio's own file `source`.

    Args:
        family: the base model without any LoRA in it; afterwards it is again.

    Raises:
        BadInput: `exported` is no safetensors file, or is cut off.
    """
    entries = header(exported)
    metadata = entries.pop("__metadata__", {})
    shapes = {key: entry["shape"] for key, entry in entries.items()}
    found = examine(Subject(shapes, metadata, family.name, frozenset(_kohya_names(family))))
    return [_finite(exported), *found, *loaded(source, exported, family)]


def loaded(source: Path, exported: Path, family: Family) -> Iterator[Finding]:
    """What comes back when plain diffusers loads the file onto its base, against the source: every tensor and strength."""
    pipe = family.pipe
    try:
        pipe.load_lora_weights(exported.parent, weight_name=exported.name, adapter_name=NAME)
        modules = {part: module for part, module in family.adapted().items() if NAME in _adapters(module)}
        yield _same_tensors(load_file(source), _tensors(modules))
        yield _same_strengths(source, modules)
    except Exception as error:  # noqa: BLE001  whatever a loader throws at a broken file is the finding
        yield Finding(DIFFUSERS, False, _unloadable(error))
    finally:
        pipe.unload_lora_weights()


def _unloadable(error: Exception) -> str:
    if "size mismatch" in str(error):
        return "It cannot load the file: some layers have other sizes than the base model's."
    return f"It cannot load the file: {' '.join(str(error).split())[:300].rstrip('.')}."


def _same_tensors(there: dict[str, Tensor], back: dict[str, Tensor]) -> Finding:
    there = {_plain(key): tensor for key, tensor in there.items()}
    unlike = [key for key, tensor in there.items() if key in back and not _equal(tensor, back[key])]
    missing, strange = [key for key in there if key not in back], [key for key in back if key not in there]
    if missing:
        return Finding(
            DIFFUSERS, False, f"{len(missing)} of {len(there)} tensors do not come back; the first is “{missing[0]}”."
        )
    if unlike:
        return Finding(
            DIFFUSERS, False, f"{len(unlike)} of {len(there)} tensors come back changed; the first is “{unlike[0]}”."
        )
    if strange:
        return Finding(
            DIFFUSERS,
            False,
            f"{len(strange)} tensors come back that the source does not have; the first is “{strange[0]}”.",
        )
    return Finding(
        DIFFUSERS, True, f"It loads the file, and {len(there)} of {len(there)} tensors are those of the source."
    )


def _same_strengths(source: Path, modules: dict[str, nn.Module]) -> Finding:
    with safe_open(source, "pt") as file:
        configs = json.loads((file.metadata() or {}).get("lora_adapter_metadata", "{}"))
    for part, module in modules.items():
        for path, layer in module.named_modules():
            if isinstance(layer, LoraLayer) and NAME in layer.scaling:
                wanted = _strength(configs, part, path, layer.r[NAME])
                if abs(layer.scaling[NAME] - wanted) > CLOSE * abs(wanted):
                    return Finding(
                        DIFFUSERS,
                        False,
                        f"“{part}.{path}” counts {layer.scaling[NAME]:g} times instead of {wanted:g} times.",
                    )
    return Finding(DIFFUSERS, True, "Every layer counts as much as in the source.")


def _strength(configs: dict[str, Any], part: str, path: str, rank: int) -> float:
    patterns = configs.get(f"{part}.alpha_pattern") or {}
    alpha = float(patterns.get(path, configs.get(f"{part}.lora_alpha", rank)))
    return alpha / rank**0.5 if configs.get(f"{part}.use_rslora") else alpha / rank


def _finite(path: Path) -> Finding:
    with safe_open(path, "pt") as file:
        spoilt = [key for key in file.keys() if not torch.isfinite(file.get_tensor(key).float()).all()]  # noqa: SIM118
    if spoilt:
        return Finding(FILE, False, f"“{spoilt[0]}” holds numbers that are not finite; pictures would turn black.")
    return Finding(FILE, True, "All of its numbers are finite.")


def _kohya_names(family: Family) -> Iterator[str]:
    """The layers of the base's UNet as kohya would call them."""
    for path, module in family.adapted()["unet"].named_modules():
        if isinstance(module, nn.Linear | nn.Conv2d):
            yield f"lora_unet_{path.replace('.', '_')}"


def _tensors(modules: dict[str, nn.Module]) -> dict[str, Tensor]:
    return {
        _plain(f"{part}.{name}"): tensor
        for part, module in modules.items()
        for name, tensor in get_peft_model_state_dict(module, adapter_name=NAME).items()
    }


def _adapters(module: nn.Module) -> Any:
    return getattr(module, "peft_config", {})


def _plain(key: str) -> str:
    """A key whichever way transformers calls a text model today."""
    return key.replace(".text_model.", ".")


def _equal(one: Tensor, other: Tensor) -> bool:
    """Whether they are the same numbers, in the precision that the base model computes in."""
    other = other.detach().cpu()
    return one.numel() == other.numel() and torch.equal(one.to(other.dtype).reshape(-1), other.reshape(-1))
