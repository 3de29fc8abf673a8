"""Values of a grid's side as people write them: `10, 20, 30`, `0..1 by 0.25`, `a fox | a cat`."""

from __future__ import annotations

import re

from storage.errors import BadInput

RANGE = re.compile(r"(-?[\d.]+)\s*\.\.\s*(-?[\d.]+)(?:\s*(?:by|/)\s*([\d.]+))?")
TEXTS = ("prompt", "negative", "sampler", "base", "resize")
"""Settings whose values are texts."""

MOST = 64
"""Values that one side may have (jobs.tasks.sweep.Axis)."""

Value = int | float | str


def values(setting: str, said: str) -> list[Value]:
    """What a side of that setting goes over.

    Raises:
        BadInput: a number is none.
    """
    return list(split(said)) if setting in TEXTS else list(numbers(said))


def numbers(said: str) -> list[float | int]:
    """`1, 2, 3` or `0..1 by 0.25` as numbers; `BadInput` where one of them is none."""
    found: list[float | int] = []
    for part in split(said):
        match = RANGE.fullmatch(part)
        try:
            found += _range(*match.groups()) if match else [_number(part)]
        except ValueError as error:
            raise BadInput(f"“{part}” is neither a number nor a range such as 0..1 by 0.25.") from error
    return found


def split(said: str) -> list[str]:
    """At line breaks or bars where there are any, else at commas."""
    mark = next((mark for mark in ("\n", "|") if mark in said), ",")
    return [part.strip() for part in said.split(mark) if part.strip()]


def _range(first: str, last: str, step: str | None) -> list[float | int]:
    low, high, by = float(first), float(last), float(step or 1)
    if by <= 0:
        raise ValueError(step)
    count = int(abs(high - low) / by + 1e-9) + 1
    return [_number(f"{low + (by if high >= low else -by) * number:.6g}") for number in range(min(count, MOST + 1))]


def _number(text: str) -> float | int:
    return int(text) if re.fullmatch(r"-?\d+", text) else float(text)
