"""What every captioner can do, and how one is found on this machine."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self, TypeVar

import torch
from PIL import Image as Pictures
from safetensors import SafetensorError
from transformers.utils import logging

from storage.errors import BadInput, NotFound

BROKEN = (OSError, ValueError, KeyError, RuntimeError, SafetensorError)
"""What transformers raises on files that are missing, cut off or of another model."""

Loaded = TypeVar("Loaded")


@dataclass(frozen=True)
class Wording:
    """How a picture is to be described.

    prefix: words that the description goes on from.
    most: tokens that it may have.
    beams: wordings followed side by side; the likeliest is taken.
    sample: draw words by chance instead of taking the likeliest.
    sure: how sure of a tag a tagger must be, 0 … 1.
    """

    prefix: str = ""
    most: int = 60
    beams: int = 3
    sample: bool = False
    sure: float = 0.35


class Captioner(ABC):
    """A model that says what is to be seen in a picture."""

    @classmethod
    @abstractmethod
    def load(cls, models: Path, device: torch.device, dtype: torch.dtype) -> Self:
        """Load it from the folder `models`, or from the hub's cache.

        Raises:
            NotFound: it is not on this machine and cannot be downloaded; says what to do.
            BadInput: its files are there but broken.
        """

    @abstractmethod
    def caption(self, images: list[Pictures.Image], wording: Wording) -> list[str]:
        """One description for each of the RGB pictures, as the model words it."""


def find(hub: str, place: Path, read: Callable[..., Loaded]) -> Loaded:
    """What `read(source, local_files_only=…)` makes of the folder `place`, else of the hub's cache, else of the hub.

    Args:
        hub: owner/name; '' for a model that comes with the project.
    """
    logging.set_verbosity_error()
    logging.disable_progress_bar()
    if place.is_dir() or not hub:
        return _read_folder(place, read)
    try:
        return read(hub, local_files_only=True)
    except BROKEN:
        pass  # not in the cache, or not all of it: ask the hub
    try:
        return read(hub, local_files_only=False)
    except BROKEN as error:
        raise NotFound(away(hub, place)) from error


def away(hub: str, place: Path, proof: str = "config.json") -> str:
    """The sentence that says how to get a captioner that is not on this machine."""
    return (
        f"The captioner {hub} is not on this machine and could not be downloaded. With a network, ask again; "
        f"without one, fetch it elsewhere (hf download {hub} --local-dir {place.name}) and put that folder "
        f"into {place.parent.name}/, so that there is {place.parent.name}/{place.name}/{proof}."
    )


def broken(place: Path, error: Any) -> BadInput:
    """What to say of a captioner whose files are there but cannot be read."""
    reason = " ".join(str(error).split())[:300]
    return BadInput(f"The captioner in {place} cannot be read: {reason} Fetch it again.")


def _read_folder(place: Path, read: Callable[..., Loaded]) -> Loaded:
    if not (place / "config.json").is_file():
        raise NotFound(f"There is no captioner in {place}. It comes with the project: fetch the project again.")
    try:
        return read(place, local_files_only=True)
    except BROKEN as error:
        raise broken(place, error) from error
