"""Pipelines written as one .safetensors file in the layout of Stability's own code, as model-sharing sites have them."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import torch
from safetensors.torch import save_file

Weights = dict[str, torch.Tensor]

RESNET = [
    ("norm1", "in_layers.0"),
    ("conv1", "in_layers.2"),
    ("norm2", "out_layers.0"),
    ("conv2", "out_layers.3"),
    ("time_emb_proj", "emb_layers.1"),
    ("conv_shortcut", "skip_connection"),
]


def save_checkpoint(pipe: Any, path: Path, **metadata: str) -> Path:
    """Write a tiny SD 1.5 or SDXL pipeline to one file; returns its path."""
    found = {f"model.diffusion_model.{key}": value for key, value in unet(pipe.unet).items()}
    found |= {f"first_stage_model.{key}": value for key, value in vae(pipe.vae).items()}
    xl = hasattr(pipe, "text_encoder_2")
    prefix = "conditioner.embedders.0.transformer" if xl else "cond_stage_model.transformer"
    for key, value in pipe.text_encoder.state_dict().items():
        found[f"{prefix}.text_model.{key}"] = value
    if xl:
        found |= {f"conditioner.embedders.1.model.{k}": v for k, v in open_clip(pipe.text_encoder_2).items()}
    save_file({key: value.contiguous().clone() for key, value in found.items()}, path, metadata=metadata or None)
    return path


def unet(model: Any) -> Weights:
    """diffusers' names of a UNet → Stability's."""
    layers, levels = model.config.layers_per_block, len(model.config.block_out_channels)
    parts = {"conv_in": "input_blocks.0.0", "conv_norm_out": "out.0", "conv_out": "out.2"}
    parts |= {"time_embedding.linear_1": "time_embed.0", "time_embedding.linear_2": "time_embed.2"}
    parts |= {"add_embedding.linear_1": "label_emb.0.0", "add_embedding.linear_2": "label_emb.0.2"}
    parts |= {"mid_block.resnets.0": "middle_block.0", "mid_block.resnets.1": "middle_block.2"}
    parts |= {"mid_block.attentions.0": "middle_block.1"}
    for i in range(levels):
        for j in range(layers):
            parts[f"down_blocks.{i}.resnets.{j}"] = f"input_blocks.{(layers + 1) * i + j + 1}.0"
            parts[f"down_blocks.{i}.attentions.{j}"] = f"input_blocks.{(layers + 1) * i + j + 1}.1"
        parts[f"down_blocks.{i}.downsamplers.0.conv"] = f"input_blocks.{(layers + 1) * (i + 1)}.0.op"
        for j in range(layers + 1):
            parts[f"up_blocks.{i}.resnets.{j}"] = f"output_blocks.{(layers + 1) * i + j}.0"
            parts[f"up_blocks.{i}.attentions.{j}"] = f"output_blocks.{(layers + 1) * i + j}.1"
        parts[f"up_blocks.{i}.upsamplers.0.conv"] = f"output_blocks.{(layers + 1) * i + layers}.2.conv"
    inner = {True: RESNET, False: []}
    return {_inner(_renamed(key, parts), inner["resnets" in key]): value for key, value in model.state_dict().items()}


def vae(model: Any) -> Weights:
    """diffusers' names of a VAE → Stability's, its attention as 1 × 1 convolutions."""
    levels = len(model.config.block_out_channels)
    parts = {"conv_norm_out": "norm_out", "mid_block.attentions.0": "mid.attn_1"}
    parts |= {"mid_block.resnets.0": "mid.block_1", "mid_block.resnets.1": "mid.block_2"}
    for i in range(levels):
        parts |= {f"down_blocks.{i}.resnets.{j}": f"down.{i}.block.{j}" for j in range(4)}
        parts |= {f"up_blocks.{i}.resnets.{j}": f"up.{levels - 1 - i}.block.{j}" for j in range(4)}
        parts[f"down_blocks.{i}.downsamplers.0"] = f"down.{i}.downsample"
        parts[f"up_blocks.{i}.upsamplers.0"] = f"up.{levels - 1 - i}.upsample"
    attention = [("group_norm", "norm"), ("to_q", "q"), ("to_k", "k"), ("to_v", "v"), ("to_out.0", "proj_out")]
    found = {}
    for key, value in model.state_dict().items():
        side, _, rest = key.partition(".")
        name = _inner(_renamed(rest, parts), [("conv_shortcut", "nin_shortcut")])
        if "attn_1" in name:
            name = _inner(name, attention)
            value = value[..., None, None] if value.ndim == 2 else value
        found[f"{side}.{name}" if rest else key] = value
    return found


def open_clip(model: Any) -> Weights:
    """transformers' names of SDXL's second text encoder → OpenCLIP's."""
    inner = [("layer_norm1", "ln_1"), ("layer_norm2", "ln_2"), ("mlp.fc1", "mlp.c_fc"), ("mlp.fc2", "mlp.c_proj")]
    inner += [("self_attn.out_proj", "attn.out_proj"), ("encoder.layers", "transformer.resblocks")]
    inner += [("embeddings.token_embedding", "token_embedding"), ("final_layer_norm", "ln_final")]
    weights = {key.removeprefix("text_model."): value for key, value in model.state_dict().items()}
    found = {"text_projection": weights.pop("text_projection.weight").T}
    found["positional_embedding"] = weights.pop("embeddings.position_embedding.weight")
    for key in [key for key in weights if ".q_proj." in key]:
        three = [weights.pop(key.replace("q_proj", f"{which}_proj")) for which in "qkv"]
        name = key.replace("self_attn.q_proj.", "attn.in_proj_")
        found[_inner(name, inner)] = torch.cat(three)
    return found | {_inner(key, inner): value for key, value in weights.items()}


def _renamed(key: str, parts: dict[str, str]) -> str:
    for old in sorted(parts, key=len, reverse=True):
        if key.startswith(old + "."):
            return parts[old] + key[len(old) :]
    return key


def _inner(key: str, pairs: list[tuple[str, str]]) -> str:
    for old, new in pairs:
        key = re.sub(rf"(?<![\w]){re.escape(old)}(?![\w])", new, key)
    return key
