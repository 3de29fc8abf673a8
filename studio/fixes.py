"""What a person does to pictures: sorted, named, kept out, taken away, mended. Each is one step that can be undone.

Every endpoint here answers the step it made, `{change, say}`, or nothing where all was so already.
"""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable
from typing import Any

from storage import datasets, edits, gallery, inspections
from storage.database import Store
from storage.gallery import Query
from storage.tables import Change
from studio import steps
from studio.scene import Scene

Step = dict[str, Any] | None


def declare(scene: Scene) -> None:
    """Offer everything that can be done to pictures."""
    for fn in (
        remove_pictures, set_split, set_repeats, keep_out, name_person, drop_twins, keep_weak_out,
        edit_picture, turn_pictures, flip_pictures, crop_faces, original_pictures,
    ):  # fmt: skip
        scene.action(_told(scene, fn))
    scene.action(restore_pictures)


def _told(scene: Scene, fn: Callable[..., Change | None]) -> Callable[..., Step]:
    """`fn`, whose change is answered as a step in the page's language."""

    @functools.wraps(fn)
    def answer(store: Store, *args: Any, **kwargs: Any) -> Step:
        change = fn(store, *args, **kwargs)
        return None if change is None else steps.step(scene.words, store, change)

    signature = inspect.signature(fn, eval_str=True)
    vars(answer)["__signature__"] = signature.replace(return_annotation=Step)
    return answer


# ── sorting ──────────────────────────────────────────────────────────────────
def remove_pictures(store: Store, pictures: list[int]) -> Change | None:
    """Take pictures out of their data set; `restore_pictures` or undoing the change brings them back."""
    return datasets.remove_images(store, pictures)


def restore_pictures(store: Store, pictures: list[int]) -> None:
    """Bring removed pictures back."""
    datasets.restore_images(store, pictures)


def set_split(store: Store, pictures: list[int], split: str) -> Change | None:
    """Say what pictures are for: `train`, `held-out`, `reference` or `regularisation`."""
    return datasets.set_split(store, pictures, split)


def set_repeats(store: Store, pictures: list[int], repeats: int) -> Change | None:
    """How often an epoch shows these pictures."""
    return datasets.set_repeats(store, pictures, repeats)


def keep_out(store: Store, pictures: list[int], out: bool = True) -> Change | None:
    """Keep pictures out of training without taking them away, or let them in again."""
    return datasets.keep_out(store, pictures, out)


def name_person(store: Store, pictures: list[int], person: str) -> Change | None:
    """Say who is shown in these pictures; empty for nobody in particular."""
    return datasets.name_person(store, pictures, person)


# ── what the checks advise ───────────────────────────────────────────────────
def drop_twins(store: Store, dataset: int) -> Change | None:
    """Of pictures that look nearly the same keep the one with the most pixels and take the others away."""
    return edits.drop_duplicates(store, dataset)


def keep_weak_out(store: Store, dataset: int, resolution: int = 512) -> Change | None:
    """Keep out of training what is too small, blurred, too dark, too bright, without contrast or unreadable."""
    found = [gallery.ids(store, Query(dataset, filter=weak, resolution=resolution)) for weak in inspections.WEAK]
    weak = sorted({number for some in found for number in some})
    return datasets.keep_out(store, weak) if weak else None


# ── mending ──────────────────────────────────────────────────────────────────
def edit_picture(
    store: Store, picture: int, rotate: int = 0, flip: bool = False, crop: list[float] | None = None
) -> Change | None:
    """Make a picture anew of its original: turned clockwise, mirrored, then cropped to [left, top, right, bottom]."""
    return edits.apply(store, picture, rotate=rotate, flip=flip, crop=crop)


def turn_pictures(store: Store, pictures: list[int], by: int = 90) -> Change | None:
    """Turn pictures as they are now clockwise by 90, 180 or 270 degrees."""
    return edits.turn(store, pictures, by)


def flip_pictures(store: Store, pictures: list[int]) -> Change | None:
    """Mirror pictures as they are now, left to right."""
    return edits.mirror(store, pictures)


def crop_faces(store: Store, pictures: list[int]) -> Change | None:
    """Crop pictures to their largest face, with room around it."""
    return edits.crop_to_face(store, pictures)


def original_pictures(store: Store, pictures: list[int]) -> Change | None:
    """Bring mended pictures back to what came in."""
    return edits.back(store, pictures)
