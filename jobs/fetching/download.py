"""The files of a model on the Hugging Face hub: which of them are needed, how large they are, and fetching them."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import Any

from huggingface_hub import HfApi, constants, hf_hub_download
from huggingface_hub.errors import (
    GatedRepoError,
    HfHubHTTPError,
    HTTPError,
    LocalEntryNotFoundError,
    OfflineModeIsEnabled,
    RepositoryNotFoundError,
)
from huggingface_hub.utils import tqdm

from storage.errors import BadInput, NotFound, StudioError

PARTS = ("unet", "vae", "text_encoder", "text_encoder_2", "tokenizer", "tokenizer_2", "scheduler")
"""Folders of a diffusers model that are used; safety checkers and the like stay where they are."""

UNREACHED = (OfflineModeIsEnabled, LocalEntryNotFoundError, HTTPError, ConnectionError, TimeoutError)
WEIGHTS = re.compile(
    r"(diffusion_pytorch_model|model)(\.fp16)?(-\d+-of-\d+)?(\.fp16)?\.safetensors(\.index(\.fp16)?\.json)?"
)
"""What diffusers calls a model's weights; with `fp16` where they are in half precision."""


@dataclass(frozen=True)
class Listing:
    """The files of one model that are needed, with their sizes in bytes."""

    name: str
    files: dict[str, int]

    @property
    def bytes(self) -> int:
        """All together."""
        return sum(self.files.values())


def look(name: str, vae: bool = False, endpoint: str | None = None) -> Listing:
    """What is needed of the model `name` (of a VAE alone with `vae`).

    Raises:
        NotFound: there is no network, or no such model on the hub.
        BadInput: it is not in diffusers' layout, or has no safetensors.
    """
    if constants.HF_HUB_OFFLINE:
        raise _unreached(name)
    try:
        found = HfApi(endpoint=endpoint).model_info(name, files_metadata=True)
    except GatedRepoError as error:
        raise NotFound(
            f"{name} is given only to those who accepted its terms on huggingface.co. Accept them there, log in with "
            "`hf auth login`, and ask again."
        ) from error
    except RepositoryNotFoundError as error:
        raise NotFound(f"There is no model called {name} on the hub. Check its name on huggingface.co.") from error
    except (*UNREACHED, HfHubHTTPError) as error:
        raise _unreached(name) from error
    sizes = {row.rfilename: row.size or 0 for row in found.siblings or []}
    wanted = needed(sizes, vae)
    if not any(file.endswith(".safetensors") for file in wanted):
        raise BadInput(
            f"{name} has no safetensors in diffusers' layout. Choose another model, or download a file of it."
        )
    return Listing(name, {file: sizes[file] for file in wanted})


def needed(files: Iterable[str], vae: bool = False) -> list[str]:
    """Of the names of a repository's files those that loading asks for; fp16 weights where there are no others."""
    known = [PurePosixPath(file) for file in files]
    inside = [
        file for file in known if (len(file.parts) == 1 if vae else len(file.parts) == 2 and file.parts[0] in PARTS)
    ]
    said = [file for file in inside if file.suffix in (".json", ".txt") and ".safetensors" not in file.name]
    weights = [file for file in inside if WEIGHTS.fullmatch(file.name)]
    full = {file.parent for file in weights if ".fp16" not in file.name}
    kept = [file for file in weights if (file.parent in full) != (".fp16" in file.name)]
    index = [] if vae else [file for file in known if str(file) == "model_index.json"]
    return sorted({str(file) for file in (*index, *said, *kept)})


def fetch(listing: Listing, told: Callable[[int], None], endpoint: str | None = None) -> None:
    """Download what is not here yet; a file that broke off goes on.

    Args:
        told: called with bytes that came in; what it raises ends the download, and what is there stays.

    Raises:
        NotFound: the network was lost on the way.
        StudioError: there is no room for it on the disk.
    """
    for file, size in listing.files.items():
        came: list[int] = [0]

        def note(count: int, came: list[int] = came) -> None:
            came[0] += count
            told(count)

        try:
            hf_hub_download(listing.name, file, tqdm_class=_meter(note), endpoint=endpoint)
        except (*UNREACHED, HfHubHTTPError) as error:
            raise _unreached(listing.name) from error
        except OSError as error:
            raise StudioError(
                f"{listing.name} could not be written to the disk ({error.strerror or error}). Make room."
            ) from error
        if came[0] < size:
            told(size - came[0])


def _meter(told: Callable[[int], None]) -> type[tqdm]:
    """A progress bar that draws nothing and tells how many bytes came in."""

    class Meter(tqdm):
        def __init__(self, *args: Any, **kwargs: Any) -> None:
            super().__init__(*args, **kwargs | {"disable": True})

        def update(self, n: float | None = 1) -> bool | None:
            told(int(n or 0))
            return super().update(n)

    return Meter


def _unreached(name: str) -> NotFound:
    return NotFound(
        f"{name} could not be downloaded: the hub cannot be reached. With a network, ask again, and it goes on where it "
        f"broke off; without one, fetch it elsewhere (hf download {name} --local-dir FOLDER), copy the folder here, and "
        "add it by its path."
    )
