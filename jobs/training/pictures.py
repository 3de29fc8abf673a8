"""Pictures as the model learns from them: upright, RGB, cut as their frame says."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import torch
from PIL import Image, ImageOps
from torch import Tensor

from jobs.planning import Frame
from storage.errors import BadInput, NotFound


def open_picture(path: Path, name: str) -> Image.Image:
    """The picture of a data set, upright and in RGB, what is transparent on white.

    Raises:
        NotFound: its file is gone.
        BadInput: its file cannot be read as a picture.
    """
    try:
        with Image.open(path) as file:
            picture = ImageOps.exif_transpose(file)
            if picture.has_transparency_data:
                picture = picture.convert("RGBA")
                white = Image.new("RGBA", picture.size, "white")
                picture = Image.alpha_composite(white, picture)
            return picture.convert("RGB")
    except FileNotFoundError as error:
        raise NotFound(
            f"The file of the picture “{name}” is gone from the store. Remove the picture from the data set, "
            "or upload it again."
        ) from error
    except (OSError, ValueError, SyntaxError, Image.DecompressionBombError) as error:
        raise BadInput(
            f"The picture “{name}” cannot be read ({error}). Remove it from the data set, or upload it again."
        ) from error


def pixels(picture: Image.Image, frame: Frame, mirrored: bool = False) -> Tensor:
    """[1, 3, height, width] in −1…1: what the frame shows."""
    height, width = frame.scaled
    scaled = picture.resize((width, height), Image.Resampling.LANCZOS)
    box = (frame.left, frame.top, frame.left + frame.target[1], frame.top + frame.target[0])
    cut = scaled.crop(box)
    if mirrored:
        cut = ImageOps.mirror(cut)
    return torch.from_numpy(np.array(cut)).permute(2, 0, 1)[None].float() / 127.5 - 1
