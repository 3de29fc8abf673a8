"""The library in the browser: a LoRA comes in, a broken one is told, two are merged and used, a grid grows."""

import pytest
import torch
from safetensors import safe_open
from safetensors.torch import save_file

from door.demonstration import SHIPPED, STYLE
from jobs.worker import Worker
from storage import loras, pictures, queue
from storage.database import Store
from storage.settings import MINI, Settings
from tests import browser
from tests.page import serving

torch.set_num_threads(1)
pytestmark = [
    pytest.mark.browser,
    pytest.mark.filterwarnings("ignore:__array"),
    pytest.mark.skipif(browser.executable() is None, reason="there is no Chromium on this machine"),
    pytest.mark.skipif(not (MINI / "model_index.json").is_file(), reason="the bundled model is not here"),
]


@pytest.fixture(scope="module")
def world(tmp_path_factory):
    """An empty store, its page in a browser, a worker stepped by hand, and a folder of files to bring in."""
    place = tmp_path_factory.mktemp("library")
    settings = Settings(home=place / "home", threads=1, device="cpu")
    store = Store.open(settings)
    files(place)
    with serving(store, settings) as address, browser.browser() as chromium:
        context = chromium.new_context(viewport={"width": 1400, "height": 900}, locale="en-US")
        watched = browser.Watched(context, address)
        watched.open("/?tab=library")
        yield watched, store, Worker(store, settings), place
        assert (watched.errors, watched.outside) == ([], [])
        context.close()
    store.close()


def files(place):
    """The shipped LoRA, another of half its strength, and two that cannot be used."""
    whole = SHIPPED / f"{STYLE}.safetensors"
    with safe_open(whole, "pt") as file:
        tensors, said = {key: file.get_tensor(key) for key in file.keys()}, file.metadata()  # noqa: SIM118
    (place / "wash.safetensors").write_bytes(whole.read_bytes())
    save_file({key: value / 2 for key, value in tensors.items()}, place / "pale.safetensors", said)
    (place / "cut.safetensors").write_bytes(whole.read_bytes()[:5000])
    (place / "trap.safetensors").write_bytes(b"\x80\x04K\x01.")


def test_loras_come_in_and_broken_ones_are_told(world):
    watched, store, _, place = world
    page = watched.page
    page.wait_for_selector("text=The shelf is empty")
    page.set_input_files(
        "#shelf-files", [str(place / f"{name}.safetensors") for name in ("wash", "pale", "cut", "trap")]
    )
    page.wait_for_selector(".refused li >> nth=1")
    said = page.inner_text(".refused")
    assert "or is cut off" in said and "trap.safetensors is a pickle" in said
    page.wait_for_function("document.querySelectorAll('.record').length === 2")
    rows = loras.all(store, 1)
    assert {(row.name, row.family, row.base, row.trigger, row.rank) for row in rows} == {
        (name, "sd15", "mini", "WATERCOLOR", 8) for name in ("wash", "pale")
    }
    page.click(".refused .bare")
    page.click(".record .about summary >> nth=0")
    assert f"{rows[0].file[:12]}…" in page.inner_text(".record .about dl >> nth=0")


def test_tags_filter_the_shelf(world):
    watched, store, *_ = world
    page = watched.page
    page.click(".record:has(b:text-is('pale')) .bare")
    page.click(".menu button:has-text('Tags')")
    page.fill("dialog input", "soft, light")
    page.keyboard.press("Enter")
    page.click(".part-shelf .chips .chip:has-text('soft')")
    page.wait_for_function("document.querySelectorAll('.record').length === 1")
    assert loras.named(store, 1, "pale").tags == ["soft", "light"]
    page.click(".part-shelf .chips .chip:has-text('soft')")


def test_two_are_merged_and_the_result_is_drawn_with(world):
    watched, store, worker, _ = world
    page = watched.page
    page.click("#shelf-merge")
    for number in (0, 1):
        page.check(f".merge-row input[type=checkbox] >> nth={number}")
    page.fill("#merge-name", "both")
    page.click("#merge-go")
    page.wait_for_selector("dialog [role=status]:has-text('Waiting')")
    assert worker.step()
    page.wait_for_selector("dialog .good:has-text('Merged exactly, rank 16')")
    page.click("dialog.merging .plain")
    page.click(".record:has(b:text-is('both')) .use")
    page.wait_for_selector(".channel:has-text('both')")
    page.wait_for_function(
        "[...document.querySelectorAll('.channel')].some(one => one.innerText.includes('both') && one.querySelector('input[type=number]').value === '1')"
    )
    page.fill("#generate-prompt textarea", "a man")
    assert "both" in [row.name for row in loras.all(store, 1)]
    page.wait_for_timeout(300)
    page.click("#generate-go")
    for _ in range(400):
        if queue.recent(store, task="generate", limit=1):
            break
        page.wait_for_timeout(50)
    row = queue.recent(store, task="generate", limit=1)[0]
    assert row.request["blend"][0]["lora"] == loras.named(store, 1, "both").id
    queue.stop(store, row.id)


def test_a_grid_grows_and_the_pad_sets_the_desk(world):
    watched, store, worker, _ = world
    page = watched.page
    page.click("#pad-fold button")
    page.wait_for_selector(".pad-field")
    page.wait_for_function("document.querySelector('.part-pad [role=status]').innerText.includes(' + ')")
    pad = page.locator(".pad-field")
    pad.scroll_into_view_if_needed()
    area = pad.bounding_box()
    pad.click(position={"x": area["width"] * 0.25, "y": area["height"] / 2})
    page.wait_for_function(
        "[...document.querySelectorAll('.channel input[type=number]')].filter(i => ['0.75', '0.25'].includes(i.value)).length >= 2"
    )
    page.click("#sweep-fold button")
    page.select_option("#sweep-x", "steps")
    page.fill("#sweep-x-values", "1, 2")
    page.select_option("#sweep-y", "seed")
    page.fill("#sweep-y-values", "nonsense")
    page.wait_for_selector(".part-sweep .wrong:has-text('nonsense')")
    page.fill("#sweep-y-values", "4..5")
    page.wait_for_selector("text=2 × 2 = 4 pictures")
    page.click("#sweep-go")
    page.wait_for_function("document.querySelectorAll('.sweep-table .spot').length === 4")
    assert worker.step()
    page.wait_for_function("document.querySelectorAll('.sweep-table .spot img').length === 4")
    page.wait_for_selector("#sweep-download")
    job = queue.recent(store, task="sweep", limit=1)[0]
    made = [row for row in pictures.of_job(store, job.id) if row.kind == "made"]
    assert [(row.settings["steps"], row.seed) for row in sorted(made, key=lambda row: row.step)] == [
        (1, 4),
        (2, 4),
        (1, 5),
        (2, 5),
    ]
    assert {part["weight"] for part in made[0].blend} >= {0.25, 0.75}
