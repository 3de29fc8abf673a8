"""The page in a real browser, on a store that someone has worked in: drawn, used by mouse and by keyboard, reloaded."""

import numpy as np
import pytest
from safetensors.numpy import save_file

from storage import captions, datasets, loras, measures, pictures, projects, queue
from storage.database import Store
from storage.settings import Settings
from studio import mine
from tests import browser, staging
from tests.conftest import paint
from tests.page import serving

TABS = ("dataset", "captions", "train", "generate", "storyboard", "evaluate", "library", "jobs")

pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(browser.executable() is None, reason="there is no Chromium on this machine"),
]


@pytest.fixture(scope="module")
def staged(tmp_path_factory):
    """(address, store, numbers) of a store that someone has worked in."""
    settings = Settings(home=tmp_path_factory.mktemp("staged") / "home", device="cpu")
    store = Store.open(settings)
    numbers = staging.fill(store, count=12)
    with serving(store, settings) as address:
        yield address, store, numbers
    store.close()


@pytest.fixture(scope="module")
def chromium():
    """One browser for all tests of this file."""
    with browser.browser() as started:
        yield started


@pytest.fixture
def visit(staged, chromium):
    """Open the page in a window of its own: `visit(width=…, path=…)` → Watched; no error may be left in its console."""
    opened = []

    def open_page(width=1400, path="/?tab=dataset", locale="en-US", **settings):
        context = chromium.new_context(viewport={"width": width, "height": 900}, locale=locale, **settings)
        watched = browser.Watched(context, staged[0])
        watched.open(path)
        opened.append((context, watched))
        return watched

    yield open_page
    for context, watched in opened:
        context.close()
        assert watched.outside == []
        assert watched.errors == []


@pytest.mark.parametrize("width", [1400, 420])
@pytest.mark.parametrize("path", ["/", "/ko/"])
def test_every_tab_is_drawn_without_errors_or_sideways_scrolling(visit, width, path):
    watched = visit(width, path, locale="ko-KR" if path == "/ko/" else "en-US")
    for tab in TABS:
        watched.tab(tab)
        watched.page.wait_for_function(f"document.querySelector('#tab-{tab}').innerText.trim().length > 40")
        assert watched.page.evaluate("document.documentElement.scrollWidth") <= width, tab
        assert "svelte" not in watched.page.inner_text("body")


def test_the_chosen_tab_and_project_survive_a_reload(visit, staged):
    page = visit().page
    page.click(".part-bar .project")
    page.click(".menu button:has-text('Portraits')")
    page.wait_for_selector(".part-bar .project:has-text('Portraits')")
    page.click("#tab-library-button")
    page.wait_for_selector("text=The shelf is empty")
    page.reload()
    page.wait_for_selector("#tab-library-button[aria-selected=true]")
    page.wait_for_selector(".part-bar .project:has-text('Portraits')")


def test_pictures_are_uploaded_by_drag_and_drop_and_what_is_none_is_named(visit, staged, tmp_path):
    _, store, _ = staged
    page = visit().page
    page.wait_for_selector(".wall .tile")
    page.click("text=+ New data set")
    page.fill("dialog input", "dropped")
    page.keyboard.press("Enter")
    page.wait_for_selector("text=Drop pictures for “dropped” here")
    for number in range(3):
        paint(number + 300).save(tmp_path / f"{number}.png")
    (tmp_path / "2.txt").write_text("the third one")
    (tmp_path / "letter.png").write_text("Dear studio")
    page.set_input_files("#wall-files", [str(file) for file in sorted(tmp_path.iterdir())])
    page.wait_for_function("document.querySelectorAll('.wall .tile').length === 3")
    page.wait_for_selector(".report >> text=letter.png is not a picture the studio can read")
    row = datasets.named(store, 1, "dropped")
    images = datasets.images(store, row.id)
    assert [image.name for image in images] == ["0.png", "1.png", "2.png"]
    assert captions.current(store, [images[2].id]) == {images[2].id: "the third one"}


def test_a_range_is_selected_removed_and_brought_back(visit, staged):
    _, store, numbers = staged
    watched = visit(path=f"/?dataset={numbers['dataset']}")
    page = watched.page
    page.click(".wall .tile >> nth=2")
    page.click(".wall .tile >> nth=5", modifiers=["Shift"])
    assert page.locator(".wall .tile[aria-selected=true]").count() == 4
    page.keyboard.press("Delete")
    page.wait_for_selector(".toast:has-text('4 pictures deleted')")
    assert datasets.count(store, numbers["dataset"]) == 8
    page.wait_for_function("document.querySelectorAll('.wall .tile').length === 8")
    page.click(".toast >> text=Undo")
    page.wait_for_function("document.querySelectorAll('.wall .tile').length === 12")
    assert watched.until(lambda: datasets.count(store, numbers["dataset"]) == 12)


def test_captions_are_written_by_keyboard_alone_and_are_there_after_a_reload(visit, staged):
    _, store, numbers = staged
    images = datasets.images(store, numbers["dataset"])
    page = visit(path=f"/?dataset={numbers['dataset']}&tab=captions").page
    page.wait_for_selector("#pen-text")
    page.click(".part-pen .film .tile >> nth=0")
    page.fill("#pen-text", "first <b>by hand</b>")
    page.keyboard.press("Enter")
    page.wait_for_function("document.querySelector('.pen-words').innerText.includes('2 / 12')")
    page.keyboard.press("Control+A")
    page.keyboard.type("second, not finished")
    page.reload()
    page.wait_for_selector("#pen-text")
    page.wait_for_function("document.querySelector('#pen-text').value === 'second, not finished'")
    kept = {images[0].id: "first <b>by hand</b>", images[1].id: "second, not finished"}
    for _ in range(200):  # what was rescued is on its way to the store
        if captions.current(store, list(kept)) == kept:
            break
        page.wait_for_timeout(100)
    assert captions.current(store, list(kept)) == kept
    page.click(".part-pen .film .tile >> nth=0")
    page.wait_for_selector(".history >> text=by hand")
    assert page.locator(".history b").count() == 0


def test_the_token_meter_turns_amber_where_the_caption_is_cut(visit, staged):
    page = visit(path=f"/?dataset={staged[2]['dataset']}&tab=captions").page
    page.wait_for_selector("#pen-text")
    before = page.input_value("#pen-text")
    page.fill("#pen-text", "a person with green hair " * 40)
    page.wait_for_selector(".meter.attention >> text=is cut off")
    page.fill("#pen-text", before)
    page.keyboard.press("Escape")


def test_the_language_is_switched_and_remembered(visit):
    page = visit(path="/?tab=train").page
    page.click("#language")
    page.wait_for_selector("#tab-train-button:has-text('학습')")
    assert page.evaluate("document.documentElement.lang") == "ko"
    page.goto(page.url.replace("/ko/", "/"))
    page.wait_for_selector("#tab-train-button:has-text('학습')")
    page.click("#language")
    page.wait_for_selector("#tab-train-button:has-text('Train')")


def test_light_and_dark_are_switched_and_remembered(visit):
    page = visit(color_scheme="light").page
    light = page.evaluate("getComputedStyle(document.body).backgroundColor")
    page.click("#mode")
    dark = page.evaluate("getComputedStyle(document.body).backgroundColor")
    page.reload()
    page.wait_for_selector(".part-next .say:not(:empty)")
    assert (light, dark) == ("rgb(243, 243, 243)", "rgb(21, 21, 21)")
    assert page.evaluate("getComputedStyle(document.body).backgroundColor") == dark
    assert page.evaluate("document.body.classList.contains('dark')")


def test_names_that_look_like_programs_stay_words(visit, staged):
    _, store, numbers = staged
    evil = '<img src=x onerror="window.bitten=1">'
    projects.create(store, "‹script›")
    row = datasets.create(store, numbers["project"], evil.replace("/", ""))
    loras.change(store, numbers["lora"], trigger=evil)
    page = visit(path=f"/?dataset={row.id}").page
    for tab in TABS:
        page.click(f"#tab-{tab}-button")
        page.wait_for_timeout(500)
    assert page.evaluate("window.bitten") is None
    loras.change(store, numbers["lora"], trigger="wtrclr")
    datasets.delete(store, row.id)


def test_a_picture_s_settings_come_back_by_a_click_and_generate_asks_for_them(visit, staged):
    _, store, numbers = staged
    watched = visit(path="/?tab=generate")
    page = watched.page
    page.wait_for_selector(".part-film .tile")
    page.click(".part-film .tile >> nth=3")
    wanted = pictures.made(store, numbers["project"])[3]
    page.wait_for_function(f"document.querySelector('#generate-seed input').value === '{wanted.seed}'")
    assert page.input_value("#generate-prompt textarea") == wanted.prompt
    assert page.input_value(".channel input[type=number]") == str(wanted.blend[0]["weight"])
    page.click("#generate-prompt textarea")
    page.keyboard.press("Control+Enter")
    page.wait_for_selector(".stage .veil >> text=Waiting for a free worker")
    job = queue.recent(store, numbers["project"], task="generate", limit=1)[0]
    assert job.request["seed"] == wanted.seed
    assert job.request["prompt"] == wanted.prompt
    asked = [(part["lora"], part["weight"]) for part in job.request["blend"]]
    assert asked == [(numbers["lora"], wanted.blend[0]["weight"])]
    page.click("#stage-cancel")
    page.wait_for_selector(".stage .veil", state="hidden")
    assert queue.get(store, job.id).state == "stopped"


def test_a_made_picture_is_deleted_and_brought_back(visit, staged):
    _, store, numbers = staged
    watched = visit(path="/?tab=generate")
    page = watched.page
    page.wait_for_selector("#stage-delete")
    before = [row.id for row in pictures.made(store, numbers["project"])]
    page.click("#stage-delete")
    page.wait_for_selector(".toast >> text=Undo")
    assert [row.id for row in pictures.made(store, numbers["project"])] == before[1:]
    page.click(".toast >> text=Undo")
    assert watched.until(lambda: [row.id for row in pictures.made(store, numbers["project"])] == before)
    page.wait_for_function(f"document.querySelectorAll('.part-film .tile').length === {len(before)}")


def test_a_running_training_is_found_again_after_a_reload_and_can_be_stopped(visit, staged):
    _, store, numbers = staged
    job = staging.running(store, numbers["project"], step=40)
    watched = visit(path="/?tab=train")
    page = watched.page
    page.wait_for_selector(".part-run .curve .trend")
    page.wait_for_selector(".run >> text=step 40 of 300")
    assert page.locator("#train-form").is_hidden()
    page.reload()
    page.wait_for_selector(".part-run .curve .trend")
    page.wait_for_selector(".part-bar .work:has-text('13 %')")
    page.click("#run-pause")
    page.wait_for_selector(".state:has-text('pausing')")
    assert queue.get(store, job.id).wish == "pause"
    queue.paused(store, job)
    page.click("#run-stop")
    page.wait_for_selector(".state:has-text('stopped')")
    page.click("#run-new")
    page.wait_for_selector("#train-go:visible")


def test_a_field_that_cannot_be_is_told_in_one_sentence(visit):
    page = visit(path="/?tab=train").page
    page.wait_for_selector("#train-steps input")
    page.fill("#train-name input, #train-name textarea", "x")
    page.fill("#train-steps input", "0")
    page.click("#train-go")
    page.wait_for_selector("text=“Steps” must be 1 or more; 0 was given.")


def test_the_keys_are_listed_and_the_wall_is_walked_with_them(visit, staged):
    page = visit(path=f"/?dataset={staged[2]['dataset']}").page
    page.wait_for_selector(".wall .tile")
    page.keyboard.press("?")
    page.wait_for_selector("dialog.keys")
    page.keyboard.press("Escape")
    page.keyboard.press("/")
    assert page.evaluate("document.activeElement.type") == "search"
    page.keyboard.type("watercolor-03")
    page.wait_for_function("document.querySelectorAll('.wall .tile').length === 1")
    page.fill(".part-wall .search", "")
    page.wait_for_function("document.querySelectorAll('.wall .tile').length === 12")
    page.click(".wall .tile >> nth=0")
    page.locator(".wall").focus()
    page.keyboard.press("ArrowRight")
    assert page.locator(".wall .tile").nth(1).get_attribute("class").endswith("chosen")


def test_a_job_s_log_and_error_are_told_and_it_is_tried_again(visit, staged):
    _, store, numbers = staged
    page = visit(path="/?tab=jobs").page
    row = page.locator(".job:has-text('Caption neighbour')").last
    row.wait_for()
    assert "Connect to a network once" in row.inner_text()
    row.locator("summary").first.click()
    row.locator("text=Loading the captioner").wait_for()
    row.locator("button:has-text('Try again')").click()
    page.wait_for_selector(".job:has-text('Caption neighbour') .state:has-text('waiting')")
    job = queue.recent(store, numbers["project"], task="caption", limit=1)[0]
    assert (job.state, job.error) == ("queued", "")
    queue.stop(store, job.id)


def test_a_lora_is_renamed_downloaded_and_deleted_with_undo(visit, staged):
    _, store, numbers = staged
    page = visit(path="/?tab=library").page
    page.wait_for_selector(".record")
    with page.expect_download() as found:
        page.click(".record .download")
        page.click(".menu button:has-text('kohya')")
    assert found.value.suggested_filename == "watercolor.safetensors"
    page.click(".record .bare")
    page.click(".menu button:has-text('Rename')")
    page.fill("dialog input", "수채화")
    page.keyboard.press("Enter")
    page.wait_for_selector(".record b:has-text('수채화')")
    page.click(".record .bare")
    page.click(".menu button:has-text('Delete')")
    page.wait_for_selector("text=The shelf is empty")
    page.click(".toast >> text=Undo")
    page.wait_for_selector(".record b:has-text('수채화')")
    assert loras.get(store, numbers["lora"]).deleted is None
    loras.change(store, numbers["lora"], name="watercolor")


def test_the_page_says_so_when_the_studio_is_gone(visit):
    watched = visit()
    watched.page.context.set_offline(True)
    watched.page.wait_for_selector(".toast:has-text('does not answer')")
    watched.page.context.set_offline(False)
    watched.page.wait_for_selector(".toast:has-text('The studio is back')")
    watched.errors = [error for error in watched.errors if "ERR_INTERNET_DISCONNECTED" not in error]


def test_a_recipe_of_ones_own_from_the_form_to_a_card_and_back(visit, staged, tmp_path):
    _, store, _ = staged
    page = visit(path="/?tab=train").page
    page.click(".card:has-text('Face')")
    page.wait_for_function("document.querySelector('#train-rank input').value === '4'")
    page.fill("#train-rank input", "6")
    page.click("#recipe-save")
    page.fill("dialog input[name=name]", "style")
    page.wait_for_selector("dialog .main:disabled")
    page.fill("dialog input[name=name]", "my face")
    page.fill("dialog input[name=about]", "With a little more room.")
    page.keyboard.press("Enter")
    page.wait_for_selector(".card[aria-checked=true]:has-text('With a little more room.')")
    assert page.locator(".toast").count() == 1, "saved once"
    with page.expect_download() as got:
        page.click(".card-place:has-text('my face') .more")
        page.click(".menu button:has-text('Save as a file')")
    got.value.save_as(tmp_path / "theirs.toml")
    page.set_input_files("#recipe-file", str(tmp_path / "theirs.toml"))
    page.wait_for_selector(".card[aria-checked=true]:has-text('theirs')")
    page.click(".card-place:has-text('my face') .more")
    page.click(".menu button:has-text('Delete')")
    page.wait_for_selector(".card:has-text('my face')", state="detached")
    page.click(".toast .link")
    page.wait_for_selector(".card:has-text('my face')")
    assert mine.settings(store, "my face", "mini")["rank"] == mine.settings(store, "theirs", "mini")["rank"] == 6


def test_the_settings_of_somebody_elses_lora_fill_the_form(visit, staged, tmp_path):
    page = visit(path="/?tab=train").page
    said = {"ss_network_dim": "24", "ss_lr_scheduler": "cosine", "ss_clip_skip": "2"}
    save_file(
        {"lora_unet_x_attn1_to_q.lora_down.weight": np.zeros((24, 4), np.float32)}, tmp_path / "a.safetensors", said
    )
    page.wait_for_selector(".card")
    page.set_input_files("#recipe-file", str(tmp_path / "a.safetensors"))
    page.wait_for_selector(".borrowed :text('clip_skip')")
    page.wait_for_function("document.querySelector('#train-rank input').value === '24'")
    page.click("button.label-wrap:has-text('Learning')")
    page.wait_for_function("document.querySelector('#train-schedule select')?.value === 'cosine'")
    assert "no longer there" not in page.inner_text("#train-form")


def test_the_curves_of_a_run_can_be_chosen_and_it_can_be_stopped_at_once(visit, staged):
    _, store, numbers = staged
    job = staging.running(store, numbers["project"], step=60)
    for step in range(1, 61):
        held = {"held-out loss": 0.2 - step / 1000} if step % 20 == 0 else {}
        measures.add(store, job, step, {"face loss": 1 / step, **held})
    queue.log(store, job.id, "fp16 needs a GPU; this run computes in fp32.")
    page = visit(path="/?tab=train").page
    page.wait_for_selector(".curve .trend.line-1")
    assert "held-out loss" in page.inner_text(".run .reading")
    page.click(".run .chip:has-text('face loss')")
    page.wait_for_selector(".curve .trend.line-1", state="detached")
    assert page.locator(".sample-row.heads p").count() == 4
    assert page.locator(".sample-row").count() == 3, "heads, step 50, step 0"
    assert "fp16 needs a GPU" in page.inner_text(".run .notes")
    page.click("#run-stop")
    page.wait_for_selector("#run-stop", state="detached")
    page.click("#run-quit")
    page.wait_for_selector(".run .state:has-text('stopping at once')")
    assert queue.get(store, job.id).wish == "quit"
    queue.stopped(store, job)
