"""New words in a loaded model, and out again: nothing of the model itself changes."""

from __future__ import annotations

import copy
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import torch
from torch import Tensor, nn

from storage.errors import BadInput

if TYPE_CHECKING:
    from jobs.families.family import Family

OLD_END = 2
"""The end-of-text id in configurations from before 2023, of SDXL's encoders too. With it transformers takes the largest id
of a prompt for its end, which a new token would be (https://github.com/huggingface/transformers/pull/24773)."""


class Vocabulary:
    """Words that a family's tokenizers know and its text encoders hear as the rows given here, until `take_out`.

    The tokenizers are copies, and the rows stand in for the embedding's own while a prompt passes through it: so
    gradient reaches them alone, and without them the model is what it was, bit for bit.

    Args:
        rows: name of a text encoder → [words, width]; read anew for each prompt, in any precision.

    Raises:
        BadInput: the model knows one of the words already.
    """

    def __init__(self, family: Family, words: Sequence[str], rows: Mapping[str, Tensor]) -> None:
        self._pipe = family.pipe
        self._own: dict[str, Any] = {}
        self._heard: list[nn.Embedding] = []
        self._ends: list[tuple[Any, int]] = []
        encoders = family.text_encoders()
        taught = {encoder.tokenizer: _taught(getattr(self._pipe, encoder.tokenizer), words) for encoder in encoders}
        for encoder in encoders:
            self._own[encoder.tokenizer] = own = getattr(self._pipe, encoder.tokenizer)
            self._hear(encoder.module, len(own), rows[encoder.name])
            self._end(encoder.module, own.eos_token_id)
        self._put(taught)

    def take_out(self) -> None:
        """Let the model be as it was."""
        self._put(self._own)
        for embedding in self._heard:
            del embedding.forward
        for module, end in self._ends:
            module.eos_token_id = end

    def _put(self, tokenizers: Mapping[str, Any]) -> None:
        for name, tokenizer in tokenizers.items():
            setattr(self._pipe, name, tokenizer)

    def _hear(self, module: Any, first: int, rows: Tensor) -> None:
        """Let ids from `first` on be heard as `rows`."""
        embedding = module.get_input_embeddings()

        def forward(ids: Tensor) -> Tensor:
            new = ids >= first
            known = nn.functional.embedding(ids.masked_fill(new, 0), embedding.weight)
            return torch.where(new[..., None], rows[(ids - first).clamp(min=0)].to(known), known)

        embedding.forward = forward
        self._heard.append(embedding)

    def _end(self, module: Any, end: int) -> None:
        for part in module.modules():
            if getattr(part, "eos_token_id", None) == OLD_END:
                self._ends.append((part, OLD_END))
                part.eos_token_id = end


def _taught(tokenizer: Any, words: Sequence[str]) -> Any:
    """A copy of a tokenizer that knows these words too, with ids that follow its own in this order."""
    known = tokenizer.get_vocab()
    for word in words:
        if word in known:
            raise BadInput(f"The base model knows the token {word} already. Choose another name for the new one.")
    made = copy.deepcopy(tokenizer)
    made.add_tokens(list(words))
    return made
