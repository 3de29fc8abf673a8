"""Recipes on the page: the shipped ones and one's own, which are kept, renamed, deleted, taken out and brought in."""

from __future__ import annotations

from typing import Any

from jobs import recipes
from jobs.recipes import Recipe
from jobs.task import Task
from storage import bases
from storage import recipes as own
from storage.database import Store
from storage.errors import BadInput, StudioError
from studio.scene import Scene
from studio.words import Words


def declare(scene: Scene) -> None:
    """Offer what can be done with recipes."""
    words = scene.words

    def list_recipes(store: Store) -> list[dict[str, Any]]:
        """The recipes for training, the shipped ones first: name, title, one sentence, advice, whether it is one's own."""
        shipped = [_card(row, words.language) for row in recipes.names("train").values()]
        return shipped + [_own_card(store, words, name) for name in own.names(store) if not recipes.reserved(name)]

    for fn in (list_recipes, recipe_text, import_recipe, rename_recipe, delete_recipe, restore_recipe):
        scene.action(fn)


def find(store: Store, name: str) -> Recipe:
    """A shipped recipe or one's own, by name."""
    if name.endswith(".toml"):
        raise BadInput(f"“{name}” is a file. Import it first, then choose it by its name.")
    return recipes.find(name, own.folder(store))


def settings(store: Store, name: str, base: str) -> dict[str, Any]:
    """All that a recipe says for a base model, and the task's own defaults where it is silent."""
    recipe = find(store, name)
    if recipe.task != "train":
        raise BadInput(f"The recipe {recipe.name} is one for {recipe.task}; choose one for train.")
    return recipes.usual("train") | recipe.values(base=base, family=family(store, base))


def family(store: Store, base: str) -> str:
    """The family of the base model of that name, or '' where there is none."""
    try:
        return bases.named(store, base).family
    except StudioError:
        return ""


def keep(store: Store, name: str, about: str, task: Task, over: bool = False) -> str:
    """Make a recipe of one's own of how a task is done; returns its name."""
    said = Recipe(name=name, about=" ".join(about.split()), settings=recipes.changed("train", task.model_dump()))
    return own.keep(store, _own(name), recipes.written(said), over)


def recipe_text(store: Store, name: str) -> str:
    """A recipe as a TOML text, to be kept in a file or given to somebody."""
    return recipes.written(find(store, name))


def import_recipe(store: Store, text: str, name: str, over: bool = False) -> str:
    """Make a recipe of one's own of a TOML text; `name` may end in .toml; answers how it is called."""
    name = name.removesuffix(".toml")
    found = recipes.parse(text, f"{name}.toml")
    if found.task != "train":
        raise BadInput(f"The recipe {name} is one for {found.task}; choose one for train.")
    return own.keep(store, _own(name), recipes.written(found), over)


def rename_recipe(store: Store, name: str, new: str) -> str:
    """Give a recipe of one's own another name."""
    return own.rename(store, name, _own(new))


def delete_recipe(store: Store, name: str) -> None:
    """Delete a recipe of one's own; `restore_recipe` brings it back."""
    own.drop(store, name)


def restore_recipe(store: Store, name: str) -> None:
    """Bring a deleted recipe back."""
    own.restore(store, name)


def _own(name: str) -> str:
    """A name that one's own recipe may have."""
    name = name.strip()
    if recipes.reserved(name):
        raise BadInput(f"The recipe “{name}” comes with the studio and stays as it is. Choose another name.")
    return name


def _card(row: Recipe, language: str) -> dict[str, Any]:
    told = {"title": row.title, "about": row.about, "advice": row.advice}
    spoken = row.korean if language == "ko" else {}
    return {"name": row.name, "own": False} | told | {key: value for key, value in spoken.items() if value}


def _own_card(store: Store, words: Words, name: str) -> dict[str, Any]:
    """One's own recipe; of a file that is none, what is wrong with it."""
    try:
        card = _card(find(store, name), words.language)
    except StudioError as error:
        card = {"name": name, "about": words.error(str(error)), "advice": "", "broken": True}
    return card | {"title": name, "own": True}
