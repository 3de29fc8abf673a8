"""Train: a recipe, a few settings, a button; then the curve and the samples as they come."""

from __future__ import annotations

import re
from typing import Any

import gradio as gr

from jobs import recipes
from storage import bases, datasets, loras, measures, pictures, queue
from storage.database import Store
from storage.errors import BadInput
from storage.tables import Base, Job
from studio import borrowing, charts, mine, plans, told
from studio.asking import ask
from studio.form import Form
from studio.parts import part
from studio.scene import Scene
from studio.words import Words

ORDER, ICON = 30, "◔"
FIRST = "style"
"""The recipe a new form begins with."""

ABOUT = ("name", "dataset", "base")
"""Fields that say what a run is about, which no recipe fills."""

COSTLY = (
    "dataset", "base", "steps", "epochs", "rank", "batch", "accumulation", "resolution", "buckets", "crop", "enlarge",
    "precision", "checkpointing", "prior_weight",
)  # fmt: skip
"""Fields that change what a run sees and costs."""

QUIET: dict[str, Any] = {"show_progress": "hidden", "api_visibility": "private", "concurrency_limit": None}
"""How events of the form run that nobody waits for."""


def draw(scene: Scene) -> None:
    """Recipes and settings; what runs takes their place."""
    words = scene.words
    begin = mine.settings(scene.store, FIRST, "mini") | {"recipe": FIRST} if FIRST in recipes.names("train") else {}
    form = Form(scene, "train", choices={"face_model": "faces"}, start=begin)
    part("run", elem_id="run")
    with gr.Column(elem_id="train-form"):
        recipe = part("recipes", value=begin.get("recipe", ""), elem_id="recipes")
        wish = part("keep", kind="object", elem_id="recipe-keep")
        borrowed = part("keep", kind="object", elem_id="recipe-borrow")
        with gr.Row(elem_classes="columns"):
            with gr.Column(scale=3, min_width=320):
                with gr.Row(elem_classes="fields"):
                    for field in ("name", "dataset", "base"):
                        form.widget(field)
                with gr.Row(elem_classes="fields"):
                    for field in ("steps", "rank", "learning_rate", "batch"):
                        form.widget(field)
                form.rest()
            with gr.Column(scale=2, min_width=280, elem_classes="side"):
                cost = part("cost", value=None, kind="object", elem_id="cost")
                go = gr.Button(words("train.go"), variant="primary", elem_id="train-go")
                part("earlier")
        part("plan", follows=True, elem_id="train-plan")
    plans.declare(scene)
    mine.declare(scene)
    borrowing.declare(scene)
    _wire(scene, form, recipe, cost, go)
    _wire_recipes(scene, form, recipe, wish, borrowed)

    def look_training(store: Store, project: int, job: int = 0) -> dict[str, Any]:
        """A training run as it stands, the newest of the project by default: state, curves, samples, checkpoints."""
        return _look(store, words, project, job)

    for fn in (look_training, ask_job, use_checkpoint):
        scene.action(fn)


def _wire(scene: Scene, form: Form, recipe: gr.HTML, cost: gr.HTML, go: gr.Button) -> None:
    fields, words = form.inputs(), scene.words

    def train(project: int, **values: Any) -> int:
        """Train a LoRA on a data set; answers the job's number."""
        task = form.read(values)
        _check(scene.store, project, values)
        return ask(scene, "train", task, project)

    def reckon(project: int, **values: Any) -> dict[str, Any]:
        return plans.look(scene.store, words, int(project or 0), values)

    go.click(
        scene.spoken(train),
        inputs_kwargs={"project": scene.place, **fields},
        outputs=gr.Number(visible=False, precision=0, label="job"),
        api_name="train",
        show_progress="hidden",
    ).success(None, js="() => studio.asked('train')", api_visibility="private")
    fields["dataset"].change(
        lambda name, dataset: name or dataset, [fields["name"], fields["dataset"]], fields["name"], **QUIET
    )
    watched = {field: fields[field] for field in COSTLY}
    gr.on(
        [widget.change for widget in watched.values()],
        reckon,
        inputs_kwargs={"project": scene.place, **watched},
        outputs=cost,
        **QUIET,
    )


def _wire_recipes(scene: Scene, form: Form, recipe: gr.HTML, wish: gr.HTML, borrowed: gr.HTML) -> None:
    """A recipe fills the form, and so do borrowed settings; what the form holds becomes a recipe of one's own.

    Every field of the folds is answered each time: one that is skipped while its fold is shut loses its label and its
    choices. What the run is about (`ABOUT`) is never answered, so that what is chosen there meanwhile stays.
    """
    fields = form.inputs()

    def fill(chosen: str, **now: Any) -> list[Any]:
        if not chosen:
            return form.show(now, ABOUT)
        values = mine.settings(scene.store, chosen, now["base"]) | {"recipe": chosen}
        return form.show(
            now | values | ({} if values["sample_prompts"] else {"sample_prompts": now["sample_prompts"]}), ABOUT
        )

    def again(**now: Any) -> list[Any]:
        return fill(now["recipe"], **now)

    def borrow(found: dict[str, Any] | None, **now: Any) -> list[Any]:
        return form.show(now | (found or {}).get("values", {}) | {"recipe": ""}, ABOUT)

    def keep(asked: dict[str, Any], **values: Any) -> None:
        task = form.read(values | {"name": values["name"] or "x", "dataset": values["dataset"] or "x"})
        mine.keep(scene.store, asked["name"], asked.get("about", ""), task, bool(asked.get("over")))

    every = [widget for field, widget in fields.items() if field not in ABOUT]
    recipe.change(scene.spoken(fill), inputs_kwargs={"chosen": recipe, **fields}, outputs=every, **QUIET)
    fields["base"].change(scene.spoken(again), inputs_kwargs=fields, outputs=every, **QUIET)
    borrowed.submit(scene.spoken(borrow), inputs_kwargs={"found": borrowed, **fields}, outputs=every, **QUIET)
    wish.submit(scene.spoken(keep), inputs_kwargs={"asked": wish, **fields}, **QUIET).success(
        None, js="() => studio.tell('recipe kept')", api_visibility="private"
    )


def _check(store: Store, project: int, values: dict[str, Any]) -> None:
    """The data set has pictures and the base model is known, before anything waits in the queue."""
    row = datasets.named(store, project, values["dataset"])
    if datasets.count(store, row.id, split="train") == 0:
        raise BadInput(f"The data set “{row.name}” has no pictures yet. Add some in Dataset first.")
    bases.named(store, values["base"])


def _look(store: Store, words: Words, project: int, job: int) -> dict[str, Any]:
    row = queue.get(store, job) if job else next(iter(_runs(store, project)), None)
    if row is None:
        return {"runs": []}
    curves = {name: charts.curve(points) for name, points in measures.curves(store, row.id).items()}
    return {
        "job": _facts(words, row),
        "runs": [
            {"id": other.id, "name": other.request.get("name", ""), "state": other.state}
            for other in _runs(store, project)
        ],
        "curves": curves,
        "notes": _notes(store, words, row.id),
        "samples": [
            {"id": p.id, "file": p.file, "step": p.step, "prompt": p.prompt, "seed": p.seed}
            for p in pictures.samples(store, row.id)
        ],
        "loras": [
            {"id": lora.id, "step": lora.step, "final": lora.final, "name": lora.name}
            for lora in loras.of_job(store, row.id)
        ],
        "base": _base_name(store, row),
    }


ROUTINE = re.compile(r"\d+ pictures.*|In \d+ buckets: .*|Latents and .*")
"""Lines of a run's log that tell of nothing out of the ordinary."""

MOST_NOTES = 4
"""Lines of the log that are shown beside a run; Jobs has them all."""


def _notes(store: Store, words: Words, job: int) -> list[dict[str, str]]:
    """What a person should know of a run, the newest last."""
    lines = [line for line in queue.log_lines(store, job) if not ROUTINE.fullmatch(line.text)]
    return [{"text": words.error(row.text), "when": row.created.isoformat()} for row in lines[-MOST_NOTES:]]


def _runs(store: Store, project: int) -> list[Job]:
    return queue.recent(store, project, task="train", limit=12)


def _base_name(store: Store, row: Job) -> str:
    known: dict[str, Base] = {base.name: base for base in bases.all(store)}
    name = str(row.request.get("base", ""))
    return known[name].name if name in known else name


def _facts(words: Words, job: Job) -> dict[str, Any]:
    asked = ("name", "dataset", "base", "recipe", "rank", "learning_rate", "batch")
    wanted = 0 if job.request.get("epochs") else job.request.get("steps", 0)
    return told.brief(words, job) | {key: job.request.get(key) for key in asked} | {"wanted": wanted}


def ask_job(store: Store, job: int, wish: str) -> None:
    """Ask a running job for a `sample` or to `save` now."""
    queue.ask(store, job, wish)


def use_checkpoint(store: Store, lora: int) -> None:
    """Put a checkpoint of a run into the library beside the finished LoRAs."""
    row = loras.get(store, lora)
    if not row.final:
        loras.change(store, lora, final=True, name=f"{row.name} · {row.step}"[:80])
