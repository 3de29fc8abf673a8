"""The bundled OSNet, made for drawn faces: needs no download."""

from __future__ import annotations

import importlib.util
from pathlib import Path
from typing import Self

import torch
from safetensors import SafetensorError
from safetensors.torch import load_file

from jobs.faces.face_model import FaceModel
from storage.errors import BadInput, NotFound


class MiniOsnet(FaceModel):
    """torchreid's OSNet x0.25, 512 values. Zhou et al. 2019, https://arxiv.org/abs/1905.00953"""

    folder = "mini/osnet"
    size, margin, same = 64, 0.05, 0.64
    """Measured on 32 drawn people not trained on: above .64 lie about 96 of 100 pairs of one person and 4 of two."""

    @classmethod
    def load(cls, models: Path, device: torch.device) -> Self:
        file = models / cls.folder / "model.safetensors"
        if not file.is_file():
            raise NotFound(f"There is no face model in {file.parent}. It comes with the project: fetch it again.")
        net = build()
        try:
            missing = net.load_state_dict(load_file(file), strict=False).missing_keys
        except (OSError, RuntimeError, SafetensorError) as error:
            raise BadInput(f"The face model {file} cannot be read. Fetch the project again.") from error
        if any(not name.startswith("classifier") for name in missing):
            raise BadInput(f"The face model {file} is of another network. Fetch the project again.")
        return cls(net.to(device))

    def prepare(self, crops: torch.Tensor) -> torch.Tensor:
        return crops * 2 - 1


def build() -> torch.nn.Module:
    """OSNet x0.25 from torchreid's one file, without importing the rest of that package."""
    found = importlib.util.find_spec("torchreid")
    if found is None or not found.submodule_search_locations:
        raise NotFound("The package torchreid is not installed. Run: pip install -r requirements.txt")
    root = Path(found.submodule_search_locations[0])
    spec = importlib.util.spec_from_file_location("osnet_only", root / "reid" / "models" / "osnet.py")
    if spec is None or spec.loader is None:
        raise NotFound(f"The package torchreid in {root} has no OSNet. Run: pip install -r requirements.txt")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module.osnet_x0_25(num_classes=1, pretrained=False)
