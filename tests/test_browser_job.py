"""The whole job in the browser with real workers: pictures in, captions, a LoRA, pictures out, through reload and crash."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import httpx
import numpy as np
import pytest
from gradio_client import Client
from PIL import Image as Pictures

from door.rehearsal import nearness
from mini import examples
from storage import captions, datasets, loras, measures, pictures, queue
from storage.database import Store
from storage.settings import MINI, Settings
from tests import browser
from tests.page import free_port

ROOT = Path(__file__).parent.parent
STYLE, PROMPTS, STEPS = "watercolor", 2, 40
PATIENCE = 240_000
"""Milliseconds that a slow machine may take for one wait."""

pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(browser.executable() is None, reason="there is no Chromium on this machine"),
    pytest.mark.skipif(not (MINI / "model_index.json").is_file(), reason="the bundled model is not here"),
]


class Web:
    """`python app.py` on a home of its own; it can be killed and started again."""

    def __init__(self, home: Path) -> None:
        self.home, self.port = home, free_port()
        self.address = f"http://127.0.0.1:{self.port}"
        self.process: subprocess.Popen | None = None

    def start(self) -> None:
        """Start it and wait for its first answer."""
        self.launch()
        self.wait()

    def launch(self) -> None:
        """Start it."""
        command = [sys.executable, str(ROOT / "app.py"), "--home", str(self.home), "--port", str(self.port)]
        log = (self.home.parent / "web.log").open("a")
        self.process = subprocess.Popen(command, stdout=log, stderr=log, env=os.environ | {"STUDIO_THREADS": "1"})

    def wait(self) -> None:
        """Wait for its first answer."""
        until = time.monotonic() + 120
        while time.monotonic() < until:
            try:
                httpx.get(self.address, timeout=30)
                return
            except httpx.HTTPError:
                time.sleep(0.2)
        raise TimeoutError((self.home.parent / "web.log").read_text())

    def kill(self) -> None:
        """End the web process at once, as a crash does."""
        self.process.send_signal(signal.SIGKILL)
        self.process.wait(30)

    def stop(self) -> None:
        """End it as Ctrl+C does, with its workers."""
        self.process.send_signal(signal.SIGTERM)
        try:
            self.process.wait(60)
        except subprocess.TimeoutExpired:
            self.kill()


@pytest.fixture
def web(tmp_path):
    """The studio, started as a person starts it."""
    found = Web(tmp_path / "home")
    found.start()
    yield found
    found.stop()


def test_the_whole_job_in_the_browser(web, tmp_path):
    place = tmp_path / "pictures"
    place.mkdir()
    for name, picture, _ in examples.style_set(STYLE, 12, size=128):
        picture.save(place / name)
    store = Store.open(Settings(home=web.home))
    with browser.browser() as chromium:
        context = chromium.new_context(viewport={"width": 1400, "height": 900}, locale="en-US")
        watched = browser.Watched(context, web.address)
        watched.page.set_default_timeout(PATIENCE)
        page = watched.open()
        _bring(page, place, store)
        _caption(watched, store)
        job = _train(watched, store, web)
        _draw(watched, store, job)
        assert watched.outside == []
        context.close()
    store.close()


def _bring(page, place, store):
    """Twelve pictures go in."""
    page.set_input_files("#wall-files", [str(file) for file in sorted(place.iterdir())])
    page.wait_for_function("document.querySelectorAll('.wall .tile').length === 12")
    assert datasets.count(store, 1) == 12


def _caption(watched, store):
    """A model describes them, a person corrects the first and sets the trigger word."""
    page = watched.page
    watched.tab("captions")
    page.wait_for_selector("#pen-text")
    page.click(".trigger")
    page.fill("dialog input", "wtrclr")
    page.keyboard.press("Enter")
    page.wait_for_selector(".trigger:has-text('wtrclr')")
    _asked(page, "#caption-go", lambda: queue.recent(store, task="caption", limit=1))
    page.wait_for_function("document.querySelectorAll('.part-pen .film .tile.done').length === 12")
    page.click(".part-pen .film .tile >> nth=0")
    page.fill("#pen-text", "wtrclr, a person, corrected by hand")
    page.keyboard.press("Enter")
    page.wait_for_function("document.querySelector('.pen-words').innerText.includes('2 / 12')")
    first = datasets.images(store, 1)[0].id
    assert [row.origin for row in captions.history(store, first)] == ["hand", "mini"]


def _asked(page, button, job):
    """Click until the job is there, and say what the page told otherwise: on a busy machine a click once asked for nothing."""
    for _ in range(8):
        page.click(button)
        for _ in range(60):
            if job():
                return
            page.wait_for_timeout(100)
    raise AssertionError(f"{button} asks for nothing: {page.locator('.toast').all_inner_texts()}")


def _train(watched, store, web):
    """Forty steps; the page is reloaded and the web process killed in the middle."""
    page = watched.page
    watched.tab("train")
    page.wait_for_selector("#train-steps input")
    page.fill("#train-name input, #train-name textarea", "watercolour")
    page.fill("#train-learning_rate input", "0.003")
    page.fill("#train-steps input", str(STEPS))
    page.wait_for_selector(f"dl.cost:has-text('{STEPS}')")
    page.click("#train-go")
    page.wait_for_selector(".part-run .curve .trend")
    before = page.get_attribute(".part-run .curve .trend", "d")
    page.wait_for_function(f"document.querySelector('.part-run .curve .trend')?.getAttribute('d') !== {before!r}")
    page.reload()
    page.wait_for_selector(".part-run .curve .trend")
    job = queue.recent(store, task="train", limit=1)[0]
    web.kill()
    page.wait_for_selector(".toast:has-text('does not answer')")
    web.launch()
    page.wait_for_selector(".toast:has-text('The studio is back')")  # it goes away by itself, so it is awaited at once
    web.wait()
    page.wait_for_selector("#run-draw.main")
    row = queue.get(store, job.id)
    assert (row.state, row.step, row.request["steps"]) == ("done", STEPS, STEPS)
    steps = [step for step, _ in measures.curves(store, job.id)["loss"]]
    assert steps == list(range(1, STEPS + 1))
    return row


def _draw(watched, store, job):
    """With the LoRA at 0 the base's own picture, exactly; at 1 nearer to the style."""
    page = watched.page
    lora = loras.get(store, job.result["lora"])
    page.click("#run-draw")
    page.wait_for_selector(".channel")
    base, full = [], []
    watched.fold("Sampling")
    page.fill("#generate-steps input", "12")
    prompts = [f"wtrclr, {words}" for _, _, words in examples.style_set(STYLE, PROMPTS, seed=77)]
    for seed, words in enumerate(prompts):
        full.append(_one(page, store, words, seed, 1))
        base.append(_one(page, store, words, seed, 0))
    assert pictures.made(store, 1)[1].blend[0]["weight"] == 1
    assert pictures.made(store, 1)[1].blend[0]["name"] == lora.name
    asked = {"prompt": prompts[0], "seed": 0, "steps": 12, "picture": None, "blend": [{"lora": lora.id, "weight": 0.0}]}
    Client(watched.address, verbose=False).predict(project=1, **asked, api_name="/generate")
    for _ in range(600):
        if len(pictures.made(store, 1, limit=None)) == 2 * PROMPTS + 1:
            break
        page.wait_for_timeout(200)
    assert len(pictures.made(store, 1, limit=None)) == 2 * PROMPTS + 1
    assert {row.settings["steps"] for row in pictures.made(store, 1, limit=None)} == {12}
    silent = store.files.path(pictures.made(store, 1)[0].file)
    assert np.array_equal(_pixels(silent), _pixels(base[0]))
    assert not np.array_equal(_pixels(full[0]), _pixels(base[0]))
    plain, styled = nearness(STYLE, base, full)
    assert styled > plain, f"at 1 {styled:.3f}, at 0 {plain:.3f}"


def _one(page, store, words, seed, weight):
    """Draw one picture through the page; its file."""
    known = len(pictures.made(store, 1, limit=None))
    page.fill("#generate-prompt textarea", words)
    page.fill("#generate-seed input", str(seed))
    page.fill(".channel input[type=number]", str(weight))
    page.press(".channel input[type=number]", "Enter")
    page.wait_for_timeout(200)
    page.keyboard.press("Control+Enter")
    page.wait_for_function(f"document.querySelectorAll('.part-film .tile').length === {known + 1}")
    row = pictures.made(store, 1)[0]
    assert (row.seed, row.prompt) == (seed, words)
    return store.files.path(row.file)


def _pixels(file):
    with Pictures.open(file) as picture:
        return np.asarray(picture.convert("RGB"))
