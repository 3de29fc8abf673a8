"""The end of a report: how each metric is defined, every setting, every seed, and the hashes of all that went in."""

from __future__ import annotations

import html
from collections.abc import Iterable
from typing import Any

from storage.reports.report import Order, Report

OF_KIND = {
    "blends": ("pairs",),
    "job": ("checkpoints",),
    "lora": ("weights", "blend"),
    "other": ("blend",),
    "weights": ("weights", "blend"),
    "resolutions": ("resolutions",),
    "training": ("resolutions",),
    "folders": ("folder",),
}
"""Fields of a request that only some kinds of evaluation look at."""

TOLD = ("prompts", "seed", "seeds", "job")
"""Fields that are told elsewhere in the report, or are a number of the studio's own."""


def measured(report: Report, order: Order) -> str:
    """Each metric with its definition, its model, and why it was not measured where it was not."""
    heads = "".join(f"<th>{order.word(word)}</th>" for word in ("metric", "definition", "model"))
    body = "".join(_metric(metric, order) for metric in report.metrics)
    return f'<h2>{order.word("how")}</h2><div class="wide"><table><tr>{heads}</tr>{body}</table></div>\n'


def _metric(metric: dict[str, Any], order: Order) -> str:
    problem = order.say(metric.get("problem") or "")
    said = f'<small class="attention">{order.word("problem")}: {html.escape(problem)}</small>' if problem else ""
    definition = html.escape(order.say(metric.get("definition", "")))
    cells = (
        html.escape(order.metric(metric["name"], metric["title"])),
        definition + said,
        f"<code>{html.escape(metric.get('model', ''))}</code>",
    )
    return f"<tr>{''.join(f'<td>{cell}</td>' for cell in cells)}</tr>"


def settings(report: Report, order: Order) -> str:
    """What was asked, the prompts, the seeds, and the versions of what computed it."""
    kind = report.look["kind"]
    asked = {name: value for name, value in report.look["request"].items() if kind in OF_KIND.get(name, (kind,))}
    rows = [
        (order.label(name), order.word(kind) if name == "kind" else _plain(_named(name, value, report)))
        for name, value in asked.items()
        if name not in TOLD and value not in ("", 0, [], {}, None)
    ]
    seeds = ", ".join(str(seed) for seed in report.facts.get("seeds", []))
    rows += [(order.word("seeds"), seeds)] if seeds else []
    rows += [(f"{order.word('versions')}: {name}", version) for name, version in _pairs(report.facts.get("versions"))]
    prompts = "".join(f"<li>{html.escape(prompt)}</li>" for prompt in report.facts.get("prompts", []))
    listed = f"<h3>{order.word('prompts')}</h3><ol>{prompts}</ol>" if prompts else ""
    return f"<h2>{order.word('settings')}</h2>{_table(rows)}{listed}\n"


def hashes(report: Report, order: Order) -> str:
    """The base's fingerprint and the SHA-256 of each LoRA, reference and picture."""
    references = report.facts.get("references") or {}
    rows = [(order.word("base"), str(report.facts.get("base", "")))]
    loras = {part.get("file", ""): part["name"] for one in report.contestants for part in one["blend"]}
    rows += [(name, file) for file, name in loras.items() if file]
    rows += [(order.word("held_out"), file) for file in references.get("held_out", [])]
    rows += [(order.word("training"), file) for file in references.get("training", [])]
    shown = (one["file"] for one in report.look["exhibits"])
    rows += [(order.word("picture"), file) for file in dict.fromkeys(shown)]
    said = [(name, file.partition(".")[0]) for name, file in rows if file]
    return f"<details><summary>{order.word('hashes')}</summary>{_table(said)}</details>\n"


def _pairs(value: Any) -> Iterable[tuple[str, str]]:
    return [(str(name), str(version)) for name, version in (value or {}).items()]


def _named(field: str, value: Any, report: Report) -> Any:
    """The setting with LoRAs by their names in the place of their numbers."""
    names = {part["lora"]: part["name"] for one in report.contestants for part in one["blend"]}
    if field in ("lora", "other"):
        return names.get(value, value)
    if field == "blends":
        return [[part | {"lora": names.get(part["lora"], part["lora"])} for part in blend] for blend in value]
    return value


def _plain(value: Any) -> str:
    """A setting as a person reads it: LoRAs with their weights, lists with commas."""
    if isinstance(value, dict):
        if "lora" in value:
            return f"{value['lora']} ({value.get('weight', 1):g})"
        return ", ".join(f"{name} {_plain(one)}" for name, one in value.items())
    if isinstance(value, list):
        return (" | " if any(isinstance(one, list) for one in value) else ", ").join(_plain(one) for one in value)
    return f"{value:g}" if isinstance(value, float) else str(value)


def _table(rows: Iterable[tuple[str, str]]) -> str:
    body = "".join(
        f"<tr><td>{html.escape(name)}</td><td><code>{html.escape(value)}</code></td></tr>" for name, value in rows
    )
    return f'<div class="wide"><table>{body}</table></div>'
