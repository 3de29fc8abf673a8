"""What the timed benchmarks are asked with: threads, a clock, models."""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable

import diffusers
import torch

Clock = Callable[[], float]
"""Seconds since some moment."""

MODELS = ["mini", "sd15/4"]
"""UNets of random weights that `shapes` can make: the bundled family's, and a quarter of SD 1.5's."""


def parser(about: str | None, models: bool = False) -> argparse.ArgumentParser:
    """The options that every timed benchmark has; `about` is its docstring."""
    made = argparse.ArgumentParser(description=(about or "").partition("\n")[0])
    made.add_argument("--threads", type=int, default=0, help="CPU threads; 0 lets torch choose")
    made.add_argument(
        "--cpu-time", action="store_true", help="count the CPU's seconds, on a machine that does other work too"
    )
    if models:
        made.add_argument("--models", nargs="+", default=MODELS, choices=MODELS)
    return made


def begin(asked: argparse.Namespace) -> Clock:
    """Do as the options say; the clock to measure with."""
    diffusers.logging.set_verbosity_error()
    if asked.threads:
        torch.set_num_threads(asked.threads)
    return time.process_time if asked.cpu_time else time.perf_counter
