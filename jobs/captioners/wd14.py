"""WD tagger: tags of drawings, as image boards write them (0.4 GB, from the hub)."""

from __future__ import annotations

import csv
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

import numpy as np
import onnxruntime
import torch
from huggingface_hub import snapshot_download
from onnxruntime.capi import onnxruntime_pybind11_state as state
from PIL import Image as Pictures

from jobs.captioners.captioner import BROKEN, Captioner, Wording, away, broken
from storage.errors import NotFound

HUB = "SmilingWolf/wd-vit-tagger-v3"
FOLDER = "wd-tagger"
MODEL, TAGS = "model.onnx", "selected_tags.csv"

GENERAL, CHARACTER = "0", "4"
"""Categories of tags; what else there is (`9`: ratings) is no matter of captions."""

SURE_OF_WHO = 0.85
"""How sure of a character's name it must be at least: a wrong one is worse than none."""

UNUSABLE = (
    state.Fail,
    state.InvalidArgument,
    state.InvalidGraph,
    state.InvalidProtobuf,
    state.NoSuchFile,
    state.NotImplemented,
    state.RuntimeException,
)
"""What onnxruntime raises on a file or on numbers that it cannot use."""

FACES = frozenset(
    [
        "0_0",
        "(o)_(o)",
        "+_+",
        "+_-",
        "._.",
        "<o>_<o>",
        "<|>_<|>",
        "=_=",
        ">_<",
        "3_3",
        "6_9",
        ">_o",
        "@_@",
        "^_^",
        "o_o",
        "u_u",
        "x_x",
        "|_|",
        "||_||",
    ]
)
"""Tags that are drawn, not written: their lines stay."""


@dataclass(frozen=True)
class Tag:
    """One thing that the model can see."""

    text: str
    category: str


class Wd14(Captioner):
    """A picture classifier over thousands of tags, as an ONNX file with `selected_tags.csv` beside it."""

    def __init__(self, session: Any, tags: list[Tag]) -> None:
        self._session, self._tags = session, tags
        self._input = session.get_inputs()[0]
        self._many = not isinstance(self._input.shape[0], int)
        self._side = next((size for size in self._input.shape[1:3] if isinstance(size, int)), 448)

    @classmethod
    def load(cls, models: Path, device: torch.device, dtype: torch.dtype) -> Self:
        place = _place(models / FOLDER)
        try:
            session, tags = _open(place / MODEL, device), _tags(place / TAGS)
        except (*BROKEN, *UNUSABLE, csv.Error) as error:
            raise broken(place, error) from error
        seen = session.get_outputs()[0].shape[-1]
        if isinstance(seen, int) and seen != len(tags):
            raise broken(place, f"{TAGS} names {len(tags)} tags, {MODEL} tells {seen}.")
        return cls(session, tags)

    def caption(self, images: list[Pictures.Image], wording: Wording) -> list[str]:
        pixels = np.stack([square(image, self._side) for image in images])
        parts = [pixels] if self._many else [pixels[at : at + 1] for at in range(len(pixels))]
        try:
            sure = np.concatenate([self._session.run(None, {self._input.name: part})[0] for part in parts])
        except UNUSABLE as error:
            raise ValueError(str(error)) from error
        return [", ".join(self._said(row, wording)) for row in sure]

    def _said(self, sure: np.ndarray, wording: Wording) -> list[str]:
        """The tags it is sure of, the surest first."""
        least = {GENERAL: wording.sure, CHARACTER: max(wording.sure, SURE_OF_WHO)}
        order = np.argsort(-sure, kind="stable")
        kept = [self._tags[at] for at in order if sure[at] >= least.get(self._tags[at].category, 2)]
        return [tag.text for tag in kept][: wording.most]


def square(image: Pictures.Image, side: int) -> np.ndarray:
    """The whole picture on white, [side, side, 3], BGR, 0 … 255, as these models were trained."""
    longest = max(image.size)
    canvas = Pictures.new("RGB", (longest, longest), "white")
    canvas.paste(image, ((longest - image.width) // 2, (longest - image.height) // 2))
    pixels = np.asarray(canvas.resize((side, side), Pictures.Resampling.BICUBIC), np.float32)
    return np.ascontiguousarray(pixels[:, :, ::-1])


def _place(place: Path) -> Path:
    """The folder with both files: `place`, else the hub's cache, else downloaded."""
    if place.is_dir():
        missing = [name for name in (MODEL, TAGS) if not (place / name).is_file()]
        if missing:
            raise NotFound(
                f"There is no {' and no '.join(missing)} in {place}. Fetch them from {HUB} into that folder."
            )
        return place
    for local in (True, False):
        try:
            return Path(snapshot_download(HUB, allow_patterns=[MODEL, TAGS], local_files_only=local))
        except BROKEN as error:
            reason = error
    raise NotFound(away(HUB, place, MODEL)) from reason


def _open(file: Path, device: torch.device) -> Any:
    known = onnxruntime.get_available_providers()
    wanted = ["CUDAExecutionProvider"] if device.type == "cuda" else []
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = torch.get_num_threads()
    return onnxruntime.InferenceSession(
        str(file), options, providers=[name for name in [*wanted, "CPUExecutionProvider"] if name in known]
    )


def _tags(file: Path) -> list[Tag]:
    with file.open(encoding="utf-8", newline="") as rows:
        return [Tag(spoken(row["name"]), row["category"]) for row in csv.DictReader(rows)]


def spoken(tag: str) -> str:
    """A tag as captions write it: `long_hair` → `long hair`."""
    return tag if tag in FACES else tag.replace("_", " ")
