"""Pictures that are given: to start from, as a mask over one, or for the settings that one carries."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import gradio as gr
from PIL import Image as Pictures

from storage import parameters, pictures, uploads
from storage.database import Store
from storage.errors import BadInput, NotFound
from storage.files import sha256
from studio import album, restoring
from studio.scene import Scene

Take = Callable[[int, Path], dict[str, Any]]
"""What is done with an uploaded file, for a project."""


def declare(scene: Scene) -> None:
    """Offer the endpoints that take a file; each is told the project first."""
    store, words = scene.store, scene.words

    def give_picture(project: int, path: Path) -> dict[str, Any]:
        """Keep a picture to start from; answers its number and file, and whether it says how it was made."""
        checked = uploads.check(path.read_bytes(), path.name, scene.settings)
        said = _said(path) is not None
        return album.shown(pictures.add(store, project, checked.picture, kind="input")) | {"told": said}

    def give_mask(project: int, path: Path) -> dict[str, Any]:
        """Keep a mask: white where the picture is to be drawn anew; answers its number and file."""
        checked = uploads.check(path.read_bytes(), path.name, scene.settings)
        return album.shown(pictures.add(store, project, checked.picture.convert("L").convert("RGB"), kind="input"))

    def read_settings(project: int, path: Path) -> dict[str, Any]:
        """The fields that draw a picture again, read from the file, and `lost`: sentences on what is not here."""
        uploads.check(path.read_bytes(), path.name, scene.settings)
        own = pictures.by_file(store, project, sha256(path))
        if own is not None:
            return {"values": album.settings_of(store, own.id), "lost": [], "picture": own.id}
        said = _said(path)
        return {"values": {}, "lost": []} if said is None else restoring.settings(store, words, project, said)

    for fn in (give_picture, give_mask, read_settings):
        taking(scene, fn)
    scene.action(start_from)


def start_from(store: Store, project: int, file: str) -> dict[str, Any]:
    """Start from a picture that the store has already, by its file's name."""
    path = store.files.path(Path(file).name)
    if not path.is_file():
        raise NotFound("This picture is no longer in the store. Choose another one.")
    return album.shown(pictures.add(store, project, uploads.read(path), kind="input"))


def _said(path: Path) -> parameters.Parameters | None:
    try:
        with Pictures.open(path) as picture:
            return parameters.of_picture(picture)
    except uploads.DAMAGE:
        return None


def taking(scene: Scene, take: Take) -> None:
    """An endpoint of the name of `take` that is given a project and one file, which it does not keep."""
    project = gr.Number(visible=False, precision=0, label="project")
    file = gr.File(visible=False, file_count="single", label="file")

    def taken(project: int, file: str | None = None) -> dict[str, Any]:
        if not file:
            raise BadInput("No file was given. Choose one.")
        path = Path(file)
        try:
            return take(int(project), path)
        finally:
            if path.is_relative_to(scene.store.home / "incoming"):
                path.unlink(missing_ok=True)

    taken.__doc__ = take.__doc__
    file.upload(
        scene.spoken(taken),
        inputs_kwargs={"project": project, "file": file},
        outputs=gr.JSON(visible=False),
        api_name=take.__name__,
        show_progress="hidden",
    )
