"""safetensors files taken apart and put together byte by byte, without torch.

The format: 8 bytes with the length of a JSON header, the header, then the tensors'
bytes; https://huggingface.co/docs/safetensors
"""

from __future__ import annotations

import hashlib
import json
import struct
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from storage.bases import header
from storage.errors import NotFound
from storage.files import beside

if TYPE_CHECKING:
    from torch import Tensor


@dataclass(frozen=True)
class Raw:
    """One tensor as it lies on disk: its type (`F32`), its shape, its bytes."""

    dtype: str
    shape: list[int]
    content: bytes

    @classmethod
    def number(cls, value: float) -> Raw:
        """A single fp32 number."""
        return cls("F32", [], struct.pack("<f", value))

    @classmethod
    def fp32(cls, tensor: Tensor) -> Raw:
        """A torch tensor in fp32."""
        return cls("F32", list(tensor.shape), tensor.float().contiguous().numpy().tobytes())


def read(path: Path) -> tuple[dict[str, Raw], dict[str, str]]:
    """The tensors of a file by name, and its metadata. `BadInput` if it is none or cut off."""
    if not path.is_file():
        raise NotFound(f"The LoRA's file {path.name} is gone from the store. Train it again, or import it again.")
    entries = header(path)
    said = entries.pop("__metadata__", {})
    with path.open("rb") as file:
        start = 8 + struct.unpack("<Q", file.read(8))[0]
        found = {}
        for name, entry in entries.items():
            begin, end = entry["data_offsets"]
            file.seek(start + begin)
            found[name] = Raw(entry["dtype"], entry["shape"], file.read(end - begin))
    return found, said


def write(path: Path, tensors: dict[str, Raw], said: dict[str, str]) -> None:
    """Write a file, with the hashes of its content by which model-sharing sites and A1111 know it."""
    entries, begin, content = {}, 0, hashlib.sha256()
    for name, tensor in sorted(tensors.items()):
        end = begin + len(tensor.content)
        entries[name] = {"dtype": tensor.dtype, "shape": tensor.shape, "data_offsets": [begin, end]}
        content.update(tensor.content)
        begin = end
    said = said | {"modelspec.hash_sha256": f"0x{content.hexdigest()}", "sshs_model_hash": content.hexdigest()}
    text = json.dumps({"__metadata__": said, **entries}, ensure_ascii=False).encode()
    text += b" " * (-len(text) % 8)
    with beside(path) as temporary, temporary.open("wb") as file:
        file.write(struct.pack("<Q", len(text)) + text)
        for _, tensor in sorted(tensors.items()):
            file.write(tensor.content)
