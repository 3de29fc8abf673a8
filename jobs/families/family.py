"""What every model family can do, whichever it is: nobody asks which, all call these methods."""

from __future__ import annotations

from abc import ABC, abstractmethod
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar, NamedTuple, Self

import torch
from torch import Tensor, nn

from jobs.planning.ground import Ground


@dataclass(frozen=True)
class Text:
    """What the UNet hears.

    states: [n, tokens, width], the text encoders' hidden states.
    pooled: [n, width] for families that want one vector a prompt, else None.
    """

    states: Tensor
    pooled: Tensor | None = None

    def __getitem__(self, rows: Any) -> Text:
        return Text(self.states[rows], None if self.pooled is None else self.pooled[rows])

    def to(self, device: torch.device) -> Text:
        """The same on a device."""
        return Text(self.states.to(device), None if self.pooled is None else self.pooled.to(device))

    def where(self, rows: Tensor, other: Text) -> Text:
        """`other` with this, which has one row, in the place of some rows: [n] booleans."""
        states = torch.where(rows[:, None, None], self.states, other.states)
        if self.pooled is None or other.pooled is None:
            return Text(states)
        return Text(states, torch.where(rows[:, None], self.pooled, other.pooled))


class TextEncoder(NamedTuple):
    """One text encoder: its name in the pipeline, its tokenizer's, and what files of embeddings call its part."""

    name: str
    tokenizer: str
    key: str
    module: Any


class Family(ABC):
    """One loaded base model: a diffusers pipeline and what training and the mixer need of it.

    Attributes:
        pipe: the diffusers pipeline, on `device` in `dtype`.
        ground: the sizes of pictures it was made for and can take.
    """

    name: ClassVar[str]  # the file's name: sd15, sdxl
    title: ClassVar[str]  # as people say it: Stable Diffusion 1.5
    version: ClassVar[str]  # as kohya's metadata say it: sd_v1
    architecture: ClassVar[str]  # as ModelSpec says it: stable-diffusion-v1
    pipe: Any
    ground: Ground

    @property
    def native(self) -> int:
        """The side of a picture in pixels that the model was made for."""
        return self.ground.native

    @property
    def factor(self) -> int:
        """Pixels to a side of one latent."""
        return self.ground.factor

    @classmethod
    @abstractmethod
    def load(
        cls, source: Path | str, device: torch.device, dtype: torch.dtype, vae: str = "", unet: bool = True
    ) -> Self:
        """Load from a diffusers folder, a single .safetensors file or a hub name.

        Args:
            vae: where another VAE than its own lies, in the same three ways; '' is its own.
            unet: whether the UNet comes at once, or with `bring_unet`, when what it must not stand beside has gone.

        Raises:
            NotFound: it is not on this machine and cannot be downloaded; says what to do.
            BadInput: the files are there but are not of this family, or are broken.
        """

    @abstractmethod
    def speak(self, prompts: list[str]) -> Text:
        """Prompts → `Text` with one row a prompt, cut at the encoders' length; carries gradient if the encoders learn."""

    @abstractmethod
    def hear(self, encoder: str, ids: Tensor, skip: int = 1) -> Text:
        """What one text encoder, by its name, makes of tokens [n, length], as the UNet hears it; pooled if it is that one's.

        Args:
            skip: at which layer it is listened to, counted as AUTOMATIC1111 does: 1 at the last one, 2 at the last but
                one, … (diffusers' `clip_skip` is one less).

        Raises:
            BadInput: the encoder has not so many layers.
        """

    @property
    def hushed(self) -> bool:
        """Whether the UNet hears zeros where nothing is said, rather than what the encoders make of no words."""
        return False

    @torch.no_grad()
    def encode_text(self, prompts: list[str]) -> Text:
        """The same without gradient."""
        return self.speak(prompts)

    @abstractmethod
    def encode_pixels(self, pixels: Tensor, generator: torch.Generator | None = None) -> Tensor:
        """[n, 3, h, w] in −1…1 → scaled latents [n, c, h/factor, w/factor]; the mean without a generator."""

    @abstractmethod
    def decode(self, latents: Tensor) -> Tensor:
        """Scaled latents → [n, 3, h, w] in −1…1; carries gradient if the latents do."""

    @abstractmethod
    def predict(self, noisy: Tensor, timesteps: Tensor, text: Text, sizes: Tensor | None = None) -> Tensor:
        """The UNet's answer (ε or v, see `prediction`) to noisy latents [n, c, h, w] at timesteps [n].

        Args:
            sizes: [n, 6] pixels: height and width of the original, top and left of the crop, height and
                width of the result; for families that are told. None: pictures of just this size, whole.
        """

    def silence(self) -> Text:
        """What the UNet hears, one row, where nothing is said: as the pipeline has it without a negative prompt."""
        return self.encode_text([""])

    @abstractmethod
    def fingerprint(self, part: str) -> str:
        """A SHA-256 of all that cached `pictures` (latents) or `text` states depend on."""

    @abstractmethod
    def adapted(self) -> dict[str, nn.Module]:
        """The modules a LoRA may change, by the names diffusers gives them: `unet`, `text_encoder`, …"""

    @abstractmethod
    def text_encoders(self) -> list[TextEncoder]:
        """The text encoders, while they are there."""

    @abstractmethod
    def bring_unet(self) -> None:
        """Load the UNet, where it was left out."""

    @abstractmethod
    def release(self, part: str) -> None:
        """Free what makes latents of `pictures` (the VAE), or states of `text` (its encoders)."""

    @abstractmethod
    def rest(self) -> None:
        """Let the VAE wait in the machine's memory rather than the GPU's."""

    @abstractmethod
    def awake(self) -> AbstractContextManager[None]:
        """The VAE on the device for a while, and then back where it was."""

    @property
    @abstractmethod
    def device(self) -> torch.device:
        """Where the model computes."""

    @property
    @abstractmethod
    def dtype(self) -> torch.dtype:
        """The precision of its weights."""

    @property
    @abstractmethod
    def prediction(self) -> str:
        """`epsilon` or `v_prediction`."""
