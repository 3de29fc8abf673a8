"""The storyboard in a real browser: pasted, edited, reordered, drawn, locked, drawn again, written, undone, reloaded."""

import re
import threading
import time

import pytest

from jobs.worker import Worker
from storage import boards, cast, datasets, imports, inspections, projects, queue, storyboard
from storage.database import Store
from storage.settings import MINI, Settings
from storage.tables import Inspection
from tests import browser
from tests.conftest import paint
from tests.drawn import people
from tests.page import serving

pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(browser.executable() is None, reason="there is no Chromium on this machine"),
    pytest.mark.skipif(not (MINI / "model_index.json").is_file(), reason="the bundled model is not here"),
    pytest.mark.filterwarnings("ignore"),
]

SCRIPT = """INT. KITCHEN - NIGHT

ANNA stands at the window.

ANNA
It is snowing again!

EXT. STREET - DAWN

BEN walks through the snow.
"""


@pytest.fixture(scope="module")
def world(tmp_path_factory):
    """(page, store, worker, watched): one page for all tests of this file, and a worker that is stepped by hand."""
    settings = Settings(home=tmp_path_factory.mktemp("board") / "home", device="cpu", threads=1, beat=0.5)
    store = Store.open(settings)
    with serving(store, settings) as address, browser.browser() as chromium:
        context = chromium.new_context(viewport={"width": 1400, "height": 900}, locale="en-US")
        watched = browser.Watched(context, address)
        page = watched.open("/?tab=storyboard")
        yield page, store, Worker(store, settings, lanes=("now",)), watched
        context.close()
    store.close()


def view(store):
    """The newest board as it is kept."""
    return storyboard.whole(store, boards.all(store, 1)[0].id)


def settled(page, store, test):
    """Wait until what is kept fulfils `test`, and the page shows its shots in their order."""
    for _ in range(500):
        if test(view(store)):
            order = [str(number) for row in numbers(view(store)) for number in row]
            page.wait_for_function(
                f"[...document.querySelectorAll('.shot')].map(one => one.dataset.shot).join() === '{','.join(order)}'"
            )
            return view(store)
        page.wait_for_timeout(50)
    raise AssertionError(view(store))


def card(page, number):
    return page.locator(f".shot[aria-label='Shot {number}']")


def numbers(found):
    return [[shot.id for shot in scene.shots] for scene in found.scenes]


def test_a_script_is_pasted_and_its_shots_are_changed_before_they_are_taken(world):
    page, store, *_ = world
    page.click("#board-begin")
    page.fill("#script-text", "  \n ")
    page.wait_for_timeout(600)
    assert page.locator("#script-go").is_disabled()
    page.fill("#script-text", SCRIPT)
    page.wait_for_selector("#script-go:has-text('Take 3 shots')")
    assert [box.input_value() for box in page.locator(".proposal select").all()] == ["full", "close-up", "full"]
    page.select_option(".proposal select >> nth=2", "medium")
    page.fill("#script-name", "Snow")
    page.click("#script-go")
    page.wait_for_selector(".shot >> nth=2")
    found = view(store)
    assert (found.name, [scene.heading for scene in found.scenes]) == ("Snow", ["INT. KITCHEN - NIGHT", "EXT. STREET - DAWN"])  # fmt: skip
    assert [shot.framing for _, shot in found.shots] == ["full", "close-up", "medium"]
    assert [one.name for one in found.cast] == ["ANNA"]
    page.click("#board-script")
    page.evaluate("document.querySelector('#script-text').value = 'INT. A\\n\\nB.\\n\\n'.repeat(500)")
    page.type("#script-text", " ")
    page.wait_for_selector("dialog.script .wrong:has-text('500 scenes')")
    page.keyboard.press("Escape")


def test_what_is_typed_is_kept_and_the_cursor_stays(world):
    page, store, *_ = world
    field = page.locator(".scene >> nth=1").locator("[name=heading]")
    field.click()
    field.press("End")
    field.press_sequentially("X", delay=10)
    settled(page, store, lambda found: found.scenes[1].heading.endswith("DAWNX"))
    page.wait_for_timeout(300)
    field.press("Backspace")
    assert page.evaluate("document.activeElement.name") == "heading"
    found = settled(page, store, lambda found: found.scenes[1].heading == "EXT. STREET - DAWN")
    assert (found.scenes[1].location, found.scenes[1].time) == ("street", "dawn")
    page.select_option(".shot[aria-label='Shot 1.2'] select[name=angle]", "low angle")
    settled(page, store, lambda found: "low angle" in found.scenes[0].shots[1].prompt)


def test_a_changed_script_is_followed_and_that_is_undone(world):
    page, store, *_ = world
    before = view(store)
    page.click("#board-script")
    page.select_option("dialog.script select[aria-label='Where it goes']", "renew")
    page.fill("#script-text", SCRIPT.replace("snowing again!", "raining, so.") + "\nShe waves.\n")
    page.click("#script-go:has-text('Bring the board up to it')")
    page.wait_for_selector("dialog.script", state="detached")
    found = settled(page, store, lambda found: len(found.scenes[1].shots) == 2)
    assert found.scenes[0].shots[1].dialogue == "ANNA: It is raining, so." and numbers(found)[0] == numbers(before)[0]
    page.click(".toast:has-text('1 shot changed · 1 shot came') .link")
    found = settled(page, store, lambda found: numbers(found) == numbers(before))
    assert [shot for _, shot in found.shots] == [shot for _, shot in before.shots]


def test_shots_are_moved_by_drag_and_keys_copied_split_and_all_is_undone(world):
    page, store, *_ = world
    before = numbers(view(store))
    card(page, "1.1").locator(".frame").drag_to(
        card(page, "2.1").locator(".frame"), target_position={"x": 200, "y": 40}
    )
    settled(page, store, lambda found: numbers(found) == [before[0][1:], [*before[1], before[0][0]]])
    page.keyboard.press("Control+z")
    settled(page, store, lambda found: numbers(found) == before)
    card(page, "1.1").focus()
    page.keyboard.press("Alt+ArrowRight")
    settled(page, store, lambda found: numbers(found)[0] == before[0][::-1])
    page.keyboard.press("Alt+ArrowLeft")
    settled(page, store, lambda found: numbers(found) == before)
    page.locator(".scene .grip >> nth=0").drag_to(page.locator(".scene >> nth=1"), target_position={"x": 60, "y": 300})
    settled(page, store, lambda found: numbers(found) == before[::-1])
    page.wait_for_function("document.activeElement.matches('.scene:nth-child(2) .grip')")
    page.keyboard.press("Alt+ArrowUp")
    settled(page, store, lambda found: numbers(found) == before)
    for does in ("Duplicate", "Split in two"):
        card(page, "2.1").locator(".more").click()
        page.click(f".menu button:has-text('{does}')")
        settled(page, store, lambda found: len(found.scenes[1].shots) == 2)
        page.wait_for_selector(".shot[aria-label='Shot 2.2']")
        page.keyboard.press("Control+z")
        settled(page, store, lambda found: numbers(found) == before and found.scenes[1].shots[0].seconds == 4.0)
        page.wait_for_selector(".shot[aria-label='Shot 2.2']", state="detached")
    card(page, "1.2").focus()
    page.keyboard.press("Delete")
    settled(page, store, lambda found: len(found.scenes[0].shots) == 1)
    page.click(".toast:has-text('Shot 1.2 is deleted') .link")
    settled(page, store, lambda found: numbers(found) == before)


def test_a_character_is_described_and_stands_in_every_prompt(world, tmp_path):
    page, store, worker, _ = world
    page.click("#board-look")
    page.fill(".person:first-child [name=words]", "a woman with red hair")
    page.fill("dialog.drawer [name=steps]", "2")
    page.fill("dialog.drawer [name=tries]", "0")
    found = settled(page, store, lambda found: found.settings == {"steps": 2, "tries": 0} and found.cast[0].words)
    assert all("red hair" in shot.prompt for shot in found.scenes[0].shots)
    page.click("#board-add-character")
    page.fill(".person:nth-child(2) [name=name]", "Anna")
    page.wait_for_selector("dialog.drawer .wrong:has-text('called “Anna”')")
    page.fill(".person:nth-child(2) [name=name]", "BEN")
    settled(page, store, lambda found: [one.name for one in found.cast] == ["ANNA", "BEN"])
    page.keyboard.press("Tab")
    page.wait_for_selector(".toast:has-text('BEN is in 1 more shot')")
    assert [one.name for one in view(store).scenes[1].shots[0].characters] == ["BEN"]
    page.click(".toast:has-text('BEN is in 1 more shot') .link")
    settled(page, store, lambda found: not found.scenes[1].shots[0].characters)
    people()[0][1].save(tmp_path / "ben.png")
    page.click(".person:nth-child(2) .face")
    page.set_input_files("dialog.checked input[type=file]", str(tmp_path / "ben.png"))
    page.click(".person:nth-child(2) button:has-text('Describe the picture')")
    thread = threading.Thread(target=written, args=(store, worker), daemon=True)
    thread.start()
    thread.join(60)
    page.wait_for_function("document.querySelector('.person:nth-child(2) [name=words]').value.startsWith('a woman')")
    found = settled(page, store, lambda found: found.cast[1].words.startswith("a woman"))
    assert found.cast[1].file and "close-up" not in found.cast[1].words
    page.wait_for_selector("dialog.drawer select[name=faces]", state="visible")
    page.keyboard.press("Escape")
    page.wait_for_selector("dialog.drawer", state="detached")
    assert [one.name for one in cast.all(store, found.id)] == ["ANNA", "BEN"]


def test_all_is_drawn_one_is_locked_and_one_is_drawn_again(world):
    page, store, worker, _ = world
    page.click("#board-go:has-text('3')")
    page.wait_for_selector("#board-stop")
    thread = threading.Thread(target=worker.step)
    thread.start()
    page.reload()
    page.wait_for_selector("#board-go:has-text('Everything is drawn')", timeout=60_000)
    thread.join(60)
    assert page.locator(".shot .frame img").count() == 3
    first = view(store)
    card(page, "1.1").focus()
    page.keyboard.press("l")
    settled(page, store, lambda found: found.scenes[0].shots[0].kept)
    turned = card(page, "1.2")
    turned.locator(".turner").click()
    turned.locator(".again").click()
    page.wait_for_selector("#board-stop")
    worker.step()
    page.wait_for_selector("#board-stop", state="detached")
    turned.locator(".take >> nth=1").click()
    found = settled(page, store, lambda found: found.scenes[0].shots[1].take == first.scenes[0].shots[1].take)
    assert [len(shot.takes) for _, shot in found.shots] == [1, 2, 1]
    assert queue.recent(store, 1, task="storyboard")[0].state == "done"


def test_a_prompt_is_written_by_hand_and_composed_again(world):
    page, store, *_ = world
    turned = card(page, "1.2")
    turned.locator("[name=prompt]").fill("a fox")
    settled(page, store, lambda found: found.scenes[0].shots[1].prompt == "a fox")
    page.wait_for_selector("#board-go:has-text('1')")
    turned.locator("button:has-text('Compose it again')").click()
    settled(page, store, lambda found: "red hair" in found.scenes[0].shots[1].prompt)


def written(store, worker):
    """Step the worker once a job waits; give up after some seconds."""
    for _ in range(300):
        if queue.open_jobs(store):
            worker.step()
            return
        time.sleep(0.1)


@pytest.mark.parametrize(("says", "begins"), [("3 shots a page", b"%PDF"), ("Animatic (GIF)", b"GIF8"), ("Shot list", b"\xef\xbb\xbf")])  # fmt: skip
def test_the_board_goes_out(world, says, begins):
    """What takes longer than a look at the page, as a film does, is written by a worker meanwhile."""
    page, store, worker, _ = world
    if begins == b"GIF8":
        threading.Thread(target=written, args=(store, worker), daemon=True).start()
    page.click("#board-out")
    with page.expect_download() as waiting:
        page.click(f".menu button:has-text('{says}')")
    content = waiting.value.path().read_bytes()
    assert content.startswith(begins)
    assert re.match(r"Snow\.\w+$", waiting.value.suggested_filename)


def test_the_tokens_are_trained_from_here(world, tmp_path):
    page, store, *_ = world
    row = datasets.create(store, projects.first(store).id, "people")
    for number in range(6):
        paint(number).save(tmp_path / f"{number}.png")
        (tmp_path / f"{number}.txt").write_text("a close-up of a woman")
    imports.bring(store, row.id, sorted(tmp_path.iterdir()))
    seen = ("close-up", "close-up", "medium", "medium", "full", "")
    images = datasets.images(store, row.id)
    facts = {"light": 0.5, "sharpness": 1.0, "hash": "0" * 16}
    known = {name: value for name, value in facts.items() if name in Inspection.model_fields}
    inspections.keep(store, [Inspection(image_id=one.id, file=one.file, framing=framing, **known) for one, framing in zip(images, seen, strict=True)])  # fmt: skip
    page.click("#board-look")
    page.click("#board-train")
    page.wait_for_selector(".teach h4:has-text('Close-up · 2')")
    assert page.locator("#teach-go").is_disabled()
    page.click(".teach section:nth-child(4) .tile", force=True)
    page.wait_for_selector(".teach h4:has-text('Close-up · 3')")
    page.click(".teach section:nth-child(1) .tile >> nth=0")
    page.wait_for_selector(".teach h4:has-text('Medium · 3')")
    page.click(".teach section:nth-child(2) .tile >> nth=0")
    page.click("#teach-go")
    page.wait_for_selector("#tab-train-button[aria-selected=true]")
    page.wait_for_selector(".card[aria-checked=true]:has-text('Storyboard')")
    page.wait_for_function("document.querySelector('#train-dataset select')?.value === 'Snow framings'")
    made = datasets.named(store, 1, "Snow framings")
    assert datasets.count(store, made.id) == 6


def test_nothing_went_wrong_on_the_way(world):
    watched = world[3]
    assert [error for error in watched.errors if "500" not in error] == []
    assert watched.outside == []
