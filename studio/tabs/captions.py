"""Captions: let a model describe the pictures, then correct what it says."""

from __future__ import annotations

from typing import Any

import gradio as gr

from storage import queue
from storage.database import Store
from studio import bulk, pen, told
from studio.asking import ask
from studio.form import Form
from studio.parts import part
from studio.scene import Scene

ORDER, ICON = 20, "¶"


def draw(scene: Scene) -> None:
    """The auto-captioner in a line above, then picture and words."""
    words = scene.words
    form = Form(scene, "caption", choices={"captioner": "captioners"})
    with gr.Column(elem_id="auto"):
        with gr.Row(elem_id="auto-row"):
            form.widget("dataset")
            form.widget("captioner")
            form.widget("which")
            go = gr.Button(words("captions.go"), variant="primary", elem_id="caption-go", scale=0, min_width=120)
        form.widget("images")
        with gr.Accordion(words("captions.how"), open=False, elem_classes="fold", elem_id="auto-more"):
            form.widget("put_trigger")
            form.rest(fold=False)
    part("pen", elem_id="pen")

    def caption(project: int, **fields: Any) -> int:
        """Have a model describe a data set's pictures; answers the job's number."""
        return ask(scene, "caption", form.read(fields), project)

    asked = gr.Number(visible=False, precision=0, label="job")
    go.click(
        scene.spoken(caption),
        inputs_kwargs={"project": scene.place, **form.inputs()},
        outputs=asked,
        api_name="caption",
        show_progress="hidden",
    ).success(None, js="() => studio.asked('caption')", api_visibility="private")

    def look_captioning(store: Store, project: int) -> dict[str, Any]:
        """The newest caption job of a project, or nothing."""
        for job in queue.recent(store, project, task="caption", limit=1):
            return told.brief(words, job) | {"dataset": job.request.get("dataset", "")}
        return {}

    scene.action(look_captioning)
    pen.declare(scene)
    bulk.declare(scene)
