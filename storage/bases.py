"""The verbs of base models, and telling which family a model on disk is of."""

from __future__ import annotations

import json
import re
import struct
from pathlib import Path

from sqlalchemy import select, update
from sqlalchemy.exc import IntegrityError

from storage.database import Store
from storage.errors import BadInput, NotFound
from storage.names import clean
from storage.settings import MINI
from storage.tables import Base, now

PIPELINES = {"StableDiffusionPipeline": "sd15", "StableDiffusionXLPipeline": "sdxl"}
"""diffusers' pipeline class in model_index.json → family."""

HUB_NAME = re.compile(r"[\w.-]+/[\w.-]+")

MOST_HEADER = 100 * 2**20
"""Bytes that the header of a safetensors file may have."""


def bundle(store: Store) -> None:
    """Make sure the bundled mini model is known, wherever the project now lies."""
    with store.session() as session:
        row = session.scalars(select(Base).where(Base.name == "mini")).first()
        if row is None:
            row = Base(name="mini", family="sd15", source=str(MINI))
            session.add(row)
        row.source = str(MINI)
        session.commit()


def all(store: Store) -> list[Base]:
    """Every base model, the bundled one first."""
    with store.session() as session:
        return list(session.scalars(select(Base).where(Base.deleted.is_(None)).order_by(Base.id)))


def named(store: Store, name: str) -> Base:
    """The base model of that name; `NotFound` says which there are."""
    rows = all(store)
    for row in rows:
        if row.name == name:
            return row
    known = ", ".join(row.name for row in rows)
    raise NotFound(
        f"There is no base model called “{name}” (there are: {known}). Add it in the Library: a folder, "
        "a .safetensors file, or a name on the hub such as stable-diffusion-v1-5/stable-diffusion-v1-5."
    )


def get(store: Store, base_id: int) -> Base:
    """The base model of that number."""
    with store.session() as session:
        row = session.get(Base, base_id)
    if row is None or row.deleted is not None:
        raise NotFound("This base model is not known any more. Add it again.")
    return row


def add(store: Store, name: str, source: str, family: str = "", vae: str = "") -> Base:
    """Make a base model known. An empty `family` is recognised from what lies on disk.

    Args:
        vae: another VAE than its own: a diffusers folder, a .safetensors file or a hub name; '' is its own.

    Raises:
        BadInput: nothing is there, it is no model the studio can use, or the name is taken.
    """
    source, vae = source.strip(), vae.strip()
    check_vae(vae)
    row = Base(name=clean(name, "A base model"), source=source, family=family or recognise(source), vae=vae)
    with store.session() as session:
        session.add(row)
        try:
            session.commit()
        except IntegrityError as error:
            raise BadInput(f"There is a base model called “{row.name}” already. Choose another name.") from error
        return row


def set_vae(store: Store, base_id: int, vae: str) -> None:
    """Give a base model another VAE than its own, or ('') its own again. `BadInput` if it is none."""
    vae = vae.strip()
    check_vae(vae)
    with store.session() as session:
        session.execute(update(Base).where(Base.id == base_id).values(vae=vae))
        session.commit()


def remove(store: Store, base_id: int) -> None:
    """Forget a base model; its files stay where they are."""
    with store.session() as session:
        row = session.get(Base, base_id)
        if row is not None and row.name != "mini" and row.deleted is None:
            row.deleted, row.name = now(), f"{row.name}\u0000{row.id}"
            session.commit()


def restore(store: Store, base_id: int) -> None:
    """Know a forgotten base model again."""
    with store.session() as session:
        row = session.get(Base, base_id)
        if row is not None and row.deleted is not None:
            row.deleted, row.name = None, row.name.partition("\u0000")[0]
            session.commit()


def recognise(source: str) -> str:
    """The family of a diffusers folder, a .safetensors checkpoint or a hub name: `sd15` or `sdxl`.

    A hub name cannot be looked into without a network; its family is guessed from its words.
    """
    path = Path(source).expanduser()
    if path.is_dir():
        return _of_folder(path)
    if path.is_file():
        return _of_checkpoint(path)
    if HUB_NAME.fullmatch(source):
        return "sdxl" if "xl" in source.lower() else "sd15"
    raise BadInput(f"There is nothing at {source}. Give a folder, a .safetensors file, or a name on the hub.")


def _of_folder(path: Path) -> str:
    index = path / "model_index.json"
    if not index.is_file():
        raise BadInput(f"{path} is not a diffusers model: it has no model_index.json. Choose the model's own folder.")
    try:
        kind = json.loads(index.read_text()).get("_class_name", "nothing")
    except (ValueError, AttributeError) as error:
        raise BadInput(f"{index} is not readable as JSON. Download the model again.") from error
    if kind not in PIPELINES:
        raise BadInput(f"{path} is a {kind}; the studio uses Stable Diffusion 1.5 and SDXL. Choose one of those.")
    return PIPELINES[kind]


def _of_checkpoint(path: Path) -> str:
    keys = header(path).keys()
    if any(key.startswith("conditioner.embedders.1.") for key in keys):
        return "sdxl"
    if any(key.startswith("model.diffusion_model.") for key in keys):
        return "sd15"
    raise BadInput(f"{path.name} holds no Stable Diffusion 1.5 or SDXL model. Choose a full checkpoint, not a LoRA.")


def place(source: str) -> Path | None:
    """Where a base model or a VAE lies on this machine: its folder or file, or the hub's copy; None if it is not here."""
    path = Path(source).expanduser()
    if path.exists():
        return path
    return cached(source) if HUB_NAME.fullmatch(source) else None


def cached(name: str) -> Path | None:
    """The folder of the newest local copy of a model of the hub, whole or not; None if there is none."""
    from huggingface_hub import try_to_load_from_cache

    for file in ("model_index.json", "config.json"):
        found = try_to_load_from_cache(name, file)
        if isinstance(found, str):
            return Path(found).parent
    return None


def size(source: str) -> int:
    """Bytes that a base model takes on this machine; 0 if it is not here."""
    found = place(source)
    if found is None or found.is_file():
        return found.stat().st_size if found else 0
    return sum(file.stat().st_size for file in found.rglob("*") if file.is_file())


def check_vae(source: str) -> None:
    """Refuse what is no VAE: neither a diffusers folder of one, a .safetensors file of one, a hub name, nor ''."""
    path = Path(source).expanduser()
    if not source or (not path.exists() and HUB_NAME.fullmatch(source)):
        return
    if path.is_file():
        if not any(key.endswith("decoder.conv_in.weight") for key in header(path)):
            raise BadInput(f"{path.name} holds no VAE. Choose the VAE's own file.")
    elif not path.is_dir():
        raise BadInput(f"There is no VAE at {source}. Give a folder, a .safetensors file, or a name on the hub.")
    elif not vae_folder(path):
        raise BadInput(
            f"{path} is not a VAE in diffusers' layout: it has no config.json of one. Choose its own folder."
        )


def vae_folder(path: Path) -> Path | None:
    """The folder of the VAE at `path`: itself, or `vae` in a whole model's folder; None if there is none."""
    for place in (path, path / "vae"):
        try:
            if json.loads((place / "config.json").read_text()).get("_class_name") == "AutoencoderKL":
                return place
        except (OSError, ValueError, AttributeError):
            continue
    return None


def header(path: Path) -> dict:
    """The header of a safetensors file: tensor name → dtype, shape, offsets; and `__metadata__`.

    Raises:
        BadInput: the file is no safetensors file, or is cut off.
    """
    if path.suffix.lower() != ".safetensors":
        raise BadInput(
            f"{path.name} is not a .safetensors file. The studio opens no other kind: they can hold programs."
        )
    size = path.stat().st_size
    with path.open("rb") as file:
        length = struct.unpack("<Q", file.read(8).ljust(8, b"\0"))[0]
        if not 2 <= length <= min(MOST_HEADER, size - 8):
            raise BadInput(f"{path.name} is not a safetensors file, or is cut off. Download it again.")
        try:
            found = json.loads(file.read(length))
            end = max((entry["data_offsets"][1] for key, entry in found.items() if key != "__metadata__"), default=0)
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            raise BadInput(
                f"{path.name} is not a safetensors file: its header cannot be read. Download it again."
            ) from error
    if size < 8 + length + end:
        raise BadInput(f"{path.name} is cut off: {size} of {8 + length + end} bytes are there. Download it again.")
    return found
