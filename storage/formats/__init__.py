"""The layouts of data sets that other tools read and write, one file each.

Each module has `TITLE`; `recognises(names)`, whether these file names look like it;
`read(sources)`, the `Row`s it finds; and `write(items, title)`, the files it is made
of. A new layout is a new file here; it is tested by being there.
"""

from __future__ import annotations

import importlib
import pkgutil
from types import ModuleType

from storage.errors import BadInput

PREFERENCE = ("identity", "kohya", "metadata_jsonl", "metadata_csv", "captions_json", "text_files", "pictures")
"""In this order a layout is recognised: the more particular first. New layouts come before all of them."""


def names() -> list[str]:
    """Every layout, in the order in which they are tried."""
    found = [
        module.name
        for module in pkgutil.iter_modules(__path__)
        if not module.name.startswith("_") and module.name != "row"
    ]
    return sorted(found, key=lambda name: PREFERENCE.index(name) if name in PREFERENCE else -1)


def get(name: str) -> ModuleType:
    """The layout of that name. `BadInput` says which there are."""
    if name not in names():
        raise BadInput(f"There is no data-set format “{name}”. Use one of: {', '.join(names())}.")
    return importlib.import_module(f"storage.formats.{name}")


def recognise(files: list[str]) -> str:
    """The layout that files of these names are in."""
    return next(name for name in names() if get(name).recognises(files))
