"""What a LoRA learned for new tokens, as files beside it.

A file's stem is its token elsewhere, without the brackets: ComfyUI cannot have `<` in a file's name.
"""

from __future__ import annotations

import shutil
from collections.abc import Mapping
from pathlib import Path

from storage.files import beside

FOLDER = "embeddings"
"""Where they lie beside a LoRA, in a zip or in a folder; the tools that read them want them apart too."""


def file_name(token: str) -> str:
    """What the file of a token is called elsewhere: `<cu_trg>` → `cu_trg.safetensors`."""
    return f"{token.strip('<>')}.safetensors"


def write_beside(embeddings: Mapping[str, Path], place: Path) -> list[Path]:
    """Copy the files (token → file) into `embeddings` in a folder, under the names other tools know them by; returns the copies.

    A folder of their own: a token may be called as the LoRA is.
    """
    found = [place / FOLDER / file_name(token) for token in embeddings]
    for target, source in zip(found, embeddings.values(), strict=True):
        target.parent.mkdir(parents=True, exist_ok=True)
        with beside(target) as temporary:
            shutil.copyfile(source, temporary)
    return found
