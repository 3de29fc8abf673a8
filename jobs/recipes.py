"""Recipes: named settings of a task, one TOML file each: shipped in jobs/recipes, one's own in the store's folder.

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

import json
import tomllib
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from jobs import folder
from storage.errors import BadInput, NotFound

SHIPPED = Path(__file__).parent / "recipes"

ABOUT = ("name", "dataset", "base", "recipe")
"""Fields that say what a run is about; how it is done, which a recipe tells, are all the others."""


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


def reserved(name: str) -> bool:
    """Whether a shipped recipe has that name: it stays as it is."""
    return name.lower() in {path.stem for path in SHIPPED.glob("*.toml")}


def find(name: str, own: Path | None = None) -> Recipe:
    """A shipped recipe by its name, one's own by its name in the folder `own`, or any by the path of its .toml file."""
    places = [SHIPPED] if own is None else [SHIPPED, own]
    files = [Path(name)] if name.endswith(".toml") else [place / f"{name}.toml" for place in places]
    for file in files:
        if file.is_file():
            return read(file)
    known = ", ".join(sorted(path.stem for place in places for path in place.glob("*.toml")))
    raise NotFound(f"There is no recipe “{name}”; there are: {known}; or give the path of a .toml file.")


def read(file: Path) -> Recipe:
    """The recipe in a TOML file; `BadInput` says what is wrong with it."""
    try:
        text = file.read_text(encoding="utf-8")
    except (UnicodeDecodeError, OSError) as error:
        raise BadInput(f"The recipe {file.name} cannot be read: {error}.") from error
    return parse(text, file.name)


def parse(text: str, called: str) -> Recipe:
    """The recipe in a TOML text.

    Args:
        called: the name of its file; errors speak of it.

    Raises:
        BadInput: it is no TOML, no recipe, or sets a field that is not there or cannot be so.
    """
    try:
        recipe = Recipe(name=called.removesuffix(".toml"), **tomllib.loads(text))
    except tomllib.TOMLDecodeError as error:
        raise BadInput(f"The recipe {called} cannot be read: {error}.") from error
    except (ValidationError, TypeError) as error:
        raise BadInput(f"The recipe {called} is not one: {_sentence(error)}.") from error
    for table in (recipe.settings, *recipe.on.values()):
        _check(recipe.task, table, called)
    return recipe


def usual(task: str) -> dict[str, Any]:
    """What the task itself does where no recipe says otherwise."""
    return {
        name: field.get_default(call_default_factory=True)
        for name, field in folder.task(task).model_fields.items()
        if name not in ABOUT
    }


def changed(task: str, values: dict[str, Any]) -> dict[str, Any]:
    """Of a task's values those that a recipe keeps: how it is done, where that differs from the task's own defaults."""
    return {name: values[name] for name, default in usual(task).items() if values.get(name, default) != default}


def written(recipe: Recipe) -> str:
    """The recipe as TOML, which `parse` reads back."""
    said = {key: getattr(recipe, key) for key in ("title", "about", "advice", "task")}
    tables = {"korean": recipe.korean, "settings": recipe.settings}
    tables |= {f"on.{_key(name)}": values for name, values in recipe.on.items()}
    lines = _lines({key: value for key, value in said.items() if value})
    for name, values in tables.items():
        if values or name == "settings":
            lines += ["", f"[{name}]", *_lines(values)]
    return "\n".join(lines) + "\n"


def _lines(values: dict[str, Any]) -> list[str]:
    return [f"{_key(key)} = {_value(value)}" for key, value in values.items()]


def _key(key: str) -> str:
    return key if key.isascii() and key.replace("_", "").replace("-", "").isalnum() else _value(key)


def _value(value: Any) -> str:
    """Numbers, switches, texts and lists of them are in TOML what they are in JSON, but for the DEL character."""
    return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007F")


def _check(task: str, values: dict[str, Any], called: str) -> None:
    kind = folder.task(task)
    for key in values:
        if key not in kind.model_fields:
            raise BadInput(f"The recipe {called} sets “{key}”, which is no field of {task}.")
    try:
        kind.model_validate(values)
    except ValidationError as error:
        for row in error.errors():
            if row["type"] != "missing":
                name, why = row["loc"][0], row["msg"][:1].lower() + row["msg"][1:]
                raise BadInput(
                    f"The recipe {called} sets “{name}” to {row['input']!r}, which cannot be: {why}."
                ) from error


def _sentence(error: Exception) -> str:
    if isinstance(error, ValidationError):
        first = error.errors()[0]
        return f"{'.'.join(str(part) for part in first['loc'])}: {first['msg']}"
    return str(error)
