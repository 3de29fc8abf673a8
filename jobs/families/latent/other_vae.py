"""Another VAE than a model's own: a diffusers folder, one .safetensors file, or a name on the hub."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from diffusers import AutoencoderKL
from huggingface_hub.errors import HfHubHTTPError, LocalEntryNotFoundError, OfflineModeIsEnabled

from jobs.families.latent.single_file import CONFIGS
from jobs.families.latent.source import BROKEN, HUB_NAME
from storage.bases import vae_folder
from storage.errors import BadInput, NotFound

if TYPE_CHECKING:
    from jobs.families.latent.model import LatentDiffusion


def load_vae(family: type[LatentDiffusion], source: str, own: AutoencoderKL, **options: Any) -> AutoencoderKL:
    """The VAE at `source` in the place of a model's `own`; options go to diffusers (dtype=…).

    Raises:
        NotFound: it is not on this machine and cannot be downloaded.
        BadInput: the files are broken, or its latents are not those that the model knows.
    """
    path = Path(source).expanduser()
    if path.is_dir():
        found = _readable(path, lambda: _of_folder(vae_folder(path) or path, options))
    elif path.is_file():
        found = _readable(path, lambda: _of_file(family, path, options))
    elif HUB_NAME.fullmatch(source):
        found = _from_hub(source, options)
    else:
        raise NotFound(f"There is no VAE at {source}. Put it there, or correct the base model's VAE in the Library.")
    _check(source, found, own)
    return found


def _of_folder(place: Path, options: dict[str, Any]) -> AutoencoderKL:
    return AutoencoderKL.from_pretrained(place, use_safetensors=True, local_files_only=True, **options)


def _of_file(family: type[LatentDiffusion], path: Path, options: dict[str, Any]) -> AutoencoderKL:
    config = str(CONFIGS / family.name)
    found = AutoencoderKL.from_single_file(str(path), config=config, subfolder="vae", local_files_only=True, **options)
    if "fp16" in path.stem.lower():  # its file does not say so, its name does: it is made to be computed in 16 bits
        found.register_to_config(force_upcast=False)
    return found


def _from_hub(name: str, options: dict[str, Any]) -> AutoencoderKL:
    """From the hub's local copy, else downloaded."""
    options = {"use_safetensors": True, **options}
    try:
        return AutoencoderKL.from_pretrained(name, local_files_only=True, **options)
    except BROKEN:
        pass  # not here yet, or only in part: the download below says so or mends it
    try:
        return AutoencoderKL.from_pretrained(name, **options)
    except (LocalEntryNotFoundError, OfflineModeIsEnabled, ConnectionError, HfHubHTTPError, *BROKEN) as error:
        raise NotFound(
            f"The VAE {name} is not on this machine and could not be downloaded. With a network, ask again; without "
            f"one, fetch it elsewhere (hf download {name} --local-dir FOLDER) and name the folder in the Library."
        ) from error


def _readable(path: Path, read: Callable[[], AutoencoderKL]) -> AutoencoderKL:
    try:
        return read()
    except BROKEN as error:
        reason = " ".join(str(error).split())[:300]
        raise BadInput(f"{path} cannot be read as a VAE: {reason} Download it again.") from error


def _check(source: str, found: Any, own: Any) -> None:
    shapes = [
        (len(vae.config.block_out_channels), vae.config.latent_channels, vae.config.in_channels) for vae in (found, own)
    ]
    if shapes[0] != shapes[1]:
        raise BadInput(
            f"The VAE {Path(source).name} does not fit this base model: its latents have {shapes[0][1]} channels at a "
            f"{2 ** (shapes[0][0] - 1)}th of the picture's side, the model's {shapes[1][1]} at a {2 ** (shapes[1][0] - 1)}th. "
            "Choose a VAE of the base model's family."
        )
