"""One file a tab. A file names its `ORDER` and its `ICON` and draws itself with `draw(scene)`."""

from __future__ import annotations

from importlib import import_module
from pathlib import Path
from types import ModuleType


def all() -> list[ModuleType]:
    """The tabs in their order; the file's name is the tab's name."""
    files = sorted(Path(__file__).parent.glob("[!_]*.py"))
    return sorted((import_module(f"studio.tabs.{file.stem}") for file in files), key=lambda tab: tab.ORDER)


def name(tab: ModuleType) -> str:
    """The tab's name, as in its file and in the address `?tab=…`."""
    return tab.__name__.rpartition(".")[2]
