"""LoRA files with random numbers for the tiny base models, as diffusers writes them and as kohya does."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import torch
from diffusers.training_utils import _collate_lora_metadata
from peft import LoraConfig
from peft.utils import get_peft_model_state_dict
from safetensors.torch import load_file, save_file

from tests.tiny import seeded

ATTENTION = ["to_q", "to_k", "to_v", "to_out.0"]
EVERYTHING = [
    *ATTENTION,
    "proj_in",
    "proj_out",
    "ff.net.0.proj",
    "ff.net.2",
    "conv1",
    "conv2",
    "time_emb_proj",
    "conv_in",
]
TEXT = ["q_proj", "k_proj", "v_proj", "out_proj", "fc1", "fc2"]


def save_lora(path: Path, pipe: Any, seed: int = 0, *, rank: int = 4, alpha: float = 8.0, strength: float = 0.3,
              unet: list[str] = ATTENTION, text: list[str] | None = None) -> Path:  # fmt: skip
    """Write a random LoRA for the layers `unet` and `text` of a tiny pipe (which is spoilt by it); returns `path`."""
    components = {"unet": (pipe.unet, unet)}
    if text:
        components |= {n: (getattr(pipe, n), text) for n in ("text_encoder", "text_encoder_2") if hasattr(pipe, n)}
    with seeded(seed):
        for module, layers in components.values():
            module.add_adapter(LoraConfig(r=rank, lora_alpha=alpha, target_modules=layers))
            for name, weight in module.named_parameters():
                if "lora_" in name:
                    torch.nn.init.normal_(weight.data, std=strength)
    states = {f"{name}_lora_layers": get_peft_model_state_dict(module) for name, (module, _) in components.items()}
    modules = {name: module for name, (module, _) in components.items()}
    type(pipe).save_lora_weights(path.parent, **states, weight_name=path.name, **_collate_lora_metadata(modules))
    return path


def kohya_spelling(source: Path, path: Path, alpha: float, text_prefix: str = "lora_te") -> Path:
    """The same LoRA with kohya's names and alphas; `text_prefix` is `lora_te1` for SDXL. Returns `path`."""
    found = {}
    for key, value in load_file(source).items():
        component, _, rest = key.partition(".")
        layer, _, part = rest.rpartition(".lora_")
        prefix = {"unet": "lora_unet", "text_encoder": text_prefix, "text_encoder_2": "lora_te2"}[component]
        if component != "unet" and not layer.startswith("text_model."):
            layer = f"text_model.{layer}"
        stem = f"{prefix}_{layer.replace('.', '_')}"
        found[f"{stem}.lora_{'down' if part.startswith('A') else 'up'}.weight"] = value.contiguous()
        found[f"{stem}.alpha"] = torch.tensor(float(alpha))
    save_file(found, path)
    return path
