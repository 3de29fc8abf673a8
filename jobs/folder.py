"""A folder as a registry: what is in it is known without importing it.

The folders `tasks`, `families`, `captioners`, … hold one thing a file, and the
file's name is the thing's name. Left out are files whose name begins with `_`
and the folder's contract (a file that defines an abstract class).
"""

from __future__ import annotations

import ast
from functools import cache
from importlib import import_module
from importlib.util import find_spec
from inspect import isabstract
from pathlib import Path
from types import ModuleType
from typing import TypeVar

from jobs.task import Task
from storage.errors import NotFound

Kind = TypeVar("Kind")


@cache
def names(package: str) -> dict[str, str]:
    """Name → first line of the docstring of each thing in `package` (e.g. `jobs.tasks`), in alphabetical order."""
    spec = find_spec(package)
    if spec is None or not spec.submodule_search_locations:
        raise NotFound(f"There is no folder “{package}”.")
    found = {}
    for folder in spec.submodule_search_locations:
        for file in Path(folder).glob("[!_]*.py"):
            tree = ast.parse(file.read_text(encoding="utf-8"))
            if not _is_contract(tree):
                found[file.stem] = (ast.get_docstring(tree) or "").partition("\n")[0]
    return dict(sorted(found.items()))


def load(package: str, name: str) -> ModuleType:
    """Import the file `name` of `package`; `NotFound` names what there is."""
    known = names(package)
    if name not in known:
        kind = package.rpartition(".")[2]
        raise NotFound(f"There is no “{name}” among the {kind}; there are: {', '.join(known) or 'none'}.")
    return import_module(f"{package}.{name}")


def find(package: str, name: str, kind: type[Kind]) -> type[Kind]:
    """The one concrete subclass of `kind` that the file `name` of `package` defines."""
    module = load(package, name)
    own = (value for value in vars(module).values() if isinstance(value, type) and value.__module__ == module.__name__)
    for value in own:
        if issubclass(value, kind) and not isabstract(value):
            return value
    raise NotFound(f"{module.__name__} defines no {kind.__name__}.")


def task(name: str) -> type[Task]:
    """The kind of request of that name: a file of jobs/tasks."""
    return find("jobs.tasks", name, Task)


def _is_contract(tree: ast.Module) -> bool:
    classes = (node for node in tree.body if isinstance(node, ast.ClassDef))
    bases = {ast.unparse(base).rpartition(".")[2].partition("[")[0] for node in classes for base in node.bases}
    return bool(bases & {"ABC", "Protocol"})
