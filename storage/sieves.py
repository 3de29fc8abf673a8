"""What pictures of a data set can be filtered by and sorted after: each one expression of SQL.

A check that was not made of a picture is neither true nor false of it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, false, func, literal, or_, select, true
from sqlalchemy.sql.expression import FromClause

from storage.tables import SQLModel

IMAGES, FINDINGS, CAPTIONS = (SQLModel.metadata.tables[name] for name in ("image", "inspection", "caption"))
image, seen, caption = IMAGES.c, FINDINGS.c, CAPTIONS.c
LOOKED = seen.problem == ""

SMALL = 256
"""Shorter side in pixels below which a LoRA comes out soft, whatever the recipe."""

ODD = 2.0
"""Longer side ÷ shorter side above which much of a picture is cut away."""

BLURRED, DARK, BRIGHT, FLAT = 12.0, 0.15, 0.88, 0.06
"""Sharpness, brightness (below, above) and contrast at which a picture is worth a second look.

Photographs have a sharpness of 500 to 3500 and fall below 20 with a blur of 2 px at 512; soft watercolours have 20 to
70. Good pictures of low contrast begin at 0.07."""

MOST_TOKENS = 75
"""Tokens that CLIP's text encoder reads of a caption, without its two marks."""

SPLITS = {"held": "held-out", "reference": "reference", "regularisation": "regularisation", "train": "train"}
"""Filter → part of the data set."""


@dataclass(frozen=True)
class Facts:
    """What a filter needs to know besides the rows.

    Attributes:
        trigger: the data set's trigger word, '' for none.
        resolution: side in pixels that training will use.
    """

    dataset: int
    trigger: str = ""
    resolution: int = 512


def joined() -> FromClause:
    """Images with their newest caption and with the findings that still are of their file."""
    version = CAPTIONS.alias("version").c
    newest = select(func.max(version.id)).where(version.image_id == image.id).correlate(IMAGES).scalar_subquery()
    looked = and_(seen.image_id == image.id, seen.file == image.file)
    return IMAGES.outerjoin(FINDINGS, looked).outerjoin(CAPTIONS, caption.id == newest)


def alive(query: Select, dataset_id: int, search: str = "", split: str = "") -> Select:
    """Only pictures of that data set that are not taken away and whose name or caption holds the words."""
    query = query.where(image.dataset_id == dataset_id, image.deleted.is_(None))
    if split:
        query = query.where(image.split == split)
    if search := search.strip():
        query = query.where(
            or_(image.name.icontains(search, autoescape=True), caption.text.icontains(search, autoescape=True))
        )
    return query


def sieves(facts: Facts) -> dict[str, ColumnElement[bool]]:
    """Every filter by its name; people are filtered by `person`."""
    return {
        "all": true(),
        **_words(facts),
        **_shapes(facts),
        **_looks(facts),
        **_faces(),
        "out": image.out.is_(True),
        **{name: image.split == split for name, split in SPLITS.items()},
        "edited": image.original != "",
    }


def person(name: str) -> ColumnElement[bool] | None:
    """The filter `who:3` or `person:Hana`; None if it is neither."""
    kind, _, value = name.partition(":")
    if kind == "who" and value.isdigit():
        return seen.who == int(value)
    return image.person == value if kind == "person" and value else None


def sorts() -> dict[str, ColumnElement[Any]]:
    """What pictures can be sorted after; the smallest comes first."""
    return {
        "added": image.id,
        "name": func.lower(image.name),
        "size": image.width * image.height,
        "sharpness": seen.sharpness,
        "brightness": seen.brightness,
        "face": seen.face_share,
        "likeness": caption.likeness,
        "words": func.length(caption.text),
        "caption": caption.id,
    }


def group() -> ColumnElement[Any]:
    """What looks nearly the same stands side by side: the first picture of its kind."""
    return func.coalesce(seen.twin_of, image.id)


def _words(facts: Facts) -> dict[str, ColumnElement[bool]]:
    worded = func.coalesce(caption.text, "") != ""
    spoken = caption.text.icontains(facts.trigger, autoescape=True)
    return {
        "bare": ~worded,
        "long": caption.tokens > MOST_TOKENS,
        "unlike": caption.unlike.is_(True),
        "untriggered": and_(worded, ~spoken) if facts.trigger else false(),
    }


def _shapes(facts: Facts) -> dict[str, ColumnElement[bool]]:
    shorter, longer = func.min(image.width, image.height), func.max(image.width, image.height)
    return {
        "small": shorter < min(SMALL, facts.resolution),
        "under": shorter < facts.resolution,
        "odd": longer > ODD * shorter,
    }


def _looks(facts: Facts) -> dict[str, ColumnElement[bool]]:
    return {
        "twin": group().in_(_shared(facts.dataset)),
        "blurred": and_(LOOKED, seen.sharpness < BLURRED),
        "dark": and_(LOOKED, seen.brightness < DARK),
        "bright": and_(LOOKED, seen.brightness > BRIGHT),
        "flat": and_(LOOKED, seen.contrast < FLAT),
        "unlooked": seen.image_id.is_(None),
        "problem": seen.problem != "",
    }


def _shared(dataset: int) -> Select:
    """The groups of twins of which more than one picture is there, whichever was taken away."""
    one, found = IMAGES.alias("one"), FINDINGS.alias("found")
    first = func.coalesce(found.c.twin_of, one.c.id)
    both = one.outerjoin(found, and_(found.c.image_id == one.c.id, found.c.file == one.c.file))
    query = select(first).select_from(both).where(one.c.dataset_id == dataset, one.c.deleted.is_(None))
    return query.group_by(first).having(func.count() > 1)


def _faces() -> dict[str, ColumnElement[bool]]:
    count = func.json_array_length(seen.faces)
    return {
        "faceless": and_(LOOKED, seen.face_model != "", count == literal(0)),
        "several": count > literal(1),
        "close-up": seen.framing == "close-up",
        "medium": seen.framing == "medium",
        "full": seen.framing == "full",
        "intruder": seen.intruder.is_(True),
    }
