"""The LoRA that is trained: small matrices in fp32 beside the frozen layers of the UNet.

Hu et al. 2021, LoRA: Low-Rank Adaptation of Large Language Models, https://arxiv.org/abs/2106.09685
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import torch
from peft import LoraConfig
from peft.utils import get_peft_model_state_dict, set_peft_model_state_dict
from torch import Tensor, nn

from jobs.families.family import Family

ATTENTION = ["to_q", "to_k", "to_v", "to_out.0"]
FEED_FORWARD = ["proj_in", "proj_out", "ff.net.0.proj", "ff.net.2"]
CONVOLUTIONS = ["conv1", "conv2", "conv_shortcut", "time_emb_proj", "downsamplers.0.conv", "upsamplers.0.conv"]
"""Layers of a UNet by the ends of diffusers' names; the last are those of its residual blocks, as kohya's LoCon has them."""

TARGETS: dict[str, list[str] | str] = {
    "attention": ATTENTION,
    "attention q/v only": ["to_q", "to_v"],
    "cross-attention only": r".*attn2\.(to_q|to_k|to_v|to_out\.0)",
    "attention + feed-forward": [*ATTENTION, *FEED_FORWARD],
    "attention + feed-forward + convolutions": [*ATTENTION, *FEED_FORWARD, *CONVOLUTIONS],
}
"""What a person calls a set of layers → their names as PEFT takes them (a text is a regular expression)."""


@dataclass(frozen=True)
class Shape:
    """What kind of adapter: its strength is alpha / rank, or alpha / √rank where it is rank-stabilised.

    Kalajdzievski 2023, A Rank Stabilization Scaling Factor for Fine-Tuning with LoRA, https://arxiv.org/abs/2312.03732
    """

    rank: int
    alpha: float
    targets: str
    dropout: float = 0.0
    stabilised: bool = False

    @property
    def plain_alpha(self) -> float:
        """The alpha that makes a LoRA which is not rank-stabilised as strong."""
        return self.alpha * self.rank**0.5 if self.stabilised else self.alpha


class Adapter:
    """One LoRA in a family's UNet; while it is there, the family draws with it.

    Attributes:
        weights: what is trained, in fp32.
    """

    def __init__(self, family: Family, shape: Shape, seed: int) -> None:
        self.shape = shape
        self._unet: Any = family.pipe.unet
        self._unet.requires_grad_(False)
        config = LoraConfig(
            r=shape.rank,
            lora_alpha=shape.alpha,  # type: ignore[arg-type]  # a fraction works too
            lora_dropout=shape.dropout,
            use_rslora=shape.stabilised,
            init_lora_weights="gaussian",
            target_modules=TARGETS[shape.targets],
        )
        with torch.random.fork_rng():
            torch.manual_seed(seed)
            self._unet.add_adapter(config)
        for weight in self._unet.parameters():
            if weight.requires_grad:
                weight.data = weight.data.float()
        self._dropouts = [layer for layer in self._unet.modules() if isinstance(layer, nn.Dropout) and layer.p > 0]
        self.weights: list[nn.Parameter] = [weight for weight in self._unet.parameters() if weight.requires_grad]

    def learning(self, on: bool) -> None:
        """Whether dropout is at work: yes in a training step, no when a picture is drawn."""
        for layer in self._dropouts:
            layer.train(on)

    def state(self) -> dict[str, Tensor]:
        """The weights by PEFT's names: `down_blocks.0.….to_q.lora_A.weight`."""
        return {name: tensor.detach().cpu() for name, tensor in get_peft_model_state_dict(self._unet).items()}

    def restore(self, state: dict[str, Tensor]) -> None:
        """Take the weights of a `state`."""
        set_peft_model_state_dict(self._unet, state)

    def config(self) -> dict[str, Any]:
        """The adapter's configuration as JSON can say it; diffusers reads alpha and rank from it."""
        facts = self._unet.peft_config["default"].to_dict()
        return {name: sorted(value) if isinstance(value, set) else value for name, value in facts.items()}
