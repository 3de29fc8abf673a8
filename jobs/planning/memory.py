"""How much memory a run takes, reckoned before anything is loaded."""

from __future__ import annotations

from dataclasses import dataclass

from jobs.planning.ground import Ground

GIB = 2**30


@dataclass(frozen=True)
class Footprint:
    """What `python -m benchmarks.memory` counts of a family.

    unet, text, vae: weights · adapter: weights that a LoRA on the attention has for each rank · whole, thrifty: bytes
    that a step in 16 bits keeps for each pixel of a latent, without and with gradient checkpointing · decoded: those
    that it keeps besides where the predicted picture is looked at.
    """

    unet: float
    text: float
    vae: float
    adapter: int
    whole: int
    thrifty: int
    decoded: int


FOOTPRINTS = {
    "mini": Footprint(16.8e6, 1.0e6, 1.5e6, 24_960, 51_022, 13_268, 54_704),
    "sd15": Footprint(859.5e6, 123.1e6, 83.7e6, 199_296, 981_119, 194_707, 746_513),
    "sdxl": Footprint(2567.5e6, 816.1e6, 83.7e6, 1_451_520, 1_249_487, 142_379, 795_664),
}

AROUND = 0.6 * GIB
"""What torch and its libraries take by themselves, on a GPU as on a CPU."""

SMALL = 256
"""Models made for smaller pictures than this are of the bundled family's size."""

TRAINED = 4 * 4
"""Bytes to a trained weight: itself, its gradient and two moments of Adam, in fp32."""


@dataclass(frozen=True)
class Load:
    """What is asked of the machine.

    pixels: of the largest picture · half: computed in 16 bits · text, pictures: whether the text encoders and the VAE
    stay beside the UNet · looks: whether predicted pictures are looked at.
    """

    pixels: int
    batch: int
    rank: int
    half: bool
    checkpointing: bool
    text: bool = False
    pictures: bool = False
    looks: bool = False


def weights(family: str, ground: Ground, half: bool = True) -> int:
    """Bytes that a base model's weights take: the least that drawing with it needs."""
    shape = _shape(family, ground)
    return round((shape.unet + shape.text + shape.vae) * (2 if half else 4))


def _shape(family: str, ground: Ground) -> Footprint:
    return FOOTPRINTS["mini" if ground.native < SMALL else family]


def peak(family: str, ground: Ground, load: Load) -> int:
    """Bytes that a LoRA run of a family takes at its height: while it encodes, or in a step."""
    shape = _shape(family, ground)
    word = 2 if load.half else 4
    kept = (shape.thrifty if load.checkpointing else shape.whole) + load.looks * shape.decoded
    latents = load.batch * load.pixels / ground.factor**2
    beside = load.text * shape.text + (load.pictures or load.looks) * shape.vae
    step = (shape.unet + beside) * word + shape.adapter * load.rank * TRAINED + kept * word / 2 * latents
    return round(max(step, (shape.text + shape.vae) * word) + AROUND)
