"""What a LoRA learned for new tokens, as files beside it.

A file's stem is its token elsewhere, without the brackets: ComfyUI cannot have `<` in a file's name.
"""

from __future__ import annotations

import shutil
from collections.abc import Mapping
from pathlib import Path

from storage.files import beside

FOLDER = "embeddings"
"""Where they lie in a zip, as in the tools that read them."""


def file_name(token: str) -> str:
    """What the file of a token is called elsewhere: `<cu_trg>` → `cu_trg.safetensors`."""
    return f"{token.strip('<>')}.safetensors"


def write_beside(embeddings: Mapping[str, Path], place: Path) -> list[Path]:
    """Copy the files (token → file) into a folder, under the names that other tools know them by; returns the copies."""
    found = []
    for token, source in embeddings.items():
        found.append(place / file_name(token))
        with beside(found[-1]) as temporary:
            shutil.copyfile(source, temporary)
    return found
