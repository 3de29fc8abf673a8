"""Pictures in words: captions for a data set, as training wants them, and a picture's description as a prompt."""

from jobs.captioning.describe import description, run_description
from jobs.captioning.run import run_captions

__all__ = ["description", "run_captions", "run_description"]
