"""Train a LoRA on a data set."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar, Literal

from pydantic import field_validator, model_validator

from jobs.task import Lane, Task, ask

if TYPE_CHECKING:
    from jobs.context import Context


class TrainLora(Task):
    """Teach a base model what the pictures have in common, as a small file beside it."""

    lane: ClassVar[Lane] = "train"

    name: str = ask(..., "Name", min_length=1, max_length=80, help="What the LoRA will be called.")
    dataset: str = ask(..., "Data set", widget="dataset", help="The pictures and captions to learn from.")
    base: str = ask("mini", "Base model", widget="base", help="The model that the LoRA changes.")
    recipe: str = ask("", "Recipe", widget="hidden", help="The recipe the settings came from.")

    steps: int = ask(
        300, "Steps", ge=1, le=100_000, help="How many batches are learned from. More is stronger, too many copies."
    )
    rank: int = ask(8, "Rank", ge=1, le=256, help="Room for what is learned. Larger holds more and overfits sooner.")
    learning_rate: float = ask(
        1e-3, "Learning rate", gt=0, le=1, help="How far each step goes. Lower it when pictures fall apart."
    )
    batch: int = ask(4, "Batch", ge=1, le=64, help="Pictures learned from together.")

    adapter: Literal["LoRA", "DoRA"] = ask(
        "LoRA",
        "Kind",
        topic="adapter",
        help="DoRA learns length and direction apart: a little closer, a little slower.",
    )
    alpha: float = ask(
        8, "Alpha", gt=0, le=1024, topic="adapter", help="Strength of the adapter: it counts alpha ÷ rank."
    )
    scaling: Literal["standard", "rank-stabilised"] = ask(
        "standard",
        "Scaling",
        topic="adapter",
        help="Rank-stabilised counts alpha ÷ √rank, so that high ranks learn too.",
    )
    targets: Literal[
        "attention",
        "attention q/v only",
        "cross-attention only",
        "attention + feed-forward",
        "attention + feed-forward + convolutions",
    ] = ask(
        "attention", "Layers", topic="adapter", help="Which layers of the UNet are adapted; more layers, larger files."
    )
    dropout: float = ask(
        0.0, "Dropout", ge=0, lt=1, topic="adapter", help="Share of the adapter left out at each step."
    )

    continue_from: int = ask(
        0,
        "Go on from",
        widget="lora",
        ge=0,
        topic="adapter",
        help="A LoRA of the library to begin as, by its number; 0 begins afresh.",
    )
    encoder_rate: float = ask(
        0.0,
        "Text encoder's learning rate",
        ge=0,
        le=1,
        topic="adapter",
        help="Lets the words learn too; 0 leaves them as they are, a tenth to a half of the other rate is usual.",
    )

    tokens: list[str] = ask(
        [],
        "New tokens",
        widget="text",
        topic="words",
        help="One a line like <cu_trg> = close-up: a token that captions hold, and the words it begins with.",
    )
    token_rate: float = ask(
        5e-3, "Tokens' learning rate", ge=0, le=1, topic="words", help="How fast the new tokens learn."
    )

    resolution: int = ask(
        0, "Resolution", ge=0, le=2048, topic="pictures", help="Side in pixels; 0 is the base model's own."
    )
    buckets: bool = ask(
        True, "Keep shapes", topic="pictures", help="Learn wide and tall pictures in their own shape; off: all square."
    )
    crop: Literal["centre", "face"] = ask(
        "centre", "Cut around", topic="pictures", help="What stays when edges are cut away; a face needs the checks."
    )
    enlarge: bool = ask(
        False, "Enlarge small ones", topic="pictures", help="Blow up what is too small; off: learn it at its own size."
    )
    flip: bool = ask(False, "Mirror", topic="pictures", help="Show each picture mirrored half of the time.")
    caption_dropout: float = ask(
        0.05, "Caption dropout", ge=0, le=1, topic="pictures", help="Share of steps without any caption."
    )

    shuffle: bool = ask(
        False,
        "Shuffle phrases",
        topic="pictures",
        help="Say what stands between commas in another order each time.",
    )
    keep_first: int = ask(
        1, "First phrases kept", ge=0, le=20, topic="pictures", help="So many phrases stay in front when shuffling."
    )
    prior_weight: float = ask(
        0.0,
        "Regularisation",
        ge=0,
        le=10,
        topic="pictures",
        help="How much the set's regularisation pictures count, which keep the model from forgetting; 0 leaves them out.",
    )

    epochs: int = ask(
        0, "Epochs", ge=0, le=10_000, topic="optimizer", help="Times through all pictures; 0 goes by steps instead."
    )
    accumulation: int = ask(
        1, "Accumulation", ge=1, le=256, topic="optimizer", help="Batches added up before one step."
    )
    optimizer: Literal["AdamW", "AdamW 8-bit", "Adafactor", "Prodigy"] = ask(
        "AdamW",
        "Optimizer",
        topic="optimizer",
        help="Prodigy finds its own rate: set the learning rate to 1. 8-bit and Adafactor save memory.",
    )
    schedule: Literal["constant", "cosine", "linear"] = ask(
        "constant", "Schedule", topic="optimizer", help="How the learning rate goes down over the run."
    )
    warmup: int = ask(
        0, "Warm-up", ge=0, topic="optimizer", help="Steps over which the learning rate rises to its value."
    )
    weight_decay: float = ask(
        0.01, "Weight decay", ge=0, le=1, topic="optimizer", help="Pull of the weights towards zero."
    )
    clip: float = ask(1.0, "Gradient clipping", ge=0, topic="optimizer", help="Longest gradient; 0 is no limit.")
    snr_gamma: float = ask(
        0.0, "Min-SNR γ", ge=0, topic="optimizer", help="Evens out easy and hard noise levels; 0 is off, 5 is usual."
    )
    noise_offset: float = ask(
        0.0,
        "Noise offset",
        ge=0,
        le=1,
        topic="optimizer",
        help="Lets very dark and bright pictures be learned; 0.05 is usual.",
    )
    input_perturbation: float = ask(
        0.0,
        "Input perturbation",
        ge=0,
        le=1,
        topic="optimizer",
        help="A little more noise than is told; 0.1 is usual, 0 off.",
    )
    precision: Literal["auto", "fp32", "bf16", "fp16"] = ask(
        "auto", "Precision", topic="optimizer", help="auto: bf16 where the GPU has it, fp32 on a CPU."
    )
    ema: float = ask(
        0.0,
        "Averaging",
        ge=0,
        lt=1,
        topic="optimizer",
        help="Keeps a running mean of the LoRA; 0.99 is calm, 0 is off.",
    )
    checkpointing: bool = ask(
        False, "Gradient checkpointing", topic="optimizer", help="Less memory for about a third more time."
    )
    processes: int = ask(
        1, "GPUs", ge=1, le=64, topic="optimizer", help="How many work together; each takes its share of every step."
    )
    seed: int = ask(0, "Seed", ge=0, topic="optimizer", help="The same seed learns the same LoRA.")

    face_weight: float = ask(
        0.0,
        "Face",
        ge=0,
        le=100,
        topic="identity",
        help="How much it counts that the face is the reference's; 0 does not look at it, 1 is usual.",
    )
    text_weight: float = ask(
        0.0,
        "Caption",
        ge=0,
        le=100,
        topic="identity",
        help="How much it counts that CLIP finds the picture like its caption; 0 does not look, 1 is usual.",
    )
    denoise_weight: float = ask(
        1.0,
        "Denoising",
        gt=0,
        le=100,
        topic="identity",
        help="How much the ordinary loss counts; 0.1 is usual beside the other two.",
    )
    judge_every: int = ask(
        1, "Look every", ge=1, le=1000, topic="identity", help="Steps between two looks at face and caption."
    )
    judge_below: float = ask(
        0.5,
        "Look below",
        gt=0,
        le=1,
        topic="identity",
        help="Share of the noise levels, the lower ones, at which a picture can be made out and is looked at.",
    )
    face_model: str = ask(
        "mini",
        "Face model",
        widget="choice",
        topic="identity",
        help="What tells faces apart; the bundled one knows drawings, FaceNet photographs.",
    )
    judge: str = ask(
        "mini",
        "CLIP",
        widget="line",
        topic="identity",
        help="`mini`, a folder in models, or a path to a CLIP's folder.",
    )

    sample_every: int = ask(
        50, "Samples every", ge=0, topic="while it runs", help="Steps between sample pictures; 0 draws none."
    )
    sample_prompts: list[str] = ask(
        [], "Sample prompts", widget="text", topic="while it runs", help="One a line; empty: made from the captions."
    )
    save_every: int = ask(
        50, "Save every", ge=0, topic="while it runs", help="Steps between checkpoints; 0 saves only at the end."
    )
    save_epochs: bool = ask(
        False, "Save every epoch", topic="while it runs", help="A checkpoint whenever all pictures were seen."
    )
    validate_every: int = ask(
        50,
        "Held-out loss every",
        ge=0,
        topic="while it runs",
        help="Steps between two looks at the pictures held out; 0 does without.",
    )
    keep: int = ask(3, "Checkpoints kept", ge=1, le=100, topic="while it runs", help="Older ones are removed.")

    @field_validator("tokens")
    @classmethod
    def _written_well(cls, lines: list[str]) -> list[str]:
        from jobs.planning import new_tokens

        new_tokens(lines)
        return lines

    @model_validator(mode="before")
    @classmethod
    def _named(cls, given: Any) -> Any:
        """Where nothing is said of a name, the LoRA is called as its data set is."""
        if isinstance(given, dict) and "name" not in given and "dataset" in given:
            return given | {"name": given["dataset"]}
        return given

    def title(self) -> str:
        return f"Train {self.name}"

    def run(self, context: Context) -> None:
        if self.processes > 1:
            from jobs.engines.together import run_together

            run_together(self, context)
        else:
            from jobs.training import run_training

            run_training(self, context)
