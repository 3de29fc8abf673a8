"""One file a model family; `load_family` finds it by name, so nobody ever asks which family it is."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    import torch

    from jobs.families.family import Family

Precision = Literal["auto", "fp32", "bf16", "fp16"]


def family_class(name: str) -> type[Family]:
    """The class in the file of that name; `NotFound` names the families there are."""
    from jobs import folder
    from jobs.families.family import Family

    return folder.find("jobs.families", name, Family)


def load_family(
    name: str, source: Path | str, device: torch.device, dtype: torch.dtype, vae: str = "", unet: bool = True
) -> Family:
    """The base model at `source`, loaded by the family of that name; `vae` and `unet` as `Family.load` has them."""
    return family_class(name).load(source, device, dtype, vae, unet)


def choose_device(wish: str = "auto") -> torch.device:
    """`auto` takes the GPU if there is one; otherwise cpu, cuda, cuda:1, mps. `BadInput` if it is not there."""
    import torch

    from storage.errors import BadInput

    if wish == "auto":
        kind = "cuda" if torch.cuda.is_available() else "mps" if torch.backends.mps.is_available() else "cpu"
        return torch.device(kind)
    try:
        torch.zeros(1, device=wish)
    except (RuntimeError, AssertionError, NotImplementedError) as error:
        raise BadInput(f"There is no device “{wish}” on this machine. Set STUDIO_DEVICE to auto or cpu.") from error
    return torch.device(wish)


def choose_dtype(wish: Precision, device: torch.device) -> torch.dtype:
    """`auto`: bf16 where a GPU computes in it, else fp16 on a GPU, and fp32 anywhere else.

    fp16 needs a GPU: elsewhere fp32 is taken in its place.
    """
    import torch

    if wish == "auto":
        wish = ("bf16" if torch.cuda.is_bf16_supported() else "fp16") if device.type == "cuda" else "fp32"
    if wish == "fp16" and device.type == "cpu":
        wish = "fp32"
    return {"fp32": torch.float32, "bf16": torch.bfloat16, "fp16": torch.float16}[wish]
