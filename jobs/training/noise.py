"""The objective of diffusion: how noise is laid over latents, what the UNet is to answer, how much an error counts."""

from __future__ import annotations

from typing import Any

import torch
from diffusers import DDPMScheduler
from torch import Tensor

from jobs.training.batches import Batch


class Objective:
    """The denoising loss of ε- and v-models, evened out over noise levels by min-SNR.

    Ho et al. 2020, Denoising Diffusion Probabilistic Models, https://arxiv.org/abs/2006.11239;
    v: Salimans & Ho 2022, Progressive Distillation, https://arxiv.org/abs/2202.00512, equation in appendix D;
    min-SNR: Hang et al. 2023, https://arxiv.org/abs/2303.09556, section 3.4.

    Args:
        scheduler: the pipeline's scheduler; its configuration holds the noise levels and the prediction type.
        gamma: min-SNR's γ; 0 counts every noise level alike.
    """

    def __init__(self, scheduler: Any, gamma: float, device: torch.device) -> None:
        alphas_bar = DDPMScheduler.from_config(scheduler.config).alphas_cumprod.double()
        self.timesteps = len(alphas_bar)
        self._v = scheduler.config.get("prediction_type", "epsilon") == "v_prediction"
        self._signal = alphas_bar.sqrt().float().to(device)
        self._noise = (1 - alphas_bar).sqrt().float().to(device)
        self._weight = weights(alphas_bar / (1 - alphas_bar), gamma, self._v).float().to(device)

    def noisy(self, batch: Batch) -> Tensor:
        """√ᾱ·x + √(1−ᾱ)·ε, the ε that is laid over: [n, c, h, w]."""
        signal, noise = self._levels(batch.timesteps)
        return signal * batch.latents + noise * (batch.noise if batch.laid is None else batch.laid)

    def target(self, batch: Batch) -> Tensor:
        """What the UNet is to answer: ε, or v = √ᾱ·ε − √(1−ᾱ)·x."""
        if not self._v:
            return batch.noise
        signal, noise = self._levels(batch.timesteps)
        return signal * batch.noise - noise * batch.latents

    def loss(self, answer: Tensor, batch: Batch) -> Tensor:
        """The mean square error over the batch, weighted by noise level and by picture: one number in fp32."""
        return (self.errors(answer, batch) * self._weight[batch.timesteps] * batch.weights).mean()

    def errors(self, answer: Tensor, batch: Batch) -> Tensor:
        """[n] mean square errors in fp32, all counted alike."""
        return (answer.float() - self.target(batch)).square().mean(dim=(1, 2, 3))

    def clean(self, answer: Tensor, noisy: Tensor, timesteps: Tensor) -> Tensor:
        """The clean latents that an answer amounts to: x = (z − √(1−ᾱ)·ε) / √ᾱ, or √ᾱ·z − √(1−ᾱ)·v; in fp32."""
        signal, noise = self._levels(timesteps)
        if self._v:
            return signal * noisy.float() - noise * answer.float()
        return (noisy.float() - noise * answer.float()) / signal

    def _levels(self, timesteps: Tensor) -> tuple[Tensor, Tensor]:
        return self._signal[timesteps, None, None, None], self._noise[timesteps, None, None, None]


def weights(snr: Tensor, gamma: float, v: bool) -> Tensor:
    """How much an error counts at each signal-to-noise ratio: min(SNR, γ) / SNR, for v / (SNR + 1)."""
    if gamma == 0:
        return torch.ones_like(snr)
    if v:
        return snr.clamp(max=gamma) / (snr + 1)
    return (gamma / snr).clamp(max=1)
