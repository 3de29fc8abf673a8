"""Training a LoRA: `run_training` is what the train task calls; everything else takes values and yields values."""

from jobs.training.run import run_training

__all__ = ["run_training"]
