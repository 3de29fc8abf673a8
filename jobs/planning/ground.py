"""What a base model's shape says of the pictures it can take, read from its files without loading it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self


@dataclass(frozen=True)
class Ground:
    """native: the side in pixels it was made for · factor: pixels to a side of one latent · halvings: of the UNet."""

    native: int
    factor: int
    halvings: int

    @property
    def grain(self) -> int:
        """Sides of pictures are multiples of this: what the UNet can halve, and no finer than people's tools have it."""
        return max(self.factor << self.halvings, self.native // 16)

    def side(self, asked: int) -> int:
        """The resolution asked for, or the model's own for 0, on the grain."""
        return max(self.grain, (asked or self.native) // self.grain * self.grain)

    @classmethod
    def told(cls, unet: Mapping[str, Any], vae: Mapping[str, Any]) -> Self:
        """From the configurations of its UNet and its VAE."""
        factor = 2 ** (len(vae["block_out_channels"]) - 1)
        size = unet["sample_size"]
        side = size if isinstance(size, int) else size[0]
        return cls(factor * side, factor, len(unet["down_block_types"]) - 1)

    @classmethod
    def of(cls, family: str, source: str) -> Self:
        """Of a base model that is not loaded: from its folder, or as all of its family are."""
        folder = Path(source).expanduser()
        try:
            unet, vae = (json.loads((folder / part / "config.json").read_text()) for part in ("unet", "vae"))
            return cls.told(unet, vae)
        except (OSError, ValueError, KeyError, TypeError):
            return cls(*USUAL.get(family, USUAL["sd15"]))


USUAL = {"sd15": (512, 8, 3), "sdxl": (1024, 8, 2)}
"""Native side, factor and halvings of the published models."""
