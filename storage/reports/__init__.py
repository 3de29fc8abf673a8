"""An evaluation as a file to keep and to send: a web page that holds all of it, a table, JSON; one file a kind.

Each module has `TITLE`; `SUFFIX` of its file; and `write(report, target, order)`. A new kind is a new file here; it is
tested by being there.
"""

from __future__ import annotations

import importlib
import pkgutil
from pathlib import Path
from types import ModuleType

from storage import evaluations, sources
from storage.database import Store
from storage.errors import BadInput
from storage.files import beside
from storage.formats.row import safe
from storage.reports.report import Order, Report

__all__ = ["Order", "Report", "export", "file_name", "get", "names"]


def names() -> list[str]:
    """Every kind."""
    found = (module.name for module in pkgutil.iter_modules(__path__))
    return sorted(name for name in found if not name.startswith("_") and name != "report")


def get(name: str) -> ModuleType:
    """The kind of that name. `BadInput` says which there are."""
    if name not in names():
        raise BadInput(f"A report cannot be written as “{name}”. Use one of: {', '.join(names())}.")
    return importlib.import_module(f"storage.reports.{name}")


def file_name(store: Store, evaluation_id: int, name: str) -> str:
    """What the file of an evaluation is called: `Which checkpoint.html`."""
    return f"{safe(evaluations.get(store, evaluation_id).name) or 'evaluation'}{get(name).SUFFIX}"


def export(store: Store, evaluation_id: int, name: str, target: Path, order: Order | None = None) -> Path:
    """Write an evaluation to `target`, which appears there once it is whole; returns it.

    Raises:
        BadInput: there is no such kind, nothing is judged yet, or `target` cannot be written.
        NotFound: there is no such evaluation.
    """
    kind, order = get(name), order or Order()
    report = Report.of(store, evaluation_id, order)
    if not any(one["totals"] for one in report.contestants):
        raise BadInput(f"Nothing is judged yet in “{report.look['name']}”. Wait until the evaluation has ended.")
    try:
        with beside(target) as temporary:
            kind.write(report, temporary, order)
    except OSError as error:
        raise BadInput(f"{target} cannot be written ({sources.reason(error)}). Choose another place.") from error
    return target
