"""The gallery of a data set: one question answered with a page of tiles and how many pictures each filter finds."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, LargeBinary, Select, and_, case, cast, func, select, update
from sqlmodel import Session

from storage import sieves
from storage.database import Store
from storage.errors import BadInput
from storage.sieves import Facts, caption, image, seen
from storage.tables import Caption, Dataset, Image, Inspection

MOST = 500
"""Tiles that one page holds."""

SIGNS = (
    "problem", "intruder", "bare", "small", "twin", "blurred", "dark", "bright", "flat", "odd", "several", "unlike",
    "long", "untriggered", "out", "held", "reference", "regularisation", "edited",
)  # fmt: skip
"""Filters that a tile shows as a badge, the gravest first."""

TILE = ("id", "file", "name", "width", "height", "split", "repeats", "person", "out", "caption", "who")
"""Columns that a tile shows."""

Count = Callable[[list[str]], list[int]]
"""How many tokens each of these captions has."""

SURELY_SHORT = 75
"""Bytes of a caption that no tokenizer makes more than 75 tokens of."""


@dataclass(frozen=True)
class Query:
    """What a person looks for.

    Attributes:
        search: words in the name or the caption.
        filter: a name of `sieves.sieves`, `who:<number>` or `person:<name>`.
        sort: a name of `sieves.sorts`; with `descending` the largest comes first, what was not measured last.
        split: only this part of the data set; '' for all.
        resolution: side in pixels that training will use.
        counted: whether the numbers of every filter are wanted too.
    """

    dataset: int
    search: str = ""
    filter: str = "all"
    sort: str = "added"
    descending: bool = False
    split: str = ""
    resolution: int = 512
    offset: int = 0
    limit: int = 120
    counted: bool = True


@dataclass(frozen=True)
class Tile:
    """One picture on the wall; `signs` are the filters of `SIGNS` that find it."""

    id: int
    file: str
    name: str
    width: int
    height: int
    split: str
    repeats: int
    person: str
    out: bool
    caption: str
    who: int
    signs: tuple[str, ...] = ()


@dataclass(frozen=True)
class Page:
    """Some tiles, and how many pictures each filter finds."""

    tiles: list[Tile]
    counts: dict[str, int]


def page(store: Store, query: Query) -> Page:
    """The tiles from `offset` on, at most `limit`, with counts by filter (those of a search count what it finds).

    Raises:
        BadInput: there is no such filter or order.
    """
    with store.session() as session:
        known = sieves.sieves(_facts(session, query))
        counts = _counts(session, query, known) if query.counted else {}
        found = _found(query, known).offset(max(query.offset, 0)).limit(min(max(query.limit, 0), MOST))
        return Page(_tiles(session, list(session.scalars(found)), known), counts)


def tiles(store: Store, dataset_id: int, image_ids: list[int], resolution: int = 512) -> list[Tile]:
    """Those pictures of a data set as tiles, in this order."""
    with store.session() as session:
        return _tiles(session, image_ids, sieves.sieves(_facts(session, Query(dataset_id, resolution=resolution))))


def ids(store: Store, query: Query) -> list[int]:
    """Every picture that the filter finds, in its order, whatever `offset` and `limit` are."""
    with store.session() as session:
        return list(session.scalars(_found(query, sieves.sieves(_facts(session, query)))))


def weigh(store: Store, dataset_id: int, count: Count) -> int:
    """Count the tokens of captions whose length was not counted yet; how many there were."""
    heavy = func.length(cast(caption.text, LargeBinary)) > SURELY_SHORT
    with store.session() as session:
        rows = session.execute(
            _base(Query(dataset_id), caption.id, caption.text).where(caption.tokens.is_(None), heavy)
        )
        found = rows.all()
        if found:
            numbers = count([row.text for row in found])
            session.execute(update(Caption), [{"id": r.id, "tokens": n} for r, n in zip(found, numbers, strict=True)])
            session.commit()
    return len(found)


def facts(store: Store, dataset_id: int, resolution: int = 512) -> list[tuple[int, int, float | None, str | None]]:
    """Of each picture: width, height, sharpness and framing; None where it was not looked at."""
    with store.session() as session:
        found = _base(Query(dataset_id), image.width, image.height, seen.sharpness, seen.framing)
        return [tuple(row) for row in session.execute(found)]


def finding(store: Store, image: Image) -> Inspection | None:
    """What the checks found in a picture as it is now; None if it was not looked at."""
    with store.session() as session:
        row = session.get(Inspection, image.id)
    return row if row is not None and row.file == image.file else None


def twins(store: Store, image: Image) -> list[Image]:
    """The other pictures of a data set that look nearly like this one, the earliest first."""
    with store.session() as session:
        near = session.scalar(_base(Query(image.dataset_id), sieves.group()).where(sieves.image.id == image.id))
        alike = _base(Query(image.dataset_id), sieves.image.id).where(sieves.group() == near)
        rows = session.scalars(select(Image).where(Image.id.in_(alike), Image.id != image.id).order_by(Image.id))
        return list(rows)


def spare_twins(store: Store, dataset_id: int) -> list[int]:
    """Of pictures that look nearly the same all but the one with the most pixels (then the sharpest, the earliest)."""
    best = (image.width * image.height, seen.sharpness)
    query = _base(Query(dataset_id), image.id, sieves.group()).order_by(*(column.desc() for column in best), image.id)
    query = query.where(sieves.sieves(Facts(dataset_id))["twin"])
    kept: set[int] = set()
    spare = []
    with store.session() as session:
        for number, first in session.execute(query):
            if first in kept:
                spare.append(number)
            kept.add(first)
    return spare


def _base(query: Query, *columns: Any) -> Select:
    chosen = select(*columns).select_from(sieves.joined())
    return sieves.alive(chosen, query.dataset, query.search, query.split)


def _facts(session: Session, query: Query) -> Facts:
    trigger = session.scalar(select(Dataset.trigger).where(Dataset.id == query.dataset)) or ""
    return Facts(query.dataset, trigger, query.resolution)


def _counts(session: Session, query: Query, known: dict[str, ColumnElement[bool]]) -> dict[str, int]:
    sums = [func.sum(case((sieve, 1), else_=0)).label(name) for name, sieve in known.items()]
    row = session.execute(_base(query, *sums)).one()
    counts = {name: number or 0 for name, number in zip(known, row, strict=True)}
    for kind, column in (("who", seen.who), ("person", image.person)):
        grouped = _base(query, column, func.count()).where(
            column.is_not(None), column != ("" if kind == "person" else 0)
        )
        counts |= {f"{kind}:{value}": number for value, number in session.execute(grouped.group_by(column))}
    return counts


def _wanted(query: Query, known: dict[str, ColumnElement[bool]]) -> ColumnElement[bool]:
    sieve = known.get(query.filter)
    if sieve is None:
        sieve = sieves.person(query.filter)
    if sieve is None:
        raise BadInput(f"There is no filter “{query.filter}”. Use one of: {', '.join(known)}.")
    return sieve


def _order(query: Query) -> list[ColumnElement[Any]]:
    known = sieves.sorts()
    if query.sort not in known:
        raise BadInput(f"Pictures cannot be sorted after “{query.sort}”. Use one of: {', '.join(known)}.")
    column = known[query.sort]
    if query.sort == "added" and query.filter == "twin":
        column = sieves.group()
    return [(column.desc() if query.descending else column.asc()).nulls_last(), image.id.asc()]


def _found(query: Query, known: dict[str, ColumnElement[bool]]) -> Select:
    return _base(query, image.id).where(_wanted(query, known)).order_by(*_order(query))


def _tiles(session: Session, image_ids: list[int], known: dict[str, ColumnElement[bool]]) -> list[Tile]:
    columns = [image[name] for name in TILE[:-2]] + [func.coalesce(caption.text, ""), func.coalesce(seen.who, 0)]
    signs = [func.coalesce(and_(known[name]), 0) for name in SIGNS]
    query = select(*columns, *signs).select_from(sieves.joined()).where(image.id.in_(image_ids))
    width, made = len(columns), {}
    for row in session.execute(query):
        names = tuple(name for name, yes in zip(SIGNS, row[width:], strict=True) if yes)
        made[row[0]] = Tile(**dict(zip(TILE, row[:width], strict=True)), signs=names)
    return [made[number] for number in image_ids if number in made]
