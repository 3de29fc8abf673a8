"""Going on from a LoRA that is there already: a fresh adapter that predicts exactly what the old one does."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import torch
from torch import Tensor

from jobs.blending.lexicon import read_rows
from jobs.blending.lorafile import Layer, Layers, read_lora
from jobs.blending.mixer import targets
from jobs.training.adapter import NAME, Adapter
from jobs.training.tokens import Tokens
from storage.errors import BadInput

if TYPE_CHECKING:
    from jobs.families.family import Family


@dataclass(frozen=True)
class Inheritance:
    """A LoRA to go on from: its name, its layers as `read_lora` found them, and its tokens' rows by encoder."""

    name: str
    layers: Layers
    tokens: dict[str, dict[str, Tensor]]

    @classmethod
    def read(cls, family: Family, name: str, path: Path, embeddings: Mapping[str, Path]) -> Inheritance:
        """Read it for a family that has no adapter in it yet.

        Raises:
            BadInput, NotFound: as `read_lora` and `read_rows` say.
        """
        layers = read_lora(path, name, targets(family), family.pipe)
        rows = {token: read_rows(family, name, token, file) for token, file in embeddings.items()}
        return cls(name, layers, rows)

    def pass_on(self, adapter: Adapter, tokens: Tokens) -> None:
        """Let what learns begin as this LoRA; a token that the run teaches too begins as it was there.

        Raises:
            BadInput: the adapter has no place for all of it, or the run does not teach one of its tokens.
        """
        lost = [token for token in self.tokens if token not in tokens.names]
        if lost:
            raise BadInput(
                f"The LoRA “{self.name}” brings the token {lost[0]}, which this run does not teach. To go on from it, write "
                f"{lost[0]} among the new tokens."
            )
        inherit(adapter, self.layers, self.name)
        for token, rows in self.tokens.items():
            tokens.begin(token, rows)


@torch.no_grad()
def inherit(adapter: Adapter, layers: Layers, name: str) -> None:
    """Put a LoRA's layers into a fresh adapter; what it has room for beyond them stays as it began, without effect.

    Args:
        layers: what `read_lora` found, by full path in the base model.
        name: what people call that LoRA; errors speak of it.

    Raises:
        BadInput: the adapter has no place for all of it; says which setting makes room.
    """
    places = adapter.layers()
    _check(adapter, layers, places, name)
    for path, layer in layers.items():
        _take(places[path], layer)


def _check(adapter: Adapter, layers: Layers, places: dict[str, Any], name: str) -> None:
    homeless = [path for path in layers if path not in places]
    if any(path.startswith("text_encoder") for path in homeless) and not adapter.shape.encoders:
        raise BadInput(
            f"The LoRA “{name}” adapts the text encoder too. To go on from it, set the text encoder's learning rate above 0."
        )
    if homeless:
        raise BadInput(
            f"The LoRA “{name}” adapts {len(homeless)} layers that this run leaves alone, the first is “{homeless[0]}”. To "
            "go on from it, choose more layers under Adapter."
        )
    rank = max(len(layer.down) for layer in layers.values())
    if rank > adapter.shape.rank:
        raise BadInput(
            f"The LoRA “{name}” has rank {rank} and this run {adapter.shape.rank}. To go on from it, set the rank to {rank} "
            "or more."
        )
    if any(layer.magnitude is not None for layer in layers.values()) and not adapter.shape.decomposed:
        raise BadInput(f"The LoRA “{name}” is a DoRA. To go on from it, choose DoRA as the adapter's kind.")


def _take(place: Any, layer: Layer) -> None:
    """s′·B′·A′ = s·B·A: the old rows in front, and nothing comes out of the others, for their columns of B′ are 0."""
    down, up, rank = place.lora_A[NAME].weight, place.lora_B[NAME].weight, len(layer.down)
    old_down, old_up = layer.down.to(down), layer.up.to(up)
    down[:rank] = old_down.view(rank, *down.shape[1:])
    up.zero_()
    up[:, :rank] = (old_up * (layer.scale / place.scaling[NAME])).view(len(up), rank, *up.shape[2:])
    if NAME in place.lora_magnitude_vector:
        _lengths(place, layer)


def _lengths(place: Any, layer: Layer) -> None:
    """A DoRA's magnitudes: the old ones, or those that the weights have with a plain LoRA in them."""
    magnitude = place.lora_magnitude_vector[NAME].weight
    found = layer.magnitude
    if found is None:
        base: Tensor = place.get_base_layer().weight.to(magnitude).flatten(1)
        moved = torch.addmm(base, layer.up.to(base), layer.down.to(base), alpha=layer.scale)
        found = moved.norm(dim=1)
    magnitude.copy_(found.view(magnitude.shape))
