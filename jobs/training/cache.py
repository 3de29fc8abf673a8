"""What is computed once: tensors on disk under the hash of everything they depend on."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Any

from safetensors import SafetensorError
from safetensors.torch import load_file, save
from torch import Tensor

from storage.files import beside

VERSION = 1
"""Raised when the way of computing changes, so that nothing old is taken for new."""


class Cache:
    """A folder of small safetensors files; one that cannot be read counts as not there.

    lasting: whether a file must outlast a power cut, as `beside` has it.
    """

    def __init__(self, folder: Path, lasting: bool = True) -> None:
        self.folder, self._lasting = folder, lasting

    def get(self, *facts: Any) -> dict[str, Tensor] | None:
        """What was put under the same facts, or None."""
        try:
            return load_file(self._path(facts))
        except (FileNotFoundError, SafetensorError):
            return None

    def put(self, tensors: dict[str, Tensor], *facts: Any) -> None:
        """Keep tensors under facts: anything JSON can say."""
        content = save({name: tensor.detach().cpu().contiguous() for name, tensor in tensors.items()})
        with beside(self._path(facts), self._lasting) as temporary:
            temporary.write_bytes(content)

    def _path(self, facts: tuple[Any, ...]) -> Path:
        key = hashlib.sha256(json.dumps([VERSION, *facts]).encode()).hexdigest()
        return self.folder / key[:2] / f"{key}.safetensors"
