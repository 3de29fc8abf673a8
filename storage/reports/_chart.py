"""Charts of a report as inline SVG: bars with intervals, curves, a heat map. They take the page's own colours."""

from __future__ import annotations

import html
import math
from collections.abc import Sequence
from dataclasses import dataclass

WIDE, BAR, LABEL, FIGURE = 460, 22, 124, 108
"""Pixels: the width of a chart, the height of a bar, the room for its name, the room for its figure."""

HIGH, MARGIN = 200, 16


@dataclass(frozen=True)
class Bar:
    """One bar: its name, its value, the ends of its interval, what stands behind it, whether it is the best."""

    name: str
    value: float
    low: float | None = None
    high: float | None = None
    figure: str = ""
    best: bool = False


@dataclass(frozen=True)
class Line:
    """One curve: its name and its points (x, y), and the step that is marked on it."""

    name: str
    points: list[tuple[float, float]]
    mark: float | None = None


def bars(rows: Sequence[Bar], title: str) -> str:
    """Bars from 0 (or from the left end of what is below it), each with its interval as a whisker."""
    ends = [end for row in rows for end in (row.value, row.low, row.high) if end is not None]
    least, most = min(0.0, *ends), max(0.0, *ends)
    span, room = (most - least) or 1.0, WIDE - LABEL - FIGURE

    def x(value: float) -> float:
        return round(LABEL + room * (value - least) / span, 1)

    drawn = []
    for at, row in enumerate(rows):
        top, middle = at * BAR + 3, at * BAR + BAR / 2
        left, right = sorted((x(0.0), x(row.value)))
        kind = "bar best" if row.best else "bar"
        drawn.append(f'<text x="{LABEL - 8}" y="{middle + 4}" text-anchor="end">{_cut(row.name)}</text>')
        drawn.append(f'<rect class="{kind}" x="{left}" y="{top}" width="{max(right - left, 1)}" height="{BAR - 6}"/>')
        if row.low is not None and row.high is not None:
            drawn.append(
                f'<path class="whisker" d="M{x(row.low)} {middle}H{x(row.high)}'
                f'M{x(row.low)} {middle - 4}v8M{x(row.high)} {middle - 4}v8"/>'
            )
        drawn.append(
            f'<text class="figure" x="{WIDE}" y="{middle + 4}" text-anchor="end">{html.escape(row.figure)}</text>'
        )
    return _svg("".join(drawn), len(rows) * BAR + 2, title)


def lines(rows: Sequence[Line], title: str, band: tuple[float, float] | None = None) -> str:
    """Curves over one x, each on a scale of its own from its least to its most; `band` is shaded from x to x."""
    rows = [row for row in rows if row.points]
    xs = [x for row in rows for x, _ in row.points]
    if not xs:
        return ""
    first, span = min(xs), (max(xs) - min(xs)) or 1.0
    room, deep = WIDE - 2 * MARGIN, HIGH - 40

    def across(x: float) -> float:
        return round(MARGIN + room * (x - first) / span, 1)

    drawn = []
    if band:
        wide = max(across(band[1]) - across(band[0]), 2)
        drawn.append(f'<rect class="band" x="{across(band[0])}" y="10" width="{wide}" height="{deep}"/>')
    drawn.append(f'<path class="axis" d="M{MARGIN} 10V{deep + 10}H{WIDE - MARGIN}"/>')
    for x in _ticks(first, first + span):
        drawn.append(f'<text x="{across(x)}" y="{deep + 26}" text-anchor="middle">{x:g}</text>')
    for at, row in enumerate(rows):
        drawn.append(_curve(row, at, across, deep))
    return _svg("".join(drawn), HIGH, title)


def _curve(row: Line, at: int, across, deep: float) -> str:
    ys = [y for _, y in row.points]
    least, span = min(ys), (max(ys) - min(ys)) or 1.0

    def down(y: float) -> float:
        return round(10 + deep * (1 - (y - least) / span), 1)

    places = " ".join(f"{across(x)},{down(y)}" for x, y in row.points)
    told = "; ".join(f"{x:g}: {y:.4g}" for x, y in row.points)
    drawn = f'<polyline class="curve c{at % 6}" points="{places}"><title>{html.escape(f"{row.name} — {told}")}</title></polyline>'
    if row.mark is not None:
        y = next((y for x, y in row.points if x == row.mark), least)
        drawn += f'<circle class="mark c{at % 6}" cx="{across(row.mark)}" cy="{down(y)}" r="5"/>'
    return drawn


def _ticks(first: float, last: float) -> list[float]:
    """Round numbers from one to the other, three to seven of them."""
    rough = (last - first) / 5
    grain = 10 ** math.floor(math.log10(rough))
    step = next(grain * times for times in (1, 2, 5, 10) if grain * times >= rough)
    begin = math.ceil(first / step - 1e-9)
    return [round(number * step, 9) for number in range(begin, math.floor(last / step + 1e-9) + 1)]


def _svg(inside: str, high: float, title: str) -> str:
    return (
        f'<svg viewBox="0 0 {WIDE} {high:g}" role="img" aria-label="{html.escape(title)}"><title>{html.escape(title)}'
        f"</title>{inside}</svg>"
    )


def _cut(name: str) -> str:
    """A name that fits beside its bar; a longer one is whole where one points at it."""
    short, room = "", LABEL - 24.0
    for sign in name:
        room -= 12 if ord(sign) > 0x1100 else 7
        if room < 0:
            return f"{html.escape(short.rstrip())}…<title>{html.escape(name)}</title>"
        short += sign
    return html.escape(short)
