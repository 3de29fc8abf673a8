"""LoRA files for other tools, one file a format. Needs no torch: tensors are moved as they lie on disk."""

from __future__ import annotations

from pathlib import Path

from jobs import folder
from jobs.exports.form import LoraFormat


def export_lora(form: str, source: Path, target: Path, **said: str) -> Path:
    """Write the studio's LoRA file `source` in the format of that name to `target`; returns it.

    Args:
        form: the name of a file here, e.g. `kohya`; `NotFound` names the ones there are.
        **said: ModelSpec facts to add or to replace, e.g. title, description, date, license, tags.
    """
    found: type[LoraFormat] = folder.find("jobs.exports", form, LoraFormat)
    return found().write(source, target, {f"modelspec.{name}": text for name, text in said.items() if text})
