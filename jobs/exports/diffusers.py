"""diffusers and PEFT: the studio's own spelling, for `load_lora_weights`."""

from __future__ import annotations

from pathlib import Path

from jobs.exports import _raw
from jobs.exports.form import LoraFormat


class Diffusers(LoraFormat):
    """The file as the studio keeps it."""

    title = "diffusers"
    readers = "diffusers, PEFT"

    def write(self, source: Path, target: Path, said: dict[str, str]) -> Path:
        tensors, known = _raw.read(source)
        _raw.write(target, tensors, known | said)
        return target
