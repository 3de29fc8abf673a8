"""The Dataset tab in a real browser: a folder goes in, checks run, something is mended and taken back, a zip comes out."""

import zipfile

import pytest
from PIL import ImageFilter

from jobs.worker import Worker
from mini import examples
from storage import datasets, gallery, queue
from storage.database import Store
from storage.gallery import Query
from storage.settings import Settings
from tests import browser
from tests.conftest import paint
from tests.page import serving

pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(browser.executable() is None, reason="there is no Chromium on this machine"),
]
COUNT = "document.querySelectorAll('.wall .tile').length"


@pytest.fixture(scope="module")
def studio(tmp_path_factory):
    """(page, store, settings) of a fresh studio in one window; no error may be left in its console."""
    settings = Settings(home=tmp_path_factory.mktemp("dataset") / "home", device="cpu", threads=1)
    store = Store.open(settings)
    with serving(store, settings) as address, browser.browser() as chromium:
        context = chromium.new_context(viewport={"width": 1400, "height": 900}, locale="en-US", accept_downloads=True)
        watched = browser.Watched(context, address)
        yield watched.open("/?tab=dataset"), store, settings
        assert watched.outside == []
        assert watched.errors == []
    store.close()


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """kohya's layout: six drawings seen three times, one of them twice, one blurred, one no picture."""
    place = tmp_path_factory.mktemp("given") / "portraits"
    inner = place / "3_hana"
    inner.mkdir(parents=True)
    drawn = [picture for _, picture, _ in examples.style_set("watercolor", 6, size=320)]
    for number, picture in enumerate(drawn):
        picture.save(inner / f"{number}.png")
    drawn[0].resize((288, 288)).save(inner / "0 again.png")
    drawn[1].filter(ImageFilter.GaussianBlur(9)).save(inner / "blurred.png")
    (inner / "1.txt").write_text("HANA, a drawing with words", encoding="utf-8")
    (inner / "letter.png").write_text("no picture")
    return place


def test_a_folder_is_brought_in_as_what_it_is(studio, folder):
    page, store, _ = studio
    page.set_input_files("#wall-folder", str(folder))
    page.wait_for_function(f"{COUNT} === 8")
    page.wait_for_selector(".report >> text=letter.png is not a picture")
    assert page.input_value("#bring-format") == "kohya"
    images = datasets.images(store, 1)
    assert {image.repeats for image in images} == {3}
    assert len(images) == 8
    page.click(".report button[aria-label='Close']")
    page.wait_for_selector(".report", state="hidden")


def test_the_checks_run_and_their_filters_appear(studio):
    page, store, settings = studio
    (job,) = queue.open_jobs(store)
    assert job.task == "inspect"
    with store.session() as session:  # what needs torch is tested elsewhere and would take most of this file's time
        session.merge(job).request = job.request | {"faces": False, "likeness": False}
        session.commit()
    page.wait_for_selector(".checks-line progress")
    Worker(store, settings).step()
    page.wait_for_selector(".checks-line >> text=Every picture was looked at")
    page.click(".chip:has-text('Look-alikes')")
    page.wait_for_function(f"{COUNT} === {len(gallery.ids(store, Query(1, filter='twin')))}")
    assert page.locator(".wall .tile .badge.twin").count() >= 2
    page.click("#charts")
    page.wait_for_selector(".chart >> text=Sharpness")
    page.click("#charts")


def test_the_duplicates_go_and_come_back(studio):
    page, store, _ = studio
    spare = gallery.spare_twins(store, 1)
    assert datasets.image(store, spare[-1]).width == 288 or len(spare) > 1
    page.click("text=Delete the duplicates")
    page.wait_for_selector(".toast:has-text('deleted')")
    assert datasets.count(store, 1) == 8 - len(spare)
    page.click(".chip:has-text('All')")
    page.wait_for_function(f"{COUNT} === {8 - len(spare)}")
    page.locator(".wall").focus()
    page.keyboard.press("Control+z")
    page.wait_for_function(f"{COUNT} === 8")
    assert datasets.count(store, 1) == 8


def test_a_picture_is_cropped_by_hand_with_the_cut_of_training_beside_it_and_brought_back(studio):
    page, store, _ = studio
    page.click(".wall .tile >> nth=2")
    chosen = datasets.images(store, 1)[2]
    page.wait_for_selector(f".side .facts:has-text('{chosen.name}')")
    page.click("#side-crop")
    page.wait_for_selector(".crop-preview[data-bucket]")
    before = page.get_attribute(".crop-preview", "data-bucket")
    handle = page.locator(".handle.e").bounding_box()
    page.mouse.move(handle["x"] + 7, handle["y"] + 7)
    page.mouse.down()
    page.mouse.move(
        handle["x"] - page.locator(".crop-stage canvas").bounding_box()["width"] * 0.6, handle["y"], steps=4
    )
    page.mouse.up()
    page.wait_for_function(f"document.querySelector('.crop-preview').dataset.bucket !== '{before}'")
    page.click("#crop-save")
    page.wait_for_selector(".toast:has-text('1 picture cropped')")
    cut = datasets.image(store, chosen.id)
    assert cut.original == chosen.file
    assert cut.width < 0.6 * chosen.width and cut.height == chosen.height
    page.click("#side-original")
    page.wait_for_selector("#side-original", state="detached")
    assert datasets.image(store, chosen.id).file == chosen.file


def test_a_whole_filter_is_selected_by_key_and_sorted_in_one_step(studio):
    page, store, _ = studio
    page.locator(".wall").focus()
    page.keyboard.press("Control+a")
    page.wait_for_selector(".picked >> text=8 selected")
    page.click(".picked >> text=Keep out")
    page.wait_for_selector(".toast:has-text('8 pictures kept out of training')")
    assert all(image.out for image in datasets.images(store, 1))
    page.click(".toast:has-text('8 pictures kept out') >> text=Undo")
    page.wait_for_selector(".toast:has-text('8 pictures are as before')")
    assert not any(image.out for image in datasets.images(store, 1))
    page.click(".picked >> text=Part")
    page.click(".menu >> text=Held out")
    page.wait_for_selector(".chip:has-text('Held out 8')")
    page.click("text=↶ Undo")
    page.click(".menu button >> nth=0")
    page.wait_for_selector(".chip:has-text('Held out')", state="detached")
    assert {image.split for image in datasets.images(store, 1)} == {"train"}


def test_the_data_set_is_exported_and_the_zip_comes_back_as_it_was(studio, tmp_path):
    page, store, _ = studio
    page.click(".set[aria-selected=true]")
    page.click(".menu >> text=Export")
    page.select_option("#export-format", "kohya")
    with page.expect_download() as found:
        page.click("#export-go")
    found.value.save_as(tmp_path / "out.zip")
    assert len([name for name in zipfile.ZipFile(tmp_path / "out.zip").namelist() if name.endswith(".png")]) == 8
    page.click("text=+ New data set")
    page.fill("dialog input", "again")
    page.keyboard.press("Enter")
    page.wait_for_selector("text=Drop pictures for “again” here")
    page.set_input_files("#wall-files", str(tmp_path / "out.zip"))
    page.wait_for_function(f"{COUNT} === 8")
    facts = [{(image.file, image.repeats) for image in datasets.images(store, dataset)} for dataset in (1, 2)]
    assert facts[0] == facts[1]


def test_ten_thousand_pictures_are_scrolled_without_fetching_them_all(studio):
    page, store, _ = studio
    dataset = datasets.create(store, 1, "many")
    files = [store.files.add_bytes(_png(number), ".png") for number in range(3)]
    with store.session() as session:
        rows = ({"file": files[n % 3], "name": f"{n:05}.png", "width": 64, "height": 64} for n in range(10_000))
        session.add_all(datasets.Image(dataset_id=dataset.id, **row) for row in rows)
        session.commit()
    page.evaluate(f"studio.move({{dataset: {dataset.id}}})")
    page.wait_for_selector(".chip:has-text('All 10000')")
    assert page.evaluate(COUNT) < 400
    page.locator(".wall").focus()
    page.keyboard.press("End")
    page.wait_for_selector(".wall .tile[title^='09999.png']")
    assert page.evaluate(COUNT) < 400
    page.keyboard.press("Control+a")
    page.wait_for_selector(".picked >> text=10000 selected")


def _png(number):
    import io

    buffer = io.BytesIO()
    paint(number + 50).save(buffer, "PNG")
    return buffer.getvalue()
