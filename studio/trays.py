"""Bringing files in from the page: they wait in a tray, a thread of this process brings them in, the page watches.

A tray is a folder under `incoming`: `files/` as the person had them, zips beside it, `state.json` for whoever
looks, and `stop` once somebody wants it to end. It stays until its report is closed, so that the files can be read
again as another format; trays of an earlier run of the studio are gone with their folder.
"""

from __future__ import annotations

import json
import logging
import os
import re
import secrets
import shutil
import threading
import time
from collections.abc import Callable
from pathlib import Path, PurePosixPath
from typing import Any

from storage import changes, datasets, formats, gallery, imports, sources
from storage.database import Store
from storage.errors import BadInput, NotFound, Stopped, StudioError
from storage.files import beside
from storage.gallery import Query
from studio import tokens

log = logging.getLogger("studio")

PACE = 0.25
"""Seconds between two writes of how far an import is."""

LONGEST = 200
"""Bytes of a file's name; a longer one is cut before its suffix."""

Done = Callable[[int, list[int]], object]
"""Told the data set and the pictures that came, once an import has ended."""


class Tray:
    """Files on their way into one data set."""

    def __init__(self, store: Store, token: str) -> None:
        if not re.fullmatch(r"[0-9a-f]{16}", token):
            raise NotFound("That import is over. Drop the files again.")
        self.store, self.token = store, token
        self.folder = store.home / "incoming" / f"tray-{token}"

    @classmethod
    def filled(cls, store: Store, dataset_id: int, files: list[str], names: list[str]) -> Tray:
        """A new tray with uploaded files under the names they had.

        Args:
            files: what the upload answered: paths in the store's own `incoming`.
            names: for each the name that the person knows, with its folders.

        Raises:
            BadInput: no files, or files that were not uploaded.
        """
        if not files or len(files) != len(names):
            raise BadInput("No file was given. Choose one or more pictures.")
        tray = cls(store, secrets.token_hex(8))
        for file, name in zip(files, names, strict=True):
            path = uploaded(store, file, name)
            target = tray._place(name)
            target.parent.mkdir(parents=True, exist_ok=True)
            os.link(path, target)
        for file in set(files):
            shutil.rmtree(Path(file).parent, ignore_errors=True)
        tray.tell(dataset=dataset_id, state="running", done=0, total=0, name="", format="")
        return tray

    @property
    def state(self) -> dict[str, Any]:
        """How far it is, as told last."""
        try:
            return json.loads((self.folder / "state.json").read_text(encoding="utf-8"))
        except FileNotFoundError as error:
            raise NotFound("That import is over. Drop the files again.") from error

    def tell(self, **facts: Any) -> None:
        """Say how far it is; what is not named stays as it was."""
        path = self.folder / "state.json"
        before = self.state if path.exists() else {}
        with beside(path) as temporary:
            temporary.write_text(json.dumps(before | facts, ensure_ascii=False), encoding="utf-8")

    def stop(self) -> None:
        """Ask the import to end; what came in by then stays."""
        (self.folder / "stop").touch()

    def close(self) -> None:
        """Let go of the files."""
        shutil.rmtree(self.folder, ignore_errors=True)

    def bring(self, format: str, done: Done) -> None:
        """Bring the files into the data set, telling how it goes; `format` '' recognises it."""
        dataset = self.state["dataset"]
        (self.folder / "stop").unlink(missing_ok=True)
        newest = max(gallery.ids(self.store, Query(dataset)), default=0)
        came: list[int] | None = None
        try:
            report = imports.bring(self.store, dataset, self._given(), Watch(self), format)
            came = [image.id for image in report.added]
            told = {"state": "done", "format": report.format, "known": len(report.known), "captions": report.captions}
            told["refused"] = [{"name": name, "why": why} for name, why in report.refused]
            told["noted"] = [{"name": name, "why": why} for name, why in report.noted]
        except Stopped:
            told = {"state": "stopped"}
        except StudioError as error:
            told = {"state": "failed", "error": str(error)}
        except Exception:
            log.exception("an import failed")
            told = {"state": "failed", "error": ""}
        if came is None:
            came = [number for number in gallery.ids(self.store, Query(dataset)) if number > newest]
        change = changes.came(self.store, dataset, came)
        gallery.weigh(self.store, dataset, tokens.numbers)
        self.tell(**told, added=len(came), change=change.id if change else 0)
        if came:
            done(dataset, came)

    def again(self, format: str, done: Done) -> None:
        """Take away what came of these files and read them once more, as another format."""
        formats.get(format)
        before = self.state
        if before["state"] == "running":
            raise BadInput("These files are still being read. Stop that first.")
        if before.get("change"):
            changes.undo(self.store, before["change"])
        self.tell(state="running", done=0, total=0, name="", left=None, error="", refused=[], noted=[])
        begin(self, format, done)

    def _given(self) -> list[Path]:
        zips = sorted(self.folder.glob("*.zip"))
        return [self.folder / "files", *zips] if (self.folder / "files").is_dir() else zips

    def _place(self, name: str) -> Path:
        """Where a file of that name goes: under its folders, or under a numbered one where that name is taken."""
        parts = [_short(part) for part in PurePosixPath(name.replace("\\", "/")).parts if part not in ("/", "..", ".")]
        parts = parts or ["file"]
        room = self.folder if sources.suffix(parts[-1]) == ".zip" else self.folder / "files"
        inside, number = Path(*parts) if room != self.folder else Path(parts[-1]), 1
        while (room / inside).exists():
            number += 1
            inside = Path(str(number)) / parts[-1] if room != self.folder else Path(f"{number}-{parts[-1]}")
        return room / inside


class Watch:
    """What an import tells its progress to; ends it when somebody asked for that."""

    def __init__(self, tray: Tray) -> None:
        self.tray, self.began, self.last = tray, time.monotonic(), 0.0

    def __call__(self, done: int, total: int, name: str) -> None:
        """`done` of `total` pictures are in, `name` is next. Raises `Stopped`."""
        moment = time.monotonic()
        if moment - self.last < PACE:
            return
        self.last = moment
        if (self.tray.folder / "stop").exists():
            raise Stopped
        left = (moment - self.began) / done * (total - done) if done else None
        self.tray.tell(done=done, total=total, name=name, left=left)


def begin(tray: Tray, format: str, done: Done) -> None:
    """Bring a tray's files in beside whatever the page does."""
    threading.Thread(target=tray.bring, args=(format, done), name=f"tray {tray.token}", daemon=True).start()


def of(store: Store, dataset_id: int) -> list[dict[str, Any]]:
    """The imports of a data set whose report was not closed yet, the newest last."""
    folders = sorted((store.home / "incoming").glob("tray-*"), key=lambda path: path.stat().st_mtime)
    trays = [Tray(store, folder.name.removeprefix("tray-")) for folder in folders if (folder / "state.json").exists()]
    return [tray.state | {"tray": tray.token} for tray in trays if tray.state["dataset"] == dataset_id]


def open_for(store: Store, dataset_id: int) -> None:
    """`BadInput` if nothing can be brought into that data set."""
    if datasets.get(store, dataset_id).deleted is not None:
        raise BadInput("This data set was deleted. Bring it back or choose another one.")


def uploaded(store: Store, file: str, name: str) -> Path:
    """Where an upload lies. `BadInput` for any other path: what is not the page's own is not read."""
    path = Path(file).resolve()
    if not _uploaded(store, path):
        raise BadInput(f"{PurePosixPath(name).name} was not uploaded. Drop it again.")
    return path


def _uploaded(store: Store, path: Path) -> bool:
    """Whether a file is where uploads are put: in a folder of its own, named by what it holds."""
    here = path.parent.parent == (store.home / "incoming").resolve()
    return here and re.fullmatch(r"[0-9a-f]{64}", path.parent.name) is not None and path.is_file()


def _short(part: str) -> str:
    """A name that fits a file system; its suffix stays, so that a caption still finds its picture."""
    plain = PurePosixPath("".join(c for c in part if c >= " ") or "file")
    stem, suffix = plain.stem, plain.suffix
    while len((stem + suffix).encode()) > LONGEST and stem:
        stem = stem[:-1]
    return stem + suffix
