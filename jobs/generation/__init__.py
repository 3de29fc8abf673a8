"""Pictures from text, and from pictures and text, each of which can be made again from its row."""

from jobs.generation.ready import Drawn, Ready, prepare
from jobs.generation.run import run_generation

__all__ = ["Drawn", "Ready", "prepare", "run_generation"]
