"""Which rows of an old list are which of a new one, and in which order old and new stand together."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterator, Sequence
from difflib import SequenceMatcher
from typing import TypeVar

Row = TypeVar("Row")
Key = Callable[[Row], Hashable]


def pairs(
    old: Sequence[Row], new: Sequence[Row], keys: Sequence[Key[Row]], text: Callable[[Row], str], least: float
) -> dict[int, int]:
    """Place in `new` → place in `old` of the row that it was.

    Args:
        keys: what tells a row, the surest first; a key that is empty tells nothing.
        text: what a row says; rows that no key pairs and that stand in one place between others are told by it.
        least: how much of the words two such rows share at least, 0 … 1.
    """
    found: dict[int, int] = {}
    for key in keys:
        free: dict[Hashable, list[int]] = {}
        for place in range(len(old)):
            if place not in found.values():
                free.setdefault(key(old[place]), []).append(place)
        for place, row in enumerate(new):
            if place not in found and (told := key(row)) and free.get(told):
                found[place] = free[told].pop(0)
    for before, now in _gaps(found, len(old), len(new)):
        found |= _alike(
            [(place, text(old[place])) for place in before], [(place, text(new[place])) for place in now], least
        )
    return found


def arranged(now: Sequence[int], before: Sequence[int], wanted: Sequence[int]) -> list[int]:
    """The order in which rows stand.

    Args:
        now: those that are there, as a person has put them.
        before: the order that a script had.
        wanted: the order that it has, new ones among them; each of these stands behind the one before it.
    """
    there = [row for row in wanted if row in now]
    order = list(now)
    if there != [row for row in before if row in there]:
        moved = iter(there)
        order = [next(moved) if row in there else row for row in now]
    for place, row in enumerate(wanted):
        if row not in order:
            order.insert(order.index(wanted[place - 1]) + 1 if place else 0, row)
    return order


def _gaps(found: dict[int, int], old: int, new: int) -> Iterator[tuple[list[int], list[int]]]:
    """The places of `old` and of `new` that are not paired and lie between the same pairs."""
    before = list(range(old))
    now = [found.get(place, -1 - place) for place in range(new)]
    for kind, a, b, c, d in SequenceMatcher(None, before, now, autojunk=False).get_opcodes():
        if kind == "replace":
            free = [place for place in before[a:b] if place not in found.values()]
            yield free, [place for place in range(c, d) if place not in found]


def _alike(old: list[tuple[int, str]], new: list[tuple[int, str]], least: float) -> dict[int, int]:
    """Pairs in order where there are as many of both, else those that share the most words."""
    if len(old) == len(new):
        return {n: o for (o, before), (n, now) in zip(old, new, strict=True) if _share(before, now) >= least}
    rated = [(_share(before, now), n, o) for o, before in old for n, now in new]
    found: dict[int, int] = {}
    for share, n, o in sorted(rated, key=lambda one: -one[0]):
        if share >= least and n not in found and o not in found.values():
            found[n] = o
    return found


def _share(before: str, now: str) -> float:
    return SequenceMatcher(None, before.split(), now.split(), autojunk=False).ratio()
