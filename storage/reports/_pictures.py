"""The pictures of a report, side by side: the same prompt and seed in a row, each contestant's with its figures."""

from __future__ import annotations

import base64
import html
import io
from collections.abc import Iterator
from functools import cache
from typing import Any

from PIL import Image as Pictures

from storage import uploads
from storage.errors import BadPicture
from storage.files import Files
from storage.reports.report import Order, Report, figure

SIDES = ((60, 336), (240, 224), (1000, 160))
"""Up to so many pictures: this many pixels of the longer side; more than all of them `LEAST`."""

LEAST, NEAR, QUALITY = 96, 112, 82


def pairs(report: Report, order: Order) -> Iterator[str]:
    """A row for each prompt and seed; what the first contestant's picture is most like among the training pictures beside
    each. Told how far it is after each row."""
    shown = report.look["exhibits"]
    if not shown:
        return
    side = next((side for most, side in SIDES if len(shown) <= most), LEAST)
    rows: dict[int, list[dict[str, Any]]] = {}
    for one in shown:
        rows.setdefault(one["number"], []).append(one)
    names = {one["place"]: one["name"] for one in report.contestants}
    embed = _embedder(report.files)
    yield f"<h2>{order.word('pictures')}</h2>\n"
    for done, number in enumerate(sorted(rows)):
        order.progress(done, len(rows))
        first = rows[number][0]
        said = f"{html.escape(first['prompt'])} <small>{order.word('seed')} {first['seed']}</small>"
        figures = "".join(
            _shown(report, one, names[one["place"]], embed(one["file"], side), order) for one in rows[number]
        )
        near = "".join(_near(file, embed(file, NEAR), order) for file in _nearest(rows[number]))
        yield f'<div class="group"><h3>{said}</h3><div class="shown">{figures}{near}</div></div>\n'
    order.progress(len(rows), len(rows))


def _nearest(row: list[dict[str, Any]]) -> list[str]:
    return list(dict.fromkeys(one["nearest"] for one in row if one["nearest"]))


def _shown(report: Report, one: dict[str, Any], name: str, source: str, order: Order) -> str:
    said = " · ".join(f"{report.title(metric, order)} {figure(value)}" for metric, value in one["scores"].items())
    image = _image(source, one["prompt"], order)
    return f"<figure>{image}<figcaption><b>{html.escape(name)}</b><br>{html.escape(said)}</figcaption></figure>"


def _near(file: str, source: str, order: Order) -> str:
    said = order.word("nearest")
    return f'<figure class="near">{_image(source, file, order)}<figcaption>{html.escape(said)}</figcaption></figure>'


def _image(source: str, alt: str, order: Order) -> str:
    if not source:
        return f'<div class="none">{order.word("gone")}</div>'
    return f'<img alt="{html.escape(alt)}" src="{source}">'


def _embedder(files: Files) -> Any:
    """Makes a picture of the store a data URI of at most so many pixels a side; '' where it is gone."""

    @cache
    def embed(file: str, side: int) -> str:
        try:
            picture = uploads.read(files.path(file))
        except (OSError, BadPicture):
            return ""
        picture.thumbnail((side, side), Pictures.Resampling.LANCZOS)
        content = io.BytesIO()
        picture.save(content, "WEBP", quality=QUALITY, method=4)
        return f"data:image/webp;base64,{base64.b64encode(content.getvalue()).decode()}"

    return embed
