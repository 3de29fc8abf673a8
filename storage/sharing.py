"""What goes out with a LoRA's file when it leaves the studio: what the file says of itself, and the files beside it."""

from __future__ import annotations

import base64
import io
import json
import zipfile
from pathlib import Path
from typing import Any

from PIL import Image as Pictures

from storage import embeddings, loras, queue
from storage.database import Store
from storage.errors import NotFound
from storage.files import beside
from storage.formats.row import safe
from storage.tables import Lora
from storage.uploads import rgb

THUMBNAIL = 256
"""Longest side in pixels of the picture inside a file; ModelSpec wants it small."""

MOST_BYTES = 64 * 2**10
"""A thumbnail that is larger stays out."""

KINDS = {"sd15": "SD1", "sdxl": "SDXL"}
"""What AUTOMATIC1111 calls the families in the JSON beside a file."""


def said(store: Store, row: Lora) -> dict[str, str]:
    """ModelSpec's facts about a LoRA, without `modelspec.` in front: title, date, description, tags, thumbnail."""
    dataset, recipe = _asked(store, row)
    about = [f"A LoRA for {row.base}"] + ([f"trained on {dataset}, {row.step} steps"] if dataset else [])
    called = f" “{row.trigger}” in the prompt calls what it learned." if row.trigger else ""
    return {
        "title": row.name,
        "date": row.created.isoformat(timespec="seconds"),
        "description": f"{', '.join(about)}.{called}",
        "tags": ", ".join(word for word in (recipe, dataset) if word),
        "trigger_phrase": row.trigger,
        "thumbnail": thumbnail(store, row),
    }


def thumbnail(store: Store, row: Lora) -> str:
    """The LoRA's preview as a data URL, or '' where there is none, or it would be large."""
    try:
        with Pictures.open(store.files.path(row.preview)) as picture:
            small = rgb(picture)
            small.thumbnail((THUMBNAIL, THUMBNAIL))
    except OSError:  # the preview is gone, or there never was one: an empty name is a folder
        return ""
    content = io.BytesIO()
    small.save(content, "JPEG", quality=80)
    if content.tell() > MOST_BYTES:
        return ""
    return f"data:image/jpeg;base64,{base64.b64encode(content.getvalue()).decode()}"


def companions(store: Store, row: Lora) -> dict[str, bytes]:
    """The files that belong beside a LoRA's file, by name: its preview and what A1111 reads of trigger word and weight."""
    stem = safe(row.name)
    found = {f"{stem}.json": json.dumps(_card(store, row), ensure_ascii=False, indent=2).encode()}
    preview = store.files.path(row.preview)
    if row.preview and preview.is_file():
        with Pictures.open(preview) as picture:
            content = io.BytesIO()
            rgb(picture).save(content, "PNG")
        found[f"{stem}.png"] = content.getvalue()
    return found


def write_beside(store: Store, row: Lora, lora: Path) -> list[Path]:
    """Write the companions beside an exported file, called as it is; returns them."""
    written = []
    for name, content in companions(store, row).items():
        path = lora.with_suffix(Path(name).suffix)
        with beside(path) as temporary:
            temporary.write_bytes(content)
        written.append(path)
    return written


def bundle(store: Store, row: Lora, lora: Path, target: Path, whole: bool = True) -> Path:
    """One zip of a LoRA's file, those of its new tokens, and its companions where `whole`; returns it."""
    stem = safe(row.name)
    with beside(target) as temporary, zipfile.ZipFile(temporary, "w", zipfile.ZIP_STORED) as archive:
        archive.write(lora, f"{stem}.safetensors")
        for token, file in loras.embeddings(store, row).items():
            archive.write(file, f"{embeddings.FOLDER}/{embeddings.file_name(token)}")
        for name, content in companions(store, row).items() if whole else ():
            archive.writestr(name, content)
    return target


def _card(store: Store, row: Lora) -> dict[str, Any]:
    """What A1111's Lora tab keeps about a file."""
    return {
        "description": said(store, row)["description"],
        "sd version": KINDS.get(row.family, "Unknown"),
        "activation text": row.trigger,
        "preferred weight": row.weight,
        "notes": "",
    }


def _asked(store: Store, row: Lora) -> tuple[str, str]:
    """The data set and the recipe of the run it came from, where that is known."""
    request = row.settings
    if not request and row.job_id:
        try:
            request = queue.get(store, row.job_id).request
        except NotFound:
            request = {}
    return str(request.get("dataset", "")), str(request.get("recipe", ""))
