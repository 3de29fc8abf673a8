"""An evaluation as one web page that holds all of it, pictures too; nothing is fetched from anywhere, and it prints well."""

from __future__ import annotations

import html
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from storage.reports import _figures, _method, _pictures
from storage.reports._style import STYLE
from storage.reports.report import Order, Report

TITLE, SUFFIX = "Web page", ".html"

POLICY = "default-src 'none'; img-src data:; style-src 'unsafe-inline'"
"""What the page may load: nothing but what it holds."""


def write(report: Report, target: Path, order: Order) -> None:
    """Write the page part by part, so that its pictures are never all in memory."""
    with target.open("w", encoding="utf-8") as page:
        for part in _parts(report, order):
            page.write(part)


def _parts(report: Report, order: Order) -> Iterator[str]:
    look = report.look
    yield f'<!doctype html>\n<html lang="{order.language}"><head><meta charset="utf-8">\n'
    yield f'<meta http-equiv="Content-Security-Policy" content="{POLICY}">\n'
    yield '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
    yield f"<title>{html.escape(look['name'])}</title><style>{STYLE}</style></head><body><main>\n"
    yield _head(report, order)
    yield _figures.finding(report, order)
    for section in (_figures.scores, _figures.table, _figures.study):
        yield section(report, order)
    yield from _pictures.pairs(report, order)
    for section in (_method.measured, _method.settings, _method.hashes):
        yield section(report, order)
    yield "</main></body></html>\n"


def _head(report: Report, order: Order) -> str:
    look, facts = report.look, report.facts
    counts = {"contestants": len(report.contestants), "prompts": len(facts.get("prompts", [])) or _prompts(look)}
    about = order.word("about", seeds=len(facts.get("seeds", [])) or 1, **counts)
    when = str(look["ended"] or look["created"])[:16].replace("T", " ")
    left = "" if look["ended"] else f'<p class="attention">{order.word("unfinished")}</p>'
    return (
        f"<header><h1>{html.escape(look['name'])}</h1><p>{html.escape(order.word(look['kind']))} · {html.escape(about)}"
        f" · {order.word('made')} {html.escape(when)} UTC</p>{left}</header>\n"
    )


def _prompts(look: dict[str, Any]) -> int:
    return len({shown["prompt"] for shown in look["exhibits"]})
