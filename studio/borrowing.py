"""Settings of a LoRA that somebody made, read back into the form: what was taken, and what could not be."""

from __future__ import annotations

from typing import Any

from pydantic import ValidationError

from jobs import folder, recipes
from jobs.planning import kohya
from jobs.planning.kohya import Borrowed
from storage import loras
from storage.bases import header
from storage.database import Store
from storage.errors import BadInput
from storage.tables import Lora
from studio.form import choice_name, label, sentence
from studio.scene import Scene
from studio.words import Words


def declare(scene: Scene) -> None:
    """Offer the two ways to borrow settings."""
    words = scene.words

    def borrow_settings(
        store: Store, metadata: dict[str, Any], shapes: dict[str, list[int]] | None = None
    ) -> dict[str, Any]:
        """Values of the form from a safetensors file's metadata and the shapes of its tensors; what was taken and what not."""
        return told(words, kohya.read(metadata, shapes or {}))

    def borrow_lora(store: Store, lora: int) -> dict[str, Any]:
        """The same of a LoRA of the library: what its run was asked, else what its file says."""
        return told(words, of_library(store, loras.get(store, lora)))

    for fn in (borrow_settings, borrow_lora):
        scene.action(fn)


def of_library(store: Store, row: Lora) -> Borrowed:
    """What a LoRA was made with: the studio's own record of it, or its file's words."""
    fields = recipes.usual("train")
    if any(key in fields for key in row.settings):
        kept = {key: value for key, value in row.settings.items() if key in fields}
        strange = [key for key in row.settings if key not in fields and key not in recipes.ABOUT]
        return Borrowed(fields | kept, [(key, str(row.settings[key]), kohya.NO_FIELD) for key in strange])
    path = store.files.path(row.file)
    if not path.is_file():
        raise BadInput(f"The file of the LoRA “{row.name}” is gone from the store. Import it again.")
    entries = header(path)
    metadata = entries.pop("__metadata__", {})
    return kohya.read(metadata, {key: entry["shape"] for key, entry in entries.items()})


def told(words: Words, found: Borrowed) -> dict[str, Any]:
    """What the page shows of it: the values that the form takes, each by its name, and the others with the reason.

    Raises:
        BadInput: the file says nothing that the form could take.
    """
    values, lost = checked(words, found)
    if not values:
        raise BadInput("This file says nothing about how it was trained. Ask whoever made it, or begin with a recipe.")
    kind, usual = folder.task("train"), recipes.usual("train")
    return {
        "values": values,
        "taken": [
            {"label": label(words, "train", name, kind.model_fields[name]), "value": _said(words, name, value)}
            for name, value in values.items()
            if value != usual[name]
        ],
        "lost": [{"label": name, "value": value[:60], "why": words.error(why)} for name, value, why in lost],
    }


def checked(words: Words, found: Borrowed) -> tuple[dict[str, Any], list[tuple[str, str, str]]]:
    """The values that the task allows, and the others with what is wrong with them."""
    kind, values, lost = folder.task("train"), dict[str, Any](), list(found.lost)
    for name, value in found.values.items():
        if name not in kind.model_fields:
            continue
        try:
            made = kind.model_validate({"name": "x", "dataset": "x", name: value})
            values[name] = getattr(made, name)
        except ValidationError as error:
            lost.append(
                (
                    label(words, "train", name, kind.model_fields[name]),
                    str(value),
                    sentence(kind, "train", error, words),
                )
            )
    return values, lost


def _said(words: Words, name: str, value: Any) -> str:
    if isinstance(value, bool):
        return words("on" if value else "off")
    if isinstance(value, list):
        return " / ".join(str(part) for part in value)
    return f"{value:g}" if isinstance(value, float) else choice_name(words, "train", name, value)
