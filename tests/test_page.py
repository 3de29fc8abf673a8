"""The page without a browser: what it serves, what it answers, what it refuses, and that it stays light."""

import ast
import itertools
import json
import re
import subprocess
import sys
import zipfile
from pathlib import Path

import httpx
import pytest
from gradio_client import Client, handle_file
from sqlalchemy.exc import OperationalError

from jobs import folder
from storage import bases, captions, datasets, pictures, queue
from storage.database import Store
from storage.settings import Settings
from studio import words
from tests import staging
from tests.conftest import paint
from tests.page import call, serving

ROOT = Path(__file__).parent.parent
NUMBERS = itertools.count(1)
PATIENCE = 60
"""Seconds that a machine which is busy with other tests may take for an answer."""


@pytest.fixture(scope="module")
def world(tmp_path_factory):
    """A store and its page, shared by the tests of this file: (address, store, project id)."""
    settings = Settings(home=tmp_path_factory.mktemp("page") / "home", device="cpu")
    store = Store.open(settings)
    with serving(store, settings) as address:
        yield address, store, 1
    store.close()


@pytest.fixture
def fox(world, tmp_path):
    """A data set of three pictures."""
    address, _, project = world
    number = call(address, "create_dataset", project, f"fox {next(NUMBERS)}")
    files = []
    for at in range(3):
        paint(next(NUMBERS)).save(tmp_path / f"{at}.png")
        files.append(handle_file(str(tmp_path / f"{at}.png")))
    Client(address, verbose=False).predict(dataset=number, files=files, api_name="/upload_pictures")
    return number


LIGHT = """
import sys, urllib.request
from tests.page import serving
from storage.database import Store
from storage.settings import Settings
settings = Settings(home=sys.argv[1])
with serving(Store.open(settings), settings) as address:
    urllib.request.urlopen(address + "/").read()
    urllib.request.urlopen(address + "/ko/").read()
    heavy = sorted({name.partition(".")[0] for name in sys.modules} & {"torch", "diffusers", "transformers", "peft"})
    # VmHWM belongs to this program alone; ru_maxrss would keep the peak of the process that started it.
    peak = next(line for line in open("/proc/self/status") if line.startswith("VmHWM:"))
    print(heavy, int(peak.split()[1]) // 1024)
"""


def test_the_page_holds_no_torch_and_stays_under_300_megabytes(tmp_path):
    found = subprocess.run(
        [sys.executable, "-c", LIGHT, str(tmp_path / "home")], capture_output=True, text=True, cwd=ROOT, timeout=120
    )
    assert found.returncode == 0, found.stderr
    heavy, megabytes = found.stdout.strip().rsplit(" ", 1)
    assert ast.literal_eval(heavy) == []
    assert int(megabytes) < 300


# ── language ─────────────────────────────────────────────────────────────────
def test_the_browser_chooses_the_language_and_a_cookie_overrules_it(world):
    address, _, _ = world
    korean = {"Accept-Language": "ko-KR,ko;q=0.9,en;q=0.8"}
    assert httpx.get(address + "/?tab=train", headers=korean, timeout=PATIENCE).headers["location"] == "/ko/?tab=train"
    assert httpx.get(address + "/ko?tab=train", timeout=PATIENCE).headers["location"] == "/ko/?tab=train"
    assert (
        httpx.get(address + "/", headers=korean, cookies={"studio_language": "en"}, timeout=PATIENCE).status_code == 200
    )
    assert httpx.get(address + "/", headers={"Accept-Language": "fr,en"}, timeout=PATIENCE).status_code == 200
    assert '<html\n\tlang="ko"' in httpx.get(address + "/ko/", timeout=PATIENCE).text
    assert "데이터셋" in httpx.get(address + "/ko/", timeout=PATIENCE).text


def test_errors_speak_the_page_s_language(world):
    address, _, project = world
    with pytest.raises(RuntimeError, match="^A data set needs a name. Type one.$"):
        call(address, "create_dataset", project, "  ")
    with pytest.raises(RuntimeError, match="^데이터셋에 이름이 필요합니다"):
        call(address, "create_dataset", project, "  ", language="ko")


def test_an_unforeseen_error_tells_nothing_of_the_inside(world, monkeypatch):
    address, _, project = world
    monkeypatch.setattr(datasets, "create", lambda *_: 1 / 0)
    with pytest.raises(RuntimeError) as caught:
        call(address, "create_dataset", project, "zero")
    assert str(caught.value) == words.speak("en")("error.unexpected")


def test_a_store_that_cannot_be_written_is_told_in_a_sentence(world, monkeypatch):
    address, store, project = world
    with store.engine.connect() as connection:
        connection.exec_driver_sql("PRAGMA query_only = ON")
        with pytest.raises(OperationalError) as refused:
            connection.exec_driver_sql("DELETE FROM caption")
        connection.exec_driver_sql("PRAGMA query_only = OFF")

    def create(*_):
        raise refused.value

    monkeypatch.setattr(datasets, "create", create)
    with pytest.raises(RuntimeError, match="^The store cannot be written .*readonly.* Nothing was changed"):
        call(address, "create_dataset", project, "fox")


# ── what is served ───────────────────────────────────────────────────────────
def test_the_document_asks_nothing_of_other_hosts(world):
    address, _, _ = world
    page = httpx.get(address + "/", timeout=PATIENCE).text
    asked = re.findall(r'(?:<script[^>]*src|<link[^>]*href)="([^"]+)"', page)
    assert {"whole.js", "whole.css"} <= {re.split(r"[/?]", link)[2] for link in asked if link.startswith("/parts/")}
    assert [link for link in asked if "//" in link] == []
    for link in asked:
        assert httpx.get(httpx.URL(address + "/").join(link), timeout=PATIENCE).status_code == 200, link


def test_only_pictures_and_parts_are_served(world, fox):
    address, store, _ = world
    file = datasets.images(store, fox)[0].file
    assert httpx.get(f"{address}/file/{file}", timeout=PATIENCE).headers["cache-control"].endswith("immutable")
    assert httpx.get(f"{address}/thumb/{file}", timeout=PATIENCE).headers["content-type"] == "image/jpeg"
    for path in (
        "/file/studio.sqlite",
        "/file/..%2fstudio.sqlite",
        "/thumb/nothing.png",
        "/parts/__init__.py",
        "/parts/..%2fpage.py",
    ):
        assert httpx.get(address + path, timeout=PATIENCE).status_code == 404, path
    for path in ("studio.sqlite", ".opening"):
        assert httpx.get(f"{address}/gradio_api/file={store.home / path}", timeout=PATIENCE).status_code in (403, 404)


def test_a_file_of_the_store_that_is_no_picture_is_not_served_as_one(world):
    address, store, _ = world
    name = store.files.add_bytes(b"<script>alert(1)</script>", ".html")
    assert httpx.get(f"{address}/file/{name}", timeout=PATIENCE).status_code == 404


# ── what can be asked ────────────────────────────────────────────────────────
def test_every_action_is_a_named_endpoint(world):
    address, _, _ = world
    named = set(httpx.get(f"{address}/gradio_api/info", timeout=PATIENCE).json()["named_endpoints"])
    asked = set()
    for script in (ROOT / "studio/parts").glob("*.js"):
        asked |= set(re.findall(r'(?:call|act|post)\("(\w+)"', script.read_text(encoding="utf-8")))
    assert {f"/{name}" for name in asked} <= named
    assert {"/train", "/generate", "/caption", "/upload_pictures", "/give_picture"} <= named
    assert [name for name in named if name.startswith("/lambda") or name[-2:-1] == "_"] == []


def test_pictures_are_uploaded_listed_removed_and_brought_back(world, fox):
    address, _, _ = world
    images = call(address, "look_dataset", fox)["images"]
    assert [(row["name"], row["width"], row["caption"]) for row in images] == [(f"{at}.png", 64, "") for at in range(3)]
    call(address, "remove_pictures", [images[0]["id"]])
    assert len(call(address, "look_dataset", fox)["images"]) == 2
    call(address, "restore_pictures", [images[0]["id"]])
    assert [row["id"] for row in call(address, "look_dataset", fox)["images"]] == [row["id"] for row in images]


def test_what_cannot_be_used_is_refused_by_name_and_the_rest_goes_in(world, fox, tmp_path):
    address, store, _ = world
    paint(77).save(tmp_path / "good.png")
    (tmp_path / "cut.png").write_bytes((tmp_path / "good.png").read_bytes()[:-60])
    (tmp_path / "words.png").write_text("not a picture")
    with zipfile.ZipFile(tmp_path / "more.zip", "w") as archive:
        paint(78).save(tmp_path / "inside.png")
        archive.write(tmp_path / "inside.png", "deep/inside.png")
        archive.writestr("deep/inside.txt", "a gradient from a zip")
    files = [handle_file(str(tmp_path / name)) for name in ("good.png", "cut.png", "words.png", "more.zip")]
    came = Client(address, verbose=False).predict(dataset=fox, files=files, api_name="/upload_pictures")
    assert len(came["added"]) == 2
    assert came["captions"] == 1
    assert {row["name"] for row in came["refused"]} == {"cut.png", "words.png"}
    assert all(row["why"].startswith(row["name"]) and row["why"].endswith(".") for row in came["refused"])
    assert list((store.home / "incoming").rglob("*.png")) == []


def test_a_caption_is_written_by_hand_and_the_older_one_stays_in_its_history(world, fox):
    address, store, _ = world
    picture = datasets.images(store, fox)[0].id
    captions.add(store, picture, "a machine said this", "mini")
    assert call(address, "write_caption", picture, " a  person said <b>this</b> ") is True
    assert call(address, "write_caption", picture, "a person said <b>this</b>") is False
    history = call(address, "caption_history", picture)
    assert [(row["text"], row["origin"]) for row in history] == [
        ("a person said <b>this</b>", "hand"),
        ("a machine said this", "mini"),
    ]


def test_training_is_asked_for_by_name_and_waits_in_the_queue(world, fox):
    address, store, project = world
    name = datasets.get(store, fox).name
    job = Client(address, verbose=False).predict(
        project=project, name="by hand", dataset=name, steps=60, api_name="/train"
    )
    row = queue.get(store, int(job))
    assert (row.task, row.state, row.lane) == ("train", "queued", "train")
    assert (row.request["name"], row.request["dataset"], row.request["steps"]) == ("by hand", name, 60)
    looked = call(address, "look_training", project, 0)
    assert looked["job"]["id"] == row.id
    assert call(address, "list_jobs", project, 60)[0]["title"] == "Train by hand"
    call(address, "stop_job", row.id)
    assert queue.get(store, row.id).state == "stopped"
    again = call(address, "again_job", row.id)
    assert queue.get(store, again).request == row.request
    queue.stop(store, again)


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"dataset": "nowhere"}, "There is no data set called “nowhere” in this project"),
        ({"base": "sdxl-turbo"}, "There is no base model called “sdxl-turbo”"),
        ({"steps": 0}, "“Steps” must be 1 or more; 0 was given."),
        ({"name": ""}, "“Name” is empty. Fill it in."),
    ],
)
def test_what_cannot_be_trained_is_one_sentence_and_no_job(world, fox, given, said):
    address, store, project = world
    before = len(queue.recent(store, project))
    asked = {"project": project, "name": "x", "dataset": datasets.get(store, fox).name} | given
    with pytest.raises(Exception, match=re.escape(said)):
        Client(address, verbose=False).predict(**asked, api_name="/train")
    assert len(queue.recent(store, project)) == before


def test_an_empty_data_set_is_not_trained_on(world):
    address, store, project = world
    call(address, "create_dataset", project, "bare")
    with pytest.raises(Exception, match="The data set “bare” has no pictures yet"):
        Client(address, verbose=False).predict(project=project, name="x", dataset="bare", api_name="/train")


def test_a_picture_is_asked_for_with_a_blend_and_a_picture_to_start_from(world, tmp_path):
    address, store, project = world
    paint(3).save(tmp_path / "start.png")
    client = Client(address, verbose=False)
    given = client.predict(project=project, file=handle_file(str(tmp_path / "start.png")), api_name="/give_picture")
    assert pictures.get(store, given["id"]).kind == "input"
    job = client.predict(
        project=project,
        prompt="a fox",
        picture=given["id"],
        blend=[{"lora": 7, "weight": 0.5}],
        seed=3,
        api_name="/generate",
    )
    request = queue.get(store, int(job)).request
    assert [(part["lora"], part["weight"]) for part in request["blend"]] == [(7, 0.5)]
    assert (request["picture"], request["seed"], request["prompt"]) == (given["id"], 3, "a fox")
    queue.stop(store, int(job))


def test_a_base_model_is_added_by_its_folder_or_refused_with_a_sentence(world, tmp_path):
    address, _, _ = world
    with pytest.raises(RuntimeError, match="^There is nothing at /nowhere/at/all"):
        call(address, "add_base", "nothing", "/nowhere/at/all", "", "")
    (tmp_path / "model").mkdir()
    (tmp_path / "model/model_index.json").write_text(json.dumps({"_class_name": "StableDiffusionXLPipeline"}))
    number = call(address, "add_base", "", str(tmp_path / "model"), "", "")
    row = next(row for row in call(address, "list_bases") if row["id"] == number)
    assert (row["name"], row["family"], row["here"]) == ("model", "sdxl", True)
    call(address, "remove_base", number)
    assert number not in [row["id"] for row in call(address, "list_bases")]


def test_the_next_step_follows_the_work(world, tmp_path):
    address, store, _ = world
    project = call(address, "create_project", "steps")
    said = lambda: call(address, "pulse", project, 0)["next"]["kind"]  # noqa: E731
    assert said() == "begin"
    dataset = call(address, "create_dataset", project, "fox")
    assert said() == "empty"
    paint(5).save(tmp_path / "one.png")
    Client(address, verbose=False).predict(
        dataset=dataset, files=[handle_file(str(tmp_path / "one.png"))], api_name="/upload_pictures"
    )
    assert said() == "caption"
    call(address, "write_caption", datasets.images(store, dataset)[0].id, "a gradient")
    assert said() == "train"
    task = folder.task("train")(name="fox", dataset="fox")
    job = queue.add(store, project, "train", task, title=task.title(), lane=task.lane)
    assert said() == "training"
    queue.stop(store, job.id)


def test_a_lora_is_downloaded_in_each_format_under_its_name(world):
    address, store, project = world
    job = staging._train_job(store, project, "여우", "fox", 6, rows=1)
    number = staging._lora(store, job, "여우", 6)
    queue.finish(store, job)
    for form in call(address, "list_formats"):
        answer = httpx.get(f"{address}/lora/{number}/{form['name']}", timeout=PATIENCE)
        assert answer.status_code == 200
        assert "%EC%97%AC%EC%9A%B0.safetensors" in answer.headers["content-disposition"]
        (store.home / "got.safetensors").write_bytes(answer.content)
        keys = [key for key in bases.header(store.home / "got.safetensors") if key != "__metadata__"]
        prefix = {"kohya": "lora_unet_mid_block", "diffusers": "unet.mid_block"}[form["name"]]
        assert keys and all(key.startswith(prefix) for key in keys)
    assert httpx.get(f"{address}/lora/{number}/pickle", timeout=PATIENCE).status_code == 404
    assert httpx.get(f"{address}/lora/999/kohya", timeout=PATIENCE).status_code == 404
