"""Base models to measure on: the bundled one, or random weights in a known shape, and LoRAs for them."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from diffusers import AutoencoderKL, DDIMScheduler, StableDiffusionPipeline, UNet2DConditionModel
from safetensors.torch import save_file
from transformers import CLIPTextConfig, CLIPTextModel

from jobs.families.latent.single_file import clip_tokenizer
from storage.settings import MINI

ATTENTION = ("to_q", "to_k", "to_v", "to_out.0")


def model(name: str, folder: Path) -> Path:
    """The folder of a base model in diffusers' layout: `mini` (bundled, or its shape if it is missing), or one of `SHAPES`."""
    if name == "mini" and (MINI / "model_index.json").is_file():
        return MINI
    place = folder / name.replace("/", "_")
    torch.manual_seed(0)
    pipeline(SHAPES[name]).save_pretrained(place)
    return place


@dataclass(frozen=True)
class Sizes:
    """widths: channels of the UNet · text, layers: of the text encoder · side: in latents · vae: channels, blocks' layers."""

    widths: tuple[int, ...]
    text: int
    layers: int
    side: int
    vae: tuple[int, ...] = (16, 32, 64)
    deep: int = 1


SHAPES = {
    "mini": Sizes((64, 128, 256), 128, 3, 32),
    "sd15/4": Sizes((160, 320, 640, 640), 768, 12, 32),
    "sd15/5": Sizes((64, 128, 256, 256), 768, 12, 32, vae=(32, 64, 128, 128), deep=2),
}
"""Stable Diffusion 1.5 made smaller; the last one's VAE is a quarter as wide as the real one and halves as often."""


def pipeline(sizes: Sizes) -> StableDiffusionPipeline:
    """Stable Diffusion 1.5 of these sizes with random weights."""
    words = clip_tokenizer("<|endoftext|>")
    inner, text = len(sizes.widths) - 1, sizes.text
    return StableDiffusionPipeline(
        vae=AutoencoderKL(
            block_out_channels=sizes.vae,
            down_block_types=("DownEncoderBlock2D",) * len(sizes.vae),
            up_block_types=("UpDecoderBlock2D",) * len(sizes.vae),
            layers_per_block=sizes.deep,
            norm_num_groups=8,
        ),
        text_encoder=CLIPTextModel(
            CLIPTextConfig(
                vocab_size=len(words),
                hidden_size=text,
                intermediate_size=4 * text,
                num_hidden_layers=sizes.layers,
                num_attention_heads=text // 64,
            )
        ),
        tokenizer=words,
        unet=UNet2DConditionModel(
            sample_size=sizes.side,
            block_out_channels=sizes.widths,
            down_block_types=("CrossAttnDownBlock2D",) * inner + ("DownBlock2D",),
            up_block_types=("UpBlock2D",) + ("CrossAttnUpBlock2D",) * inner,
            cross_attention_dim=text,
            attention_head_dim=8,
        ),
        scheduler=DDIMScheduler(beta_start=0.00085, beta_end=0.012, beta_schedule="scaled_linear", clip_sample=False),
        safety_checker=None,
        feature_extractor=None,
        requires_safety_checker=False,
    )


def lora(pipe: Any, path: Path, seed: int, rank: int = 16) -> Path:
    """Write a random LoRA for every attention projection of the UNet; returns `path`."""
    chance, found = torch.Generator().manual_seed(seed), {}
    for name, module in pipe.unet.named_modules():
        if name.endswith(ATTENTION):
            outputs, inputs = module.weight.shape
            found[f"unet.{name}.lora_A.weight"] = torch.randn(rank, inputs, generator=chance) / inputs**0.5
            found[f"unet.{name}.lora_B.weight"] = torch.randn(outputs, rank, generator=chance) * 0.02
    save_file(found, path)
    return path
