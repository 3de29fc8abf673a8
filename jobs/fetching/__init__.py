"""Base models from the Hugging Face hub onto this machine, with progress."""

from jobs.fetching.run import run_fetch

__all__ = ["run_fetch"]
