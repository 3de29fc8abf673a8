"""Inception as FID knows it: the network of 2015 with its own poolings, and 2048 values a picture.

Heusel et al. 2017, https://arxiv.org/abs/1706.08500; the poolings as in https://github.com/mseitzer/pytorch-fid,
pictures made to fit as torchmetrics does it: bilinear with antialiasing, (x − 128) / 128.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Self

import numpy as np
import torch
import torch.nn.functional as F
from PIL import Image as Pictures
from safetensors import SafetensorError
from safetensors.torch import load_file
from torch import Tensor, nn
from torchvision.models import inception as made

from storage.errors import BadInput, NotFound

SIDE = 299
"""Pixels a side that the network sees."""

SOURCE = "https://github.com/mseitzer/pytorch-fid/releases/download/fid_weights/pt_inception-2015-12-05-6726825d.pth"

CONVERT = (
    "import torch, safetensors.torch as s; "
    "w = torch.load('pt_inception-2015-12-05-6726825d.pth', weights_only=True); "
    "s.save_file({k: v.contiguous() for k, v in w.items()}, 'model.safetensors')"
)
"""It is published as a pickle, which the studio never opens; this rewrites it, anywhere and once."""


def place(name: str, models: Path) -> Path:
    """The folder that a person means: one in `models`, or a path.

    Raises:
        NotFound: there are no weights; says what to fetch and where to put it.
    """
    for folder in (models / name, Path(name).expanduser()):
        if (folder / "model.safetensors").is_file():
            return folder
    raise NotFound(
        f"Inception's weights are not on this machine. Fetch {SOURCE}, rewrite it with "
        f'python -c "{CONVERT}", and put model.safetensors into {models / name}.'
    )


class Inception:
    """The network, on one device."""

    def __init__(self, net: nn.Module, device: torch.device) -> None:
        self._net, self._device = net.eval().requires_grad_(False).to(device), device

    @classmethod
    def load(cls, folder: Path, device: torch.device) -> Self:
        """Load `model.safetensors` of a folder.

        Raises:
            BadInput: it is broken, or of another network.
        """
        net = build()
        try:
            weights = load_file(folder / "model.safetensors")
            net.load_state_dict({name: value for name, value in weights.items() if not name.startswith("fc.")})
        except (OSError, RuntimeError, SafetensorError) as error:
            raise BadInput(
                f"Inception in {folder} cannot be read, or is of another network. Fetch it again."
            ) from error
        return cls(net, device)

    @torch.inference_mode()
    def pictures(self, pictures: Sequence[Pictures.Image]) -> np.ndarray:
        """The 2048 values [n, 2048] of each of some RGB pictures; each is made to fit from its own size."""
        return self.features(torch.cat([_fit(picture).to(self._device) for picture in pictures])).cpu().numpy()

    def features(self, pictures: Tensor) -> Tensor:
        """The same of pictures [n, 3, 299, 299], 0 … 255."""
        return self._net((pictures - 128) / 128)


def build() -> nn.Module:
    """The network without weights and without its last layer."""
    blocks = [made.BasicConv2d, _A, made.InceptionB, _C, made.InceptionD, _E, made.InceptionAux]
    net = made.Inception3(num_classes=1008, aux_logits=False, inception_blocks=blocks, init_weights=False)
    net.Mixed_7c = _Last(2048)
    net.fc = nn.Identity()  # the values before it are what counts
    return net


def _fit(picture: Pictures.Image) -> Tensor:
    pixels = torch.from_numpy(np.array(picture)).permute(2, 0, 1)[None].float()
    return F.interpolate(pixels, (SIDE, SIDE), mode="bilinear", align_corners=False, antialias=True)


def _mean(x: Tensor) -> Tensor:
    """The mean around each place, in which the edge does not count; torchvision's counts it as zeros."""
    return F.avg_pool2d(x, 3, stride=1, padding=1, count_include_pad=False)


class _A(made.InceptionA):
    def _forward(self, x: Tensor) -> list[Tensor]:
        near = self.branch5x5_2(self.branch5x5_1(x))
        far = self.branch3x3dbl_3(self.branch3x3dbl_2(self.branch3x3dbl_1(x)))
        return [self.branch1x1(x), near, far, self.branch_pool(_mean(x))]


class _C(made.InceptionC):
    def _forward(self, x: Tensor) -> list[Tensor]:
        near = self.branch7x7_3(self.branch7x7_2(self.branch7x7_1(x)))
        far = x
        for layer in (
            self.branch7x7dbl_1, self.branch7x7dbl_2, self.branch7x7dbl_3, self.branch7x7dbl_4, self.branch7x7dbl_5
        ):  # fmt: skip
            far = layer(far)
        return [self.branch1x1(x), near, far, self.branch_pool(_mean(x))]


class _E(made.InceptionE):
    def _forward(self, x: Tensor) -> list[Tensor]:
        near = self.branch3x3_1(x)
        far = self.branch3x3dbl_2(self.branch3x3dbl_1(x))
        return [
            self.branch1x1(x),
            torch.cat([self.branch3x3_2a(near), self.branch3x3_2b(near)], 1),
            torch.cat([self.branch3x3dbl_3a(far), self.branch3x3dbl_3b(far)], 1),
            self.branch_pool(self._pooled(x)),
        ]

    def _pooled(self, x: Tensor) -> Tensor:
        return _mean(x)


class _Last(_E):
    """The network of 2015 takes the largest here, not the mean."""

    def _pooled(self, x: Tensor) -> Tensor:
        return F.max_pool2d(x, kernel_size=3, stride=1, padding=1)
