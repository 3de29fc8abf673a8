"""How much of everything: a preset for two CPU cores in under two hours, and one for a GPU."""

from __future__ import annotations

from dataclasses import dataclass

from mini.train import Budget


@dataclass(frozen=True)
class Part:
    """One part's batch, learning rate and budget."""

    batch: int
    lr: float
    budget: Budget
    warm: int = 100
    ema: float = 0.999


@dataclass(frozen=True)
class Preset:
    """Sizes that go together. `half` trains under bf16 autocast where the device is a GPU."""

    name: str
    drawings: int
    parts: dict[str, Part]
    half: bool = False


PRESETS = {
    "cpu": Preset(
        "cpu",
        20_000,
        {
            "vae": Part(4, 1.5e-3, Budget(minutes=28), 100, 0.995),
            "decoder": Part(4, 1e-3, Budget(minutes=10)),
            "clip": Part(48, 1e-3, Budget(minutes=30), 50, 0.99),
            "judge": Part(32, 1.5e-3, Budget(minutes=5), 50, 0.99),
            "osnet": Part(32, 1e-3, Budget(minutes=4), 50, 0.99),
            "blip": Part(24, 8e-4, Budget(minutes=9), 50, 0.99),
            "unet": Part(16, 8e-4, Budget(minutes=65)),
        },
    ),
    "gpu": Preset(
        "gpu",
        100_000,
        {
            "vae": Part(64, 1e-3, Budget(steps=20_000), 500),
            "decoder": Part(64, 5e-4, Budget(steps=5_000)),
            "clip": Part(512, 1e-3, Budget(steps=8_000), 500),
            "judge": Part(256, 1e-3, Budget(steps=4_000)),
            "osnet": Part(256, 1e-3, Budget(steps=4_000)),
            "blip": Part(256, 6e-4, Budget(steps=8_000), 500),
            "unet": Part(256, 6e-4, Budget(steps=40_000), 1000, 0.9995),
        },
        half=True,
    ),
}
