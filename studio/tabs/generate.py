"""Generate: words, a picture to start from, LoRAs on a mixing desk; everything made stays in the gallery."""

from __future__ import annotations

from typing import Any

import gradio as gr

from jobs import folder
from storage import bases, pictures, queue
from storage.database import Store
from storage.errors import BadInput
from storage.tables import Job
from studio import album, blends, form, giving, origins, sweeps, told
from studio.asking import ask
from studio.form import Form
from studio.parts import part
from studio.scene import QUIET, Scene
from studio.words import Words

ORDER, ICON = 40, "◉"
DRAWS = ("generate", "restyle", "describe", "sweep")
"""Tasks that a person waits for here."""

PICTURES = ("picture", "mask")
"""Fields that hold a picture's number; on the page 0 is none, so that programs need not name them."""


def draw(scene: Scene) -> None:
    """Prompt and picture on the left, the desk on the right, the gallery below."""
    words = scene.words
    fields = Form(scene, "generate", start=dict.fromkeys(PICTURES, 0))
    with gr.Row(elem_classes="columns", elem_id="bench"):
        with gr.Column(scale=7, min_width=320):
            with gr.Row(elem_id="prompt-row"):
                fields.widget("prompt", placeholder=words("generate.placeholder"), info=None)
                go = gr.Button(words("generate.go"), variant="primary", elem_id="generate-go", min_width=120, scale=0)
            part("tags", elem_id="tags")
            stage = part("stage", value=0, kind="integer", elem_id="stage")
        with gr.Column(scale=3, min_width=300, elem_id="side"):
            again = _side(scene, fields)
    gallery = part("film", value=0, kind="integer", elem_id="film")
    sweeps.draw(scene, fields)
    _wire(scene, fields, {"go": go, "film": gallery, "stage": stage} | again)

    def look_drawing(store: Store, project: int) -> list[dict[str, Any]]:
        """Drawing that waits, runs or has just failed, the oldest first."""
        return _drawing(store, words, project)

    scene.action(look_drawing)
    scene.action(ask_description)
    for room in (album, blends, giving, origins):
        room.declare(scene)


def _side(scene: Scene, fields: Form) -> dict[str, Any]:
    """The desk, the picture given with what is done to it, and the few settings that matter."""
    fields.widget("blend")
    fields.widget("picture")
    with gr.Group(elem_id="strength"):
        fields.widget("strength", info=None)
        with gr.Row(elem_classes="fields"):
            fields.widget("resize")
            captioner = _captioner(scene)
        fields.widget("mask")
        restyle = gr.Button(scene.words("give.restyle"), elem_id="restyle-go", elem_classes="behind")
    with gr.Row(elem_classes="fields"):
        for field in ("base", "count", "seed"):
            fields.widget(field)
    with gr.Row(elem_classes="fields", elem_id="size-row"):
        for field in ("width", "height"):
            fields.widget(field)
        part("sizes", elem_id="sizes")
    fields.widget("negative", lines=1, info=None)
    fields.rest()
    return {"captioner": captioner, "restyle": restyle, "fill": part("keep", value={}, elem_id="generate-fill")}


def _captioner(scene: Scene) -> gr.HTML:
    info = folder.task("restyle").model_fields["captioner"]
    named = form.label(scene.words, "restyle", "captioner", info)
    return part("pick", value="mini", elem_id="describe-with", label=named, options=[], source="captioners", help="")


def _wire(scene: Scene, fields: Form, parts: dict[str, Any]) -> None:
    widgets, store = fields.inputs(), scene.store

    def generate(project: int, **values: Any) -> int:
        """Draw pictures; answers the job's number."""
        task = fields.read(_whole(values))
        bases.named(store, values["base"])
        return ask(scene, "generate", task, project)

    def restyle(project: int, captioner: str = "mini", **values: Any) -> int:
        """Describe a picture and draw it again with these settings; answers the job's number."""
        if not values.get("picture"):
            raise BadInput("There is no picture to redraw. Drop one on “Start from” first.")
        values = _whole(values) | {"captioner": captioner, "prompt": ""}
        task = form.read(folder.task("restyle"), "restyle", values, scene.words)
        bases.named(store, values["base"])
        return ask(scene, "restyle", task, project)

    def restore(picture: int) -> list[Any]:
        return fields.show(album.settings_of(store, picture)) if picture else fields.show({})

    def fill(values: dict[str, Any]) -> list[Any]:
        return fields.show(values or {})

    asked: dict[str, Any] = {"outputs": parts["stage"], "show_progress": "hidden", "trigger_mode": "multiple"}
    place = {"project": scene.place}
    told_page = {"js": "() => studio.asked('generate')", "api_visibility": "private"}
    parts["go"].click(
        scene.spoken(generate), inputs_kwargs=place | widgets, api_name="generate", **asked
    ).success(None, **told_page)  # fmt: skip
    parts["restyle"].click(
        scene.spoken(restyle), inputs_kwargs=place | widgets | {"captioner": parts["captioner"]}, api_name="restyle", **asked
    ).success(None, **told_page)  # fmt: skip
    parts["film"].select(scene.spoken(restore), parts["film"], list(widgets.values()), **QUIET)
    parts["fill"].submit(scene.spoken(fill), parts["fill"], list(widgets.values()), **QUIET)


def _whole(values: dict[str, Any]) -> dict[str, Any]:
    """The values of the form with None where no picture is given."""
    return values | {field: values.get(field) or None for field in PICTURES}


def _drawing(store: Store, words: Words, project: int) -> list[dict[str, Any]]:
    rows = sorted((row for name in DRAWS for row in _recent(store, project, name)), key=lambda row: row.id)
    newest = rows[-1].id if rows else 0
    shown = [row for row in rows if row.state in ("queued", "running") or (row.id == newest and row.state == "failed")]
    return [told.brief(words, row) | {"prompt": _prompt(row)} for row in shown]


def _recent(store: Store, project: int, task: str) -> list[Job]:
    return queue.recent(store, project, task=task, limit=20)


def _prompt(row: Job) -> str:
    """The words of a request, once a model has found them where a person gave none."""
    return str(row.result.get("prompt") or row.request.get("prompt") or "")


def ask_description(store: Store, project: int, picture: int, captioner: str, blend: list[dict[str, Any]]) -> int:
    """Let a captioner describe a picture, with the trigger words of LoRAs in front; answers the job, for `look_job`."""
    pictures.get(store, picture)
    task = folder.task("describe").model_validate({"picture": picture, "captioner": captioner, "blend": blend})
    return queue.add(store, project, "describe", task, task.title(), task.lane).id
