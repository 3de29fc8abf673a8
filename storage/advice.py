"""What would make the captions of a data set better, each point with the captions it is about and why."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from statistics import median

from storage import captions, datasets, phrases
from storage.database import Store
from storage.errors import BadInput
from storage.rules import pattern
from storage.tables import Dataset

TEACHES = ("", "style", "person")

CONSTANT = 0.6
"""Share of the captions from which on a trait belongs to who is shown."""

ENOUGH = 5
"""Captions from which on shares and middles mean something."""

WEAK = 0.1
"""Share of the measured captions that the review list begins with: those CLIP finds least like their picture."""

ALIKE = 0.8
"""How much of their words captions share on average from which on they are all alike."""

BRIEF = 3
"""Words below which a caption says hardly anything."""


@dataclass(frozen=True)
class Point:
    """One thing to look at.

    Attributes:
        kind: missing · trigger · person · style · alike · all alike · brief · repeats · unlike
        images: whom it is about, by id, those that need it most first.
        words: what was found, and in how many captions.
        facts: numbers that its reason names.
    """

    kind: str
    images: list[int]
    words: list[tuple[str, int]] = field(default_factory=list)
    facts: dict[str, float] = field(default_factory=dict)


def teach(store: Store, dataset_id: int, what: str) -> None:
    """Say what a LoRA is to learn of a data set: `style`, `person` (or any character), or '' for neither."""
    if what not in TEACHES:
        raise BadInput(f"A data set cannot teach “{what}”. Use style, person, or nothing.")
    with store.session() as session:
        row = session.get(Dataset, datasets.get(store, dataset_id).id)
        assert row is not None
        row.teaches = what
        session.add(row)
        session.commit()


def of(store: Store, dataset_id: int) -> list[Point]:
    """What there is to say about a data set's captions; pictures that are kept out or show others are left alone."""
    dataset = datasets.get(store, dataset_id)
    images = [i for i in datasets.images(store, dataset_id) if not i.out and i.split in ("train", "held-out")]
    rows = captions.newest(store, [image.id for image in images])
    texts = {image.id: rows[image.id].text if image.id in rows else "" for image in images}
    likeness = {n: row.likeness for n, row in rows.items() if row.text and row.likeness is not None}
    return list(points(texts, likeness, dataset.trigger, dataset.teaches))


def points(texts: dict[int, str], likeness: dict[int, float], trigger: str = "", teaches: str = "") -> Iterator[Point]:
    """The points about these captions, by image id; `likeness` is the cosine that CLIP gives to some of them."""
    missing = [number for number, text in texts.items() if not text]
    if missing:
        yield Point("missing", missing)
    worded = {number: text for number, text in texts.items() if text}
    lacking = [number for number, text in worded.items() if trigger and not phrases.holds(text, trigger)]
    if lacking:
        yield Point("trigger", lacking)
    bare = {number: phrases.without(text, trigger) for number, text in worded.items()}
    if teaches:
        yield from _told(bare, teaches)
    yield from _alike(bare)
    brief = [number for number, text in bare.items() if len(text.split()) < BRIEF]
    if brief:
        yield Point("brief", brief)
    repeated = [number for number, text in worded.items() if phrases.repeats(text)]
    if repeated:
        yield Point("repeats", repeated)
    yield from _unlike(likeness)


def _told(bare: dict[int, str], teaches: str) -> Iterator[Point]:
    """Captions that say what the LoRA is to learn by itself."""
    always = {n: _found(pattern(teaches, "always"), text) for n, text in bare.items()}
    constant = {n: _found(pattern(teaches, "constant"), text) for n, text in bare.items()}
    shares = Counter(words for found in constant.values() for words in found)
    common = {words for words, n in shares.items() if len(bare) >= ENOUGH and n >= CONSTANT * len(bare)}
    said = {n: always[n] | (constant[n] & common) for n in bare}
    counts = Counter(words for found in said.values() for words in found)
    if counts:
        order = sorted((n for n in said if said[n]), key=lambda n: -len(said[n]))
        yield Point(teaches, order, counts.most_common())


def _found(wanted: re.Pattern[str], text: str) -> set[str]:
    return {" ".join(found[0].casefold().split()) for found in wanted.finditer(text)}


def _alike(bare: dict[int, str]) -> Iterator[Point]:
    """Captions that say the same as another one, or that hardly differ all over the set."""
    sets = {n: frozenset(re.findall(r"\w+", text.casefold())) for n, text in bare.items()}
    same = Counter(sets.values())
    twins = [n for n in sets if same[sets[n]] > 1]
    twins.sort(key=lambda n: (-same[sets[n]], sorted(sets[n])))
    if twins:
        yield Point("alike", twins, facts={"most": max(same.values())})
    apart = list(same)
    if len(apart) >= ENOUGH:
        pairs = [_share(one, other) for one, other in zip(apart, apart[1:] + apart[:1], strict=True)]
        pairs += [_share(one, other) for one, other in zip(apart, apart[2:] + apart[:2], strict=True)]
        mean = sum(pairs) / len(pairs)
        if mean >= ALIKE:
            yield Point("all alike", list(bare), facts={"share": round(100 * mean)})


def _share(one: frozenset[str], other: frozenset[str]) -> float:
    return len(one & other) / max(len(one | other), 1)


def _unlike(likeness: dict[int, float]) -> Iterator[Point]:
    if len(likeness) < ENOUGH:
        return
    order = sorted(likeness, key=lambda number: likeness[number])
    weakest = order[: max(1, round(WEAK * len(order)))]
    yield Point(
        "unlike", weakest, facts={"least": round(likeness[order[0]], 3), "middle": round(median(likeness.values()), 3)}
    )
