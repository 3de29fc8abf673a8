"""Generate: words, a picture to start from, LoRAs on a mixing desk; everything made stays on the film strip."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import gradio as gr

from storage import bases, loras, pictures, queue, uploads
from storage.database import Store
from storage.errors import BadInput, NotFound
from storage.tables import Picture
from studio import sweeps, told
from studio.asking import ask
from studio.form import Form
from studio.parts import part
from studio.scene import Scene
from studio.words import Words

ORDER, ICON = 40, "◉"
RESTORED = ("prompt", "negative", "base", "seed", "width", "height")
"""Columns of a kept picture that are fields of the task."""


def draw(scene: Scene) -> None:
    """Prompt and picture on the left, the desk on the right, the film strip below."""
    words = scene.words
    form = Form(scene, "generate")
    with gr.Row(elem_classes="columns", elem_id="bench"):
        with gr.Column(scale=7, min_width=320):
            with gr.Row(elem_id="prompt-row"):
                form.widget("prompt", placeholder=words("generate.placeholder"), info=None)
                go = gr.Button(words("generate.go"), variant="primary", elem_id="generate-go", min_width=120, scale=0)
            stage = part("stage", value=0, kind="integer", elem_id="stage")
        with gr.Column(scale=3, min_width=300, elem_id="side"):
            form.widget("blend")
            form.widget("picture")
            with gr.Group(elem_id="strength"):
                form.widget("strength")
            with gr.Row(elem_classes="fields"):
                for field in ("base", "count", "seed"):
                    form.widget(field)
            form.widget("negative", lines=1, info=None)
            form.rest()
    sweeps.draw(scene, form)
    film = part("film", value=0, kind="integer", elem_id="film")
    _wire(scene, form, go, film, stage)
    _giving(scene)

    def look_drawing(store: Store, project: int) -> list[dict[str, Any]]:
        """Drawing that waits, runs or has just failed, the oldest first."""
        return _drawing(store, words, project)

    for fn in (list_made, look_drawing, look_picture, delete_made, restore_made, start_from):
        scene.action(fn)


def _wire(scene: Scene, form: Form, go: gr.Button, film: gr.HTML, stage: gr.HTML) -> None:
    fields = form.inputs()

    def generate(project: int, **values: Any) -> int:
        """Draw pictures; answers the job's number."""
        task = form.read(values)
        bases.named(scene.store, values["base"])
        return ask(scene, "generate", task, project)

    def restore(picture: int) -> list[Any]:
        return form.show(settings_of(scene.store, picture)) if picture else form.show({})

    go.click(
        scene.spoken(generate),
        inputs_kwargs={"project": scene.place, **fields},
        outputs=stage,
        api_name="generate",
        show_progress="hidden",
    ).success(None, js="() => studio.asked('generate')", api_visibility="private")
    film.select(
        scene.spoken(restore), film, list(fields.values()), show_progress="hidden", api_visibility="private",
        concurrency_limit=None,
    )  # fmt: skip


def _giving(scene: Scene) -> None:
    """The endpoint that takes a picture to start from."""
    project = gr.Number(visible=False, precision=0, label="project")
    file = gr.File(visible=False, file_count="single", label="file")

    def give_picture(project: int, file: str | None = None) -> dict[str, Any]:
        """Keep a picture to start from; answers its number and file."""
        if not file:
            raise BadInput("No file was given. Choose a picture.")
        path = Path(file)
        try:
            checked = uploads.check(path.read_bytes(), path.name, scene.settings)
        finally:
            if path.is_relative_to(scene.store.home / "incoming"):
                path.unlink(missing_ok=True)
        return _shown(pictures.add(scene.store, int(project), checked.picture, kind="input"))

    file.upload(
        scene.spoken(give_picture),
        inputs_kwargs={"project": project, "file": file},
        outputs=gr.JSON(visible=False),
        api_name="give_picture",
        show_progress="hidden",
    )


def start_from(store: Store, project: int, file: str) -> dict[str, Any]:
    """Start from a picture that the store has already, by its file's name."""
    path = store.files.path(Path(file).name)
    if not path.is_file():
        raise NotFound("This picture is no longer in the store. Choose another one.")
    return _shown(pictures.add(store, project, uploads.read(path), kind="input"))


def list_made(store: Store, project: int, offset: int = 0, limit: int = 60) -> list[dict[str, Any]]:
    """What a project drew, the newest first."""
    return [_shown(row) for row in pictures.made(store, project, offset, limit)]


def look_picture(store: Store, picture: int) -> dict[str, Any]:
    """A kept picture with everything that makes it again."""
    return _shown(pictures.get(store, picture))


def _drawing(store: Store, words: Words, project: int) -> list[dict[str, Any]]:
    rows = queue.recent(store, project, task="generate", limit=20)
    newest = rows[0].id if rows else 0
    shown = [row for row in rows if row.state in ("queued", "running") or (row.id == newest and row.state == "failed")]
    return [told.brief(words, row) for row in reversed(shown)]


def delete_made(store: Store, made: list[int]) -> None:
    """Take pictures away; `restore_made` brings them back."""
    pictures.remove(store, made)


def restore_made(store: Store, made: list[int]) -> None:
    """Bring pictures back."""
    pictures.restore(store, made)


def settings_of(store: Store, picture: int) -> dict[str, Any]:
    """The fields that draw this picture again, with its blend as far as the LoRAs are still there."""
    row = pictures.get(store, picture)
    there = {lora.id for lora in loras.all(store, row.project_id, checkpoints=True)}
    kept = {key: getattr(row, key) for key in RESTORED}
    extra = {key: value for key, value in row.settings.items() if key in ("steps", "guidance", "sampler", "strength")}
    blend = [{"lora": lora_id(part), "weight": part["weight"]} for part in row.blend if lora_id(part) in there]
    return kept | extra | {"blend": blend, "picture": row.parent_id, "count": 1}


def lora_id(part: dict[str, Any]) -> int:
    """The LoRA's number in one part of a kept blend."""
    return int(part.get("lora") or part.get("id") or 0)


def _shown(row: Picture) -> dict[str, Any]:
    keys = ("id", "file", "kind", "prompt", "negative", "seed", "width", "height", "base", "blend", "settings")
    return {key: getattr(row, key) for key in keys} | {"parent": row.parent_id, "when": row.created.isoformat()}
