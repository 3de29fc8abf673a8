"""Judge with numbers and pictures: a LoRA against the base, checkpoints, weights, blends, sizes, folders of pictures."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal

from jobs.task import Task, Weight, ask
from jobs.tasks.generate import Sampler

if TYPE_CHECKING:
    from jobs.context import Context

Kind = Literal["pairs", "checkpoints", "weights", "blend", "resolutions", "folder"]

Scale = Literal["2.5", "100", "cosine"]
"""How a CLIPScore is written: 2.5 × cosine (Hessel et al. 2021) · 100 × cosine, as torchmetrics does · the cosine itself."""

KINDS: dict[str, str] = {
    "pairs": "Before and after",
    "checkpoints": "Checkpoints",
    "weights": "Weights",
    "blend": "Blend",
    "resolutions": "Source sizes",
    "folder": "Folders",
}
"""What each kind of evaluation is called in the list of jobs."""


NEEDS: dict[str, tuple[str, ...]] = {
    "pairs": ("blends",),
    "checkpoints": ("job",),
    "weights": ("lora", "weights"),
    "blend": ("lora", "other", "weights"),
    "resolutions": ("dataset", "resolutions"),
    "folder": ("folders",),
}
"""Fields without which there is nothing to compare."""


class EvaluatePictures(Task):
    """Draw the same prompts with the same seeds for each contestant and measure them; it goes on where it broke off."""

    kind: Kind = ask("pairs", "What is compared", widget="hidden", help="Pairs, checkpoints, weights, blend, resolutions or folder.")  # fmt: skip
    name: str = ask("", "Name", max_length=80, help="What the evaluation is called; empty: what it compares.")
    base: str = ask("mini", "Base model", widget="base", help="The model that draws; alone it is the baseline.")
    blends: list[list[Weight]] = ask(
        [], "Against", widget="hidden", help="Blends of LoRAs, each of which is compared with the base alone."
    )
    lora: int = ask(0, "LoRA", ge=0, widget="lora", help="Whose weight is varied, by number.")
    other: int = ask(0, "Other LoRA", ge=0, widget="lora", help="What it is blended with, by number.")
    job: int = ask(0, "Training", ge=0, widget="hidden", help="The training run whose checkpoints are compared.")
    weights: list[float] = ask(
        [0.2, 0.4, 0.6, 0.8, 1.0], "Weights", max_length=32, help="The weights that are compared, of each LoRA."
    )
    folders: list[str] = ask(
        [], "Folders", widget="hidden", help="Folders of pictures from elsewhere, in the order of their file names."
    )
    resolutions: list[int] = ask(
        [32, 64, 128], "Source sizes", widget="hidden", help="Sides in pixels that training pictures are reduced to."
    )
    training: dict[str, Any] = ask(
        {}, "Training settings", widget="hidden", help="With what each source size is trained: the fields of train."
    )

    dataset: str = ask(
        "", "Data set", widget="dataset",
        help="Whose held-out pictures the results are measured against, and from whose others they may copy.",
    )  # fmt: skip
    prompts: str = ask(
        "", "Prompts", widget="text", max_length=200_000,
        help="One a line; empty: the captions of the held-out pictures.",
    )  # fmt: skip
    seeds: int = ask(2, "Seeds", ge=1, le=64, help="How many pictures each prompt gets, each with the next seed.")
    seed: int = ask(1, "First seed", ge=0, le=2**32 - 1, help="The others follow it.")
    steps: int = ask(20, "Steps", ge=1, le=200, topic="sampling", help="More is finer and slower.")
    guidance: float = ask(
        5.0, "Guidance", ge=0, le=30, step=0.5, topic="sampling", help="How strictly the prompt is followed."
    )
    sampler: Sampler = ask("", "Sampler", topic="sampling", help="Empty: the base model's own.")
    negative: str = ask(
        "", "Not in the picture", widget="text", topic="sampling", max_length=20_000, help="What is to be kept out."
    )
    width: int = ask(0, "Width", ge=0, le=4096, topic="sampling", help="In pixels; 0 is the base model's own.")
    height: int = ask(0, "Height", ge=0, le=4096, topic="sampling", help="In pixels; 0 is the base model's own.")

    metrics: list[str] = ask([], "Metrics", topic="metrics", help="What is measured; none: all that can be.")
    scale: Scale = ask(
        "2.5", "CLIPScore written as", topic="metrics",
        help="2.5 × cosine as Hessel et al. 2021, 100 × cosine as torchmetrics, or the cosine itself.",
    )  # fmt: skip
    clip: str = ask(
        "mini", "CLIP", widget="line", topic="metrics", help="`mini`, a folder in models, or a path to a CLIP's folder."
    )
    inception: str = ask(
        "inception", "Inception", widget="line", topic="metrics",
        help="For FID and KID: a folder in models, or a path; where it is missing CLIP looks instead.",
    )  # fmt: skip
    face_model: str = ask(
        "mini", "Face model", widget="choice", topic="metrics", help="What tells faces apart; the bundled one knows drawings."
    )  # fmt: skip

    def title(self) -> str:
        return f"Evaluate {self.name or KINDS[self.kind]}"

    def run(self, context: Context) -> None:
        from jobs.evaluating import run_evaluation

        run_evaluation(self, context)
