"""Evaluate in a real browser: asked, drawn, every kind of answer, ranked, used, compared, written, undone, reloaded."""

import base64
import json
import shutil
import threading

import pytest

from door.demonstration import STYLE, keep_lora
from jobs.worker import Worker
from mini import examples
from storage import captions, datasets, evaluations, imports, loras, projects, queue
from storage.database import Store
from storage.evaluation_tables import Contestant
from storage.settings import MINI, Settings
from tests import browser, trials
from tests.page import serving

pytestmark = [
    pytest.mark.browser,
    pytest.mark.filterwarnings("ignore"),
    pytest.mark.skipif(browser.executable() is None, reason="there is no Chromium on this machine"),
    pytest.mark.skipif(not (MINI / "model_index.json").is_file(), reason="the bundled model is not here"),
]


@pytest.fixture(scope="module")
def world(tmp_path_factory):
    """(watched, store, worker, numbers): one page for all tests of this file, an evaluation of each kind by its number."""
    place = tmp_path_factory.mktemp("evaluate")
    settings = Settings(home=place / "home", device="cpu", threads=1, beat=0.5)
    store = Store.open(settings)
    pictures(store, place)
    numbers = {kind: trials.stage(store, 1, kind) for kind in trials.KINDS}
    stepped(store, numbers["checkpoints"])
    keep_lora(store, projects.first(store))
    with serving(store, settings) as address, browser.browser() as chromium:
        context = chromium.new_context(viewport={"width": 1400, "height": 900}, locale="en-US")
        watched = browser.Watched(context, address)
        watched.open("/?tab=evaluate")
        yield watched, store, Worker(store, settings), numbers
        context.close()
    store.close()


def pictures(store, place):
    """The data set `watercolor`, two of its four pictures held out, and `bare`, which holds none out."""
    for name, held in (("watercolor", 2), ("bare", 0)):
        row = datasets.create(store, 1, name, trigger="wtrclr")
        shown = place / name
        shown.mkdir()
        for number, (_, picture, text) in enumerate(examples.style_set(STYLE, 4, seed=len(name), size=96)):
            picture.save(shown / f"{number}.png")
            (shown / f"{number}.txt").write_text(text)
        imports.bring(store, row.id, [shown])
        found = datasets.images(store, row.id)
        if held:
            datasets.set_split(store, [one.id for one in found[:held]], "held-out")


def stepped(store, evaluation):
    """Let each contestant after the first be a checkpoint of its own of one run, the last of them the LoRA."""
    rows = evaluations.contestants(store, evaluation)[1:]
    last = loras.get(store, rows[0].lora_id)
    made = {}
    for row in rows:
        steps = {"name": f"run · step {row.step}", "final": False, "step": row.step, "job_id": last.job_id}
        path = store.files.path(last.file)
        made[row.id] = loras.add(store, 1, path, family="sd15", base="mini", rank=8, **steps).id
    with store.session() as session:
        for number, lora in made.items():
            session.get(Contestant, number).lora_id = lora
        session.commit()
    loras.change(store, last.id, name="run")
    loras.drop(store, last.id)
    loras.promote(store, made[rows[-1].id])


def see(world, kind):
    """The page with the evaluation of that kind open."""
    page = world[0].page
    if page.locator("#eval-back").is_visible():
        page.click("#eval-back")
    page.click(f".eval-open:has-text('Which {kind}')")
    page.wait_for_selector(f".eval-head h2:has-text('Which {kind}')")
    page.wait_for_selector(".eval-table")
    return page


def test_every_answer_is_listed_renamed_deleted_and_brought_back(world):
    watched, store, _, numbers = world
    page = watched.page
    page.wait_for_function("document.querySelectorAll('.eval-row').length === 6")
    assert page.locator(".eval-questions .card").count() == 6
    page.click(".eval-row:has-text('Which folder') .bare")
    page.click(".menu button:has-text('Rename')")
    page.fill("dialog input", "From elsewhere")
    page.keyboard.press("Enter")
    page.wait_for_selector(".eval-open:has-text('From elsewhere')")
    page.click(".eval-row:has-text('From elsewhere') .bare")
    page.click(".menu button:has-text('Delete')")
    page.wait_for_function("document.querySelectorAll('.eval-row').length === 5")
    page.click(".toast:has-text('From elsewhere') .link")
    page.wait_for_function("document.querySelectorAll('.eval-row').length === 6")
    assert evaluations.get(store, numbers["folder"]).deleted is None
    page.click(".eval-open:has-text('From elsewhere')")
    page.wait_for_selector(".eval-pair >> nth=3")
    evaluations.rename(store, numbers["folder"], "Which folder")


def test_pairs_are_slid_sorted_and_told_in_numbers_and_words(world):
    page = see(world, "pairs")
    first = page.locator(".eval-pair").first
    assert first.locator(".tag-on").all_inner_texts() == ["mini", "watercolor"]
    first.locator("input[type=range]").fill("20")
    assert first.locator(".compare-stage").evaluate("one => one.style.getPropertyValue('--at')") == "20%"
    assert " → " in first.locator("figcaption .facts").inner_text()
    page.select_option("#eval-order", "gain")
    shares = page.locator(".eval-pair figcaption .facts b").all_inner_texts()
    assert len(shares) == 4 and all(one.endswith("%") for one in shares)
    gains = page.evaluate("[...document.querySelectorAll('.eval-pair figcaption .facts span')].map(one => { const [a, b] = one.textContent.match(/[\\d.]+/g).map(Number); return b - a; })")  # fmt: skip
    assert gains == sorted(gains, reverse=True)
    page.click(".eval-section .chips .chip:has-text('neighbour')")
    page.wait_for_selector(".eval-pair .tag-on.right:has-text('neighbour')")
    look = evaluations.look(world[1], world[3]["pairs"])
    noisy = [name for one in look["contestants"][1:] for name, total in one["totals"].items() if total["noise"]]
    assert page.locator(".eval-table td :text-is('within noise')").count() == len(noisy) > 0
    assert page.locator(".eval-charts > div").count() == len(trials.METRICS)
    page.locator(".eval-charts .eval-term").first.click()
    page.wait_for_selector(".eval-note:visible >> text=Somebody et al.")
    page.keyboard.press("Escape")
    page.locator(".eval-copy").first.click()
    page.wait_for_selector("dialog.compare .compare-facts:has-text('Training picture')")
    page.keyboard.press("Escape")
    page.reload()
    page.wait_for_selector(".eval-head h2:has-text('Which pairs')")


def test_checkpoints_are_ranked_by_what_counts_and_the_best_is_used(world):
    page, store = see(world, "checkpoints"), world[1]
    page.wait_for_selector(".eval-rank.best")
    assert page.locator(".eval-rank.best b").inner_text() == "step 200"
    page.wait_for_selector(".eval-curve .turn-say:has-text('turns')")
    assert "From step 200 on it gets worse" in page.inner_text(".eval-section")
    slow = []

    def late(route):
        """Answer the first question late."""
        slow.append(route)
        if len(slow) == 1:
            page.wait_for_timeout(500)
        route.continue_()

    page.route("**/run/rank_evaluation", late)
    for name in [name for name, *_ in trials.METRICS if name != "diversity"]:
        page.evaluate(f"document.querySelector('.eval-weight [data-metric={name}]').value = 0")
    for value in (0, 2):
        page.evaluate("value => { const one = document.querySelector('.eval-weight [data-metric=diversity]'); one.value = value; one.dispatchEvent(new Event('input')); }", value)  # fmt: skip
        page.wait_for_timeout(100)
    look = evaluations.look(store, world[3]["checkpoints"])
    best = max(look["contestants"][1:], key=lambda one: one["totals"]["diversity"]["mean"])
    page.wait_for_selector(f".eval-rank.best b:text-is('step {best['step']}')")
    page.wait_for_timeout(300)
    page.unroute("**/run/rank_evaluation")
    assert len(slow) == 2
    assert page.locator(".eval-rank.best b").inner_text() == f"step {best['step']}"
    page.click("#eval-usual")
    page.wait_for_selector(".eval-rank.best b:text-is('step 200')")
    page.click(".eval-rank.best .use")
    page.wait_for_selector(".eval-rank.best .use:disabled:has-text('In use')")
    run = next(one for one in look["contestants"] if one["step"] == 200)["lora"]
    assert loras.get(store, run).final and loras.get(store, run).name == "run"
    page.click(".toast:has-text('step 200') .link")
    page.wait_for_selector(".eval-rank.best .use:not(:disabled)")
    assert not loras.get(store, run).final


def test_a_weight_becomes_the_slider_s_and_goes_back(world):
    page, store = see(world, "weights"), world[1]
    page.wait_for_selector(".eval-curve .shade")
    page.click(".chips [data-metric=clip_score]")
    page.wait_for_selector(".eval-curve .band")
    assert page.locator(".eval-strip").count() == 6
    number = next(one["lora"] for one in evaluations.look(store, world[3]["weights"])["contestants"] if one["lora"])
    page.click("#eval-keep")
    page.wait_for_selector(".toast:has-text('new range')")
    row = loras.get(store, number)
    assert row.weight_min <= row.weight <= row.weight_max and row.weight_max - row.weight_min < 1.5
    page.click(".toast:has-text('new range') .link")
    page.wait_for_selector(".eval-suggestion :text('now 1, from 0 to 1.5')")


def test_a_cell_of_the_blend_shows_its_pictures_and_opens_in_generate(world):
    page = see(world, "blend")
    assert page.locator(".eval-cell").count() == 9
    before = page.locator(".eval-cell .facts").all_inner_texts()
    page.click(".chips [data-metric=fid]")
    assert page.locator(".eval-cell .facts").all_inner_texts() != before
    page.click(".eval-cell[data-cell='0.5 1']")
    assert page.locator(".eval-behind .tile").count() == 4
    page.click("#eval-open-blend")
    page.wait_for_selector("#tab-generate-button[aria-selected=true]")
    page.wait_for_function("studio.blend?.().length === 2")
    assert sorted(part["weight"] for part in page.evaluate("studio.blend()")) == [0.5, 1]
    world[0].tab("evaluate")


def test_source_sizes_are_tabled_with_curves_and_samples(world):
    page = see(world, "resolutions")
    table = page.locator(".eval-table").first
    assert [line.split("\t")[0] for line in table.inner_text().splitlines()[1:]] == ["32 px", "64 px", "128 px", "mini"]
    assert page.locator(".eval-curve").count() == 2
    assert page.locator(".eval-curve").nth(1).locator(".trend").count() == 3
    assert page.locator(".eval-strip").count() == 4


def test_two_are_compared_and_one_goes_out(world):
    page = see(world, "checkpoints")
    page.click("#eval-compare")
    page.click(".menu button:has-text('Which weights')")
    page.wait_for_selector(".eval-head h2:has-text('Which checkpoints ↔ Which weights')")
    page.wait_for_selector(".eval-table tr:has-text('within noise')")
    page.click("#eval-swap")
    page.wait_for_selector(".eval-head h2:has-text('Which weights ↔ Which checkpoints')")
    page.click(".eval-versus-heads .link:has-text('Which checkpoints')")
    page.wait_for_selector(".eval-board")
    for says, begins in (("HTML", b"<!doctype html>"), ("CSV", b"\xef\xbb\xbf"), ("JSON", b"{")):
        page.click("#eval-out")
        with page.expect_download() as waiting:
            page.click(f".menu button:has-text('{says}')")
        content = waiting.value.path().read_bytes()
        assert content[:40].lower().startswith(begins), says
        assert waiting.value.suggested_filename == f"Which checkpoints.{says.lower()}"
    assert json.loads(content)["name"] == "Which checkpoints"


def test_it_is_asked_drawn_stopped_gone_on_with_and_answered(world):
    watched, store, worker, _ = world
    page = watched.page
    page.click("#eval-back")
    page.click(".card[data-kind=pairs]")
    page.wait_for_selector("#eval-go:not(:disabled)")
    page.select_option(".eval-form [name=dataset]", "bare")
    page.wait_for_selector(".eval-held:has-text('holds no pictures out')")
    page.click("#eval-hold:has-text('Hold 2 out')")
    page.wait_for_selector(".toast:has-text('2 pictures of “bare” are held out')")
    page.click(".toast:has-text('“bare”') .link")
    page.wait_for_selector("#eval-hold")
    page.select_option(".eval-form [name=dataset]", "watercolor")
    page.wait_for_selector(".eval-held:empty", state="attached")
    held = datasets.images(store, datasets.named(store, 1, "watercolor").id, "held-out")
    known = captions.current(store, [one.id for one in held])
    assert all(text in page.input_value("#eval-prompts") for text in known.values())
    page.fill("#eval-prompts", " ")
    page.fill(".eval-form [name=seeds]", "0")
    page.wait_for_selector(".eval-cost:has-text('“Seeds” must be 1 or more; 0 was given.')")
    assert page.locator("#eval-go").is_disabled()
    page.fill("#eval-prompts", "a woman with red hair\na man with a beard")
    page.fill(".eval-form [name=seeds]", "1")
    page.click(".eval-more summary")
    page.fill(".eval-form [name=steps]", "2")
    for metric in ("fid", "kid", "identity", "framing", "diversity"):
        page.click(f".eval-metric [data-metric={metric}]")
    page.wait_for_selector(".eval-cost:has-text('2 compared × 2 prompts × 1 = 4 pictures')")
    page.reload()
    page.wait_for_selector(".eval-cost:has-text('4 pictures')")
    assert page.locator(".eval-metric .chip[aria-pressed=true]").count() == 3
    page.click("#eval-go")
    page.wait_for_selector("#eval-stop")
    page.reload()
    page.click("#eval-stop")
    page.wait_for_selector(".eval-work .say:has-text('stopped')")
    job = queue.recent(store, 1, task="evaluate")[0]
    assert (job.state, job.request["steps"], len(job.request["metrics"])) == ("stopped", 2, 3)
    page.click("#eval-retry")
    page.wait_for_selector("#eval-stop")
    thread = threading.Thread(target=worker.step)
    thread.start()
    page.wait_for_selector(".eval-pair >> nth=1", timeout=60_000)
    thread.join(60)
    assert page.locator(".eval-pair").count() == 2
    assert page.inner_text(".eval-head h2") == f"{STYLE}, before and after"
    assert "CLIPScore" in page.inner_text(".eval-verdicts")
    page.wait_for_selector(".eval-work:empty", state="attached")


def test_a_failure_is_one_sentence_on_the_page(world, tmp_path):
    watched, store, worker, _ = world
    page = watched.page
    page.click("#eval-back")
    page.click(".card[data-kind=folder]")
    for number, (_, picture, _) in enumerate(examples.style_set(STYLE, 3, size=64), 1):
        for name in ("before", "nowhere"):
            (tmp_path / name).mkdir(exist_ok=True)
            picture.save(tmp_path / name / f"{number}.png")
    (tmp_path / "before" / "prompts.txt").write_text("a cat\na dog")
    page.locator("#eval-give-folder").set_input_files(tmp_path / "before")
    page.wait_for_selector(".eval-given li:has-text('before') >> text=3 pictures")
    page.wait_for_selector("#eval-unlike:has-text('The pictures in “before” (3) and the prompts (2) differ in number')")
    assert page.input_value("#eval-prompts") == "a cat\na dog"
    content = base64.b64encode((tmp_path / "nowhere" / "1.png").read_bytes()).decode()
    page.evaluate(
        """async coded => {
            const bytes = await (await fetch(`data:image/png;base64,${coded}`)).blob(), data = new DataTransfer();
            for (const name of ["1.png", "2.png", "3.png"]) data.items.add(new File([bytes], name));
            const drop = new DragEvent("drop", { dataTransfer: data, bubbles: true, cancelable: true });
            document.querySelector(".eval-drop").dispatchEvent(drop);
        }""",
        content,
    )
    page.locator(".eval-given li").nth(1).locator("button[aria-label^='Compare the others']").press("Enter")
    page.wait_for_selector(".eval-given li >> nth=0 >> text=baseline")
    assert page.locator(".eval-given b").all_inner_texts() == ["pictures", "before"]
    page.fill("#eval-prompts", "a cat\na dog\na fox")
    page.wait_for_selector("#eval-unlike", state="hidden")
    page.reload()
    page.wait_for_selector(".eval-given li >> nth=1")
    assert "baseline" in page.locator(".eval-given li").first.inner_text()
    for _ in range(2):
        page.locator(".eval-given li").first.locator("button[aria-label^='Leave']").press("Enter")
    page.wait_for_selector(".eval-cost:has-text('at least one folder')")
    page.click(".eval-side details:has(#eval-folders) summary")
    page.fill("#eval-folders", str(tmp_path / "none"))
    page.wait_for_selector(".eval-cost:has-text('There is no folder')")
    page.fill("#eval-folders", str(tmp_path / "nowhere"))
    page.click("#eval-go")
    page.wait_for_selector("#eval-stop")
    shutil.rmtree(tmp_path / "nowhere")
    worker.step()
    page.wait_for_selector(".eval-work .wrong[role=alert]")
    said = page.inner_text(".eval-work .wrong")
    assert queue.recent(store, 1, task="evaluate")[0].error in said and "nowhere" in said
    page.click("#eval-back")


def test_library_training_and_jobs_lead_here(world):
    watched, store, *_ = world
    page = watched.page
    watched.tab("library")
    page.click(f".record:has(b:text-is('{STYLE}')) .bare >> nth=0")
    page.click(".menu button:has-text('Which weight?')")
    page.wait_for_selector(".eval-head h2:has-text('Which weight?')")
    wanted = loras.named(store, 1, STYLE).id
    page.wait_for_function(f"document.querySelector('.eval-form [name=lora]').value === '{wanted}'")
    watched.tab("train")
    run = loras.named(store, 1, "run").job_id
    page.evaluate(f"studio.tell('show run', {run})")
    page.click("#run-measure")
    page.wait_for_selector(".eval-head h2:has-text('Which checkpoint?')")
    page.wait_for_function(f"document.querySelector('.eval-form [name=job]').value === '{run}'")
    page.wait_for_selector(".eval-cost:has-text('7 compared')")
    watched.tab("jobs")
    page.locator(".job .look").first.click()
    page.wait_for_selector("#eval-retry")


def test_one_that_is_gone_is_said_and_the_list_is_shown(world):
    page = world[0].page
    gone = {"project": 1, "at": {"view": "see", "id": 99}}
    page.evaluate("kept => localStorage.setItem('studio.eval', JSON.stringify(kept))", gone)
    page.goto(f"{world[0].address}/?tab=evaluate")
    page.wait_for_selector(".toast:has-text('no evaluation number 99')")
    page.wait_for_selector(".eval-questions .card")


def test_every_view_fits_a_phone_in_korean(world):
    watched, _, _, numbers = world
    page = watched.page
    page.set_viewport_size({"width": 420, "height": 900})
    page.goto(f"{watched.address}/ko/?tab=evaluate")
    page.wait_for_selector("#eval-back, .eval-questions")
    for at in [{"view": "home"}, *({"view": "see", "id": number} for number in numbers.values()),
               {"view": "versus", "id": numbers["pairs"], "other": numbers["weights"]},
               *({"view": "ask", "kind": kind} for kind in trials.KINDS)]:  # fmt: skip
        page.evaluate("at => studio.tell('measure', at)", at)
        page.wait_for_selector(
            {
                "home": ".eval-questions",
                "see": ".eval-settings",
                "versus": ".eval-differs, .eval-versus-heads",
                "ask": "#eval-go:not(:disabled), .eval-cost:has-text('주세요')",
            }[at["view"]]
        )
        assert page.evaluate("document.documentElement.scrollWidth") <= 420, at
        wide = "[...document.querySelectorAll('.eval-side, .eval-section')].filter(one => one.scrollWidth > one.clientWidth + 4)"
        assert page.evaluate(f"{wide}.map(one => one.className + one.scrollWidth)") == [], at
        assert "eval." not in page.inner_text(".part-eval") and "metric." not in page.inner_text(".part-eval"), at


def test_nothing_went_wrong_on_the_way(world):
    watched = world[0]
    assert [error for error in watched.errors if "500" not in error] == []
    assert watched.outside == []
