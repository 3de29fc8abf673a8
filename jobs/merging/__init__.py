"""A blend of LoRAs saved as one LoRA of the library, with what it was made of."""

from jobs.merging.run import run_merge

__all__ = ["run_merge"]
