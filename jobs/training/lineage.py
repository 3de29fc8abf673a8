"""What a run was made with, so that it can be made again."""

from __future__ import annotations

import subprocess
from collections.abc import Mapping
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Any

from jobs.blending.fingerprint import joined, marks

if TYPE_CHECKING:
    from jobs.families.family import Family

PACKAGES = ("torch", "diffusers", "transformers", "peft", "accelerate", "safetensors", "numpy", "pillow")
"""Packages whose versions may change what comes out."""


def made_with(family: Family, before: Mapping[str, str]) -> dict[str, Any]:
    """The base model's fingerprint, the versions of packages, where it computes, and the studio's git revision if it has one.

    before: `marks` of the parts that have left memory.
    """
    return {
        "base": joined({**before, **marks(family)}),
        "packages": {name: version(name) for name in PACKAGES},
        "device": str(family.device),
        "precision": str(family.dtype).removeprefix("torch."),
        "revision": revision(),
    }


def revision() -> str:
    """The git revision of the studio's own code, `+` behind it where files were changed since; empty without git."""
    try:
        asked = {"cwd": Path(__file__).parent, "capture_output": True, "text": True, "timeout": 10, "check": True}
        found = subprocess.run(["git", "rev-parse", "HEAD"], **asked).stdout.strip()  # type: ignore[call-overload]
        changed = subprocess.run(["git", "status", "--porcelain"], **asked).stdout.strip()  # type: ignore[call-overload]
        return found + ("+" if changed else "")
    except (OSError, subprocess.SubprocessError):
        return ""
