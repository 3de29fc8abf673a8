"""The gallery as the page asks for it: tiles, the ids that a filter finds, one picture whole, and the charts."""

from __future__ import annotations

from dataclasses import asdict, fields
from typing import Any

from storage import captions, datasets, gallery
from storage.database import Store
from storage.errors import BadInput
from storage.gallery import Query
from storage.tables import Image, Inspection
from studio import charts, framing, tokens
from studio.scene import Scene


def declare(scene: Scene) -> None:
    """Offer the endpoints that look at a data set's pictures."""
    for fn in (look_gallery, look_tiles, pick_gallery, look_image, chart_dataset, framing.frame_picture):
        scene.action(fn)


def look_gallery(store: Store, query: dict[str, Any]) -> dict[str, Any]:
    """One page of a data set: its tiles, each with its badges, and how many pictures every filter finds.

    `query` holds `dataset` and, as wanted, `search`, `filter`, `sort`, `descending`, `split`, `resolution`,
    `offset`, `limit`, `counted` (storage/gallery.py tells what each may be).
    """
    wanted = _query(query)
    gallery.weigh(store, wanted.dataset, tokens.numbers)
    found = gallery.page(store, wanted)
    return {"tiles": [asdict(tile) for tile in found.tiles], "counts": found.counts}


def look_tiles(store: Store, dataset: int, pictures: list[int], resolution: int = 512) -> list[dict[str, Any]]:
    """Those pictures of a data set as tiles, at most 500."""
    return [asdict(tile) for tile in gallery.tiles(store, dataset, pictures[: gallery.MOST], resolution)]


def pick_gallery(store: Store, query: dict[str, Any]) -> list[int]:
    """The number of every picture that a query finds, in its order; the same `query` as `look_gallery`."""
    return gallery.ids(store, _query(query))


def look_image(store: Store, picture: int, resolution: int = 512) -> dict[str, Any]:
    """One picture with all that is known of it: its tile, size, caption's tokens and likeness, and what checks found."""
    image = datasets.image(store, picture)
    tile = gallery.tiles(store, image.dataset_id, [picture], resolution)[0]
    words = captions.history(store, picture)[:1]
    seen = gallery.finding(store, image)
    return asdict(tile) | {
        "dataset": image.dataset_id,
        "original": image.original,
        "edit": image.edit,
        "tokens": (tokens.count(tile.caption) or {}).get("tokens", 0),
        "likeness": words[0].likeness if words else None,
        "origin": words[0].origin if words else "",
        "seen": _findings(seen) if seen else None,
        "twins": [_brief(row) for row in gallery.twins(store, image)],
    }


def chart_dataset(store: Store, dataset: int, resolution: int = 512) -> list[dict[str, Any]]:
    """Small bar charts of a data set: resolution, aspect ratio, sharpness and framing, each bar with its filter."""
    return charts.summary(gallery.facts(store, dataset), resolution)


def _query(given: dict[str, Any]) -> Query:
    known = {field.name for field in fields(Query)}
    unknown = sorted(given.keys() - known)
    if unknown or "dataset" not in given:
        named = ", ".join(unknown) or "no data set"
        raise BadInput(f"The gallery cannot be asked for {named}. Use {', '.join(sorted(known))}.")
    return Query(**given)


def _findings(seen: Inspection) -> dict[str, Any]:
    keys = ("sharpness", "brightness", "contrast", "faces", "face_share", "framing", "who", "intruder", "problem")
    return {key: getattr(seen, key) for key in keys} | {"when": seen.created.isoformat(), "face_model": seen.face_model}


def _brief(image: Image) -> dict[str, Any]:
    return {key: getattr(image, key) for key in ("id", "file", "name", "width", "height")}
