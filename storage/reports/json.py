"""Everything that is known of an evaluation as JSON: settings, seeds, hashes, every score, the places."""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path

from storage.reports.report import Order, Report

TITLE, SUFFIX = "JSON", ".json"

FORMAT = "lora-studio/evaluation/1"
"""What stands in the file, so that a reader knows what it has."""


def write(report: Report, target: Path, order: Order) -> None:
    """Write it; numbers that are none are null, never NaN."""
    lead = asdict(report.lead) if report.lead else None
    ranked = {"weights": report.weights, "placed": [asdict(one) for one in report.placed], "lead": lead}
    curves = [asdict(curve) for curve in report.curves]
    document = {"format": FORMAT, **report.look, "ranking": ranked, "curves": curves}
    target.write_text(json.dumps(document, ensure_ascii=False, indent=1, allow_nan=False), encoding="utf-8")
