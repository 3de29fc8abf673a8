"""Where a base model lies: a diffusers folder, one .safetensors file, or a name on the hub."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from huggingface_hub.errors import HfHubHTTPError, LocalEntryNotFoundError, OfflineModeIsEnabled
from safetensors import SafetensorError

from jobs.families.latent.single_file import load_single_file
from storage.bases import cached, recognise
from storage.errors import BadInput, NotFound

if TYPE_CHECKING:
    from jobs.families.latent.model import LatentDiffusion

HUB_NAME = re.compile(r"[\w.-]+/[\w.-]+")

PICKLES = (".ckpt", ".bin", ".pt", ".pth", ".pkl")

BROKEN = (OSError, ValueError, KeyError, RuntimeError, TypeError, AttributeError, SafetensorError)
"""What diffusers and transformers raise on files that are missing, cut off or of another model."""


def load_pipeline(family: type[LatentDiffusion], source: Path | str, **options: Any) -> Any:
    """The family's pipeline from wherever `source` points; options go to diffusers (dtype=…).

    Raises:
        NotFound: it is not on this machine and cannot be downloaded; says what to do.
        BadInput: the files are there but are not of this family, or are broken.
    """
    path = Path(source).expanduser()
    if path.suffix.lower() in PICKLES:
        raise BadInput(
            f"{path.name} is a pickle, which can hold a program, and is never opened. Give a .safetensors file."
        )
    if path.is_dir() or path.is_file():
        _check_family(family, path)
        read = _read_folder if path.is_dir() else load_single_file
        return _readable(family, path, lambda: read(family, path, **options))
    if not HUB_NAME.fullmatch(str(source)):
        raise NotFound(
            f"There is no model at {source}. Put it there, or correct the base model's place in the Library."
        )
    return _from_hub(family, str(source), **options)


def _check_family(family: type[LatentDiffusion], path: Path) -> None:
    found = recognise(str(path))
    if found != family.name:
        raise BadInput(f"{path.name} is a model of the family {found}, not {family.name}. Add it again as {found}.")


def _readable(family: type[LatentDiffusion], path: Path, read: Callable[[], Any]) -> Any:
    try:
        return read()
    except BROKEN as error:
        reason = " ".join(str(error).split())[:300]
        raise BadInput(
            f"{path} cannot be read as {family.title}: {reason} Download it again, with .safetensors weights."
        ) from error


def _read_folder(family: type[LatentDiffusion], path: Path, **options: Any) -> Any:
    variant = _variant(path)
    return family.pipeline.from_pretrained(
        path, use_safetensors=True, local_files_only=True, variant=variant, **family.extras, **options
    )


def _variant(path: Path) -> str | None:
    """`fp16` where the UNet lies there in half precision alone, as many downloads do."""
    files = {file.name for file in (path / "unet").glob("*.safetensors*")}
    halves = {name for name in files if ".fp16." in name}
    return "fp16" if halves and halves == files else None


def _from_hub(family: type[LatentDiffusion], name: str, **options: Any) -> Any:
    """From the hub's local copy, else downloaded."""
    load = family.pipeline.from_pretrained
    try:
        place = cached(name)
        return _read_folder(family, place or Path(name), **options)
    except BROKEN:
        pass  # not here yet, or only in part: the download below says so or mends it
    options = {"use_safetensors": True, **family.extras, **options}
    try:
        return load(name, **options)
    except (LocalEntryNotFoundError, OfflineModeIsEnabled, ConnectionError, HfHubHTTPError, *BROKEN) as error:
        raise NotFound(
            f"The base model {name} is not on this machine and could not be downloaded. With a network, ask again; "
            f"without one, fetch it elsewhere (hf download {name} --local-dir FOLDER), copy the folder here, "
            "and add it in the Library by its path."
        ) from error
