"""Files that the page shows: pictures and thumbnails by their content's name, LoRAs to download, scripts and styles."""

from __future__ import annotations

import hashlib
import re
from pathlib import Path
from typing import Any
from urllib.parse import quote

from fastapi import APIRouter, HTTPException
from fastapi.responses import FileResponse, Response

from jobs import folder
from storage import delivered, loras, sharing
from storage.database import Store
from storage.errors import StudioError
from storage.files import beside
from storage.tables import Lora
from studio import carrying, parts

FOREVER = {"Cache-Control": "public, max-age=31536000, immutable", "X-Content-Type-Options": "nosniff"}
"""A file named by its content never changes."""

PICTURE = re.compile(r"[0-9a-f]{64}\.(png|jpe?g|webp|bmp|gif|tiff?|avif)")
PREVIEW = "preview.jpg"
"""Where a running job shows how far its picture is (jobs/context.py)."""


def routes(store: Store) -> APIRouter:
    """The routes of one store's files and of the page's own."""
    router = APIRouter()
    _pictures(router, store)
    _files(router, store)
    return router


def _pictures(router: APIRouter, store: Store) -> None:
    @router.get("/file/{name}")
    def file(name: str) -> Response:
        """A picture as it was stored."""
        return FileResponse(_there(store.files.path(_picture(name))), headers=FOREVER)

    @router.get("/thumb/{name}")
    def thumb(name: str) -> Response:
        """A picture, small."""
        _there(store.files.path(_picture(name)))
        try:
            return FileResponse(store.files.thumbnail(name), media_type="image/jpeg", headers=FOREVER)
        except OSError as error:
            raise HTTPException(404, "This picture cannot be read.") from error

    @router.get("/preview/{job}")
    def preview(job: int) -> Response:
        """How far the picture of a running job is; 204 where there is none yet."""
        path = store.home / "jobs" / str(job) / PREVIEW
        headers = {"Cache-Control": "no-store"}
        if not path.is_file():
            return Response(status_code=204, headers=headers)
        return Response(path.read_bytes(), headers=headers, media_type="image/jpeg")


def _files(router: APIRouter, store: Store) -> None:
    @router.get("/lora/{number}/{form}")
    def lora(number: int, form: str) -> Response:
        """A LoRA to keep, in one of the formats of jobs/exports, named as the library names it; a zip where it has new tokens."""
        try:
            row = loras.get(store, number)
            path = bundled(store, row, form, whole=False) if row.tokens else spelled(store, row, form)
        except StudioError as error:
            raise HTTPException(404, str(error)) from error
        name = quote(f"{row.name}{path.suffix}")
        return FileResponse(path, headers={"Content-Disposition": f"attachment; filename*=UTF-8''{name}"})

    @router.get("/share/{number}/{form}")
    def share(number: int, form: str) -> Response:
        """The same with its preview and trigger word beside it, as one zip."""
        try:
            row = loras.get(store, number)
            path = bundled(store, row, form, whole=True)
        except StudioError as error:
            raise HTTPException(404, str(error)) from error
        return FileResponse(path, filename=f"{row.name}.zip", media_type="application/zip")

    @router.get("/export/{token}")
    def export(token: str) -> Response:
        """A data set or a storyboard to keep, as one file."""
        try:
            path = carrying.exported(store, token)
        except StudioError as error:
            raise HTTPException(404, str(error)) from error
        return FileResponse(path, filename=path.name)

    @router.get("/made/{job}")
    def made(job: int) -> Response:
        """The file that a job wrote, of a storyboard or of pictures, to keep."""
        try:
            path = delivered.made(store, job)
        except StudioError as error:
            raise HTTPException(404, str(error)) from error
        return FileResponse(path, filename=path.name, headers={"Cache-Control": "no-store"})

    @router.get("/parts/{name}")
    def part(name: str) -> Response:
        """A script or style of the page; `whole.js` and `whole.css` are all of them."""
        suffix = Path(name).suffix
        if name == f"whole{suffix}" and suffix in parts.TYPES:
            return Response(parts.whole(suffix), media_type=parts.TYPES[suffix], headers=FOREVER)
        if name not in {path.name for path in parts.HERE.iterdir() if path.suffix in (".js", ".css", ".svg")}:
            raise HTTPException(404)
        return FileResponse(parts.HERE / name, headers=FOREVER)


def spelled(store: Store, row: Lora, form: str) -> Path:
    """The LoRA's file as that format spells it, written at the first asking."""
    source = _there(store.files.path(row.file))
    title = hashlib.sha256(f"{row.name}|{row.trigger}|{row.preview}".encode()).hexdigest()[:8]
    target = store.home / "cache" / "exports" / f"{source.stem}-{title}-{form}.safetensors"
    if not target.is_file():
        writer: Any = folder.find("jobs.exports", form, object)()
        with beside(target) as temporary:
            said = {f"modelspec.{name}": text for name, text in sharing.said(store, row).items() if text}
            writer.write(source, temporary, said)
    return target


def bundled(store: Store, row: Lora, form: str, whole: bool) -> Path:
    """The same in a zip, with the files of its new tokens and, for the whole of it, preview and trigger word."""
    path = spelled(store, row, form)
    return sharing.bundle(store, row, path, path.with_name(f"{path.stem}{'-whole' if whole else ''}.zip"), whole)


def _picture(name: str) -> str:
    if not PICTURE.fullmatch(name):
        raise HTTPException(404)
    return name


def _there(path: Path) -> Path:
    if not path.is_file():
        raise HTTPException(404)
    return path
