"""FaceNet, made for photographs of people (107 MB, to be fetched once)."""

from __future__ import annotations

from pathlib import Path
from typing import Self

import torch
from facenet_pytorch import InceptionResnetV1
from safetensors import SafetensorError
from safetensors.torch import load_file

from jobs.faces.face_model import FaceModel
from storage.errors import BadInput, NotFound

SOURCE = "https://github.com/timesler/facenet-pytorch/releases/download/v2.2.9/20180402-114759-vggface2.pt"

CONVERT = (
    "import torch, safetensors.torch as s; "
    "w = torch.load('20180402-114759-vggface2.pt', weights_only=True); "
    "s.save_file({k: v.contiguous() for k, v in w.items()}, 'model.safetensors')"
)
"""Its makers publish a pickle, which the studio never opens; this rewrites it, anywhere and once."""


class Facenet(FaceModel):
    """InceptionResnetV1 trained on VGGFace2, 512 values. Schroff et al. 2015, https://arxiv.org/abs/1503.03832"""

    folder = "facenet"
    size, margin, same = 160, 0.05, 0.45

    @classmethod
    def load(cls, models: Path, device: torch.device) -> Self:
        file = models / cls.folder / "model.safetensors"
        if not file.is_file():
            raise NotFound(
                f"The face model FaceNet is not on this machine. Fetch {SOURCE}, rewrite it with "
                f'python -c "{CONVERT}", and put model.safetensors into {file.parent}; '
                "or choose the bundled model, which was made for drawings."
            )
        net = InceptionResnetV1(pretrained=None)
        try:
            weights = {name: value for name, value in load_file(file).items() if not name.startswith("logits")}
            net.load_state_dict(weights)
        except (OSError, RuntimeError, SafetensorError) as error:
            raise BadInput(
                f"The face model {file} cannot be read, or is of another network. Fetch it again."
            ) from error
        return cls(net.to(device))

    def prepare(self, crops: torch.Tensor) -> torch.Tensor:
        return (crops * 255 - 127.5) / 128
