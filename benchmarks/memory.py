"""What training a LoRA holds in memory, counted without computing: UNets of the published shapes on torch's meta device.

`python -m benchmarks.memory` prints, for each family, the numbers jobs/planning/memory.py is made of: millions of
weights, and the bytes that a step in 16 bits keeps for its backward pass for each pixel of a latent, whole and with
gradient checkpointing; last, those that decoding its answer keeps, where the predicted pictures are looked at.
"""

from __future__ import annotations

import json
from pathlib import Path

import torch
from diffusers import AutoencoderKL, UNet2DConditionModel
from peft import LoraConfig
from torch import Tensor, nn
from transformers import CLIPTextConfig, CLIPTextModel

from jobs.training.adapter import TARGETS
from storage.settings import MINI, PROJECT

CONFIGS = PROJECT / "jobs" / "families" / "latent" / "configs"
SHAPES = {"mini": (MINI, 16), "sd15": (CONFIGS / "sd15", 64), "sdxl": (CONFIGS / "sdxl", 128)}
"""Family → where its configurations lie, and the side of its native latents."""


RANK = 8


class Kept:
    """Everything the backward pass holds on to, weights aside: each storage once."""

    def __init__(self, model: nn.Module) -> None:
        self._weights = {weight.untyped_storage()._cdata for weight in model.parameters()}
        self._found: dict[int, torch.UntypedStorage] = {}

    def pack(self, tensor: Tensor) -> Tensor:
        """What `saved_tensors_hooks` calls."""
        storage = tensor.untyped_storage()
        if storage._cdata not in self._weights:
            self._found[storage._cdata] = storage
        return tensor

    @property
    def bytes(self) -> int:
        """As of now."""
        return sum(storage.nbytes() for storage in self._found.values())


def main() -> None:
    """Count for every family."""
    print(
        f"{'family':8}{'UNet':>12}{'text':>12}{'VAE':>10}{'a rank':>12}{'whole':>17}{'checkpointed':>18}{'decoded':>18}"
    )
    for name, (folder, side) in SHAPES.items():
        unet = build(folder)
        whole, blocks = count(unet, side)
        unet.enable_gradient_checkpointing()
        inputs, _ = count(unet, side)
        print(
            f"{name:8}{_weights(unet) / 1e6:10.1f} M{_texts(folder) / 1e6:10.1f} M{_weights(vae(folder)) / 1e6:8.1f} M"
            f"{_adapter(unet) / RANK:12,.0f}{whole / side**2:12,.0f} B/px{(inputs + max(blocks)) / side**2:13,.0f} B/px"
            f"{decoded(folder, side) / side**2:13,.0f} B/px"
        )


def build(folder: Path) -> UNet2DConditionModel:
    """A family's UNet with a LoRA, in 16 bits, without memory of its own."""
    with torch.device("meta"):
        unet = UNet2DConditionModel.from_config(_config(folder, "unet")).to(torch.bfloat16).requires_grad_(False)
        unet.add_adapter(LoraConfig(r=RANK, lora_alpha=RANK, target_modules=TARGETS["attention"]))
    return unet.train()


def count(unet: UNet2DConditionModel, side: int) -> tuple[int, list[int]]:
    """Bytes kept by one picture of `side` × `side` latents, and how many of them by each layer that is checkpointed."""
    kept, entered, layers = Kept(unet), [], list[int]()
    parts = [
        part
        for block in (*unet.down_blocks, unet.mid_block, *unet.up_blocks)
        for group in (block.resnets, getattr(block, "attentions", []))
        for part in group
    ]
    hooks = [part.register_forward_pre_hook(lambda *_: entered.append(kept.bytes)) for part in parts]
    hooks += [part.register_forward_hook(lambda *_: layers.append(kept.bytes - entered[-1])) for part in parts]
    with torch.autograd.graph.saved_tensors_hooks(kept.pack, lambda tensor: tensor):
        unet(**_asked(unet, side))
    for hook in hooks:
        hook.remove()
    return kept.bytes, layers


def _asked(unet: UNet2DConditionModel, side: int) -> dict:
    made = {"device": "meta", "dtype": torch.bfloat16}
    width = unet.config.cross_attention_dim
    asked = {
        "sample": torch.empty(1, unet.config.in_channels, side, side, **made),
        "timestep": torch.empty(1, device="meta"),
        "encoder_hidden_states": torch.empty(1, 77, width, **made),
    }
    if unet.config.addition_embed_type == "text_time":
        told = {"text_embeds": torch.empty(1, 1280, **made), "time_ids": torch.empty(1, 6, device="meta")}
        asked["added_cond_kwargs"] = told
    return asked


def vae(folder: Path) -> AutoencoderKL:
    """A family's VAE, in 16 bits, without memory of its own."""
    with torch.device("meta"):
        return AutoencoderKL.from_config(_config(folder, "vae")).to(torch.bfloat16).requires_grad_(False)


def decoded(folder: Path, side: int) -> int:
    """Bytes kept by decoding one picture of `side` × `side` latents that carry gradient."""
    model = vae(folder)
    kept, channels = Kept(model), model.config.latent_channels
    latents = torch.empty(1, channels, side, side, device="meta", dtype=torch.bfloat16, requires_grad=True)
    with torch.autograd.graph.saved_tensors_hooks(kept.pack, lambda tensor: tensor):
        model.decode(latents)
    return kept.bytes


def _texts(folder: Path) -> int:
    total = 0
    with torch.device("meta"):
        for name in ("text_encoder", "text_encoder_2"):
            if (folder / name).is_dir():
                total += _weights(CLIPTextModel(CLIPTextConfig(**_config(folder, name))))
    return total


def _weights(model: nn.Module) -> int:
    return sum(weight.numel() for name, weight in model.named_parameters() if "lora_" not in name)


def _adapter(model: nn.Module) -> int:
    return sum(weight.numel() for name, weight in model.named_parameters() if "lora_" in name)


def _config(folder: Path, part: str) -> dict:
    return json.loads((folder / part / "config.json").read_text())


if __name__ == "__main__":
    main()
