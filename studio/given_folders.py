"""Folders of pictures that an evaluation compares: those a browser sent, and what lies in them."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

from storage import folders
from storage.database import Store
from storage.errors import StudioError
from studio import trays
from studio.scene import Scene
from studio.words import Words


def declare(scene: Scene) -> None:
    """Offer the endpoints behind the form's folders."""
    words = scene.words

    def give_folders(store: Store, files: list[str], names: list[str], taken: list[str]) -> list[dict[str, Any]]:
        """Keep uploaded pictures by the folders in their names; answers each as `look_folders` does.

        `taken` are names of folders that the same evaluation compares already.
        """
        given = [(trays.uploaded(store, file, name), name) for file, name in zip(files, names, strict=True)]
        try:
            kept = folders.keep(store, given, taken)
        finally:
            for path, _ in given:
                shutil.rmtree(path.parent, ignore_errors=True)
        return [_folder(store, words, str(path)) for path in kept]

    def look_folders(store: Store, places: list[str]) -> list[dict[str, Any]]:
        """Of each folder its path, name, the names of its pictures in their order, whether it was `sent`, what is `wrong`."""
        return [_folder(store, words, place) for place in places]

    scene.action(give_folders)
    scene.action(look_folders)


def unlike(words: Words, task: Any) -> str:
    """One sentence where pictures and prompts do not match in number; '' where they do, or there are no prompts.

    Raises:
        NotFound, BadInput: a folder is not there, or empty.
    """
    prompts = len([line for line in task.prompts.splitlines() if line.strip()])
    counts = {Path(place).name: len(folders.listed(Path(place))) for place in task.folders}
    wrong = [name for name, count in counts.items() if count != prompts]
    if not prompts or not wrong:
        return ""
    return words("eval.unlike", name=wrong[0], pictures=counts[wrong[0]], prompts=prompts)


def _folder(store: Store, words: Words, place: str) -> dict[str, Any]:
    path = Path(place).expanduser()
    sent = path.parent.parent == store.home / folders.PLACE
    try:
        names, wrong = [file.name for file in folders.listed(path)], ""
    except StudioError as error:
        names, wrong = [], words.error(str(error))
    return {"path": str(path), "name": path.name, "pictures": names, "sent": sent, "wrong": wrong}
