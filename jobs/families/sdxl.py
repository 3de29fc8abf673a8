"""Stable Diffusion XL and all models made from it."""

from __future__ import annotations

import torch
from diffusers import StableDiffusionXLPipeline
from torch import Tensor

from jobs.families.family import Text
from jobs.families.latent.model import LatentDiffusion

USUAL_SKIP = 2
"""The layer that SDXL's UNet learned to hear, counted from the end."""


class StableDiffusionXL(LatentDiffusion):
    """Two CLIP text encoders, and a UNet that is told a picture's size. Podell et al. 2023, https://arxiv.org/abs/2307.01952"""

    name = "sdxl"
    title = "Stable Diffusion XL"
    version = "sdxl_base_v1-0"
    architecture = "stable-diffusion-xl-v1-base"
    pipeline = StableDiffusionXLPipeline
    extras = {"add_watermarker": False}
    tokenizers = {"tokenizer": "<|endoftext|>", "tokenizer_2": "!"}
    encoders = ("text_encoder", "text_encoder_2")
    embeddings = ("clip_l", "clip_g")
    delicate = True

    def speak(self, prompts: list[str]) -> Text:
        states, _, pooled, _ = self.pipe.encode_prompt(
            prompts, device=self.device, num_images_per_prompt=1, do_classifier_free_guidance=False
        )
        return Text(states, pooled)

    def hear(self, encoder: str, ids: Tensor, skip: int = 1) -> Text:
        """As in `Family`; this family always listens at the last layer but one, so 1 and 2 are the same."""
        states, found = self._listen(encoder, ids, max(skip, USUAL_SKIP))
        return Text(states, getattr(found, "text_embeds", None))

    @property
    def hushed(self) -> bool:
        return bool(self.pipe.config.force_zeros_for_empty_prompt)

    def silence(self) -> Text:
        said = self.encode_text([""])
        quiet = 0.0 if self.hushed else 1.0
        return Text(said.states * quiet, _pooled(said) * quiet)

    def predict(self, noisy: Tensor, timesteps: Tensor, text: Text, sizes: Tensor | None = None) -> Tensor:
        if sizes is None:
            sizes = self._whole(noisy)
        told = {
            "text_embeds": _pooled(text).to(self.device, self.dtype),
            "time_ids": sizes.to(self.device, torch.float32),
        }
        states = text.states.to(self.device, self.dtype)
        return self.pipe.unet(noisy.to(self.dtype), timesteps, states, added_cond_kwargs=told, return_dict=False)[0]

    def _whole(self, noisy: Tensor) -> Tensor:
        """[n, 6]: pictures of just the latents' size, not cropped."""
        height, width = noisy.shape[-2] * self.factor, noisy.shape[-1] * self.factor
        return torch.tensor([[height, width, 0, 0, height, width]]).repeat(len(noisy), 1)


def _pooled(text: Text) -> Tensor:
    """The one vector a prompt, which this family always has."""
    assert text.pooled is not None
    return text.pooled
