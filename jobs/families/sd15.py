"""Stable Diffusion 1.5, all models made from it, and the bundled mini family."""

from __future__ import annotations

from diffusers import StableDiffusionPipeline
from torch import Tensor

from jobs.families.family import Text
from jobs.families.latent.model import LatentDiffusion


class StableDiffusion15(LatentDiffusion):
    """One CLIP text encoder, one UNet. Rombach et al. 2022, https://arxiv.org/abs/2112.10752"""

    name = "sd15"
    title = "Stable Diffusion 1.5"
    version = "sd_v1"
    architecture = "stable-diffusion-v1"
    pipeline = StableDiffusionPipeline
    extras = {"safety_checker": None, "feature_extractor": None, "requires_safety_checker": False}
    tokenizers = {"tokenizer": "<|endoftext|>"}
    encoders = ("text_encoder",)
    embeddings = ("emb_params",)

    def speak(self, prompts: list[str]) -> Text:
        states, _ = self.pipe.encode_prompt(prompts, self.device, 1, False)
        return Text(states)

    def hear(self, encoder: str, ids: Tensor, skip: int = 1) -> Text:
        states, found = self._listen(encoder, ids, skip)
        return Text(found.last_hidden_state if skip == 1 else self.pipe.text_encoder.final_layer_norm(states))

    def predict(self, noisy: Tensor, timesteps: Tensor, text: Text, sizes: Tensor | None = None) -> Tensor:
        states = text.states.to(self.device, self.dtype)
        return self.pipe.unet(noisy.to(self.dtype), timesteps, states, return_dict=False)[0]
