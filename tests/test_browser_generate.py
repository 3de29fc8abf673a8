"""Generate in a real browser with a real worker: drawn, called off, reloaded, mixed, described, restored, traced back."""

import base64
import io
import threading
import zipfile

import numpy as np
import pytest
from PIL import Image as Pictures
from playwright.sync_api import TimeoutError
from safetensors.numpy import save_file

from jobs import folder
from jobs.worker import Worker
from storage import captions, datasets, examples, imports, loras, pictures, presets, projects, queue, snapshots
from storage.database import Store
from storage.parameters import encoded
from storage.settings import MINI, Settings
from studio import album
from tests import browser
from tests.conftest import paint
from tests.page import serving

pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(browser.executable() is None, reason="there is no Chromium on this machine"),
    pytest.mark.skipif(not (MINI / "model_index.json").is_file(), reason="the bundled model is not here"),
    pytest.mark.filterwarnings("ignore"),
]
STEPS = 3
SLOW_ONCE = """() => {
  const plain = window.fetch;
  window.fetch = async (...given) => {
    const answer = await plain(...given);
    if (!String(given[0]).endsWith("look_album")) return answer;
    window.fetch = plain;
    await new Promise(done => setTimeout(done, 800));
    setTimeout(() => { window.answered = true; });
    return answer;
  };
}"""
"""The next answer of the album comes late, after those to newer questions."""


class Hand:
    """A worker of this process, in a thread."""

    def __init__(self, store, settings):
        self.worker, self.over = Worker(store, settings, lanes=("now",)), threading.Event()
        self.thread = threading.Thread(target=self._run, daemon=True)

    def _run(self):
        import torch

        torch.set_num_threads(1)
        while not self.over.is_set():
            if not self.worker.step():
                self.over.wait(0.05)

    def __enter__(self):
        self.thread.start()
        return self

    def __exit__(self, *_):
        self.over.set()
        self.thread.join(60)


def teach(store, project, place):
    """A data set `fox`, the run that learned from it with a checkpoint, and a LoRA for another family."""
    dataset = datasets.create(store, project, "fox", trigger="FOX")
    for number in range(3):
        paint(number).save(place / f"fox-{number}.png")
        (place / f"fox-{number}.txt").write_text(f"FOX, picture number {number}")
    imports.bring(store, dataset.id, sorted(place.iterdir()))
    task = folder.task("train")(name="fox", dataset="fox", steps=20)
    queue.add(store, project, "train", task, task.title(), "train")
    job = queue.claim(store, "staged", ("train",))
    kept = [vars(one) for one in examples.of(store, dataset.id)]
    snapshots.keep(store, job.id, dataset.id, [{k: v for k, v in one.items() if k != "path"} for one in kept])
    numbers = {
        name: loras.keep(store, job, weights(place, at), name="fox", family="sd15", base="mini", trigger="FOX", rank=4,
                         step=step, final=step == 20)
        for at, (name, step) in enumerate((("half", 10), ("fox", 20)))
    }  # fmt: skip
    queue.finish(store, job)
    hat = loras.add(store, project, weights(place, 2), name="hat", family="sd15", base="mini", trigger="HAT", rank=4)
    huge = loras.add(store, project, weights(place, 3), name="huge", family="sdxl", base="sdxl", rank=4)
    return {"dataset": dataset.id, "job": job.id, "hat": hat.id, "huge": huge.id, **numbers}


def weights(place, seed):
    """A LoRA file for mini's middle block."""
    layer = "unet.mid_block.attentions.0.transformer_blocks.0.attn2.to_q.lora_{}.weight"
    chance = np.random.default_rng(seed)
    file = place / f"{seed}.safetensors"
    save_file({layer.format(half): chance.normal(0, 0.2, shape).astype(np.float32) for half, shape in (("A", (4, 256)), ("B", (256, 4)))}, file)  # fmt: skip
    return file


@pytest.fixture(scope="module")
def studio(tmp_path_factory):
    """(page, store, numbers, watched): one page for all tests of this file, with a worker behind it."""
    place = tmp_path_factory.mktemp("generate")
    settings = Settings(home=place / "home", device="cpu", threads=1, beat=0.5)
    store = Store.open(settings)
    project = projects.first(store).id
    (place / "made").mkdir()
    numbers = teach(store, project, place / "made") | {"project": project}
    with serving(store, settings) as address, Hand(store, settings), browser.browser() as chromium:
        context = chromium.new_context(viewport={"width": 1400, "height": 900}, locale="en-US")
        watched = browser.Watched(context, address)
        page = watched.open("/?tab=generate")
        page.wait_for_selector(".channel:has-text('hat')")
        watched.fold("Sampling")
        page.fill("#generate-steps input", str(STEPS))
        yield page, store, numbers, watched
        assert watched.outside == []
        context.close()
    store.close()


def strip(page, name):
    return page.locator(f".channel:has(b:text-is('{name}'))")


def drawn(page, store, before):
    """Wait for the next picture; its row."""
    try:
        page.wait_for_function(f"document.querySelectorAll('.part-film .tile').length > {before}")
    except TimeoutError as late:
        jobs = [(job.id, job.task, job.state, job.error) for job in queue.recent(store, 1, limit=4)]
        raise AssertionError(f"{jobs}, {count(store)} pictures, {page.locator('.toast').all_inner_texts()}") from late
    return pictures.made(store, 1)[0]


def count(store):
    return len(pictures.made(store, 1, limit=None))


def drop(page, where, name, kind, content):
    """Drop a file on an element."""
    page.evaluate(
        """([where, name, type, bytes]) => {
          const data = new DataTransfer();
          data.items.add(new File([Uint8Array.from(atob(bytes), c => c.charCodeAt(0))], name, {type}));
          for (const kind of ["dragover", "drop"]) document.querySelector(where).dispatchEvent(new DragEvent(kind, {bubbles: true, cancelable: true, dataTransfer: data}));
        }""",
        [where, name, kind, base64.b64encode(content).decode()],
    )


def test_two_loras_are_mixed_and_a_picture_is_drawn(studio):
    page, store, numbers, _ = studio
    page.fill("#generate-prompt textarea", "a woman in a park")
    page.fill("#generate-seed input", "5")
    strip(page, "fox").locator("input.weight[type=number]").fill("0.6")
    strip(page, "fox").locator("select").select_option(str(numbers["half"]))
    strip(page, "hat").locator("input.weight[type=range]").fill("0.4")
    strip(page, "hat").locator(".tiny.text").click()
    strip(page, "hat").locator("input.text[type=number]").fill("0.2")
    page.keyboard.press("Tab")
    page.click(".tags button:has-text('FOX'), .part-tags .lacking:has-text('FOX')")
    assert page.input_value("#generate-prompt textarea") == "FOX, a woman in a park"
    assert "Made for SDXL" in strip(page, "huge").inner_text()
    assert strip(page, "huge").locator("input.weight[type=range]").is_disabled()
    page.wait_for_timeout(300)
    page.keyboard.press("Control+Enter")
    row = drawn(page, store, 0)
    assert (row.prompt, row.seed, row.settings["steps"]) == ("FOX, a woman in a park", 5, STEPS)
    mixed = {part["lora"]: (part["weight"], part.get("text")) for part in row.blend}
    assert mixed == {numbers["half"]: (0.6, None), numbers["hat"]: (0.4, 0.2)}


def test_a_blend_is_kept_by_name_and_comes_back(studio):
    page, store, numbers, _ = studio
    strip(page, "hat").locator(".more").click()
    page.click(".menu button:has-text('In which steps it counts')")
    page.fill("dialog input >> nth=1", "50")
    page.keyboard.press("Enter")
    page.wait_for_selector(".channel .share:has-text('steps 0 – 50 %')")
    page.click(".presets")
    page.fill("#preset-name", "half and half")
    page.click("#preset-save")
    page.click("dialog .preset .bare")
    page.click("dialog .toast .link:text-is('Undo')")
    page.wait_for_selector("dialog .preset .link:text-is('half and half')")
    page.keyboard.press("Escape")
    strip(page, "hat").locator("input.weight[type=number]").fill("0")
    strip(page, "hat").locator(".tiny.text").click()
    page.click(".presets")
    page.click("dialog .preset .link")
    assert strip(page, "hat").locator("input.weight[type=number]").input_value() == "0.4"
    assert [(part["weight"], part.get("end")) for part in presets.all(store, 1)[0].blend] == [(0.4, 0.5), (0.6, None)]
    strip(page, "hat").locator(".share").click()
    page.fill("dialog input >> nth=1", "100")
    page.keyboard.press("Enter")
    page.wait_for_selector(".channel .share", state="hidden")


def test_a_lora_named_in_the_prompt_moves_its_slider_and_back(studio):
    page, *_ = studio
    page.fill("#generate-prompt textarea", "a woman <lora:hat:0.7> <lora:coat:1>")
    page.wait_for_selector(".part-tags >> text=no LoRA is called “coat”")
    slider = strip(page, "hat").locator("input.weight[type=range]")
    assert slider.input_value() == "0.7"
    slider.fill("0.25")
    page.wait_for_function("document.querySelector('#generate-prompt textarea').value.includes('<lora:hat:0.25>')")
    page.fill("#generate-prompt textarea", "fox(0.3) + hat(0.5)")
    page.wait_for_selector(".part-tags .tag:has-text('fox 0.3')")
    assert slider.input_value() == "0.5"
    page.fill("#generate-prompt textarea", "a woman in a park")
    page.wait_for_selector(".part-tags .tag", state="detached")
    assert slider.input_value() == "0.4"


def test_requests_wait_in_a_row_and_are_called_off_at_once(studio):
    page, store, *_ = studio
    before = count(store)
    page.fill("#generate-steps input", "200")
    for _ in range(3):
        page.click("#generate-go")
        page.wait_for_timeout(150)
    page.wait_for_selector(".stage .live:not([hidden])", state="attached")
    page.wait_for_function("document.querySelectorAll('.queue .waits').length === 2")
    page.reload()
    page.wait_for_function("document.querySelectorAll('.queue .waits').length === 2")
    page.click(".queue .waits .bare >> nth=1")
    page.wait_for_function("document.querySelectorAll('.queue .waits').length === 1")
    page.click(".queue .waits .bare >> nth=0")
    page.wait_for_function("document.querySelectorAll('.queue .waits').length === 0")
    page.click("#stage-cancel")
    page.wait_for_selector(".stage .veil", state="hidden")
    assert {job.state for job in queue.recent(store, 1, task="generate", limit=3)} == {"stopped"}
    assert count(store) == before


def test_a_picture_is_drawn_again_varied_rated_and_traced_to_its_data_set(studio):
    page, store, numbers, _ = studio
    captions.add(store, datasets.images(store, numbers["dataset"])[0].id, "changed since", "hand")
    first = pictures.made(store, 1)[0]
    page.wait_for_selector("#stage-again")
    page.click("#stage-again")
    again = drawn(page, store, 1)
    page.click("#stage-vary")
    varied = drawn(page, store, 2)
    assert (again.file, varied.seed) == (first.file, first.seed + 1)
    page.click(".under .stars button >> nth=3")
    page.wait_for_selector(".part-film .tile .mark:has-text('★★★★')")
    assert pictures.get(store, varied.id).rating == 4
    page.click("#stage-origin")
    page.wait_for_selector("dialog.origins >> text=It learned from 3 pictures of “fox”")
    assert page.locator("dialog.origins code").last.get_attribute("title") == loras.get(store, numbers["half"]).file
    assert "FOX, picture number 0" in page.inner_text("dialog.origins .frozen")
    assert "changed since" not in page.inner_text("dialog.origins .frozen")
    loras.drop(store, numbers["fox"])
    page.click("dialog.origins .came")
    page.wait_for_selector("dialog.origins >> text=3 pictures drawn with it")
    page.click("dialog.origins .gone .link")
    page.wait_for_selector("dialog.origins .gone", state="detached")
    assert loras.get(store, numbers["fox"]).deleted is None
    page.keyboard.press("Escape")


def test_the_wall_is_filtered_chosen_from_compared_and_packed(studio, monkeypatch):
    page, store, *_ = studio
    page.evaluate(SLOW_ONCE)
    page.click("#film-open")
    page.select_option("[data-filter=rating]", "4")
    page.wait_for_function("window.answered")
    page.wait_for_function("document.querySelectorAll('.part-film .tile').length === 1")
    page.select_option("[data-filter=rating]", "0")
    page.fill(".part-film .search", "nowhere")
    page.wait_for_selector(".part-film .none-found:has-text('No picture is like that')")
    page.fill(".part-film .search", "park")
    page.wait_for_function("document.querySelectorAll('.part-film .tile').length === 3")
    page.click(".part-film .tile >> nth=0")
    page.click(".part-film .tile >> nth=1", modifiers=["Shift"])
    page.click(".part-film .picked button:has-text('Compare')")
    page.locator("dialog.compare input").fill("30")
    assert page.eval_on_selector(".compare-stage", "node => node.style.getPropertyValue('--at')") == "30%"
    page.keyboard.press("Escape")
    page.click("#album-zip")
    page.fill("dialog input", "{colour}")
    page.keyboard.press("Enter")
    page.wait_for_selector(".toast:has-text('There is no placeholder {colour}')")
    page.click("#album-zip")
    page.fill("dialog input", "{seed}-{prompt}")
    with page.expect_download() as got:
        page.keyboard.press("Enter")
    with zipfile.ZipFile(got.value.path()) as archive:
        assert sorted(archive.namelist()) == ["5-FOX_a_woman_in_a_park.png", "6-FOX_a_woman_in_a_park.png"]
    monkeypatch.setattr(album, "AT_ONCE", 1)
    page.click("#album-zip")
    with page.expect_download() as got:
        page.keyboard.press("Enter")
    with zipfile.ZipFile(got.value.path()) as archive:
        assert len(archive.namelist()) == 2 and "/made/" in got.value.url
    assert queue.recent(store, 1, task="pack")[0].result["packed"] == 2
    page.wait_for_selector("#album-zip:has-text('Download')")
    page.click(".part-film .picked button:has-text('Delete')")
    page.wait_for_function("document.querySelectorAll('.part-film .tile').length === 1")
    page.click(".toast:has-text('2 pictures deleted') .link")
    page.wait_for_function("document.querySelectorAll('.part-film .tile').length === 3")
    page.keyboard.press("Escape")
    page.click("#film-open")
    page.wait_for_selector("#bench", state="visible")


def test_a_picture_is_described_redrawn_as_the_character_and_masked(studio, tmp_path):
    page, store, numbers, _ = studio
    fill(page, "generate-steps", "4")
    strip(page, "fox").locator("input.weight[type=number]").fill("1")
    page.keyboard.press("Tab")
    paint(7, (128, 128)).save(tmp_path / "given.png")
    page.set_input_files("#give-file", str(tmp_path / "given.png"))
    page.click("#give-describe")
    page.wait_for_function("document.querySelector('#generate-prompt textarea').value.startsWith('FOX, ')")
    before = count(store)
    page.wait_for_selector("#give-redraw:has-text('Redraw as FOX')")
    page.click("#give-redraw")
    row = drawn(page, store, before)
    given = pictures.get(store, row.parent_id)
    assert (given.kind, row.settings["steps"], row.prompt[:5]) == ("input", 4, "FOX, ")
    page.click("#give-mask")
    page.wait_for_selector(".mask-stage canvas")
    canvas = page.locator(".mask-stage canvas").bounding_box()
    page.mouse.move(canvas["x"] + 10, canvas["y"] + 10)
    page.mouse.down()
    page.mouse.move(canvas["x"] + canvas["width"] / 3, canvas["y"] + 10, steps=4)
    page.mouse.up()
    page.click("#mask-keep")
    page.wait_for_selector("#give-mask[aria-pressed=true]")
    page.wait_for_timeout(300)
    page.keyboard.press("Control+Enter")
    masked = drawn(page, store, before + 1)
    mask = pictures.get(store, queue.get(store, masked.job_id).request["mask"])
    with Pictures.open(store.files.path(mask.file)) as painted:
        assert painted.size == (128, 128)
        assert painted.convert("L").getpixel((10, 4)) == 255 and painted.convert("L").getpixel((100, 100)) == 0
    with Pictures.open(store.files.path(masked.file)) as made, Pictures.open(store.files.path(given.file)) as whole:
        assert np.array_equal(np.asarray(made)[64:], np.asarray(whole)[64:]), "what was not painted stays"
    page.click(".give .bare")


def fill(page, field, value):
    """Fill a folded field, opened if need be."""
    if not page.locator(f"#{field} input").count():
        page.click("button.label-wrap:has-text('Sampling')")
        page.wait_for_timeout(1500)
    page.fill(f"#{field} input", value)


def test_a_dropped_picture_brings_its_settings_back_and_what_cannot_be_is_told(studio):
    page, store, numbers, _ = studio
    file = loras.get(store, numbers["hat"]).file
    said = (
        "an old castle <lora:renamed:0.35> <lora:lost:1>\nNegative prompt: rain\n"
        "Steps: 7, Sampler: DPM++ 2M, Schedule type: Karras, CFG scale: 3.5, Seed: 99, Size: 128x192, "
        f'Model: elsewhere, Lora hashes: "renamed: {file[:12]}, lost: 0123456789ab"'
    )
    drop(page, "#stage", "castle.png", "image/png", encoded(paint(3), said))
    toast = page.locator(".toast:has-text('Its settings are back, but for')")
    toast.wait_for()
    assert "“lost”" in toast.inner_text() and "“elsewhere”" in toast.inner_text()
    page.wait_for_function("document.querySelector('#generate-prompt textarea').value === 'an old castle'")
    values = [page.input_value(f"#generate-{name} input") for name in ("seed", "width", "height", "steps", "guidance")]
    assert values == ["99", "128", "192", "7", "3.5"]
    assert page.input_value("#generate-negative textarea, #generate-negative input") == "rain"
    assert page.input_value("#generate-sampler select") == "DPM++ 2M Karras"
    assert strip(page, "hat").locator("input.weight[type=number]").input_value() == "0.35"
    page.click("#size-swap")
    assert [page.input_value(f"#generate-{name} input") for name in ("width", "height")] == ["192", "128"]


def test_what_cannot_be_used_is_told_in_one_sentence(studio):
    page, store, *_ = studio
    drop(page, "#stage", "letter.png", "image/png", b"Dear studio, this is a letter.")
    page.wait_for_selector(".toast:has-text('letter.png is not a picture the studio can read')")
    whole = io.BytesIO()
    Pictures.new("L", (12_000, 12_000)).save(whole, "PNG")
    drop(page, ".give-drop", "wall.png", "image/png", whole.getvalue())
    page.wait_for_selector(".toast:has-text('wall.png has 12000 × 12000 pixels')")
    assert page.locator(".give-drop.full").count() == 0


def test_nothing_went_wrong_on_the_way(studio):
    watched = studio[3]
    assert [error for error in watched.errors if "500" not in error] == []
