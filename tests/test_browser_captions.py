"""The Captions tab in a real browser: described by a model, written by keyboard alone, changed by many, out and in again."""

import pytest

from jobs.worker import Worker
from mini import examples
from storage import captions, changes, datasets, imports, projects
from storage.database import Store
from storage.settings import MINI, Settings
from tests import browser
from tests.page import serving

pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(browser.executable() is None, reason="there is no Chromium on this machine"),
]

SAID = ["FOX, a man with a red hat", "FOX, a woman with a red hat", "FOX, a man with a blue hat", "an old man", "", ""]


@pytest.fixture(scope="module")
def studio(tmp_path_factory):
    """(address, store, worker) of a studio whose workers are stepped by hand."""
    settings = Settings(home=tmp_path_factory.mktemp("captions") / "home", device="cpu", threads=1)
    store = Store.open(settings)
    with serving(store, settings) as address:
        yield address, store, Worker(store, settings, lanes=("now",))
    store.close()


@pytest.fixture(scope="module")
def drawings(tmp_path_factory):
    place = tmp_path_factory.mktemp("drawings")
    for file, picture, _ in examples.style_set("watercolor", len(SAID)):
        picture.save(place / file)
    return sorted(place.iterdir())


@pytest.fixture
def foxes(studio, drawings, request):
    """A data set of six drawings, four with a caption."""
    _, store, _ = studio
    row = datasets.create(store, projects.first(store).id, request.node.name[:60], trigger="FOX")
    for file, text in zip(drawings, SAID, strict=True):
        [image] = imports.bring(store, row.id, [file]).added
        captions.add(store, image.id, text, "hand")
    return row


@pytest.fixture(scope="module")
def chromium():
    with browser.browser() as started:
        yield started


@pytest.fixture(scope="module")
def window(studio, chromium):
    """One window for all tests of this file; no error may be left in its console."""
    context = chromium.new_context(viewport={"width": 1400, "height": 900}, locale="en-US")
    watched = browser.Watched(context, studio[0])
    watched.open("/?tab=captions")
    yield watched
    context.close()
    assert watched.outside == []
    meant = ("ERR_FAILED", "run/preview_wording")  # a server that was away, and a pattern that is none
    assert [error for error in watched.errors if not any(part in error for part in meant)] == []


@pytest.fixture
def page(window, studio, foxes):
    """The Captions tab with the foxes."""
    first = datasets.images(studio[1], foxes.id)[0].id
    window.page.evaluate(f"studio.move({{dataset: {foxes.id}}})")
    window.page.wait_for_selector(f".film .tile[data-key='{first}']")
    at(window.page, 5)
    return window.page


def texts(studio, foxes):
    images = datasets.images(studio[1], foxes.id)
    words = captions.current(studio[1], [image.id for image in images])
    return [words.get(image.id, "") for image in images]


def at(page, number):
    """Wait until the picture of that number is the one shown."""
    page.wait_for_function(f"document.querySelector('.pen-words .facts').innerText.includes('{number} / 6')")


def saved(page):
    """Wait until nothing typed waits to be written."""
    page.wait_for_function("!Object.keys(localStorage).some(key => key.startsWith('studio.draft.'))")


@pytest.mark.skipif(not (MINI / "blip").is_dir(), reason="the bundled captioner is not here")
def test_chosen_pictures_are_described_by_the_bundled_model(page, studio, foxes):
    page.click(".film .tile >> nth=3", modifiers=["Control"])
    page.click(".film .tile >> nth=4", modifiers=["Control"])
    page.wait_for_function("document.querySelector('#caption-which select').value === 'chosen'")
    page.click("#caption-go")
    page.wait_for_selector(".doing:has-text('Waiting for a free worker')")
    assert studio[2].step()
    page.wait_for_function("document.querySelectorAll('.film .tile.done').length === 5")
    said = texts(studio, foxes)
    assert said[:3] == SAID[:3] and said[5] == "" and "FOX" in said[3] and "FOX" in said[4]
    page.click(".film .tile >> nth=3")
    page.wait_for_selector(".history li:not(.current):has-text('an old man')")
    page.wait_for_selector(".history .current:has-text('mini BLIP')")


def test_captions_are_written_with_the_keyboard_alone(page, studio, foxes):
    page.click(".film .tile >> nth=0")
    page.focus("#pen-text")
    page.keyboard.press("Alt+m")
    at(page, 5)
    page.keyboard.type("FOX, a cat")
    page.wait_for_selector(".frequent .chip >> nth=1")
    first = page.locator(".frequent .chip").first.inner_text().split("\n")[-1]
    page.keyboard.press("Alt+1")
    assert page.input_value("#pen-text") == f"FOX, a cat, {first}"
    page.keyboard.press("Enter")
    at(page, 6)
    page.keyboard.press("Alt+a")
    at(page, 1)
    for number in range(2, 7):
        page.keyboard.press("Enter")
        at(page, number)
    page.keyboard.press("Control+d")
    page.keyboard.press("End")
    page.keyboard.type("!")
    page.keyboard.press("Escape")
    page.keyboard.press("ArrowLeft")
    at(page, 5)
    saved(page)
    assert texts(studio, foxes)[4:] == [f"FOX, a cat, {first}", f"FOX, a cat, {first}!"]
    page.keyboard.press("?")
    page.wait_for_selector("dialog.keys:has-text('Copy the caption of the picture before')")
    page.keyboard.press("Escape")


def test_nothing_typed_is_lost_when_the_page_or_the_server_goes_in_the_middle(page, studio, foxes):
    page.click(".film .tile >> nth=4")
    page.route("**/run/write_caption", lambda route: route.abort())
    page.keyboard.type("half a sentence")
    page.wait_for_selector(".pen-words .state:has-text('not saved yet')")
    page.keyboard.type(" and more")
    page.unroute("**/run/write_caption")
    page.reload()
    page.wait_for_function("document.querySelector('#pen-text')?.value === 'half a sentence and more'")
    saved(page)
    assert texts(studio, foxes)[4] == "half a sentence and more"


def test_a_bulk_change_is_seen_before_it_is_made_and_undone_in_one_step(page, studio, foxes):
    page.click(".panel-tabs [data-name=bulk]")
    page.fill("#bulk-find", "(red|blue) hat")
    page.check("#bulk-regex")
    page.fill("#bulk-put", r"\1 cap")
    page.wait_for_selector("text=3 of 6 captions would change")
    page.wait_for_selector(".previews li >> nth=0 >> ins:has-text('cap')")
    assert page.locator(".previews li >> nth=0 >> del").all_inner_texts() == ["hat"]
    assert page.locator(".previews li >> nth=0 >> ins").all_inner_texts() == ["cap"]
    assert texts(studio, foxes) == SAID
    page.uncheck(".previews li >> nth=1 >> input")
    page.click("#bulk-go:has-text('Change 2 captions')")
    page.wait_for_selector(".toast:has-text('in 2 captions')")
    assert texts(studio, foxes) == ["FOX, a man with a red cap", SAID[1], "FOX, a man with a blue cap", *SAID[3:]]
    page.wait_for_function("document.querySelector('.film .tile').title.endsWith('red cap')")
    page.click(".toast >> text=Undo")
    page.wait_for_function("document.querySelector('.film .tile').title.endsWith('red hat')")
    assert texts(studio, foxes) == SAID
    page.fill("#bulk-find", "(")
    page.wait_for_selector(".bulk .wrong:has-text('is no regular expression')")


def test_captions_go_out_as_a_table_and_come_back_changed(page, studio, foxes, tmp_path):
    page.click(".panel-tabs [data-name=table]")
    with page.expect_download() as waiting:
        page.click("#table-save")
    file = tmp_path / "changed.csv"
    waiting.value.save_as(file)
    lines = (
        file.read_text(encoding="utf-8-sig").replace("a red hat", "빨간 모자").replace(",", ";") + "ghost.png;;boo;;;\n"
    )
    lines = lines.replace('"FOX; ', '"FOX, ')
    file.write_bytes(lines.encode("cp949"))
    page.set_input_files("#table-file", str(file))
    page.wait_for_selector(".table >> text=2 differ, 4 are the same")
    page.wait_for_selector(".table summary:has-text('1 row has no picture here')")
    assert page.locator(".table ins").all_inner_texts() == ["빨간 모자"] * 2
    page.click("#table-go")
    page.wait_for_selector(".toast:has-text('A table taken for 2 pictures')")
    assert texts(studio, foxes)[:2] == ["FOX, a man with 빨간 모자", "FOX, a woman with 빨간 모자"]
    page.click(".panel-tabs [data-name=steps]")
    page.click(".steps li:has-text('A table taken') >> text=Undo")
    page.wait_for_selector(".toast:has-text('2 back as before')")
    assert texts(studio, foxes) == SAID and changes.recent(studio[1], foxes.id) == []


def test_advice_filters_and_an_earlier_version_is_compared_and_taken_back(page, studio, foxes):
    page.click(".panel-tabs [data-name=advice]")
    page.click(".teaches >> text=a person or character")
    page.wait_for_selector(".advice li:has-text('1 caption says who it is') .chip:has-text('old')")
    page.click(".advice li:has-text('1 caption lacks the trigger word') >> text=Show them")
    page.wait_for_function("document.querySelectorAll('.film .tile').length === 1")
    page.fill("#pen-text", "a young man")
    page.keyboard.press("Tab")
    saved(page)
    page.wait_for_selector(".history .current del:has-text('old')")
    page.wait_for_selector(".history .current ins:has-text('young')")
    page.click(".history >> text=Compare with now")
    page.wait_for_selector(".history li:not(.current) ins:has-text('young')")
    page.click(".history >> text=Use this one")
    page.wait_for_function("document.querySelectorAll('.history li').length === 3")
    assert texts(studio, foxes)[3] == "an old man"
