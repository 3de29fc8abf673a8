"""The numbers of a report: who is first, bars with intervals, the table, and what a kind of evaluation shows beside."""

from __future__ import annotations

import html
from typing import Any

from storage import overfitting, resampling
from storage.reports import _chart
from storage.reports._chart import Bar, Line
from storage.reports.report import Order, Report, change, figure

LINES = 6
"""Curves that one chart tells apart."""


def finding(report: Report, order: Order) -> str:
    """Who is first, how sure that is, and by which weights."""
    lead = report.lead
    if lead is None:
        return ""
    said = [order.word("first", name=report.name_of(lead.first, order))]
    if lead.second:
        kind = "noise" if lead.noise else "sure"
        told = {"times": resampling.TIMES, "drawn": order.word(f"{report.look['drawn']}_drawn")}
        said.append(order.word(kind, second=report.name_of(lead.second, order), wins=lead.wins, **told))
        said += [order.word(f"few_{report.look['drawn']}")] if lead.noise and lead.wins > resampling.WIDTH else []
    shares = [f"{report.title(name, order)} {weight:g}" for name, weight in report.weights.items() if weight]
    weighed = f'<p class="dim">{order.word("weighing")}: {html.escape(" · ".join(shares))}</p>'
    return f'<p class="finding">{html.escape(" ".join(said))}</p>{weighed}\n'


def scores(report: Report, order: Order) -> str:
    """A bar chart of each metric that was measured, with intervals."""
    charts = [_bars(report, metric, order) for metric in report.metrics if report.valued(metric["name"])]
    return f'<h2>{order.word("scores")}</h2><div class="charts">{"".join(charts)}</div>\n' if charts else ""


def _bars(report: Report, metric: dict[str, Any], order: Order) -> str:
    rows, name = report.valued(metric["name"]), metric["name"]
    values = [one["totals"][name]["mean"] for one in rows]
    best = {"more": max, "less": min}.get(metric.get("better", ""), lambda found: None)(values)
    bars = [
        Bar(one["name"], total["mean"], total.get("low"), total.get("high"), _said(total), total["mean"] == best)
        for one in rows
        for total in [one["totals"][name]]
    ]
    title = report.title(name, order)
    way = order.word(metric["better"]) if metric.get("better") else ""
    about = " · ".join(filter(None, (metric.get("unit", ""), way)))
    return f"<section><h3>{html.escape(title)} <small>{html.escape(about)}</small></h3>{_chart.bars(bars, title)}</section>"


def _said(total: dict[str, Any]) -> str:
    return f"{figure(total['mean'])}  {change(total)}".strip()


def table(report: Report, order: Order) -> str:
    """Every total with its interval and its difference from the baseline; the best places first."""
    shown = [metric for metric in report.metrics if report.valued(metric["name"])]
    places = {one.id: one for one in report.placed}
    rows = sorted(report.contestants, key=lambda one: _order_of(places, one))
    heads = [order.word("place"), order.word("contestant"), order.word("score")]
    heads += [report.title(metric["name"], order) for metric in shown]
    top = "".join(f"<th>{html.escape(head)}</th>" for head in heads)
    body = ""
    for one in rows:
        found = places.get(one["id"])
        cells = [str(found.place) if found and found.place else "", one["name"], figure(found.score) if found else ""]
        plain = "".join(f"<td>{html.escape(cell)}</td>" for cell in cells)
        kind = ' class="first"' if found and found.place == 1 else ""
        body += f"<tr{kind}>{plain}{''.join(_cell(one, metric['name'], order) for metric in shown)}</tr>"
    drawn = order.word(f"by_{report.look['drawn']}")
    note = f'<p class="dim">{order.word("intervals", drawn=drawn)}</p>'
    return f'<h2>{order.word("table")}</h2><div class="wide"><table><tr>{top}</tr>{body}</table></div>{note}\n'


def _order_of(places: dict[int, Any], one: dict[str, Any]) -> tuple[float, int]:
    found = places.get(one["id"])
    return (-found.score if found else 0.0, one["place"])


def _cell(one: dict[str, Any], name: str, order: Order) -> str:
    total = one["totals"].get(name, {})
    if total.get("mean") is None:
        return f"<td><small>{html.escape(order.say(total.get('problem') or '–'))}</small></td>"
    small = ""
    if total.get("low") is not None:
        small += f"<small>[{figure(total['low'])}, {figure(total['high'])}]</small>"
    apart = change(total) if one["place"] else order.word("baseline")
    within = f" · {order.word('within')}" if total.get("noise") and one["place"] else ""
    return f"<td>{figure(total['mean'])}{small}<small>{html.escape(apart + within)}</small></td>"


def study(report: Report, order: Order) -> str:
    """What only this kind of evaluation has: curves, a suggestion, a heat map, a table of sizes."""
    kinds = {"checkpoints": _curves, "weights": _weights, "blend": _heat, "resolutions": _sizes}
    known = kinds.get(report.look["kind"])
    return known(report, order) if known else ""


def _curves(report: Report, order: Order) -> str:
    step = overfitting.turn(report.curves)
    said = order.word("no_turn") if step is None else order.word("turn", step=step)
    rows = [
        Line(report.title(curve.name, order), [(_x(p["step"]), _x(p["value"])) for p in curve.points], curve.best)
        for curve in report.curves
    ]
    return f"<h2>{order.word('curve')}</h2><p>{html.escape(said)}</p>{_drawn(rows, order, order.word('curve'))}"


def _weights(report: Report, order: Order) -> str:
    rows = []
    for metric in report.metrics:
        points = [
            (float(one["axes"].get("weight", 0.0)), one["totals"][metric["name"]]["mean"])
            for one in report.valued(metric["name"])
        ]
        if points:
            rows.append(Line(report.title(metric["name"], order), sorted(points)))
    found = report.facts.get("suggestion")
    said = order.word("suggestion", best=found["best"], low=found["low"], high=found["high"]) if found else ""
    said = " ".join(filter(None, (said, order.say(found.get("problem", "")) if found else "")))
    band = (found["low"], found["high"]) if found else None
    return f"<h2>{order.word('sweep')}</h2><p>{html.escape(said)}</p>{_drawn(rows, order, order.word('sweep'), band)}"


def _drawn(rows: list[Line], order: Order, title: str, band: tuple[float, float] | None = None) -> str:
    parts = []
    for start in range(0, len(rows), LINES):
        some = rows[start : start + LINES]
        key = "".join(f'<span class="c{at}"><i></i>{html.escape(row.name)}</span>' for at, row in enumerate(some))
        parts.append(f'<section>{_chart.lines(some, title, band)}<p class="key">{key}</p></section>')
    return f'<div class="charts">{"".join(parts)}</div><p class="dim">{order.word("scaled")}</p>\n'


def _heat(report: Report, order: Order) -> str:
    shown = [metric for metric in report.metrics if report.valued(metric["name"])]
    maps = "".join(_map(report, metric, report.title(metric["name"], order)) for metric in shown)
    both: list[dict[str, Any]] = next((one["blend"] for one in report.contestants if len(one["blend"]) > 1), [])
    said = order.word("down_across", down=both[0]["name"], across=both[1]["name"]) if both else ""
    return f'<h2>{order.word("grid")}</h2><p class="dim">{html.escape(said)}</p><div class="charts">{maps}</div>\n'


def _map(report: Report, metric: dict[str, Any], title: str) -> str:
    """A table whose cells are the stronger the better; across the second LoRA's weight, down the first's."""
    name, worse = metric["name"], metric.get("better") == "less"
    rows = report.valued(name)
    values = {(one["axes"].get("a", 0.0), one["axes"].get("b", 0.0)): one["totals"][name]["mean"] for one in rows}
    least, span = min(values.values()), (max(values.values()) - min(values.values())) or 1.0
    across, down = sorted({b for _, b in values}), sorted({a for a, _ in values})
    body = "<tr><th></th>" + "".join(f"<th>{b:g}</th>" for b in across) + "</tr>"
    for a in down:
        cells = "".join(_heated(values.get((a, b)), (least, span), worse) for b in across)
        body += f"<tr><th>{a:g}</th>{cells}</tr>"
    return f'<section><h3>{html.escape(title)}</h3><table class="grid">{body}</table></section>'


def _heated(value: float | None, scale: tuple[float, float], worse: bool) -> str:
    if value is None:
        return "<td>–</td>"
    share = (value - scale[0]) / scale[1]
    share = round(8 + 62 * (1 - share if worse else share))
    return f'<td style="background: color-mix(in srgb, var(--best) {share}%, transparent)">{figure(value)}</td>'


def _sizes(report: Report, order: Order) -> str:
    heads = "".join(f"<th>{order.word(word)}</th>" for word in ("size", "best_loss", "best_held"))
    body = ""
    for row in report.facts.get("sizes", []):
        at = f"<small>{order.word('at_step', step=row['best_step'])}</small>" if row["best_step"] is not None else ""
        body += f"<tr><td>{row['resolution']:g} px</td><td>{figure(row['best_loss'])}</td>"
        body += f"<td>{figure(row['best_held_out'])}{at}</td></tr>"
    curves = report.facts.get("losses", {})
    names = {str(one["place"]): one["name"] for one in report.contestants}
    lines = [Line(names.get(place, place), [(x, y) for x, y in points]) for place, points in curves.items() if points]
    tabled = f'<table><tr>{heads}</tr>{body}</table><p class="dim">{order.word("sizes_note")}</p>' if body else ""
    return f"<h2>{order.word('sizes')}</h2>{tabled}{_drawn(lines, order, order.word('sizes')) if lines else ''}"


def _x(value: float | None) -> float:
    assert value is not None
    return value
