"""CLIP: how like each other a picture and a text are. Radford et al. 2021, https://arxiv.org/abs/2103.00020"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any, Self

import numpy as np
import torch
import torch.nn.functional as F
from PIL import Image as Pictures
from safetensors import SafetensorError
from transformers import AutoConfig, CLIPModel, CLIPProcessor
from transformers.utils import logging

from storage.errors import BadInput, NotFound

BUNDLED = "mini"
BROKEN = (OSError, ValueError, KeyError, RuntimeError, SafetensorError)
"""What transformers raises on files that are missing, cut off or of another model."""

TOGETHER = 32
"""Pictures or texts that one pass takes."""


class Clip:
    """A CLIP model with its processor; pictures and texts become unit vectors [n, d], float32."""

    def __init__(self, model: CLIPModel, processor: CLIPProcessor) -> None:
        self._model, self._processor = model.eval().requires_grad_(False), processor
        self._most = int(model.config.text_config.max_position_embeddings)  # type: ignore[union-attr]

    @classmethod
    def load(cls, folder: Path, device: torch.device) -> Self:
        """Load a folder that transformers wrote, in float32.

        Raises:
            NotFound: there is no such folder.
            BadInput: it is no CLIP model, or broken.
        """
        logging.set_verbosity_error()
        logging.disable_progress_bar()
        try:
            kind = AutoConfig.from_pretrained(folder, local_files_only=True).model_type
            if kind != "clip":
                raise BadInput(
                    f"{folder} holds a model of the kind {kind}, and a CLIP is needed. Choose another folder."
                )
            options: dict[str, Any] = {"local_files_only": True}
            model = CLIPModel.from_pretrained(folder, dtype=torch.float32, use_safetensors=True, **options)
            processor = CLIPProcessor.from_pretrained(folder, **options)
        except BROKEN as error:
            reason = " ".join(str(error).split())[:300]
            raise BadInput(f"The CLIP in {folder} cannot be read: {reason} Fetch it again.") from error
        return cls(model.to(device), processor)  # type: ignore[arg-type]  # their `to` has lost its own type

    @torch.inference_mode()
    def pictures(self, pictures: Sequence[Pictures.Image]) -> np.ndarray:
        """Unit vectors [n, d] of RGB pictures."""
        return self._together(pictures, lambda some: self._model.get_image_features(**self._seen(some)))

    def look(self, pictures: torch.Tensor) -> torch.Tensor:
        """Unit vectors [n, d] of pictures [n, 3, h, w], 0 … 1; gradients reach the pictures."""
        seen = self._processor.image_processor(images=pictures, do_rescale=False, return_tensors="pt")
        return F.normalize(self._model.get_image_features(**seen.to(self._model.device)).pooler_output, dim=1)

    @torch.inference_mode()
    def texts(self, texts: Sequence[str]) -> np.ndarray:
        """Unit vectors [n, d] of texts; of a long one what the text encoder reads."""
        return self._together(texts, lambda some: self._model.get_text_features(**self._read(some)))

    def _seen(self, pictures: Sequence[Pictures.Image]) -> Any:
        return self._processor.image_processor(images=list(pictures), return_tensors="pt").to(self._model.device)

    def _read(self, texts: Sequence[str]) -> Any:
        cut = {"padding": True, "truncation": True, "max_length": self._most}
        return self._processor.tokenizer(list(texts), return_tensors="pt", **cut).to(self._model.device)

    def _together(self, things: Sequence[Any], look: Any) -> np.ndarray:
        if not things:
            return np.zeros((0, self._model.config.projection_dim), np.float32)
        parts = [things[start : start + TOGETHER] for start in range(0, len(things), TOGETHER)]
        return np.concatenate([F.normalize(look(part).pooler_output, dim=1).cpu().numpy() for part in parts])


def place(name: str, models: Path) -> Path:
    """The folder that a person means: the bundled one, one in `models`, or a path.

    Raises:
        NotFound: there is none; says what to give.
    """
    if name == BUNDLED:
        return models / "mini" / "clip"
    for folder in (models / name, Path(name).expanduser()):
        if (folder / "config.json").is_file():
            return folder
    raise NotFound(
        f"There is no CLIP “{name}”. Put its folder (config.json, model.safetensors, tokenizer) into {models}, "
        f"give its path, or choose “{BUNDLED}”."
    )
