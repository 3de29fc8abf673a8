"""What Stable Diffusion 1.5 and XL do alike: latents by a VAE, ε or v by a UNet."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, ClassVar, Self

import torch
from diffusers.utils import logging as diffusers_logging
from torch import Tensor, nn
from transformers.utils import logging as transformers_logging

from jobs.families.family import Family, TextEncoder
from jobs.families.latent.other_vae import load_vae
from jobs.families.latent.source import load_pipeline
from jobs.planning.ground import Ground
from storage.errors import BadInput


class LatentDiffusion(Family):
    """A diffusers pipeline with `vae`, `unet`, a scheduler and one or two CLIP text encoders."""

    pipeline: ClassVar[Any]
    """diffusers' pipeline class."""
    extras: ClassVar[dict[str, Any]] = {}
    """Parts of the pipeline that are always left out."""
    tokenizers: ClassVar[dict[str, str]]
    """Tokenizer → the token it fills a prompt up with."""
    encoders: ClassVar[tuple[str, ...]]
    """The text encoders, by the names diffusers gives them."""
    embeddings: ClassVar[tuple[str, ...]]
    """What files of new tokens' embeddings call the part of each text encoder."""
    delicate: ClassVar[bool] = False
    """Whether half precision overflows in the VAE where its configuration does not deny it."""

    def __init__(self, pipe: Any, source: Path | str = "") -> None:
        self.pipe, self._source = pipe, source
        self.ground = Ground.told(pipe.unet.config, pipe.vae.config) if pipe.unet else Ground.of(self.name, str(source))
        self._latent = (pipe.vae.config.scaling_factor, pipe.vae.config.shift_factor or 0.0)
        first = pipe.unet or pipe.vae
        self._device, self._dtype = first.device, first.dtype
        for module in (pipe.vae, *self.adapted().values()):
            module.requires_grad_(False).eval()
        if self.delicate:
            _take_any_dtype(self._vae())
        if self.prediction not in ("epsilon", "v_prediction"):
            raise BadInput(f"This model predicts “{self.prediction}”; the studio knows epsilon and v_prediction.")

    @classmethod
    def load(
        cls, source: Path | str, device: torch.device, dtype: torch.dtype, vae: str = "", unet: bool = True
    ) -> Self:
        diffusers_logging.disable_progress_bar()
        transformers_logging.disable_progress_bar()
        transformers_logging.set_verbosity_error()
        pipe = load_pipeline(cls, source, dtype=dtype, **({} if unet else {"unet": None}))
        if vae:
            pipe.register_modules(vae=load_vae(cls, vae, pipe.vae, dtype=dtype))
        pipe.to(device)
        pipe.set_progress_bar_config(disable=True)
        return cls(pipe, source)

    def bring_unet(self) -> None:
        if self.pipe.unet is None:
            without = dict.fromkeys(("vae", *self.encoders))
            unet = load_pipeline(type(self), self._source, dtype=self._dtype, **without).unet
            self.pipe.unet = unet.to(self._device).requires_grad_(False).eval()

    @property
    def device(self) -> torch.device:
        return self.pipe.unet.device if self.pipe.unet else self._device

    @property
    def dtype(self) -> torch.dtype:
        return self.pipe.unet.dtype if self.pipe.unet else self._dtype

    @property
    def prediction(self) -> str:
        return self.pipe.scheduler.config.get("prediction_type", "epsilon")

    @torch.no_grad()
    def encode_pixels(self, pixels: Tensor, generator: torch.Generator | None = None) -> Tensor:
        vae = self._vae()
        found = vae.encode(pixels.to(vae.device, vae.dtype)).latent_dist
        latents = found.mode() if generator is None else found.sample(generator)
        scale, shift = self._latent
        return ((latents - shift) * scale).to(self.dtype)

    def decode(self, latents: Tensor) -> Tensor:
        vae = self._vae()
        scale, shift = self._latent
        return vae.decode(latents.to(vae.device, vae.dtype) / scale + shift).sample

    def _vae(self) -> Any:
        """The VAE, in fp32 where half precision overflows in it."""
        vae = self.pipe.vae
        if self.delicate and vae.config.force_upcast and vae.dtype == torch.float16:
            vae.to(torch.float32)
        return vae

    def adapted(self) -> dict[str, nn.Module]:
        parts = {name: getattr(self.pipe, name) for name in ("unet", *self.encoders)}
        return {name: part for name, part in parts.items() if part is not None}

    def _listen(self, encoder: str, ids: Tensor, skip: int) -> tuple[Tensor, Any]:
        """The states [n, length, width] at the layer that many from the end, before the last norm, and all that was said."""
        found = getattr(self.pipe, encoder)(ids, output_hidden_states=True)
        layers = len(found.hidden_states) - 1
        if skip > layers:
            raise BadInput(
                f"A clip skip of {skip} is more than this base model's text encoder has layers. {layers} is the most."
            )
        return found.hidden_states[-skip], found

    def text_encoders(self) -> list[TextEncoder]:
        named = zip(self.encoders, self.tokenizers, self.embeddings, strict=True)
        return [TextEncoder(*names, getattr(self.pipe, names[0])) for names in named]

    def release(self, part: str) -> None:
        for name in self._parts(part):
            setattr(self.pipe, name, None)
        self._give_back()

    def rest(self) -> None:
        if self._device.type != "cpu":
            self.pipe.vae.to("cpu")
            self._give_back()

    @contextmanager
    def awake(self) -> Iterator[None]:
        before = self.pipe.vae.device
        self.pipe.vae.to(self._device)
        try:
            yield
        finally:
            self.pipe.vae.to(before)

    def _give_back(self) -> None:
        if self._device.type == "cuda":
            torch.cuda.empty_cache()

    def _parts(self, part: str) -> tuple[str, ...]:
        return {"pictures": ("vae",), "text": self.encoders}[part]

    def fingerprint(self, part: str) -> str:
        names = self._parts(part)
        found = hashlib.sha256(repr((self.name, self._latent, str(self.dtype))).encode())
        for name in names:
            for key, tensor in getattr(self.pipe, name).state_dict().items():
                found.update(key.encode())
                found.update(tensor.detach().cpu().contiguous().reshape(-1).view(torch.uint8).numpy().data)
        for name in self.tokenizers if part == "text" else ():
            found.update(getattr(self.pipe, name).backend_tokenizer.to_str().encode())
        return found.hexdigest()


def _take_any_dtype(vae: Any) -> None:
    """Let the VAE be given latents and pixels in any precision, whichever it is in itself at the moment.

    Where half precision overflows in it, `_vae` keeps it in fp32, and diffusers' pipelines
    move it to and fro on their own.
    """
    for first in (vae.encoder.conv_in, vae.post_quant_conv or vae.decoder.conv_in):
        first.register_forward_pre_hook(lambda layer, given: (given[0].to(layer.weight.dtype), *given[1:]))
