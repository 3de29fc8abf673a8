"""The new tokens of the LoRAs in a base model: read, checked against it, put in, and taken out again exactly."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

import torch
from safetensors import SafetensorError
from safetensors.torch import load_file
from torch import Tensor

from jobs.families.latent.vocabulary import Vocabulary
from storage.errors import BadInput, NotFound

if TYPE_CHECKING:
    from jobs.families.family import Family

Rows = dict[str, Tensor]
"""Name of a text encoder → [vectors, width]."""


class Lexicon:
    """What one loaded base model can be told besides the words that it knows."""

    def __init__(self, family: Family) -> None:
        self._family = family
        self._files: dict[str, Path] = {}
        self._vocabulary: Vocabulary | None = None

    def hold(self, loras: Iterable[tuple[str, Mapping[str, Path]]]) -> None:
        """Know exactly the tokens of these LoRAs: (what people call it, token → file) each.

        Raises:
            BadInput, NotFound: two LoRAs mean different things by one token, the base knows it already, or a file is
                gone, broken or made for another family; the base is then without any of them, or as it was.
        """
        wanted = _agreed(loras)
        files = {token: path for token, (_, path) in wanted.items()}
        if files == self._files:
            return
        rows = {token: read_rows(self._family, name, token, path) for token, (name, path) in wanted.items()}
        if self._vocabulary:
            self._vocabulary.take_out()
        self._files, self._vocabulary = {}, None
        if rows:
            self._vocabulary = Vocabulary(self._family, *_side_by_side(rows))
        self._files = files


def read_rows(family: Family, name: str, token: str, path: Path) -> Rows:
    """What the LoRA `name` learned for a token, checked against a base model.

    Raises:
        BadInput, NotFound: the file is gone, broken or made for another family.
    """
    if not path.is_file():
        raise NotFound(
            f"The file of the token {token} of the LoRA “{name}” is gone from the store. Train it again, or "
            "import it again."
        )
    try:
        tensors = load_file(path)
    except SafetensorError as error:
        raise BadInput(
            f"The file of the token {token} of the LoRA “{name}” is broken ({error}). Get it again."
        ) from error
    encoders = family.text_encoders()
    if len(encoders) == len(tensors) == 1:
        tensors = {encoders[0].key: next(iter(tensors.values()))}  # whatever its maker calls it
    widths = {encoder.key: encoder.module.get_input_embeddings().weight.shape[1] for encoder in encoders}
    if {key: rows.shape[-1] for key, rows in tensors.items()} != widths:
        raise BadInput(
            f"The token {token} of the LoRA “{name}” was made for another family than this base model's. Choose a "
            "LoRA or a base model of the other's family."
        )
    device = family.device
    return {encoder.name: tensors[encoder.key].to(device).view(-1, widths[encoder.key]) for encoder in encoders}


def _agreed(loras: Iterable[tuple[str, Mapping[str, Path]]]) -> dict[str, tuple[str, Path]]:
    found: dict[str, tuple[str, Path]] = {}
    for name, embeddings in loras:
        for token, path in embeddings.items():
            other, known = found.setdefault(token, (name, path))
            if known != path:
                raise BadInput(
                    f"The LoRAs “{other}” and “{name}” both bring the token {token} and mean different things by it. Use "
                    "one of them at a time."
                )
    return found


def _side_by_side(rows: dict[str, Rows]) -> tuple[list[str], Rows]:
    """The words to be known and their rows: a token of several vectors is followed by `<token>_1`, …, as diffusers has it."""
    words, together = list[str](), dict[str, list[Tensor]]()
    for token, parts in rows.items():
        count = len(next(iter(parts.values())))
        words += [token, *(f"{token}_{number}" for number in range(1, count))]
        for encoder, part in parts.items():
            together.setdefault(encoder, []).append(part)
    return words, {encoder: torch.cat(found) for encoder, found in together.items()}
