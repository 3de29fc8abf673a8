"""Draw pictures from text, or from a picture and text, with any number of LoRAs."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, Literal

from jobs.task import Lane, Task, Weight, ask

if TYPE_CHECKING:
    from jobs.context import Context


Sampler = Literal[
    "", "Euler", "Euler Karras", "Euler Exponential", "Euler Beta", "Euler SGM Uniform", "Euler a",
    "Euler a SGM Uniform", "DPM++ 2M", "DPM++ 2M Karras", "DPM++ 2M Exponential", "DPM++ 2M Beta",
    "DPM++ 2M SGM Uniform", "DPM++ 2M SDE", "DPM++ 2M SDE Karras", "DPM++ 2M SDE Exponential", "DPM++ 2M SDE Beta",
    "DPM++ 2M SDE SGM Uniform", "DPM++ 3M SDE", "DPM++ 3M SDE Karras", "DPM++ 3M SDE Exponential", "DPM++ SDE",
    "DPM++ SDE Karras", "DPM++ SDE Exponential", "DPM++ 2S", "DPM++ 2S Karras", "DPM++ 2S Exponential", "DPM fast",
    "DPM2", "DPM2 Karras", "DPM2 a", "DPM2 a Karras", "DDIM", "DDIM SGM Uniform", "DDPM", "DEIS", "DEIS Karras",
    "Heun", "Heun Karras", "LMS", "LMS Karras", "PNDM", "UniPC", "UniPC Karras", "SA-Solver", "SA-Solver Karras",
    "LCM", "TCD",
]  # fmt: skip
"""The samplers of jobs/generation/samplers.py; '' is the base model's own."""


class GeneratePictures(Task):
    """Draw pictures; each has a seed of its own and comes out again from it alone."""

    lane: ClassVar[Lane] = "now"

    prompt: str = ask(
        "", "Prompt", widget="text", max_length=20_000,
        help="What is to be seen. (word:1.3) counts more, (word:0.7) less; fox(0.6) adds the LoRA fox.",
    )  # fmt: skip
    negative: str = ask("", "Not in the picture", widget="text", max_length=20_000, help="What is to be kept out.")
    base: str = ask("mini", "Base model", widget="base", help="The model that draws.")
    blend: list[Weight] = ask([], "LoRAs", widget="blend", help="LoRAs with their weights; 0 leaves one out.")
    picture: int | None = ask(None, "Start from", widget="picture", help="A picture to redraw, by id.")
    mask: int | None = ask(
        None, "Mask", widget="hidden", help="Where the given picture is redrawn: white on black, a picture by id."
    )
    resize: Literal["crop", "pad", "stretch"] = ask(
        "crop", "Fit", topic="size", help="How a given picture of another shape is brought to the size."
    )
    strength: float = ask(
        0.6, "Change", ge=0.05, le=1, step=0.05, widget="slider", help="How much of the given picture is redrawn."
    )
    count: int = ask(1, "Pictures", ge=1, le=64, help="How many, each with the next seed.")
    batch: int = ask(
        1,
        "At once",
        ge=1,
        le=16,
        topic="sampling",
        help="Pictures drawn together: quicker on a GPU with room for them.",
    )
    seed: int = ask(-1, "Seed", ge=-1, le=2**32 - 1, help="The same seed draws the same picture; -1 picks one.")
    width: int = ask(
        0, "Width", ge=0, le=4096, topic="size", help="In pixels, a multiple of 8; 0 is the base model's own."
    )
    height: int = ask(
        0, "Height", ge=0, le=4096, topic="size", help="In pixels, a multiple of 8; 0 is the base model's own."
    )
    steps: int = ask(20, "Steps", ge=1, le=200, topic="sampling", help="More is finer and slower.")
    guidance: float = ask(
        5.0, "Guidance", ge=0, le=30, step=0.5, topic="sampling", help="How strictly the prompt is followed."
    )
    clip_skip: int = ask(
        1, "Clip skip", ge=1, le=12, topic="sampling",
        help="1: the text encoder is heard at its last layer; 2: at the last but one, as many models drawn like anime want.",
    )  # fmt: skip
    sampler: Sampler = ask("", "Sampler", topic="sampling", help="Empty: the base model's own.")
    upscale: float = ask(
        1.0, "Larger", ge=1, le=4, step=0.25, widget="slider", topic="upscale",
        help="The finished picture is drawn again this many times as large; 1: it is not.",
    )  # fmt: skip
    upscale_by: Literal["pixels", "latents"] = ask(
        "pixels", "Made larger", topic="upscale", help="Between the two: as pixels, which is sharp, or as latents, which invents more."
    )  # fmt: skip
    upscale_steps: int = ask(0, "Steps again", ge=0, le=200, topic="upscale", help="0: as many as the first time.")
    upscale_strength: float = ask(
        0.5, "Change again", ge=0.05, le=1, step=0.05, widget="slider", topic="upscale",
        help="How much is drawn anew the second time.",
    )  # fmt: skip
    file: Literal["png", "webp", "jpeg"] = ask(
        "png", "Kept as", topic="file", help="PNG loses nothing; WebP and JPEG are smaller. All carry their settings."
    )
    quality: int = ask(95, "Quality", ge=1, le=100, topic="file", help="Of WebP, which loses nothing at 100, and JPEG.")

    def title(self) -> str:
        words = " ".join(self.prompt.split())
        return f"Draw {words[:60]}" if words else "Draw a picture"

    def run(self, context: Context) -> None:
        from jobs.generation import run_generation

        run_generation(self, context)
