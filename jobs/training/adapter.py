"""The LoRA that is trained: small matrices in fp32 beside the frozen layers of the UNet, and of the text encoders if asked.

Hu et al. 2021, LoRA: Low-Rank Adaptation of Large Language Models, https://arxiv.org/abs/2106.09685
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import torch
from peft import LoraConfig, inject_adapter_in_model
from peft.tuners.lora import LoraLayer
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

ENCODER_ATTENTION = ["q_proj", "k_proj", "v_proj", "out_proj"]
ENCODER_TARGETS: dict[str, list[str]] = {
    "attention q/v only": ["q_proj", "v_proj"],
    "attention + feed-forward": [*ENCODER_ATTENTION, "fc1", "fc2"],
    "attention + feed-forward + convolutions": [*ENCODER_ATTENTION, "fc1", "fc2"],
}
"""The same of a CLIP text encoder; whatever is not named here is its attention."""

NAME = "default"
"""What PEFT calls the one adapter that is trained."""


@dataclass(frozen=True)
class Shape:
    """What kind of adapter: its strength is alpha / rank, or alpha / √rank where it is rank-stabilised.

    decomposed: DoRA, which learns the length of each output's weights apart from their direction ·
    encoders: whether the text encoders learn too.

    Kalajdzievski 2023, A Rank Stabilization Scaling Factor for Fine-Tuning with LoRA, https://arxiv.org/abs/2312.03732;
    Liu et al. 2024, DoRA: Weight-Decomposed Low-Rank Adaptation, https://arxiv.org/abs/2402.09353
    """

    rank: int
    alpha: float
    targets: str
    dropout: float = 0.0
    stabilised: bool = False
    decomposed: bool = False
    encoders: bool = False

    @property
    def plain_alpha(self) -> float:
        """The alpha that makes a LoRA which is not rank-stabilised as strong."""
        return self.alpha * self.rank**0.5 if self.stabilised else self.alpha

    def layers(self, part: str) -> list[str] | str:
        """The layers of a part of the model that are adapted, as PEFT takes them."""
        return TARGETS[self.targets] if part == "unet" else ENCODER_TARGETS.get(self.targets, ENCODER_ATTENTION)


class Adapter:
    """One LoRA in a family's UNet and, where its shape says so, text encoders; while it is there, the family draws with it.

    Attributes:
        parts: what is trained, in fp32, by the part of the model it lies in: `unet`, `text_encoder`, `text_encoder_2`.
    """

    def __init__(self, family: Family, shape: Shape, seed: int) -> None:
        self.shape = shape
        adapted = family.adapted()
        self._modules: dict[str, Any] = adapted if shape.encoders else {"unet": adapted["unet"]}
        for module in adapted.values():
            module.requires_grad_(False)
        with torch.random.fork_rng():
            torch.manual_seed(seed)
            for part, module in self._modules.items():
                _inject(module, shape, part)
        self.parts: dict[str, list[nn.Parameter]] = {
            part: [weight for weight in module.parameters() if weight.requires_grad]
            for part, module in self._modules.items()
        }
        for weight in self.weights:
            weight.data = weight.data.float()
        self._dropouts = [
            layer
            for module in self._modules.values()
            for layer in module.modules()
            if isinstance(layer, nn.Dropout) and layer.p > 0
        ]

    @property
    def weights(self) -> list[nn.Parameter]:
        """All that is trained."""
        return [weight for part in self.parts.values() for weight in part]

    def layers(self) -> dict[str, LoraLayer]:
        """The adapted layers by their full path in the base model, e.g. `unet.mid_block.…to_q`."""
        return {
            f"{part}.{path}": layer
            for part, module in self._modules.items()
            for path, layer in module.named_modules()
            if isinstance(layer, LoraLayer)
        }

    def learning(self, on: bool) -> None:
        """Whether dropout is at work: yes in a training step, no when a picture is drawn."""
        for layer in self._dropouts:
            layer.train(on)

    def state(self) -> dict[str, Tensor]:
        """The weights by diffusers' names: `unet.down_blocks.0.….to_q.lora_A.weight`."""
        return {
            f"{part}.{name}": tensor.detach().cpu()
            for part, module in self._modules.items()
            for name, tensor in get_peft_model_state_dict(module, adapter_name=NAME).items()
        }

    def restore(self, state: dict[str, Tensor]) -> None:
        """Take the weights of a `state`."""
        for part, module in self._modules.items():
            own = {
                name.removeprefix(f"{part}."): tensor for name, tensor in state.items() if name.startswith(f"{part}.")
            }
            set_peft_model_state_dict(module, own, adapter_name=NAME)

    def config(self) -> dict[str, Any]:
        """The adapter's configuration as JSON can say it, by `unet.r`, …; diffusers reads alpha and rank from it."""
        return {
            f"{part}.{name}": sorted(value) if isinstance(value, set) else value
            for part, module in self._modules.items()
            for name, value in module.peft_config[NAME].to_dict().items()
        }


def _inject(module: Any, shape: Shape, part: str) -> None:
    config = LoraConfig(
        r=shape.rank,
        lora_alpha=shape.alpha,  # type: ignore[arg-type]  # a fraction works too
        lora_dropout=shape.dropout,
        use_rslora=shape.stabilised,
        use_dora=shape.decomposed,
        init_lora_weights="gaussian" if part == "unet" else True,
        target_modules=shape.layers(part),
    )
    module.add_adapter(config) if hasattr(module, "add_adapter") else inject_adapter_in_model(config, module)
