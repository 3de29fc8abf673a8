"""Captions for a data set: which pictures, in batches, worded as training wants them."""

from jobs.captioning.run import run_captions

__all__ = ["run_captions"]
