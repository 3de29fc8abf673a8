"""One picture, from its file to what is found in it; the next ones are read while the last are looked at."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import torch
from PIL import Image as Pictures

from jobs.faces.detection import Face, Mtcnn, framing
from jobs.faces.face_model import FaceModel
from jobs.inspecting import light, phash, twins
from storage import uploads
from storage.errors import BadPicture
from storage.tables import Caption, Inspection

if TYPE_CHECKING:
    from jobs.context import Example


WORKING = 1024
"""Longest side in pixels of what is held in memory of a picture once its light is measured."""


@dataclass(frozen=True)
class Work:
    """A picture that is to be looked at, or its caption compared with it, or both."""

    example: Example
    look: bool
    caption: Caption | None


@dataclass
class Seen:
    """A picture that was read, and what was found so far.

    picture: its pixels, at most `WORKING` a side; None if it cannot be read.
    scale: size of the stored picture ÷ size of `picture`.
    """

    work: Work
    found: Inspection
    picture: Pictures.Image | None = None
    scale: float = 1.0


@dataclass(frozen=True)
class Eyes:
    """What finds faces and what tells them apart, by its name."""

    detector: Mtcnn
    model: FaceModel
    name: str


def opened(works: Sequence[Work], size: int) -> Iterator[list[Seen]]:
    """Batches of pictures in memory, their light and hash measured; one batch ahead in a thread of its own."""
    batches = [works[start : start + size] for start in range(0, len(works), size)]
    with ThreadPoolExecutor(1) as reader:
        ahead = reader.submit(_read, batches[0] if batches else [])
        for following in [*batches[1:], []]:
            batch = ahead.result()
            ahead = reader.submit(_read, following)
            if batch:
                yield batch


def find_faces(batch: Sequence[Seen], eyes: Eyes) -> None:
    """Write into what was found where the faces are, how near, and whose the largest is."""
    looked = [seen for seen in batch if seen.picture is not None and seen.work.look]
    crops: list[tuple[Inspection, Pictures.Image]] = []
    for seen, faces in zip(looked, _faces(looked, eyes.detector), strict=True):
        seen.found.face_model = eyes.name
        if faces and seen.picture is not None:
            _tell(seen, seen.picture, faces)
            crops.append((seen.found, eyes.model.cut(seen.picture, faces[0].box)))
    for (found, _), vector in zip(crops, eyes.model.embed([crop for _, crop in crops]), strict=True):
        found.embedding = vector.astype(np.float16).tobytes()


def _faces(looked: Sequence[Seen], detector: Mtcnn) -> list[list[Face]]:
    """The faces of each picture; one that the detector cannot take is that picture's problem alone."""
    try:
        return detector.find([seen.picture for seen in looked if seen.picture is not None])
    except (RuntimeError, ValueError) as error:
        if len(looked) > 1:
            return [faces for seen in looked for faces in _faces([seen], detector)]
        if isinstance(error, torch.OutOfMemoryError):
            raise
        looked[0].found.problem = f"Faces could not be looked for ({error}). Use another picture."
        return [[]]


def _tell(seen: Seen, picture: Pictures.Image, faces: Sequence[Face]) -> None:
    """Write faces into the row, their boxes in pixels of the stored picture."""
    seen.found.face_share = faces[0].area / (picture.width * picture.height)
    seen.found.framing = framing(faces[0], picture.height)
    seen.found.faces = [
        {"box": [round(value * seen.scale, 1) for value in face.box], "score": round(face.score, 4)} for face in faces
    ]


def _read(works: Sequence[Work]) -> list[Seen]:
    return [_read_one(work) for work in works]


def _read_one(work: Work) -> Seen:
    found = Inspection(image_id=work.example.image_id, file=work.example.file)
    try:
        picture = uploads.read(work.example.path)
        seen = light.measure(picture)
        found.sharpness, found.brightness, found.contrast = seen.sharpness, seen.brightness, seen.contrast
        found.hash, found.colours = phash.phash(picture), twins.small(picture)
    except BadPicture as error:
        found.problem = str(error)
        return Seen(work, found)
    except Exception as error:  # noqa: BLE001  whatever a damaged file provokes is a problem of that file alone
        found.problem = f"The picture cannot be looked at ({type(error).__name__}: {error}). Upload it again."
        return Seen(work, found)
    share = min(1.0, WORKING / max(picture.size))
    size = (round(picture.width * share), round(picture.height * share))
    small = picture if share == 1 else picture.resize(size, Pictures.Resampling.BOX, reducing_gap=2.0)
    return Seen(work, found, small, 1 / share)
