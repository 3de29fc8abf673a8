"""LoRAs from elsewhere into the library: single files, embeddings of tokens beside them, and zips of both."""

from __future__ import annotations

import base64
import binascii
import json
import tempfile
import zipfile
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath
from typing import Any

from storage import adapters, bases, loras, uploads
from storage.adapters import Adapter
from storage.database import Store
from storage.errors import BadInput, StudioError
from storage.files import sha256
from storage.names import LONGEST
from storage.tables import Base, Lora
from storage.zips import DAMAGE

MINI_BASE = "mini"
MOST_BYTES = 8 * 2**30
"""What a zip may unfold to."""

BESIDE = (".png", ".json")
"""What lies beside a LoRA: its preview, and what A1111 keeps of it."""


class NoFamily(BadInput):
    """Nothing in the file tells which family it is for."""


@dataclass
class Wishes:
    """What a person says of the LoRA that comes in; empty is read from the file.

    lora: the number of a LoRA of the library that embeddings belong to, 0 for one that comes in with them.
    """

    name: str = ""
    trigger: str = ""
    family: str = ""
    base: str = ""
    lora: int = 0


@dataclass
class Arrived:
    """What came in: LoRAs, and the tokens that were added; and each file that could not, with the reason.

    unclear: those of them that only want to be told their family.
    """

    rows: list[Lora] = field(default_factory=list)
    tokens: list[str] = field(default_factory=list)
    refused: list[tuple[str, str]] = field(default_factory=list)
    unclear: list[str] = field(default_factory=list)


def bring(store: Store, project_id: int, files: Sequence[tuple[Path, str]], wishes: Wishes) -> Arrived:
    """Bring files into a project's library; embeddings join the one LoRA that comes with them, or `wishes.lora`.

    Args:
        files: (where it lies, what people call it) each: .safetensors, or a .zip of them.
    """
    found = Arrived()
    with tempfile.TemporaryDirectory(dir=store.home) as place:
        given = [row for path, name in files for row in _unfolded(path, name, Path(place), found)]
        beside = {name: path for path, name in given if name.lower().endswith(BESIDE)}
        embeddings: list[tuple[Path, str]] = []
        for path, name in given:
            if name in beside:
                continue
            try:
                if adapters.embedding(path, name) is not None:
                    embeddings.append((path, name))
                else:
                    found.rows.append(_one(store, project_id, path, name, wishes, beside))
            except StudioError as error:
                found.refused.append((name, str(error)))
                found.unclear += [name] if isinstance(error, NoFamily) else []
        _join(store, embeddings, wishes.lora, found)
    return found


def _one(store: Store, project_id: int, path: Path, name: str, wishes: Wishes, beside: dict[str, Path]) -> Lora:
    adapter = adapters.read(path, name)
    family = wishes.family or adapter.family
    if not family:
        raise NoFamily(f"{name} does not tell whether it is for SD 1.5 or SDXL. Say which family it is for.")
    if adapter.family and family != adapter.family:
        raise BadInput(f"{name} is made for the family {adapter.family}, and {family} was given. Leave the family out.")
    _check_new(store, project_id, path, name)
    card = _card(beside.get(f"{PurePosixPath(name).stem}.json"))
    picture = beside.get(f"{PurePosixPath(name).stem}.png")
    facts: dict[str, Any] = {
        "name": loras.clean_name(wishes.name or PurePosixPath(name).stem[:LONGEST]),
        "family": family,
        "base": wishes.base or _base(store, adapter, family),
        "trigger": " ".join((wishes.trigger or adapter.trigger or card.get("activation text", "")).split())[:200],
        "rank": adapter.rank,
        "preview": _preview(store, picture.read_bytes() if picture else _thumbnail(adapter)),
    }
    weight = card.get("preferred weight")
    if isinstance(weight, int | float) and 0 < abs(weight) <= loras.FARTHEST:
        facts |= {"weight": float(weight)}
    return loras.add(store, project_id, path, **facts)


def _check_new(store: Store, project_id: int, path: Path, name: str) -> None:
    file = f"{sha256(path)}.safetensors"
    for row in loras.all(store, project_id, checkpoints=True):
        if row.file == file:
            raise BadInput(f"{name} is in the library already: it is “{row.name}”.")


def _base(store: Store, adapter: Adapter, family: str) -> str:
    """The base model that it names, if that is here; else the first of its family that it can fit."""
    rows = [row for row in bases.all(store) if row.family == family]
    if any(row.name == adapter.base for row in rows):
        return adapter.base
    real = [row for row in rows if (row.name != MINI_BASE) == (adapter.width in (0, *adapters.WIDTHS))]
    return _first(real) or _first(rows)


def _first(rows: list[Base]) -> str:
    return rows[0].name if rows else ""


def _thumbnail(adapter: Adapter) -> bytes:
    """The picture that ModelSpec lets a file carry as a data URL, or nothing."""
    start, comma, coded = adapter.thumbnail.partition(",")
    if not comma or not start.startswith("data:image/"):
        return b""
    try:
        return base64.b64decode(coded, validate=True)
    except binascii.Error:
        return b""


def _preview(store: Store, content: bytes) -> str:
    """Keep a preview that came along; one that is no picture is left out."""
    try:
        checked = uploads.check(content, "preview", store.settings)
    except StudioError:
        return ""
    file = store.files.add_bytes(checked.content, checked.suffix)
    store.files.keep_thumbnail(file, checked.picture)
    return file


def _card(path: Path | None) -> dict[str, Any]:
    """What A1111 keeps beside a file; nothing where it cannot be read."""
    try:
        found = json.loads(path.read_text(encoding="utf-8")) if path else {}
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}


def _join(store: Store, files: list[tuple[Path, str]], lora: int, found: Arrived) -> None:
    """Add embeddings to the LoRA that they belong to."""
    number = lora or (found.rows[0].id if len(found.rows) == 1 else 0)
    for path, name in files:
        if not number:
            sentence = f"{name} is an embedding of a token, not a LoRA. Bring it together with the LoRA it belongs to."
            found.refused.append((name, sentence))
            continue
        try:
            found.tokens.append(add_token(store, number, path, name))
        except StudioError as error:
            found.refused.append((name, str(error)))
    found.rows = [loras.get(store, row.id) for row in found.rows]


def add_token(store: Store, lora: int, path: Path, name: str) -> str:
    """Add the embedding of a token to a LoRA; returns the token, which its file is called after."""
    row, shapes = loras.get(store, lora), adapters.embedding(path, name)
    if shapes is None:
        raise BadInput(f"{name} is no embedding of a token: it holds neither emb_params nor clip_l and clip_g.")
    if ("clip_g" in shapes) != (row.family == "sdxl"):
        raise BadInput(f"{name} and the LoRA “{row.name}” are made for different families. Choose the one that fits.")
    said = adapters.token(PurePosixPath(name).stem)
    loras.change(store, lora, tokens=row.tokens | {said: store.files.add_file(path)})
    return said


def _unfolded(path: Path, name: str, place: Path, found: Arrived) -> list[tuple[Path, str]]:
    """The file itself, or what a zip holds: LoRAs, embeddings, previews and A1111's cards."""
    if not name.lower().endswith(".zip"):
        return [(path, name)]
    try:
        with zipfile.ZipFile(path) as archive:
            entries = [
                entry for entry in archive.infolist() if entry.filename.lower().endswith((".safetensors", *BESIDE))
            ]
            if sum(entry.file_size for entry in entries) > MOST_BYTES:
                raise BadInput(
                    f"{name} would unfold to more than {MOST_BYTES >> 30} GB. Unpack it, bring in single files."
                )
            return [_written(archive, entry, place / str(number)) for number, entry in enumerate(entries)]
    except BadInput as error:
        found.refused.append((name, str(error)))
    except (OSError, *DAMAGE):
        found.refused.append((name, f"{name} is not a zip that can be read. Pack it again."))
    return []


def _written(archive: zipfile.ZipFile, entry: zipfile.ZipInfo, folder: Path) -> tuple[Path, str]:
    """One file of a zip, under a name of our own making in a folder of its own."""
    name = PurePosixPath(entry.filename.replace("\\", "/")).name
    folder.mkdir()
    path = folder / f"given{PurePosixPath(name).suffix.lower()}"
    with archive.open(entry) as source, path.open("wb") as target:
        while block := source.read(2**20):
            target.write(block)
    return path, name
