"""Grids on the Generate tab: two settings and their values, the grid as it grows; and the pad that blends by a click."""

from __future__ import annotations

from typing import Any

import gradio as gr
from pydantic import ValidationError

from jobs import folder
from jobs.planning import axes as written
from storage import bases, loras, pictures, queue
from storage.database import Store
from storage.errors import BadInput, StudioError
from storage.tables import Lora
from studio import told
from studio.asking import ask
from studio.form import Form
from studio.parts import part
from studio.scene import Scene

LORAS, STEPS = "lora", "checkpoints"
"""Settings of a side whose values are LoRAs: several by name, or those of one run."""


GIVEN = ("picture", "mask")
"""Fields of a request that are 0 where nothing is given."""


def draw(scene: Scene, form: Form) -> None:
    """The two folds, below a form whose fields are all drawn."""
    words = scene.words
    with gr.Accordion(words("sweep.title"), open=False, elem_classes="fold", elem_id="sweep-fold"):
        sides = part("sweep", value={}, kind="object", elem_id="sweep")
        shown = part("sweep-grid", value=0, kind="integer", elem_id="sweep-grid")
    with gr.Accordion(words("pad.title"), open=False, elem_classes="fold", elem_id="pad-fold"):
        part("pad", elem_id="pad")

    def sweep(project: int, axes: dict[str, Any], **values: Any) -> int:
        """Draw a grid over two settings: `axes` are {x, y}, each {setting, values, lora, title, labels}. Answers the job's number."""
        values |= {field: values.get(field) or None for field in GIVEN}
        form.read(values)
        bases.named(scene.store, values["base"])
        sides = {side: axis for side in "xy" if (axis := axes.get(side))}
        try:
            task = folder.task("sweep")(**values | {"count": 1} | sides)
        except ValidationError as error:
            said = error.errors()[0]["msg"].removeprefix("Value error, ")
            raise BadInput(f"This grid {said}.") from error
        return ask(scene, "sweep", task, project)

    def look_sweep(store: Store, project: int, job: int = 0) -> dict[str, Any]:
        """A grid (0: the project's newest): its sides, the pictures that are there by their place, the whole once it is done."""
        rows = queue.recent(store, project, task="sweep", limit=1) if not job else [queue.get(store, job)]
        if not rows:
            return {}
        row = rows[0]
        drawn = [one for one in pictures.of_job(store, row.id) if one.kind in ("made", "grid")]
        cells = {str(one.step): {"id": one.id, "file": one.file} for one in drawn if one.kind == "made"}
        grid = next((one.file for one in drawn if one.kind == "grid"), "")
        asked = {side: row.request.get(side) for side in "xy"}
        return told.brief(words, row) | asked | {"cells": cells, "grid": grid}

    def read_axis(store: Store, project: int, setting: str, said: str, lora: int = 0) -> dict[str, Any]:
        """One side of a grid from what a person wrote, as `sweep` takes it: `0..1 by 0.25`, `10, 20`, names of LoRAs.

        `setting` is a field of `generate`, `weight` (of `lora`), `lora`, or `checkpoints` (of the run that `lora` came
        from). What cannot be read is answered as {wrong}, for it is asked while a person still types.
        """
        try:
            return _axis(store, project, setting, said, lora)
        except StudioError as error:
            return {"wrong": words.error(str(error))}

    sides.submit(
        scene.spoken(sweep),
        inputs_kwargs={"project": scene.place, "axes": sides, **form.inputs()},
        outputs=shown,
        api_name="sweep",
        show_progress="hidden",
    ).success(None, js="() => studio.asked('sweep')", api_visibility="private")
    for fn in (look_sweep, read_axis):
        scene.action(fn)


def _axis(store: Store, project: int, setting: str, said: str, lora: int) -> dict[str, Any]:
    if setting == STEPS:
        row = loras.get(store, lora)
        rows = loras.of_job(store, row.job_id) if row.job_id else [row]
        return _of_loras(rows, [str(one.step) for one in rows]) | {"title": row.name}
    if setting == LORAS:
        rows = [loras.named(store, project, name) for name in written.split(said)]
        return _of_loras(rows, [row.name for row in rows])
    found: dict[str, Any] = {"setting": setting, "values": written.values(setting, said), "labels": []}
    if setting == "weight" and lora:
        found |= {"lora": lora, "title": loras.get(store, lora).name}
    return found


def _of_loras(rows: list[Lora], labels: list[str]) -> dict[str, Any]:
    return {"setting": LORAS, "values": [row.id for row in rows], "labels": labels}
