"""New words that are learned together with the LoRA: one row an encoder each, and nothing else of the embeddings moves.

Gal et al. 2022, An Image is Worth One Word: Textual Inversion, https://arxiv.org/abs/2208.01618;
with a LoRA beside it: cloneofsimo's pivotal tuning, https://github.com/cloneofsimo/lora
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import torch
from torch import Tensor, nn

from jobs.exports import _raw
from jobs.exports._raw import Raw
from jobs.families.latent.vocabulary import Vocabulary

if TYPE_CHECKING:
    from jobs.families.family import Family, TextEncoder


class Tokens:
    """New words in a family's text encoders; while they are there, prompts may hold them.

    Args:
        wanted: token → the words whose mean it begins as.

    Attributes:
        names: the tokens in their order.
        rows: name of a text encoder → [tokens, width] in fp32, which is what learns.

    Raises:
        BadInput: the base model knows a token already.
    """

    def __init__(self, family: Family, wanted: dict[str, str]) -> None:
        self.names = list(wanted)
        self._encoders = family.text_encoders() if wanted else []
        self.rows = {
            encoder.name: nn.Parameter(torch.stack([_mean(family, encoder, words) for words in wanted.values()]))
            for encoder in self._encoders
        }
        if wanted:
            Vocabulary(family, self.names, self.rows)

    @property
    def weights(self) -> list[nn.Parameter]:
        """All that is trained."""
        return list(self.rows.values())

    @torch.no_grad()
    def begin(self, token: str, rows: dict[str, Tensor]) -> None:
        """Let a token begin as these rows: name of a text encoder → [1, width]."""
        for name, own in self.rows.items():
            own[self.names.index(token)] = rows[name][0].to(own)

    def state(self) -> dict[str, Tensor]:
        """The rows by the names of the encoders."""
        return {name: rows.detach().cpu() for name, rows in self.rows.items()}

    @torch.no_grad()
    def restore(self, state: dict[str, Tensor]) -> None:
        """Take the rows of a `state`."""
        for name, rows in self.rows.items():
            rows.copy_(state[name])

    def write(self, folder: Path, said: dict[str, str]) -> dict[str, Path]:
        """One file a token in `folder`, keyed as other tools read it; `said` is what they all tell."""
        found = {}
        for number, token in enumerate(self.names):
            tensors = {
                encoder.key: Raw.fp32(self.rows[encoder.name].detach()[[number]].cpu()) for encoder in self._encoders
            }
            found[token] = folder / f"{number}.safetensors"
            _raw.write(found[token], tensors, said | {"modelspec.title": token, "modelspec.trigger_phrase": token})
        return found


def _mean(family: Family, encoder: TextEncoder, words: str) -> Tensor:
    """The mean of the embeddings of some words, [width] in fp32."""
    ids = getattr(family.pipe, encoder.tokenizer)(words, add_special_tokens=False).input_ids
    weight = encoder.module.get_input_embeddings().weight.detach()
    return weight[torch.tensor(ids, device=weight.device)].float().mean(0)
