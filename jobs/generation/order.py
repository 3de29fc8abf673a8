"""Everything that decides how one picture comes out, besides the base and the blend in it."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

from PIL import Image as Pictures

from jobs.generation.sizes import Resize
from storage.parameters import Kind

Upscaler = Literal["pixels", "latents"]
"""What is made larger between the two passes: the finished picture (Lanczos), or what the VAE would make it of."""


@dataclass(frozen=True)
class Upscale:
    """A second pass that redraws the picture larger.

    size: (width, height) in pixels of what comes out.
    steps: how many it takes, each of them drawn.
    strength: how much is redrawn, 0 … 1.
    start, mask: where a mask keeps something, the given picture and the mask in that size.
    """

    factor: float
    size: tuple[int, int]
    steps: int
    strength: float
    by: Upscaler = "pixels"
    start: Pictures.Image | None = None
    mask: Pictures.Image | None = None

    @property
    def whole(self) -> int:
        """Of how many steps `steps` are the last, as diffusers counts them."""
        return max(self.steps, math.ceil(self.steps / self.strength - 1e-9))


@dataclass(frozen=True)
class Order:
    """What to draw.

    size: (width, height) in pixels; of the first pass, where there are two.
    clip_skip: at which layer the text encoders are listened to, as `Family.hear` counts.
    start: the picture to redraw, of that size; None draws from noise.
    mask: `L`, of that size: where `start` is redrawn (white) and where it stays as it is (black); None: everywhere.
    resize: how `start` was brought to that size.
    strength: how much of `start` is redrawn, 0 … 1.
    said: what stands for both prompts, as `spoken` makes it, where the text encoders have left memory.
    file, quality: what it is kept as; see `storage.parameters.encoded`.
    """

    prompt: str
    negative: str
    seed: int
    size: tuple[int, int]
    steps: int
    guidance: float
    sampler: str = ""
    clip_skip: int = 1
    start: Pictures.Image | None = None
    mask: Pictures.Image | None = None
    resize: Resize = "crop"
    strength: float = 1.0
    upscale: Upscale | None = None
    said: Mapping[str, Any] | None = None
    file: Kind = "png"
    quality: int = 95

    @property
    def spares(self) -> tuple[Pictures.Image, Pictures.Image] | None:
        """What stays where the finished picture's mask is black, and that mask; None where all is redrawn."""
        last = self.upscale or self
        return None if last.start is None or last.mask is None else (last.start, last.mask)

    @property
    def made(self) -> tuple[int, int]:
        """(width, height) in pixels of the finished picture."""
        return self.upscale.size if self.upscale else self.size
