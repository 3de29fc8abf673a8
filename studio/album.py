"""What was drawn, as the page asks for it: the strip, the wall with its filters, stars, downloads, and drawing again."""

from __future__ import annotations

import secrets
from typing import Any

from jobs import folder
from storage import bases, film, loras, packing, pictures, queue, templates
from storage.database import Store
from storage.errors import BadInput
from storage.film import Query
from storage.tables import Picture
from studio import carrying, form
from studio.asking import ask
from studio.scene import Scene

KEPT = ("prompt", "negative", "base", "seed", "width", "height")
"""Columns of a kept picture that are fields of the task; what else draws it again is among its settings."""

FACTS = ("id", "file", "kind", "prompt", "negative", "seed", "width", "height", "base", "blend", "settings", "rating")

SEEDS = 2**32

AT_ONCE = 12
"""Pictures that are packed while a person waits; more are packed by a job."""


def declare(scene: Scene) -> None:
    """Offer the endpoints of the gallery."""
    words = scene.words

    def again_made(store: Store, picture: int, by: int = 0) -> int:
        """Draw a picture again, with the seed that many further on; answers the job's number."""
        values = settings_of(store, picture, gone=True)
        values["seed"] = (values["seed"] + by) % SEEDS
        task = form.read(folder.task("generate"), "generate", values, words)
        bases.named(store, values["base"])
        project = pictures.get(store, picture).project_id
        return queue.add(store, project, "generate", task, task.title(), task.lane).id

    def zip_made(store: Store, made: list[int], template: str = templates.PLAIN) -> dict[str, Any]:
        """Put pictures into a zip, named by a template such as `{date}-{seed}-{prompt}`; answers where to download it.

        More than a few become a job: then the answer is its number, `job`, and `/made/{job}` has the file at its end.
        """
        rows = [pictures.get(store, number) for number in made]
        if len(rows) > AT_ONCE:
            values = {"pictures": made, "template": templates.check(template)}
            return {"job": ask(scene, "pack", folder.task("pack").model_validate(values), rows[0].project_id)}
        token = secrets.token_hex(8)
        target = carrying.place(store, token) / packing.FILE
        packing.pack([(row, store.files.path(row.file)) for row in rows], target, template)
        url = f"/export/{token}"
        return {"url": url, "name": target.name, "pictures": len(rows), "bytes": target.stat().st_size}

    for fn in (again_made, list_made, look_album, look_picture, rate_made, delete_made, restore_made, zip_made):
        scene.action(fn)


def list_made(store: Store, project: int, offset: int = 0, limit: int = 60) -> list[dict[str, Any]]:
    """What a project drew, the newest first."""
    return [shown(row) for row in pictures.made(store, project, offset, limit)]


def look_album(store: Store, query: dict[str, Any]) -> dict[str, Any]:
    """A page of what was drawn: pictures, `total` that the query finds, and the `bases` and `loras` there are with numbers.

    `query` holds `project` and, as wanted, `search`, `rating` (at least), `base`, `lora`, `source` (text, image,
    sweep), `offset`, `limit`.
    """
    try:
        wanted = Query(**query)
    except TypeError as error:
        raise BadInput(f"That cannot be asked of the gallery: {error}.") from error
    found = film.page(store, wanted)
    return {
        "pictures": [shown(row) for row in found.pictures],
        "total": found.total,
        "bases": found.bases,
        "loras": found.loras,
    }


def look_picture(store: Store, picture: int) -> dict[str, Any]:
    """A kept picture with everything that makes it again."""
    return shown(pictures.get(store, picture))


def rate_made(store: Store, made: list[int], rating: int) -> None:
    """Give pictures 1 to 5 stars; 0 takes them off."""
    pictures.rate(store, made, rating)


def delete_made(store: Store, made: list[int]) -> None:
    """Take pictures away; `restore_made` brings them back."""
    pictures.remove(store, made)


def restore_made(store: Store, made: list[int]) -> None:
    """Bring pictures back."""
    pictures.restore(store, made)


def settings_of(store: Store, picture: int, gone: bool = False) -> dict[str, Any]:
    """The fields that draw this picture again.

    Args:
        gone: also with LoRAs that were taken out of the library since; their files are still there.
    """
    row = pictures.get(store, picture)
    there = {lora.id for lora in loras.all(store, row.project_id, checkpoints=True)}
    fields = folder.task("generate").model_fields
    extra = {key: value for key, value in row.settings.items() if key in fields}
    blend = [_part(part) for part in row.blend if lora_id(part) and (gone or lora_id(part) in there)]
    kept = {key: getattr(row, key) for key in KEPT}
    return kept | extra | {"blend": blend, "picture": row.parent_id, "count": 1}


def lora_id(part: dict[str, Any]) -> int:
    """The LoRA's number in one part of a kept blend."""
    return int(part.get("lora") or part.get("id") or 0)


def _part(part: dict[str, Any]) -> dict[str, Any]:
    kept = {key: part[key] for key in ("weight", "text", "start", "end") if part.get(key) is not None}
    return {"lora": lora_id(part)} | kept


def shown(row: Picture) -> dict[str, Any]:
    """A picture as the page shows it."""
    told = {"parent": row.parent_id, "when": row.created.isoformat(), "gone": row.deleted is not None}
    return {key: getattr(row, key) for key in FACTS} | told
