"""Where a mask is black the picture stays, also for a UNet that diffusers' inpainting knows nothing of."""

from __future__ import annotations

from typing import Any

import numpy as np
import torch
from PIL import Image as Pictures
from torch import Tensor

from jobs.families.family import Family

PAINTS_ALONE = 9
"""Input channels of a UNet that was made for inpainting."""

KNOWN = (4, PAINTS_ALONE)
"""Input channels of UNets that diffusers' inpainting pipelines take: latents alone, or with mask and masked picture."""


def paints(family: Family) -> bool:
    """Whether diffusers' own inpainting pipeline takes this base model."""
    return family.pipe.unet.config.in_channels in KNOWN


class Spared:
    """Puts the given picture, as noisy as the step is, back into the latents wherever nothing is to be redrawn.

    The latent blending of diffusers' inpainting for a UNet of four channels; Avrahami et al. 2022,
    https://arxiv.org/abs/2206.02779
    """

    def __init__(self, family: Family, start: Pictures.Image, mask: Pictures.Image, seed: int) -> None:
        device, dtype = family.device, family.dtype
        pixels = torch.from_numpy(np.asarray(start.convert("RGB"), np.float32) / 127.5 - 1)
        with torch.inference_mode():
            self._start = family.encode_pixels(pixels.movedim(-1, 0)[None].to(device, dtype))
        size = (self._start.shape[-1], self._start.shape[-2])
        white = np.asarray(mask.convert("L").resize(size, Pictures.Resampling.BILINEAR), np.float32) / 255
        self._mask = torch.from_numpy(white)[None, None].to(device, dtype)
        noise = torch.randn(self._start.shape, generator=torch.Generator("cpu").manual_seed(seed))
        self._noise = noise.to(device, dtype)

    def __call__(self, running: Any, step: int, latents: Tensor) -> Tensor:
        """The latents [n, c, h, w] after a step (from 0 on) with what is spared put back."""
        times = running.scheduler.timesteps
        following = len(times) - running.num_timesteps + step + 1
        start = self._start
        if following < len(times):
            start = running.scheduler.add_noise(start, self._noise, times[following : following + 1])
        return self._mask * latents + (1 - self._mask) * start.to(latents.dtype)
