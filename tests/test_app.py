"""The command line: what it answers, and what it says when something is wrong."""

import argparse
import io
import socket
import zipfile

import pytest
from PIL import Image as Pictures

from door import ask
from door.main import main
from storage import captions, datasets, loras, projects, queue
from storage import recipes as own_recipes
from storage.database import Store
from tests.conftest import paint


@pytest.fixture
def say(settings, capsys, monkeypatch):
    """Say a command line to the studio: its exit status, what it printed, and what it complained of."""
    monkeypatch.delenv("STUDIO_HOME", raising=False)

    def run(*words, home=settings.home):
        try:
            status = main([str(words[0]), "--home", str(home), *map(str, words[1:])])
        except SystemExit as end:
            status = end.code
        done = capsys.readouterr()
        return status, done.out.strip(), done.err.strip()

    return run


def complains(answer, *words):
    """Another status than 0, and one sentence on standard error that has these words."""
    status, out, err = answer
    assert status not in (0, None) and out == ""
    assert "\n" not in err and err.endswith("."), err
    assert "Traceback" not in err
    for word in words:
        assert word in err, err


# ── import and export ────────────────────────────────────────────────────────
def test_a_folder_comes_in_with_its_captions(say, store, project, folder):
    status, out, _ = say("import", folder, "--dataset", "fox", "--trigger", "FOX")
    assert (status, out) == (0, "fox: 4 pictures added, 4 with a caption.")
    row = datasets.named(store, project.id, "fox")
    images = datasets.images(store, row.id)
    assert row.trigger == "FOX"
    assert set(captions.current(store, [i.id for i in images]).values()) == {
        f"a gradient of colour number {n}" for n in range(4)
    }
    assert (
        say("import", folder, "--dataset", "fox")[1] == "fox: 0 pictures added, 4 were there already, 0 with a caption."
    )


def test_a_project_is_made_when_pictures_come_into_it(say, store, folder):
    assert say("import", folder, "--dataset", "fox", "--project", "Zoo")[0] == 0
    zoo = projects.named(store, "Zoo")
    assert [row.name for row in datasets.all(store, zoo.id)] == ["fox"]


def test_what_cannot_be_used_is_named_and_the_rest_goes_in(say, folder):
    (folder / "words.jpg").write_text("no picture at all")
    whole = (folder / "picture_0.png").read_bytes()
    (folder / "half.png").write_bytes(whole[: len(whole) // 2])
    (folder / "nothing.png").touch()
    status, out, err = say("import", folder, "--dataset", "fox")
    assert (status, out) == (0, "fox: 4 pictures added, 4 with a caption.")
    for name in ("words.jpg", "half.png", "nothing.png"):
        assert sum(line.startswith(f"{name} ") for line in err.splitlines()) == 1, err


def test_nothing_usable_is_a_failure(say, tmp_path):
    (tmp_path / "a.png").write_bytes(b"\x89PNG\r\n\x1a\n")
    status, _, err = say("import", tmp_path / "a.png", "--dataset", "fox")
    assert status == 1 and "a.png is" in err


def test_a_path_that_is_not_there(say, tmp_path, store, project):
    complains(say("import", tmp_path / "nowhere", "--dataset", "fox"), "There is no file or folder", "nowhere")
    assert datasets.all(store, project.id) == [], "no empty data set is left behind"


def test_a_data_set_goes_out_and_comes_in_again(say, store, project, dataset, tmp_path):
    assert say("export", "--dataset", "fox", "--out", tmp_path / "out")[:2] == (0, str(tmp_path / "out"))
    assert len(list((tmp_path / "out").glob("*.png"))) == 4
    assert len(list((tmp_path / "out").glob("*.txt"))) == 4
    say("import", tmp_path / "out", "--dataset", "copy")
    copy = datasets.named(store, project.id, "copy")
    files = [{row.file for row in datasets.images(store, number)} for number in (dataset.id, copy.id)]
    assert files[0] == files[1]
    assert datasets.summary(store, copy.id).captioned == 4


def test_pictures_of_the_same_name_all_go_out(say, store, project, dataset, tmp_path):
    buffer = io.BytesIO()
    with zipfile.ZipFile(tmp_path / "more.zip", "w") as archive:
        for number in (7, 8):
            buffer.seek(0), buffer.truncate()
            paint(number).save(buffer, "PNG")
            archive.writestr(f"{number}/picture_0.png", buffer.getvalue())
    say("import", tmp_path / "more.zip", "--dataset", "fox")
    say("export", "--dataset", "fox", "--out", tmp_path / "out")
    assert len(list((tmp_path / "out").glob("*.png"))) == 6


def test_export_does_not_write_over_a_folder_that_holds_something(say, dataset, folder):
    complains(say("export", "--dataset", "fox", "--out", folder), "is there already")


def test_export_of_what_is_not_there(say, dataset):
    complains(say("export", "bear"), "no LoRA called “bear”")
    complains(say("export", "--dataset", "bear"), "no data set called “bear”", "fox")
    complains(say("export"), "Say what to export")
    complains(say("export", "--project", "Nowhere", "--dataset", "fox"), "no project called “Nowhere”")


# ── asking for work ──────────────────────────────────────────────────────────
@pytest.mark.parametrize(
    ("words", "parts"),
    [
        (["train", "--recipe", "style"], ["--name is missing"]),
        (["train", "--name", "a"], ["--dataset is missing"]),
        (["train", "--name", "a", "--dataset", "bear"], ["no data set called “bear”", "fox"]),
        (["train", "--name", "a", "--dataset", "fox", "--base", "sd9"], ["no base model called “sd9”", "mini"]),
        (["train", "--name", "a", "--dataset", "fox", "--rank", "0"], ["--rank", "greater than or equal to 1", "'0'"]),
        (["train", "--name", "a", "--dataset", "fox", "--steps", "many"], ["--steps", "'many'"]),
        (["train", "--name", "a", "--dataset", "fox", "--learning-rate", "0"], ["--learning-rate", "greater than 0"]),
        (["train", "--name", "a", "--dataset", "fox", "--recipe", "soup"], ["no recipe “soup”", "style"]),
        (["train", "--name", "a", "--dataset", "fox", "--schedule", "lunar"], ["--schedule", "'lunar'", "cosine"]),
        (["train", "--levitate"], ["--levitate", "app.py train --help"]),
        (["generate", "--prompt", "a fox", "--blend", "bear:1"], ["no LoRA called “bear”"]),
        (["generate", "--prompt", "a fox", "--picture", "nowhere.png"], ["no picture nowhere.png"]),
        (["generate", "--prompt", "a fox", "--picture", "99"], ["no picture number 99"]),
        (["generate", "--prompt", "a fox", "--count", "0"], ["--count", "'0'"]),
        (["caption", "--dataset", "bear"], ["no data set called “bear”"]),
        (["levitate"], ["'levitate'", "app.py --help"]),
        (["jobs", "stop"], ["Which job"]),
        (["jobs", "stop", "99"], ["no job number 99"]),
        (["bases", "add", "mine"], ["Say a name and where"]),
        (["bases", "add", "mine", "/nowhere/at/all"], ["nothing at /nowhere/at/all"]),
        (["bases", "remove", "sd9"], ["no base model called “sd9”"]),
        (["serve", "--port", "99999"], ["--port must lie between 1 and 65535"]),
    ],
)
def test_a_wrong_word_is_answered_with_one_sentence(say, dataset, store, words, parts):
    complains(say(*words), *parts)
    assert queue.recent(store) == [], "nothing was asked of a worker"


def test_a_recipe_of_one_s_own_that_is_wrong(say, dataset, tmp_path):
    file = tmp_path / "mine.toml"
    for text, part in [
        ("[settings]\nflavour = 3", "“flavour”, which is no field of train"),
        ("[settings\n", "cannot be read"),
        ("colour = 'red'", "colour"),
        ("task = 'generate'", "is one for generate"),
    ]:
        file.write_text(text)
        complains(say("train", "--name", "a", "--dataset", "fox", "--recipe", file), "mine", part)


def test_a_recipe_that_was_saved_on_the_page_is_found_by_its_name(say, dataset, store):
    own_recipes.keep(store, "soft one", "[settings]\nrank = 0")
    complains(say("train", "--name", "a", "--dataset", "fox", "--recipe", "soft one"), "soft one", "“rank” to 0")
    own_recipes.keep(store, "soft one", "[settings]\nrank = 7", over=True)
    options = argparse.Namespace(recipe="soft one", name="a", dataset="fox", project=None)
    assert ask.asked(store, projects.first(store), "train", options).rank == 7


def test_a_picture_that_is_none(say, tmp_path):
    (tmp_path / "words.png").write_text("hello")
    complains(say("generate", "--prompt", "x", "--picture", tmp_path / "words.png"), "words.png is not a picture")


def test_a_weight_that_is_no_number(say, store, project, tmp_path):
    (tmp_path / "l.safetensors").write_bytes(b"x")
    loras.add(store, project.id, tmp_path / "l.safetensors", name="fox", family="sd15", base="mini")
    complains(say("generate", "--prompt", "x", "--blend", "fox:strong"), "fox:strong is not NAME:WEIGHT")
    complains(say("generate", "--prompt", "x", "--blend", "fox:9"), "--blend", "less than or equal to 4")


# ── the store ────────────────────────────────────────────────────────────────
def test_a_home_that_cannot_be_written(say, tmp_path):
    (tmp_path / "file").touch()
    complains(say("jobs", home=tmp_path / "file" / "home"), "cannot be written", "STUDIO_HOME")
    complains(say("serve", home=tmp_path / "file" / "home"), "cannot be written", "STUDIO_HOME")


def test_a_store_that_is_none(say, settings):
    settings.home.mkdir(parents=True)
    (settings.home / "studio.sqlite").write_bytes(b"not a database" * 999)
    complains(say("jobs"), "is not a store of this studio")


def test_a_port_that_is_taken(say):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        complains(say("serve", "--port", taken.getsockname()[1]), "cannot be listened on", "--port")


# ── jobs and bases ───────────────────────────────────────────────────────────
def test_jobs_are_listed_stopped_resumed_and_repeated(say, store, project):
    from jobs.tasks.generate import GeneratePictures

    task = GeneratePictures(prompt="a fox")
    number = queue.add(store, project.id, "generate", task, task.title(), task.lane).id
    queue.log(store, number, "It is a red one.")
    assert say("jobs")[1].split() == [str(number), "queued", "–", "Draw", "a", "fox"]
    assert "stopped" in say("jobs", "stop", number)[1]
    assert "queued" in say("jobs", "resume", number)[1]
    assert "paused" in say("jobs", "pause", number)[1]
    assert say("jobs", "again", number)[1].split()[:2] == [str(number + 1), "queued"]
    assert say("jobs", "log", number)[1].endswith("It is a red one.")
    assert len(say("jobs", "--limit", "1")[1].splitlines()) == 1


def test_bases_are_listed_added_and_forgotten(say, tmp_path):
    (tmp_path / "model").mkdir()
    (tmp_path / "model" / "model_index.json").write_text('{"_class_name": "StableDiffusionXLPipeline"}')
    assert say("bases")[1].split()[:2] == ["mini", "sd15"]
    assert say("bases", "add", "big", tmp_path / "model")[1].splitlines()[1].split()[:2] == ["big", "sdxl"]
    assert len(say("bases", "remove", "big")[1].splitlines()) == 1


# ── the words themselves ─────────────────────────────────────────────────────
def test_without_a_command_the_page_is_served(monkeypatch):
    from door.commands import serve

    seen = []
    monkeypatch.setattr(serve, "run", lambda options: seen.append((options.host, options.port)) or 0)
    assert main([]) == 0 and main(["--port", "7861"]) == 0 and main(["serve", "--host", "::1"]) == 0
    assert seen == [("127.0.0.1", 7860), ("127.0.0.1", 7861), ("::1", 7860)]


def test_help_lists_every_command_and_every_field(capsys):
    for words in (["--help"], ["train", "--help"]):
        with pytest.raises(SystemExit) as end:
            main(words)
        assert end.value.code == 0
    out = capsys.readouterr().out
    for word in ("serve", "import", "caption", "train", "generate", "jobs", "export", "bases", "demo"):
        assert f"\n    {word}" in out
    for option in ("--learning-rate", "--targets", "--no-flip", "--recipe", "--sample-prompts", "How many batches"):
        assert option in out


def test_a_store_is_readable_by_two_at_once(settings, say):
    first, second = Store.open(settings), Store.open(settings)
    assert projects.first(first).id == projects.first(second).id
    assert say("jobs")[0] == 0


def test_the_file_written_has_the_format_its_name_says(store, project, tmp_path):
    from door.ask import write
    from storage import pictures

    file = store.files.path(pictures.add(store, project.id, paint(3)).file)
    assert write(file, tmp_path / "a.png").read_bytes() == file.read_bytes()
    with Pictures.open(write(file, tmp_path / "new" / "a.jpg")) as picture:
        assert picture.format == "JPEG"
    assert write(file, tmp_path / "a.png", 1).name == "a-2.png"
    assert write(file, tmp_path).parent == tmp_path


def test_no_room_for_what_was_made(store, project, tmp_path):
    from door.ask import write
    from storage import pictures
    from storage.errors import BadInput

    file = store.files.path(pictures.add(store, project.id, paint(3)).file)
    (tmp_path / "file").touch()
    for place in (tmp_path / "file" / "a.png", tmp_path / "a.doc"):
        with pytest.raises(BadInput, match="cannot be written"):
            write(file, place)
