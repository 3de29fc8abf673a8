"""The UNet and its scheduler: v-prediction on 16 × 16 latents, text states from the CLIP text tower."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as F
from diffusers import AutoencoderKL, DPMSolverMultistepScheduler, UNet2DConditionModel

from mini.parts.clip import TEXT_WIDTH, tokens
from mini.parts.vae import LATENT_CHANNELS, to_model
from mini.train import Plan, train
from mini.wording import loose
from mini.world import Drawing

CHANNELS = (64, 128, 256)
NOISE = dict(num_train_timesteps=1000, beta_start=1e-4, beta_end=0.02, beta_schedule="linear")
"""A linear schedule: at its end hardly any signal is left, so plain backgrounds follow the prompt from pure noise."""


def build() -> UNet2DConditionModel:
    return quiet_start(
        UNet2DConditionModel(
            sample_size=16,
            in_channels=LATENT_CHANNELS,
            out_channels=LATENT_CHANNELS,
            layers_per_block=1,
            block_out_channels=CHANNELS,
            cross_attention_dim=TEXT_WIDTH,
            norm_num_groups=16,
            attention_head_dim=[c // 32 for c in CHANNELS],
            down_block_types=["CrossAttnDownBlock2D"] * 3,
            up_block_types=["CrossAttnUpBlock2D"] * 3,
        )
    )


@torch.no_grad()
def quiet_start(unet: UNet2DConditionModel) -> UNet2DConditionModel:
    """Every residual branch, and the output, begins at zero (Dhariwal & Nichol 2021), which diffusers leaves random."""
    for name, layer in unet.named_modules():
        if name.endswith(("conv2", "proj_out", "conv_out")):
            layer.weight.zero_()
            layer.bias.zero_()
    return unet


def scheduler() -> DPMSolverMultistepScheduler:
    """What ships: good pictures in 20 steps."""
    return DPMSolverMultistepScheduler(
        **NOISE,
        prediction_type="v_prediction",
        algorithm_type="dpmsolver++",
        solver_order=2,
        timestep_spacing="trailing",
        steps_offset=1,
    )


def signal_and_noise(device) -> tuple[torch.Tensor, torch.Tensor]:
    """sqrt of alpha bar and of one minus it, [1000] each."""
    betas = torch.linspace(NOISE["beta_start"], NOISE["beta_end"], NOISE["num_train_timesteps"], device=device)
    kept = torch.cumprod(1 - betas, 0)
    return kept.sqrt(), (1 - kept).sqrt()


@torch.no_grad()
def latents_of(vae: AutoencoderKL, pictures: np.ndarray, batch: int = 32) -> torch.Tensor:
    """Means of the latents, fp16 [n, 12, 16, 16] on the CPU."""
    found = [
        vae.encode(to_model(pictures[i : i + batch]).to(vae.device)).latent_dist.mean.half().cpu()
        for i in range(0, len(pictures), batch)
    ]
    return torch.cat(found)


def loss(
    unet: UNet2DConditionModel, x: torch.Tensor, states: torch.Tensor, signal, noise_share
) -> tuple[torch.Tensor, dict]:
    """Mean square error of v.

    Times are spread evenly and drawn towards the clean end (t = 1000 u^1.4): half of a linear schedule is nearly pure
    noise, and there is little to learn there.
    """
    n = len(x)
    u = (torch.arange(n, device=x.device) + torch.rand(n, device=x.device)) / n
    t = (1000 * u**1.4).long().clamp(max=999)
    a, s = signal[t, None, None, None], noise_share[t, None, None, None]
    noise = torch.randn_like(x)
    guess = unet(a * x + s * noise, t, states).sample
    error = F.mse_loss(guess.float(), a * noise - s * x)
    return error, {}


def fit(
    plan: Plan,
    unet: UNet2DConditionModel,
    latents: torch.Tensor,
    drawings: list[Drawing],
    encode,
    batch: int,
    after=None,
) -> UNet2DConditionModel:
    """encode(list of captions) gives states [n, 77, TEXT_WIDTH]; a tenth of the captions are empty."""
    rng = np.random.default_rng()
    signal, noise_share = signal_and_noise(plan.device)

    def step(share: float):
        picked = rng.integers(0, len(latents), batch)
        words = ["" if rng.random() < 0.1 else loose(drawings[i], rng) for i in picked]
        x = latents[picked].float().to(plan.device)
        return loss(unet, x, encode(words), signal, noise_share)

    return train(plan, unet, step, after)


def text_states(text_encoder, tokenizer, device):
    """encode(list of captions): frozen text states as the pipeline makes them, [n, 77, TEXT_WIDTH]."""

    @torch.no_grad()
    def encode(words: list[str]) -> torch.Tensor:
        given = tokens(tokenizer, words, device, pad_to=77)
        return text_encoder(given["input_ids"]).last_hidden_state

    return encode


def export(unet: UNet2DConditionModel, out: Path) -> None:
    unet.half().save_pretrained(out / "unet")
    scheduler().save_pretrained(out / "scheduler")
