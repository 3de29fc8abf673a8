"""The verbs of fixes: turn, mirror, cut, back; drop the duplicates, move the weak ones out.

The picture as it came is kept, and each edit is made of it anew, so nothing is lost by saving twice. Every fix is a
change (storage/changes.py) and is undone as one step; captions, repeats and the part of the data set stay.
"""

from __future__ import annotations

import io
from collections.abc import Iterable, Sequence
from typing import Any

from PIL import Image as Pictures
from PIL import UnidentifiedImageError

from storage import changes, datasets, gallery, inspections
from storage.database import Store
from storage.errors import BadInput, BadPicture
from storage.geometry import Edit, around
from storage.tables import Change, Image, now

QUALITY = 95
"""Of JPEG; other kinds of file lose nothing."""

MARGIN = 0.4
"""Kept around a face on each side, in sizes of the face: the whole head, with the hair and the neck."""


# ── one picture ──────────────────────────────────────────────────────────────
def apply(
    store: Store, image_id: int, *, rotate: int = 0, flip: bool = False, crop: Sequence[float] | None = None
) -> Change | None:
    """Make a picture anew of its original; None if it is like that already.

    Args:
        rotate: degrees clockwise, a multiple of 90.
        flip: mirrored left to right, after turning.
        crop: left, top, right, bottom in pixels of the turned and mirrored original; None for all of it.

    Raises:
        BadInput: not a quarter turn, or the crop leaves too little.
        BadPicture: the original cannot be read.
    """
    image = datasets.image(store, image_id)
    old, new = Edit.read(image.edit), Edit(rotate, flip, _whole(crop))
    kind = "crop" if new.crop != old.crop else "rotate" if new.rotate != old.rotate else "flip"
    return _change(store, [(image, new)], kind)


# ── several pictures ─────────────────────────────────────────────────────────
def turn(store: Store, image_ids: Iterable[int], degrees: int = 90) -> Change | None:
    """Turn pictures clockwise from how they are now; what was cut away stays away."""
    images = _images(store, image_ids)
    wanted = [(one, Edit.read(one.edit).turned(degrees, _first_size(store, one))) for one in images]
    return _change(store, wanted, "rotate", degrees=degrees)


def mirror(store: Store, image_ids: Iterable[int]) -> Change | None:
    """Mirror pictures from how they are now: left becomes right."""
    images = _images(store, image_ids)
    wanted = [(one, Edit.read(one.edit).mirrored(_first_size(store, one))) for one in images]
    return _change(store, wanted, "flip")


def back(store: Store, image_ids: Iterable[int]) -> Change | None:
    """Give pictures back as they came; None if none of them is edited."""
    return _change(store, [(one, Edit()) for one in _images(store, image_ids) if one.original], "back")


def crop_to_face(store: Store, image_ids: Iterable[int], margin: float = MARGIN) -> Change | None:
    """Cut pictures to a square around the largest face that the checks found; those without one stay.

    Args:
        margin: what is kept on each side, in sizes of the face.

    Raises:
        BadInput: no face is known in any of them.
    """
    images = _images(store, image_ids)
    found = inspections.of(store, images[0].dataset_id) if images else {}
    faced = [one for one in images if one.id in found and found[one.id].faces]
    if not faced:
        raise BadInput("No face is known in these pictures. Run the checks first, or crop them by hand.")
    wanted = [(one, _to_face(one, found[one.id].faces[0]["box"], margin)) for one in faced]
    return _change(store, wanted, "crop", faceless=len(images) - len(faced))


# ── the whole data set ───────────────────────────────────────────────────────
def drop_duplicates(store: Store, dataset_id: int) -> Change | None:
    """Take away all but the best of pictures that look nearly the same; None if there are none."""
    moment = now()
    spare = gallery.spare_twins(store, dataset_id)
    return changes.edit(store, dataset_id, "remove", {number: {"deleted": moment} for number in spare})


def move_weak_out(store: Store, dataset_id: int, checks: Iterable[str] = inspections.WEAK) -> Change | None:
    """Keep pictures that these checks flag out of training, without taking them away; None if there are none."""
    flagged = inspections.flagged(store, dataset_id, checks)
    weak = {image.id for images in flagged.values() for image in images}
    return changes.edit(store, dataset_id, "out", {number: {"out": True} for number in weak})


def _to_face(image: Image, box: Sequence[float], margin: float) -> Edit:
    """The edit of an image cut to a box in the picture as it is now."""
    edit = Edit.read(image.edit)
    left, top, right, bottom = around(box, margin, (image.width, image.height))
    x, y = edit.crop[:2] if edit.crop else (0, 0)
    return Edit(edit.rotate, edit.flip, (left + x, top + y, right + x, bottom + y))


def _change(store: Store, wanted: Iterable[tuple[Image, Edit]], kind: str, **facts: Any) -> Change | None:
    """Make the files and set the columns of images that all are of one data set."""
    columns = {image.id: _columns(store, image, edit) for image, edit in wanted}
    if not columns:
        return None
    dataset_id = datasets.image(store, next(iter(columns))).dataset_id
    return changes.edit(store, dataset_id, kind, columns, **facts)


def _columns(store: Store, image: Image, edit: Edit) -> dict[str, Any]:
    first = image.original or image.file
    with _opened(store, first, image.name) as picture:
        edit = edit.fitted(picture.size)
        if edit == Edit():
            return {"file": first, "original": "", "edit": {}, "width": picture.width, "height": picture.height}
        made = edit.apply(picture)
        file = _keep(store, made, picture)
    return {"file": file, "original": first, "edit": edit.row(), "width": made.width, "height": made.height}


def _opened(store: Store, file: str, name: str) -> Pictures.Image:
    try:
        picture = Pictures.open(store.files.path(file))
        picture.load()
    except (OSError, SyntaxError, ValueError, UnidentifiedImageError) as error:
        raise BadPicture(
            f"{name} cannot be edited: its file in the store is gone or damaged. Upload it again."
        ) from error
    return picture


def _keep(store: Store, made: Pictures.Image, source: Pictures.Image) -> str:
    """Store an edited picture as the kind of file it came as, with its thumbnail; returns the file's name."""
    buffer, profile = io.BytesIO(), source.info.get("icc_profile")
    if source.format == "JPEG":
        made.save(buffer, "JPEG", quality=QUALITY, subsampling=0, icc_profile=profile)
        file = store.files.add_bytes(buffer.getvalue(), ".jpg")
    else:
        made.save(buffer, "PNG", icc_profile=profile)
        file = store.files.add_bytes(buffer.getvalue(), ".png")
    store.files.keep_thumbnail(file, made.convert("RGB"))
    return file


def _first_size(store: Store, image: Image) -> tuple[int, int]:
    """(width, height) of the picture as it came."""
    if not image.original:
        return image.width, image.height
    with _opened(store, image.original, image.name) as picture:
        return picture.size


def _images(store: Store, image_ids: Iterable[int]) -> list[Image]:
    images = [datasets.image(store, number) for number in dict.fromkeys(image_ids)]
    if len({image.dataset_id for image in images}) > 1:
        raise BadInput("These pictures are of several data sets. Choose pictures of one.")
    return images


def _whole(crop: Sequence[float] | None) -> tuple[int, int, int, int] | None:
    if crop is None:
        return None
    if len(crop) != 4:
        raise BadInput(f"A crop is four numbers (left, top, right, bottom), and {len(crop)} were given.")
    left, top, right, bottom = (round(value) for value in crop)
    return left, top, right, bottom
