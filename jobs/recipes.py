"""Recipes: named settings of a task, one TOML file each in jobs/recipes.

title = "Style"                 how people call it
about = "Learns how …"          one sentence
advice = "10 to 100 pictures …" what to give it, in a sentence or two
task = "train"                  whose fields are set

[korean]                        title, about and advice in Korean

[settings]                      fields of the task
steps = 300

[on.mini]                       what differs on one family or one base model
learning_rate = 1e-3
"""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from jobs import folder
from storage.errors import BadInput, NotFound

SHIPPED = Path(__file__).parent / "recipes"


class Recipe(BaseModel):
    """Settings that go well together, for one kind of task."""

    model_config = ConfigDict(extra="forbid")
    name: str
    title: str = ""
    about: str = ""
    advice: str = ""
    korean: dict[str, str] = Field({}, description="title, about and advice in Korean.")
    task: str = "train"
    settings: dict[str, Any] = {}
    on: dict[str, dict[str, Any]] = Field({}, description="Settings that differ, by family or base model.")

    def values(self, base: str = "", family: str = "") -> dict[str, Any]:
        """The fields it sets for a base model: the base's own word counts most, then its family's."""
        return self.settings | self.on.get(family, {}) | self.on.get(base, {})


def names(task: str = "train") -> dict[str, Recipe]:
    """The shipped recipes of a task, by name."""
    recipes = (read(file) for file in sorted(SHIPPED.glob("*.toml")))
    return {recipe.name: recipe for recipe in recipes if recipe.task == task}


def find(name: str) -> Recipe:
    """A shipped recipe by its name, or any by the path of its .toml file."""
    file = Path(name) if name.endswith(".toml") else SHIPPED / f"{name}.toml"
    if not file.is_file():
        known = ", ".join(sorted(path.stem for path in SHIPPED.glob("*.toml")))
        raise NotFound(f"There is no recipe “{name}”; there are: {known}; or give the path of a .toml file.")
    return read(file)


def read(file: Path) -> Recipe:
    """The recipe in a TOML file; `BadInput` says what is wrong with it."""
    try:
        recipe = Recipe(name=file.stem, **tomllib.loads(file.read_text(encoding="utf-8")))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError, OSError) as error:
        raise BadInput(f"The recipe {file.name} cannot be read: {error}.") from error
    except (ValidationError, TypeError) as error:
        raise BadInput(f"The recipe {file.name} is not one: {_sentence(error)}.") from error
    known = folder.task(recipe.task).model_fields
    for table in (recipe.settings, *recipe.on.values()):
        for key in table:
            if key not in known:
                raise BadInput(f"The recipe {file.name} sets “{key}”, which is no field of {recipe.task}.")
    return recipe


def _sentence(error: Exception) -> str:
    if isinstance(error, ValidationError):
        first = error.errors()[0]
        return f"{'.'.join(str(part) for part in first['loc'])}: {first['msg']}"
    return str(error)
