"""The demonstration project: drawn pictures to work with, a LoRA already trained by the recipe, and a storyboard."""

from __future__ import annotations

import json
import shutil
import tempfile
from pathlib import Path

from PIL import Image as Pictures

from door.rehearsal import CAPTIONED, draw_set
from mini.examples import person_set
from storage import boardin, boards, datasets, imports, loras, projects, queue
from storage.database import Store
from storage.settings import PROJECT
from storage.tables import Project

SHIPPED = PROJECT / "models" / "demo"
"""What `app.py demo-lora` wrote: a LoRA, its preview, and how it was made."""

SCRIPT, BOARD = SHIPPED / "storyboard.fountain", SHIPPED / "storyboard.zip"
"""A short script, and what `app.py demo-board` drew of it."""

NAME, UNFINISHED = "Demo", "Demo (being made)"

STYLE, PERSON = "watercolor", "Juniper"
"""A style and a person that the bundled model never saw."""

PICTURES = 12
"""Of each data set."""


def ensure(store: Store) -> Project:
    """The demonstration project, made if there is none; one that was broken off is finished, an older one gets its board."""
    found = projects.named(store, NAME)
    if found is not None:
        _bring_board(store, found)
        return found
    project = projects.named(store, UNFINISHED) or _place(store)
    with tempfile.TemporaryDirectory() as folder:
        draw_set(STYLE, PICTURES, Path(folder) / STYLE)
        _draw_person(Path(folder) / PERSON.lower())
        for place in sorted(Path(folder).iterdir()):
            _bring(store, project, place)
    keep_lora(store, project)
    _bring_board(store, project)
    projects.rename(store, project.id, NAME)
    return projects.get(store, project.id)


def _place(store: Store) -> Project:
    """The first project where nothing was ever done in it, so that the page opens on the demonstration; else a new one."""
    first = projects.first(store)
    if datasets.all(store, first.id) or queue.recent(store, limit=1) or len(projects.all(store)) > 1:
        return projects.create(store, UNFINISHED)
    name = first.name
    projects.rename(store, first.id, UNFINISHED)
    projects.create(store, name)
    return first


def _draw_person(place: Path) -> None:
    place.mkdir()
    for number, (name, picture, words) in enumerate(person_set(PERSON, PICTURES)):
        picture.save(place / name)
        if number < round(PICTURES * CAPTIONED):
            (place / name).with_suffix(".txt").write_text(words + "\n", encoding="utf-8")


def _bring(store: Store, project: Project, place: Path) -> None:
    known = {row.name: row for row in datasets.all(store, project.id)}
    row = known.get(place.name) or datasets.create(store, project.id, place.name, trigger=place.name.upper())
    imports.bring(store, row.id, [place])


def keep_lora(store: Store, project: Project) -> None:
    """Put the shipped LoRA into the project's library, with where it came from in its settings."""
    file = SHIPPED / f"{STYLE}.safetensors"
    if not file.is_file() or any(row.name == STYLE for row in loras.all(store, project.id)):
        return
    facts = json.loads(file.with_suffix(".json").read_text(encoding="utf-8"))
    preview = store.files.add_file(file.with_suffix(".png"))
    with Pictures.open(file.with_suffix(".png")) as picture:
        store.files.keep_thumbnail(preview, picture.convert("RGB"))
    loras.add(store, project.id, file, preview=preview, **facts)


def _bring_board(store: Store, project: Project) -> None:
    """The shipped storyboard, once, also where it was deleted since; what it was made by stands in its settings."""
    if BOARD.is_file() and not boards.any_ever(store, project.id):
        boardin.bring(store, project.id, BOARD)


def ship(made: Path, preview: Path, facts: dict[str, object]) -> Path:
    """Put a trained LoRA, its preview and its row's facts where `ensure` finds them; returns the LoRA's file."""
    SHIPPED.mkdir(parents=True, exist_ok=True)
    file = SHIPPED / f"{STYLE}.safetensors"
    shutil.copyfile(made, file)
    with Pictures.open(preview) as picture:
        picture.convert("RGB").save(file.with_suffix(".png"), optimize=True)
    text = json.dumps(facts, indent=1, ensure_ascii=False)
    file.with_suffix(".json").write_text(text + "\n", encoding="utf-8")
    return file
