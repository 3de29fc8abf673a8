"""How long the gallery takes for a page and for every filter of a large data set, beside a bare count of its rows.

`python -m benchmarks.gallery [--count 10000]`
"""

from __future__ import annotations

import argparse
import random
import statistics
import tempfile
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

from sqlalchemy import func, select

from storage import changes, datasets, gallery, projects, sieves
from storage.database import Store
from storage.gallery import Query
from storage.settings import Settings
from storage.tables import Caption, Image, Inspection
from studio import tokens

BAR = 0.3
"""Seconds that a page or a filter may take."""

ROUNDS = 5
TEXT = "a woman man with short long green red hair smiling in the park at night wearing round glasses soft light"


def main() -> None:
    """Fill a store, ask for every page and filter, print the times; status 1 if one is over the bar."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--count", type=int, default=10_000, help="pictures in the data set")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as home:
        store = Store.open(Settings(home=Path(home) / "home"))
        dataset = fill(store, options.count)
        print(f"{options.count} pictures, two captions each; tokens counted in {once(weigh, store, dataset):.1f} s")
        bare = clock(lambda: count(store, dataset))
        print(f"a bare SQL count                 {bare * 1000:7.1f} ms")
        slowest = max(pages(store, dataset, options.count, bare), filters(store, dataset, bare))
        steps(store, dataset)
        store.close()
    print(f"slowest page or filter           {slowest * 1000:7.1f} ms, {BAR * 1000:.0f} ms is the bar")
    raise SystemExit(slowest > BAR)


def fill(store: Store, number: int) -> int:
    """A data set of that many pictures, each with captions and findings; its number."""
    chance = random.Random(0)
    dataset = datasets.create(store, projects.first(store).id, "large", trigger="FOX").id
    with store.session() as session:
        rows = [
            Image(
                dataset_id=dataset,
                file=f"{at:064x}.png",
                name=f"picture_{at:05}.png",
                width=chance.choice((200, 512, 768, 1024)),
                height=chance.choice((200, 512, 768, 1024)),
                split=chance.choices(datasets.SPLITS, (90, 5, 3, 2))[0],
                out=chance.random() < 0.02,
            )
            for at in range(number)
        ]
        session.add_all(rows)
        session.flush()
        for origin in ("mini", "hand"):
            session.add_all(Caption(image_id=row.id, text=words(chance), origin=origin) for row in rows)
        session.add_all(finding(chance, row) for row in rows)
        session.commit()
    return dataset


def words(chance: random.Random) -> str:
    """A caption of eight to a hundred words, most with the trigger word."""
    text = " ".join(chance.choices(TEXT.split(), k=chance.choices((8, 20, 40, 100), (40, 40, 15, 5))[0]))
    return f"FOX, {text}" if chance.random() < 0.9 else text


def finding(chance: random.Random, row: Image) -> Inspection:
    """What checks might have found."""
    faces = [{"box": [10, 10, 90, 90], "score": 0.99}] * chance.choice((0, 1, 1, 1, 2))
    return Inspection(
        image_id=row.id,
        file=row.file,
        sharpness=chance.expovariate(1 / 300),
        brightness=chance.random(),
        contrast=chance.random() * 0.4,
        hash=f"{chance.getrandbits(64):016x}",
        faces=faces,
        face_share=chance.random() if faces else 0.0,
        framing=chance.choice(("close-up", "medium", "full")) if faces else "",
        face_model="mini",
        who=chance.randint(1, 9) if faces else 0,
        intruder=chance.random() < 0.01,
        twin_of=row.id - 1 if chance.random() < 0.05 and row.id > 1 else None,
    )


def pages(store: Store, dataset: int, number: int, bare: float) -> float:
    """Seconds of the slowest page: the first with its counts, the next, one deep inside, in every order."""
    first = Query(dataset)
    asked = {"the first page, with all counts": first}
    asked |= {"the next page": replace(first, offset=120, counted=False)}
    asked |= {"a page deep inside": replace(first, offset=number * 9 // 10, counted=False)}
    asked |= {f"by {sort}": replace(first, sort=sort, descending=True, counted=False) for sort in sieves.sorts()}
    return max(told(name, clock(lambda query=query: gallery.page(store, query)), bare) for name, query in asked.items())


def filters(store: Store, dataset: int, bare: float) -> float:
    """Seconds of the slowest filter, as the page asks for it: the ids of all it finds, and its first page."""
    known = [*sieves.sieves(sieves.Facts(dataset)), "who:3"]

    def ask(name: str) -> None:
        query = Query(dataset, filter=name, counted=False)
        gallery.ids(store, query)
        gallery.page(store, query)

    slowest = max(told(f"filter {name}", clock(lambda name=name: ask(name)), bare) for name in known)
    search = Query(dataset, search="glasses")
    return max(
        slowest, told("a search", clock(lambda: (gallery.ids(store, search), gallery.page(store, search))), bare)
    )


def steps(store: Store, dataset: int) -> None:
    """Print how long keeping every picture out takes, and taking that back."""
    everything = gallery.ids(store, Query(dataset))
    made: list[Any] = []
    print(f"keeping all of them out          {once(lambda: made.append(datasets.keep_out(store, everything))):7.2f} s")
    print(f"taking that back                 {once(changes.undo, store, made[0].id):7.2f} s")


def count(store: Store, dataset: int) -> int:
    """The rows of a data set, counted by SQL and nothing else."""
    with store.session() as session:
        alive = select(func.count(Image.id)).where(Image.dataset_id == dataset, Image.deleted.is_(None))
        return session.scalar(alive) or 0


def weigh(store: Store, dataset: int) -> None:
    """Count the tokens of all captions, as an import does."""
    gallery.weigh(store, dataset, tokens.numbers)


def told(name: str, seconds: float, bare: float) -> float:
    """Print one time and how many bare counts it is; the time."""
    print(f"{name:<32} {seconds * 1000:7.1f} ms {seconds / bare:8.1f} ×")
    return seconds


def once(fn: Callable[..., Any], *given: Any) -> float:
    """Seconds that one call takes."""
    began = time.perf_counter()
    fn(*given)
    return time.perf_counter() - began


def clock(fn: Callable[[], Any]) -> float:
    """The median seconds of a call that was made once before."""
    fn()
    return statistics.median(once(fn) for _ in range(ROUNDS))


if __name__ == "__main__":
    main()
