"""The demonstration project, and the whole job without a browser."""

import json
import re
import subprocess
import sys

import pytest
from PIL import Image as Pictures

from door import demonstration
from door.sheet import SIDE, sheet
from storage import boards, datasets, loras, projects
from storage.settings import MINI, PROJECT


@pytest.fixture(autouse=True)
def few(monkeypatch):
    """Three pictures of each set are enough to see that they are there."""
    monkeypatch.setattr(demonstration, "PICTURES", 3)


def test_the_page_of_a_fresh_store_opens_on_the_demonstration(store):
    demonstration.ensure(store)
    assert [row.name for row in projects.all(store)] == ["Demo", "My project"]
    sets = datasets.all(store, projects.first(store).id)
    assert sorted(row.name for row in sets) == ["juniper", "watercolor"]
    for row in sets:
        summary = datasets.summary(store, row.id)
        assert (summary.pictures, summary.captioned) == (3, 2), "some with a caption, some without"
        assert row.trigger == row.name.upper()


def test_it_is_made_once(store):
    project = demonstration.ensure(store)
    first = datasets.all(store, project.id)[0]
    datasets.delete(store, first.id)
    assert demonstration.ensure(store).id == project.id
    assert len(datasets.all(store, project.id)) == 1, "what a person took away stays away"
    for board in boards.all(store, project.id):
        boards.delete(store, board.id)
    demonstration.ensure(store)
    assert boards.all(store, project.id) == []


@pytest.mark.skipif(not demonstration.BOARD.is_file(), reason="make demo-board has not been run")
def test_one_of_an_older_studio_gets_its_board(store, monkeypatch):
    with monkeypatch.context() as patch:
        patch.setattr(demonstration, "_bring_board", lambda *_: None)
        project = demonstration.ensure(store)
    assert boards.all(store, project.id) == []
    demonstration.ensure(store)
    assert [row.name for row in boards.all(store, project.id)] == ["The Red Cap"]


def test_one_s_own_work_keeps_its_place(store, dataset):
    demonstration.ensure(store)
    assert [row.name for row in projects.all(store)] == ["My project", "Demo"]


def test_one_that_was_broken_off_is_finished(store, monkeypatch):
    with monkeypatch.context() as patch:
        patch.setattr(demonstration, "keep_lora", lambda *_: (_ for _ in ()).throw(KeyboardInterrupt))
        with pytest.raises(KeyboardInterrupt):
            demonstration.ensure(store)
    project = demonstration.ensure(store)
    assert [row.name for row in projects.all(store)] == ["Demo", "My project"]
    assert [datasets.count(store, row.id) for row in datasets.all(store, project.id)] == [3, 3]


@pytest.mark.skipif(not demonstration.SHIPPED.is_dir(), reason="make demo-lora has not been run")
def test_the_shipped_lora_says_where_it_comes_from(store):
    project = demonstration.ensure(store)
    (row,) = loras.all(store, project.id)
    assert (row.base, row.family, row.trigger) == ("mini", "sd15", "WATERCOLOR")
    assert row.settings["dataset"] == "watercolor" and row.settings["recipe"] == "style"
    assert row.settings["origin"]["nearness_with"] > row.settings["origin"]["nearness_without"]
    assert store.files.path(row.file).stat().st_size < 2 * 2**20
    with Pictures.open(store.files.path(row.preview)) as picture:
        assert picture.size[0] >= 128

    from safetensors import safe_open

    with safe_open(store.files.path(row.file), "np") as file:
        assert file.metadata()["modelspec.title"] == "watercolor"
        assert int(file.metadata()["ss_steps"]) == row.step > 0


def test_a_sheet_has_every_picture_in_its_place():
    red, blue = Pictures.new("RGB", (SIDE, SIDE), "red"), Pictures.new("RGB", (SIDE, SIDE), "blue")
    page = sheet("A title", [("first", [red, red]), ("second", [blue])], ["words " * 30])
    counts = {colour: count for count, colour in page.getcolors(2**20)}
    assert counts[255, 0, 0] == 2 * SIDE * SIDE
    assert counts[0, 0, 255] == SIDE * SIDE


@pytest.mark.skipif(not (MINI / "unet").is_dir(), reason="the bundled model is not there")
def test_the_whole_job_without_a_browser(tmp_path):
    """Import, caption, train, draw before and after, measure, in one command; a few steps only."""
    words = ["demo", "--pictures", "4", "--prompts", "1", "--steps", "2", "--out", str(tmp_path / "out")]
    done = subprocess.run([sys.executable, "app.py", *words], cwd=PROJECT, capture_output=True, text=True, check=False)
    found = re.search(r"(\d\.\d\d) before, (\d\.\d\d) after", done.stdout)
    assert found, done.stderr
    assert done.returncode == (0 if float(found[2]) > float(found[1]) else 1) or found[1] == found[2]
    with Pictures.open(tmp_path / "out" / "sheet.png") as page:
        assert page.height > 3 * SIDE
    again = subprocess.run(
        [sys.executable, "app.py", "demo", "--out", str(tmp_path)],
        cwd=PROJECT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert again.returncode == 1 and "was not made by this command" in again.stderr


def test_ship_and_ensure_fit_together(store, tmp_path, monkeypatch):
    monkeypatch.setattr(demonstration, "SHIPPED", tmp_path / "demo")
    (tmp_path / "lora.safetensors").write_bytes(b"weights")
    Pictures.new("RGB", (128, 128), "green").save(tmp_path / "preview.png")
    facts = {"name": "watercolor", "family": "sd15", "base": "mini", "trigger": "WATERCOLOR", "rank": 8, "step": 300}
    demonstration.ship(tmp_path / "lora.safetensors", tmp_path / "preview.png", facts | {"settings": {"steps": 300}})
    assert json.loads((tmp_path / "demo" / "watercolor.json").read_text())["rank"] == 8
    (row,) = loras.all(store, demonstration.ensure(store).id)
    assert (row.name, row.rank, row.settings) == ("watercolor", 8, {"steps": 300})
    assert store.files.path(row.file).read_bytes() == b"weights"
    assert store.files.thumbnail(row.preview).is_file()
