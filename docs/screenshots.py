"""Screenshots of each tab for the README: `make screenshots`.

What they show is real work of the bundled family in a store of its own: the demonstration project,
its missing captions written by BLIP, a LoRA trained by the recipe `style`, pictures drawn with it, its storyboard, and
an evaluation of that LoRA against three held-out pictures.
Files: docs/screenshots/<tab>-<width>[-dark].png
"""

from __future__ import annotations

import io
import sys
import tempfile
from pathlib import Path
from typing import Any

from PIL import Image as Pictures

from door import demonstration
from jobs import recipes
from jobs.task import Task, Weight
from jobs.tasks.caption import CaptionPictures
from jobs.tasks.evaluate import EvaluatePictures
from jobs.tasks.generate import GeneratePictures
from jobs.tasks.train import TrainLora
from jobs.worker import Worker
from storage import datasets, loras, queue
from storage.database import Store
from storage.errors import StudioError
from storage.settings import Settings
from tests import browser
from tests.page import serving

OUT = Path(__file__).resolve().parent / "screenshots"
SIZES = {1400: 900, 420: 900}
LORA = "my watercolour"
HELD_OUT = 3
"""Pictures that the LoRA does not see, for the evaluation."""

PROMPTS = (
    "a close-up of a smiling woman with curly red hair and round glasses, plain blue background",
    "a medium shot of a smiling man with a brown beard, wearing a green sweater, in a park",
    "a close-up of a surprised woman with long blonde hair, on a beach",
)
TABS = {"dataset": ".wall .tile", "captions": ".film .tile", "train": ".run .curve", "generate": ".part-film .tile"}
TABS |= {"storyboard": ".shot .frame img", "evaluate": ".eval-open", "library": ".record", "jobs": ".job"}
"""Tab → what must be drawn before it is taken."""


def main(only: list[str]) -> None:
    """Take those tabs, all by default."""
    OUT.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as home, browser.browser() as chromium:
        settings = Settings(home=Path(home) / "home")
        store = Store.open(settings)
        dataset, run = work(store)
        with serving(store, settings) as address:
            for width, height in SIZES.items():
                for mode in ("light", "dark"):
                    view: dict[str, Any] = {"viewport": {"width": width, "height": height}, "color_scheme": mode}
                    context = chromium.new_context(**view, locale="en-US", device_scale_factor=1)
                    take(browser.Watched(context, address), only or list(TABS), width, mode, dataset, run)
                    context.close()
        store.close()


def work(store: Store) -> tuple[int, int]:
    """Caption, train and draw in the demonstration project; the numbers of its data set and of the run."""
    project = demonstration.ensure(store).id
    style, trigger = demonstration.STYLE, demonstration.STYLE.upper()
    _do(store, project, "caption", CaptionPictures(dataset=style))
    known = datasets.images(store, datasets.named(store, project, style).id)
    datasets.set_split(store, [image.id for image in known[:HELD_OUT]], "held-out")
    settings = recipes.find("style").values(base="mini", family="sd15")
    run = _do(store, project, "train", TrainLora(**settings, name=LORA, dataset=style, base="mini", recipe="style"))
    number = loras.named(store, project, LORA).id
    for prompt in PROMPTS:
        for weight in (0.0, 0.5, 1.0):
            blend = [Weight(lora=number, weight=weight)]
            _do(store, project, "generate", GeneratePictures(prompt=f"{trigger}, {prompt}", seed=3, blend=blend))
    words = "\n".join(f"{trigger}, {prompt}" for prompt in PROMPTS)
    asked = {"name": f"{LORA}, before and after", "dataset": style, "prompts": words}
    _do(store, project, "evaluate", EvaluatePictures(blends=[[Weight(lora=number)]], **asked))
    return datasets.named(store, project, style).id, run


def _do(store: Store, project: int, name: str, task: Task) -> int:
    job = queue.add(store, project, name, task, task.title(), task.lane)
    Worker(store, store.settings).step()
    done = queue.get(store, job.id)
    if done.state != "done":
        raise StudioError(f"{done.title}: {done.error or done.state}")
    print(done.title, flush=True)
    return done.id


def take(watched: browser.Watched, tabs: list[str], width: int, mode: str, dataset: int, run: int) -> None:
    """Screenshots of some tabs in one window."""
    page = watched.open(f"/?tab=dataset&dataset={dataset}")
    page.wait_for_selector(TABS["dataset"])
    for tab in tabs:
        watched.tab(tab)
        if tab == "train":
            page.evaluate(f"studio.tell('show run', {run})")
        page.wait_for_selector(TABS[tab])
        if tab == "dataset":
            page.click(f".wall .tile >> nth={9 if width > 800 else 1}")  # a narrow wall draws few at a time
        if tab == "captions":
            page.click(".part-pen .film .tile >> nth=3")
        if tab == "evaluate":
            page.click(".eval-open >> nth=0")
            page.wait_for_selector(".eval-pair")
        if tab == "generate":
            page.click(".part-film .tile >> nth=0")
        page.wait_for_timeout(1200)
        page.evaluate("scrollTo(0, 0)")
        shrink(page.screenshot(), OUT / f"{tab}-{width}{'-dark' if mode == 'dark' else ''}.png")


def shrink(content: bytes, path: Path) -> None:
    """Keep a screenshot with 256 colours: a third of the bytes, and no difference to the eye."""
    with Pictures.open(io.BytesIO(content)) as picture:
        picture.convert("RGB").quantize(256, dither=Pictures.Dither.FLOYDSTEINBERG).save(path, optimize=True)


if __name__ == "__main__":
    main(sys.argv[1:])
