"""The gallery of what was drawn: one question answered with a page of pictures and what else there is to ask for."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, exists, func, select

from storage.database import Store
from storage.errors import BadInput
from storage.tables import Job, Picture

MOST = 500
"""Pictures that one page holds."""

SOURCES: dict[str, Callable[[], ColumnElement[bool]]] = {
    "": lambda: Picture.id.is_not(None),
    "text": lambda: Picture.parent_id.is_(None),
    "image": lambda: Picture.parent_id.is_not(None),
    "sweep": lambda: Picture.job_id.in_(select(Job.id).where(Job.task == "sweep")),
}
"""What a picture was drawn from: words alone, a picture, or as one of a sweep."""


@dataclass(frozen=True)
class Query:
    """What a person looks for.

    Attributes:
        search: words that the prompt holds, all of them.
        rating: stars it has at least.
        base: name of the base model; '' for any.
        lora: name of a LoRA that is heard in it; '' for any.
        source: a key of `SOURCES`.
    """

    project: int
    search: str = ""
    rating: int = 0
    base: str = ""
    lora: str = ""
    source: str = ""
    offset: int = 0
    limit: int = 120


@dataclass(frozen=True)
class Page:
    """Some pictures, the newest first; how many the question finds; and the bases and LoRAs that there are, with numbers."""

    pictures: list[Picture]
    total: int
    bases: dict[str, int] = field(default_factory=dict)
    loras: dict[str, int] = field(default_factory=dict)


def page(store: Store, query: Query) -> Page:
    """The pictures from `offset` on, at most `limit`. `BadInput` if there is no such source."""
    limit = min(max(query.limit, 0), MOST)
    rows = _found(query, Picture).order_by(Picture.id.desc()).offset(max(query.offset, 0)).limit(limit)
    whole = Query(query.project)
    part = _parts()
    name = func.json_extract(part.c.value, "$.name")
    heard = _found(whole, name, func.count()).join(part, _heard(part)).group_by(name)
    drawn = _found(whole, Picture.base, func.count()).group_by(Picture.base)
    with store.session() as session:
        return Page(
            list(session.scalars(rows)),
            session.scalar(_found(query, func.count(Picture.id))) or 0,
            {base: count for base, count in session.execute(drawn).all() if base},
            {lora: count for lora, count in session.execute(heard).all() if lora},
        )


def ids(store: Store, query: Query) -> list[int]:
    """The number of every picture that a question finds, the newest first."""
    with store.session() as session:
        return list(session.scalars(_found(query, Picture.id).order_by(Picture.id.desc())))


def _found(query: Query, *columns: Any) -> Select:
    if query.source not in SOURCES:
        raise BadInput(f"There is no filter called “{query.source}”. Use text, image or sweep.")
    chosen = (
        select(*columns)
        .select_from(Picture)
        .where(Picture.project_id == query.project, Picture.kind == "made", Picture.deleted.is_(None))
    )
    if query.source:
        chosen = chosen.where(SOURCES[query.source]())
    if query.rating:
        chosen = chosen.where(Picture.rating >= query.rating)
    if query.base:
        chosen = chosen.where(Picture.base == query.base)
    if query.lora:
        part = _parts()
        chosen = chosen.where(
            exists().where(and_(_heard(part), func.json_extract(part.c.value, "$.name") == query.lora))
        )
    for word in query.search.split():
        chosen = chosen.where(Picture.prompt.icontains(word, autoescape=True))
    return chosen


def _parts() -> Any:
    """A row for each LoRA of a picture's blend, as JSON in `value`."""
    return func.json_each(Picture.blend).table_valued("value").alias("part")


def _heard(part: Any) -> ColumnElement[bool]:
    return func.json_extract(part.c.value, "$.weight") != 0
