"""Curves and bars for the page: many measured numbers as few enough to draw."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

from storage import sieves

Point = tuple[int, float]
MOST = 400
"""Points a curve is drawn with; more cannot be told apart on a screen."""


Facts = tuple[int, int, float | None, str | None]
"""Width, height, sharpness and framing of a picture; None where it was not looked at."""

Bar = tuple[str, float, str]
"""A bar's name, the number below which a picture belongs to it, and the filter that shows its pictures ('' for none)."""

ASPECTS: list[Bar] = [
    ("1:2", 0.5, "odd"), ("2:3", 0.71, ""), ("3:4", 0.9, ""), ("1:1", 1.12, ""), ("4:3", 1.42, ""), ("3:2", 2.01, ""),
    ("2:1", math.inf, "odd"),
]  # fmt: skip
"""Width ÷ height, from upright to wide."""

FRAMINGS = ("close-up", "medium", "full")


def summary(rows: Sequence[Facts], resolution: int) -> list[dict[str, Any]]:
    """The charts of a data set: each a name and its bars, with how many pictures belong to each bar."""
    sharp = [row[2] for row in rows if row[2] is not None]
    framed = [row[3] for row in rows if row[3]]
    found = [
        {"name": "resolution", "bars": bars([min(row[:2]) for row in rows], _sides(resolution))},
        {"name": "aspect", "bars": bars([row[0] / row[1] for row in rows], ASPECTS)},
    ]
    if sharp:
        found.append({"name": "sharpness", "bars": bars(sharp, _blurs())})
    if framed:
        shots = [{"name": shot, "n": framed.count(shot), "filter": shot} for shot in FRAMINGS]
        found.append({"name": "framing", "bars": shots})
    return found


def bars(values: Sequence[float], edges: Sequence[Bar]) -> list[dict[str, Any]]:
    """How many values lie below each edge and not below the one before."""
    counts = [0] * len(edges)
    for value in values:
        counts[next(at for at, edge in enumerate(edges) if value < edge[1] or at == len(edges) - 1)] += 1
    return [{"name": edge[0], "n": count, "filter": edge[2]} for edge, count in zip(edges, counts, strict=True)]


def _sides(resolution: int) -> list[Bar]:
    low = min(sieves.SMALL, resolution)
    edges = sorted({low, resolution, resolution * 2})
    named: list[Bar] = [
        (f"< {edge}", edge, "small" if edge == low else "under" if edge <= resolution else "") for edge in edges
    ]
    return [*named, (f"≥ {edges[-1]}", math.inf, "")]


def _blurs() -> list[Bar]:
    limit = sieves.BLURRED
    edges: list[Bar] = [(f"< {limit:g}", limit, "blurred")]
    edges += [(f"< {limit * 4**power:g}", limit * 4**power, "") for power in (1, 2)]
    return [*edges, (f"≥ {limit * 16:g}", math.inf, "")]


def thin(points: Sequence[Point], most: int = MOST) -> list[Point]:
    """At most `most` points: each the mean of as many neighbours as need be, at its last step."""
    points = [point for point in points if math.isfinite(point[1])]
    if len(points) <= most:
        return list(points)
    size = math.ceil(len(points) / most)
    groups = (points[start : start + size] for start in range(0, len(points), size))
    return [(group[-1][0], sum(value for _, value in group) / len(group)) for group in groups]


def smooth(points: Sequence[Point], weight: float = 0.9) -> list[Point]:
    """An exponential moving average, corrected so that the first points are not pulled to zero."""
    found: list[Point] = []
    mean = 0.0
    for count, (step, value) in enumerate(points, start=1):
        mean = weight * mean + (1 - weight) * value
        found.append((step, mean / (1 - weight**count)))
    return found


def curve(points: Sequence[Point]) -> dict[str, list[Point]]:
    """A curve as drawn: the numbers themselves, thinned, and their trend."""
    clean = [point for point in points if math.isfinite(point[1])]
    weight = min(0.95, max(0.5, 1 - 12 / max(len(clean), 1)))
    return {"raw": thin(clean), "trend": thin(smooth(clean, weight))}
