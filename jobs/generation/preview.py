"""A glimpse of a picture while it is drawn, at a bounded price."""

from __future__ import annotations

import time
from collections.abc import Callable

import torch
from PIL import Image as Pictures
from torch import Tensor
from torch.nn.functional import interpolate

from jobs.families.family import Family

EVERY = 0.7
"""Seconds between two glimpses at least."""

SHARE = 0.03
"""Share of the drawing time that glimpses may take."""

SIDES = (16, 32)
"""A glimpse is decoded at half the picture's size, but with its longest side within these, in latents."""


class Preview:
    """Decodes latents on the way, small and not too often, and hands the pictures to `show`."""

    def __init__(self, family: Family, show: Callable[[Pictures.Image], None]) -> None:
        self._family, self._show = family, show
        self._began = self._last = time.monotonic()
        self._spent = 0.0

    def offer(self, latents: Tensor) -> None:
        """Show the latents [1, c, h, w] if enough time has passed to afford it. Changes nothing about them."""
        start = time.monotonic()
        if start - self._last < EVERY or self._spent > SHARE * (start - self._began):
            return
        self._show(glimpse(self._family, latents))
        self._last = time.monotonic()
        self._spent += self._last - start


def glimpse(family: Family, latents: Tensor) -> Pictures.Image:
    """The first of `latents` [n, c, h, w], noisy or not, decoded small."""
    found, longest = latents[:1], max(latents.shape[-2:])
    side = min(SIDES[1], max(SIDES[0], longest // 2))
    if longest > side:
        smaller = [max(1, round(length * side / longest)) for length in found.shape[-2:]]
        found = interpolate(found, size=smaller, mode="area")
    found = found / found.std().clamp(min=1)  # noise stretches latents; the VAE knows those of unit size
    pixels = family.decode(found)[0].float().clamp(-1, 1)
    return Pictures.fromarray(((pixels + 1) * 127.5).round().to(torch.uint8).permute(1, 2, 0).cpu().numpy())
