"""What the captioners of the BLIP kind share."""

from __future__ import annotations

from pathlib import Path
from typing import Any, ClassVar, Self

import torch
from PIL import Image as Pictures
from transformers import BlipForConditionalGeneration, BlipProcessor

from jobs.captioners.captioner import Captioner, Wording, find
from storage.errors import BadInput


class Blip(Captioner):
    """BLIP: a picture encoder with a text decoder. Li et al. 2022, https://arxiv.org/abs/2201.12086"""

    hub: ClassVar[str] = ""  # owner/name; '' for a model that comes with the project
    folder: ClassVar[str]  # its place in `models`
    network: ClassVar[Any] = BlipForConditionalGeneration
    reader: ClassVar[Any] = BlipProcessor

    def __init__(self, model: Any, processor: Any) -> None:
        self._model, self._processor = model.eval(), processor

    @classmethod
    def load(cls, models: Path, device: torch.device, dtype: torch.dtype) -> Self:
        def read(source: Path | str, **options: Any) -> tuple[Any, Any]:
            processor = cls.reader.from_pretrained(source, **options)
            return cls.network.from_pretrained(source, dtype=dtype, use_safetensors=True, **options), processor

        model, processor = find(cls.hub, models / cls.folder, read)
        return cls(model.to(device), processor)

    @torch.inference_mode()
    def caption(self, images: list[Pictures.Image], wording: Wording) -> list[str]:
        words = [wording.prefix] * len(images) if wording.prefix else None
        inputs = self._processor(images=images, text=words, return_tensors="pt")
        inputs = inputs.to(self._model.device, self._model.dtype)
        tokens = self._model.generate(**inputs, **self._style(wording, inputs))
        return [text.strip() for text in self._processor.batch_decode(tokens, skip_special_tokens=True)]

    def _style(self, wording: Wording, inputs: Any) -> dict[str, Any]:
        given = inputs["input_ids"].shape[1] if "input_ids" in inputs else 1
        room = self._model.config.text_config.max_position_embeddings - given
        if room < 1:
            raise BadInput(f"“{wording.prefix}” is too long to begin a caption with. Use fewer words.")
        style: dict[str, Any] = {"max_new_tokens": min(wording.most, room)}
        if wording.sample:
            return {**style, "do_sample": True, "top_p": 0.9, "num_beams": 1}
        return {**style, "do_sample": False, "num_beams": wording.beams}
