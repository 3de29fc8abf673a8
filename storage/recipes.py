"""One's own recipes: a TOML file each in the store's folder. What stands in them is jobs' affair (jobs/recipes.py)."""

from __future__ import annotations

from pathlib import Path

from storage.database import Store
from storage.errors import BadInput, NotFound
from storage.files import beside
from storage.names import clean

GONE = ".deleted"
"""Suffix of a recipe that was deleted and can come back."""


def folder(store: Store) -> Path:
    """Where they lie; it need not be there yet."""
    return store.home / "recipes"


def names(store: Store) -> list[str]:
    """The names of one's own recipes, in alphabetical order."""
    return sorted(path.stem for path in folder(store).glob("*.toml") if not path.name.startswith("."))


def path(store: Store, name: str) -> Path:
    """The file of a recipe; `NotFound` says which there are."""
    file = folder(store) / f"{_proper(name)}.toml"
    if not file.is_file():
        known = ", ".join(names(store)) or "none yet"
        raise NotFound(f"There is no recipe of your own called “{name}” (there are: {known}).")
    return file


def keep(store: Store, name: str, text: str, over: bool = False) -> str:
    """Write a recipe beside and rename it; returns its name.

    Args:
        over: whether one of that name may be replaced.

    Raises:
        BadInput: the name cannot be one, or is taken.
    """
    name = _proper(name)
    if not over:
        _free(store, name)
    with beside(folder(store) / f"{name}.toml") as temporary:
        temporary.write_text(text, encoding="utf-8")
    return name


def rename(store: Store, name: str, new: str) -> str:
    """Give a recipe another name; returns it. `BadInput` if that is taken."""
    old, new = path(store, name), _proper(new)
    if new != name:
        if new.lower() != name.lower():
            _free(store, new)
        old.rename(folder(store) / f"{new}.toml")
    return new


def drop(store: Store, name: str) -> None:
    """Delete a recipe; `restore` brings it back."""
    file = path(store, name)
    file.replace(file.with_name(file.name + GONE))


def restore(store: Store, name: str) -> None:
    """Bring a deleted recipe back. `BadInput` if another has its name by now."""
    name = _proper(name)
    file = folder(store) / f"{name}.toml{GONE}"
    if not file.is_file():
        raise NotFound(f"The recipe “{name}” cannot be brought back: it is not there any more.")
    _free(store, name)
    file.rename(folder(store) / f"{name}.toml")


def _proper(name: str) -> str:
    """A name that a file may have; some file systems take `Fox` and `fox` for one, so no two differ in that alone."""
    name = clean(name, "A recipe")
    if name.startswith(".") or name.lower().endswith(".toml") or any(sign in name for sign in '<>:"|?*'):
        raise BadInput(
            f"A recipe cannot be called “{name}”: its name is a file's name, without a dot in front, .toml behind, "
            'or any of < > : " | ? *. Choose another name.'
        )
    return name


def _free(store: Store, name: str) -> None:
    taken = next((other for other in names(store) if other.lower() == name.lower()), None)
    if taken:
        raise BadInput(f"There is a recipe called “{taken}” already. Choose another name, or replace that one.")
