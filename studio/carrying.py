"""Files into a data set and out of it, as the page asks for it: layouts, imports that are watched, exports as a zip."""

from __future__ import annotations

import re
import secrets
import shutil
import time
from pathlib import Path
from typing import Any

import gradio as gr

from storage import datasets, exports, formats, gallery, imports, sources
from storage.database import Store
from storage.errors import NotFound
from studio import checkups, tokens, trays
from studio.scene import Scene
from studio.words import Words

KEEP_SECONDS = 3600
"""How long an export may be downloaded."""


def declare(scene: Scene) -> None:
    """Offer the endpoints that bring files in and take a data set out."""
    words = scene.words

    def list_layouts(store: Store) -> list[dict[str, str]]:
        """The formats that a data set can be read from and written in: `name` and how the page calls it."""
        return [{"name": name, "say": called(words, name)} for name in formats.names()]

    def look_imports(store: Store, dataset: int) -> list[dict[str, Any]]:
        """The imports of a data set that run, or whose report was not closed: how far, what was refused and why."""
        return [_told(words, state) for state in trays.of(store, dataset)]

    def begin_import(store: Store, dataset: int, files: list[str], names: list[str], format: str = "") -> str:
        """Bring uploaded `files` in under the `names` they had, with their folders; answers the import's name."""
        trays.open_for(store, dataset)
        tray = trays.Tray.filled(store, dataset, files, names)
        trays.begin(tray, format, lambda number, _: checkups.begin(scene, number))
        return tray.token

    def again_import(store: Store, tray: str, format: str) -> None:
        """Take away what came of an import and read its files once more, as another format."""
        trays.Tray(store, tray).again(format, lambda number, _: checkups.begin(scene, number))

    for fn in (
        list_layouts, recognise_files, look_imports, begin_import, again_import, stop_import, close_import,
        export_dataset,
    ):  # fmt: skip
        scene.action(fn)
    _uploading(scene)


def recognise_files(store: Store, names: list[str]) -> str:
    """The format that files of these names are in; empty where that is seen only once a zip is opened."""
    plain = [name for name in names if sources.suffix(name) != ".zip"]
    return formats.recognise(plain) if plain and len(plain) == len(names) else ""


def stop_import(store: Store, tray: str) -> None:
    """End an import; the pictures that are in stay."""
    trays.Tray(store, tray).stop()


def close_import(store: Store, tray: str) -> None:
    """The report of an import was read; its files are let go of."""
    trays.Tray(store, tray).close()


def export_dataset(store: Store, dataset: int, format: str = "metadata_jsonl") -> dict[str, Any]:
    """Write a data set in one of `list_layouts` as a zip; answers where to download it within the hour, and its name."""
    row = datasets.get(store, dataset)
    token = secrets.token_hex(8)
    name = re.sub(r"[^\w.-]+", "_", row.name.partition("\u0000")[0]).strip("._") or "dataset"
    target = place(store, token) / f"{name}.zip"
    pictures = exports.write(store, dataset, target, format)
    return {"url": f"/export/{token}", "name": target.name, "pictures": pictures, "bytes": target.stat().st_size}


def place(store: Store, token: str) -> Path:
    """A new folder for what `exported` finds under that token; old ones go."""
    incoming = store.home / "incoming"
    for old in incoming.glob("export-*"):
        if time.time() - old.stat().st_mtime > KEEP_SECONDS:
            shutil.rmtree(old, ignore_errors=True)
    folder = incoming / f"export-{token}"
    folder.mkdir(parents=True)
    return folder


def exported(store: Store, token: str) -> Path:
    """The file of an export. `NotFound` once it is gone."""
    found = list((store.home / "incoming" / f"export-{token}").glob("[!.]*")) if token.isalnum() else []
    if not found:
        raise NotFound("That export is no longer here. Export it again.")
    return found[0]


def called(words: Words, layout: str) -> str:
    """How the page calls a layout; its own title where there are no words for it."""
    key = f"layout.{layout}"
    return words(key) if words.has(key) else formats.get(layout).TITLE


def _told(words: Words, state: dict[str, Any]) -> dict[str, Any]:
    """An import's state in the page's language."""
    said = {
        key: [{"name": row["name"], "why": words.error(row["why"])} for row in state.get(key, [])]
        for key in ("refused", "noted")
    }
    error = words.error(state["error"]) if state.get("error") else words("error.unexpected")
    return state | said | {"error": error if state["state"] == "failed" else ""}


def _uploading(scene: Scene) -> None:
    """The endpoint that takes files and brings them in at once, for programs."""
    dataset = gr.Number(visible=False, precision=0, label="dataset")
    files = gr.File(visible=False, file_count="multiple", label="files")
    layout = gr.Textbox(value="", visible=False, label="format")
    report = gr.JSON(visible=False)

    def upload_pictures(dataset: int, files: list[str] | None = None, format: str = "") -> dict[str, Any]:
        """Bring pictures, captions and zips into a data set; answers what came of each."""
        paths = [Path(file) for file in files or []]
        return take(scene.store, scene.words, int(dataset or 0), paths, format)

    files.upload(
        scene.spoken(upload_pictures),
        inputs_kwargs={"dataset": dataset, "files": files, "format": layout},
        outputs=report,
        api_name="upload_pictures",
        concurrency_limit=None,
        show_progress="hidden",
    )


def take(store: Store, words: Words, dataset: int, paths: list[Path], format: str) -> dict[str, Any]:
    """Bring uploaded files in, and let go of the copies that the upload left."""
    trays.open_for(store, dataset)
    if not paths:
        raise gr.Error(words.error("No file was given. Choose one or more pictures."), print_exception=False, title="")
    try:
        report = imports.bring(store, dataset, paths, format=format or "")
    finally:
        for path in paths:
            if path.is_relative_to(store.home / "incoming"):
                path.unlink(missing_ok=True)
    gallery.weigh(store, dataset, tokens.numbers)
    return {
        "added": [row.id for row in report.added],
        "known": report.known,
        "refused": [{"name": name, "why": words.error(why)} for name, why in report.refused],
        "noted": [{"name": name, "why": words.error(why)} for name, why in report.noted],
        "captions": report.captions,
        "format": report.format,
    }
