"""The autoencoder: 128 px pictures to 16 × 16 latents of 12 channels, and back."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import torch
from diffusers import AutoencoderKL

from mini.draw import PLACES
from mini.parts.disturb import disturb
from mini.train import Plan, train
from mini.world import Drawing

CHANNELS = {"cpu": (16, 16, 48, 96), "gpu": (32, 64, 96, 128)}
LATENT_CHANNELS = 12


def build(preset: str = "cpu") -> AutoencoderKL:
    """A shallow AutoencoderKL without attention: most of its work is at low resolution."""
    return warm_start(
        AutoencoderKL(
            in_channels=3,
            out_channels=3,
            sample_size=128,
            layers_per_block=1,
            norm_num_groups=1,
            block_out_channels=CHANNELS[preset],
            latent_channels=LATENT_CHANNELS,
            scaling_factor=1.0,
            down_block_types=["DownEncoderBlock2D"] * 4,
            up_block_types=["UpDecoderBlock2D"] * 4,
            mid_block_add_attention=False,
        )
    )


@torch.no_grad()
def warm_start(vae: AutoencoderKL) -> AutoencoderKL:
    """Weights with which an untrained autoencoder already passes a 16 × 16 thumbnail in colour.

    Channels 0-2 carry red, green, blue and 3-5 their negatives along the residual path (silu(x) - silu(-x) = x undoes
    the last activation); everything else stays random. Colours are then right from the first step, which plain
    training takes an hour of CPU to find. One normalisation group keeps the ratios between channels.
    """
    eye = torch.eye(6)
    for name, layer in vae.named_modules():
        if name.endswith(("conv2", "quant_conv", "conv_out")) or not isinstance(layer, torch.nn.Conv2d):
            continue
        if name.endswith("conv_shortcut"):
            layer.weight[:6] = 0
            layer.weight[:6, :6, 0, 0] = eye
        elif "samplers" in name:
            taps = torch.tensor([1.0, 1, 0] if "down" in name else [0.5, 1, 0.5]) / 2
            layer.weight[:6] = 0
            layer.weight[:6, :6] = eye[:, :, None, None] * taps[:, None] * taps
        elif name.endswith("conv_in"):
            layer.weight[:6] = 0
            layer.weight[:3, :3, 1, 1], layer.weight[3:6, :3, 1, 1] = torch.eye(3), -torch.eye(3)
        else:
            continue
        layer.bias[:6] = 0
    for name, layer in vae.named_modules():
        if name.endswith("conv2"):
            layer.weight[:6], layer.bias[:6] = 0, 0
        elif name.endswith("conv_out"):
            layer.weight[:3], layer.bias[:3] = 0, 0
            layer.weight[:3, :3, 1, 1], layer.weight[:3, 3:6, 1, 1] = 0.5 * torch.eye(3), -0.5 * torch.eye(3)
    n = LATENT_CHANNELS
    vae.encoder.conv_out.weight[n:], vae.encoder.conv_out.bias[n:] = 0, -5.0
    for layer in (vae.quant_conv, vae.post_quant_conv):
        layer.weight[:, :, 0, 0], layer.bias[:] = torch.eye(len(layer.weight)), 0
    return vae


def to_model(pictures: np.ndarray | torch.Tensor) -> torch.Tensor:
    """uint8 [n, h, w, 3] to float [n, 3, h, w] in -1 … 1."""
    return torch.as_tensor(pictures).permute(0, 3, 1, 2).float() / 127.5 - 1


def face_weight(framing: str, size: int = 128, more: float = 3.0) -> torch.Tensor:
    """[1, size, size]: 1, and 1 + more over the face, where eyes and mouth are small and matter most."""
    y, head = PLACES[framing]
    axis = (torch.arange(size) + 0.5) / size
    inside = ((axis[:, None] - y).abs() < head * 0.5) & ((axis[None, :] - 0.5).abs() < head * 0.42)
    return (1 + more * inside.float())[None]


def loss(vae: AutoencoderKL, x: torch.Tensor, weight: torch.Tensor, share: float) -> tuple[torch.Tensor, dict]:
    """Weighted L1 of pixels and of their differences, with a little KL."""
    posterior = vae.encode(x).latent_dist
    y = vae.decode(posterior.sample()).sample
    kl = posterior.kl().mean() / posterior.mean[0].numel()
    with torch.no_grad():
        psnr = -10 * torch.log10(((y - x) / 2).square().mean())
    return pixel_loss(y, x, weight) + 2e-4 * kl, {
        "psnr": psnr.item(),
        "kl": kl.item(),
        "l1": (y - x).abs().mean().item(),
    }


def pixel_loss(y: torch.Tensor, x: torch.Tensor, weight: torch.Tensor) -> torch.Tensor:
    """Absolute and square error and the error of neighbouring differences, all weighted."""
    error = ((y - x).abs() * weight).mean() + 0.5 * ((y - x).square() * weight).mean()
    return error + _edges(y - x, weight)


def _edges(d: torch.Tensor, weight: torch.Tensor) -> torch.Tensor:
    across = ((d[..., 1:] - d[..., :-1]).abs() * weight[..., 1:]).mean()
    down = ((d[..., 1:, :] - d[..., :-1, :]).abs() * weight[..., 1:, :]).mean()
    return across + down


def fit(plan: Plan, vae: AutoencoderKL, pictures: np.ndarray, drawings: list[Drawing], batch: int) -> AutoencoderKL:
    """Trains on the drawings; later on some of them disturbed in palette, texture and place."""
    rng = np.random.default_rng()
    weights = {framing: face_weight(framing) for framing in PLACES}

    def step(share: float):
        picked = rng.integers(0, len(pictures), batch)
        x = to_model(pictures[picked])
        weight = torch.stack([weights[drawings[i].framing] for i in picked])
        x, weight = disturb(x, weight, rng, share=0.4 * min(1.0, 3 * share))
        return loss(vae, x.to(plan.device), weight.to(plan.device), share)

    return train(plan, vae, step)


def polish(plan: Plan, vae: AutoencoderKL, pictures: np.ndarray, drawings: list[Drawing], batch: int) -> AutoencoderKL:
    """Trains the decoder alone on latents with a little noise, as a UNet's are; the latents themselves stay."""
    rng = np.random.default_rng()
    weights = {framing: face_weight(framing, more=6.0) for framing in PLACES}
    vae.encoder.requires_grad_(False)
    vae.quant_conv.requires_grad_(False)

    def step(share: float):
        picked = rng.integers(0, len(pictures), batch)
        weight = torch.stack([weights[drawings[i].framing] for i in picked])
        x, weight = (a.to(plan.device) for a in disturb(to_model(pictures[picked]), weight, rng, share=0.15))
        with torch.no_grad():
            z = vae.encode(x).latent_dist.mean
        y = vae.decode(z + 0.08 * torch.randn_like(z)).sample
        with torch.no_grad():
            psnr = -10 * torch.log10(((y - x) / 2).square().mean())
        return pixel_loss(y, x, weight), {"psnr": psnr.item()}

    return train(plan, vae, step)


@torch.no_grad()
def fold(vae: AutoencoderKL, pictures: np.ndarray) -> AutoencoderKL:
    """Folds mean and deviation of the latents into quant_conv and post_quant_conv, so scaling_factor is 1.0."""
    means = torch.cat(
        [vae.encode(to_model(part).to(vae.device)).latent_dist.mean for part in np.array_split(pictures, 16)]
    )
    mean, std = means.mean((0, 2, 3)), means.std((0, 2, 3)).clamp_min(1e-3)
    n = len(mean)
    quant, post = vae.quant_conv, vae.post_quant_conv
    quant.weight[:n] /= std[:, None, None, None]
    quant.bias[:n] = (quant.bias[:n] - mean) / std
    quant.bias[n:] -= 2 * std.log()
    post.bias += post.weight[:, :, 0, 0] @ mean
    post.weight *= std[None, :, None, None]
    return vae


def export(vae: AutoencoderKL, folder: Path) -> None:
    vae.half().save_pretrained(folder, safe_serialization=True)
