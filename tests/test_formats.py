"""Every layout of data sets, by being in storage/formats: what goes out comes in again the same."""

import json
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor

import pytest
from PIL import Image as Pictures
from sqlalchemy import update

from door.main import main
from storage import captions, changes, datasets, edits, exports, formats, imports, uploads
from storage.database import Store
from storage.errors import BadInput, Stopped
from storage.files import sha256
from storage.pictures import png
from storage.settings import PROJECT, Settings
from storage.tables import Image
from tests.conftest import paint

COLUMNS = ("text", "repeats", "split", "person", "out", "name")
LOST = {
    "pictures": {"text", "repeats", "person"},
    "text_files": {"repeats", "person"},
    "captions_json": {"repeats", "person"},
    "kohya": {"person"},
    "identity": {"repeats", "name"},
}
"""What a layout cannot carry, as its docstring says; one that is not here carries everything."""


def rows(store, dataset_id, without=()):
    """What a data set holds, in an order that does not depend on the import: file, then the columns but `without`."""
    images = datasets.images(store, dataset_id)
    words = captions.current(store, [image.id for image in images])
    kept = [column for column in COLUMNS if column not in without]
    return sorted(
        (image.file, *((words.get(image.id, "") if key == "text" else getattr(image, key)) for key in kept))
        for image in images
    )


@pytest.fixture
def mixed(store, project, dataset):
    """Every split, repeats, people, a picture kept out, two of one name, Korean and quotes in captions, none at all."""
    images = datasets.images(store, dataset.id)
    captions.add(store, images[0].id, '여우, "red", and quick; \\n', "hand")
    captions.add(store, images[2].id, "", "hand")
    for number, name, facts in [
        (9, images[1].name, {"person": "ann", "repeats": 10}),
        (10, "face 🦊.png", {"person": "ann", "split": "reference"}),
        (11, "한글 .. [1].png", {"split": "held-out", "repeats": 3}),
        (12, "plain.png", {"split": "regularisation"}),
        (13, "blurred.png", {"out": True}),
    ]:
        file = store.files.add_bytes(png(paint(number)), ".png")
        row = datasets.add_image(store, dataset.id, file, name, (64, 64), **facts)
        if number != 10:
            captions.add(store, row.id, f"number {number}", "hand")
    return dataset


@pytest.mark.parametrize("suffix", ["", ".zip"])
@pytest.mark.parametrize("name", formats.names())
def test_out_and_in_again_is_the_same(store, project, mixed, tmp_path, name, suffix):
    without = LOST.get(name, set())
    first, second = (datasets.create(store, project.id, place).id for place in ("first", "second"))
    exports.write(store, mixed.id, tmp_path / f"one{suffix}", name, with_out=True)
    report = imports.bring(store, first, [tmp_path / f"one{suffix}"])
    assert (report.format, report.refused) == (name, [])
    if name == "identity":
        _make_everyone_somebody(store, mixed.id)
    # Two pictures of one name have two from then on.
    assert rows(store, first, without | {"name"}) == rows(store, mixed.id, without | {"name"})
    assert "name" in without or _names(store, mixed.id) <= _names(store, first)
    exports.write(store, first, tmp_path / f"two{suffix}", name, with_out=True)
    imports.bring(store, second, [tmp_path / f"two{suffix}"], format=name)
    assert rows(store, second) == rows(store, first)


def _names(store, dataset_id):
    return {image.name for image in datasets.images(store, dataset_id)}


def _make_everyone_somebody(store, dataset_id):
    """In the layout of people a picture of nobody in particular is one of `person`."""
    with store.session() as session:
        session.execute(update(Image).where(Image.dataset_id == dataset_id, Image.person == "").values(person="person"))
        session.commit()


def test_every_layout_says_what_it_cannot_carry():
    spoken = {"text": "aptions", "repeats": "epeats", "person": "people", "name": "Names"}
    for name in formats.names():
        words = formats.get(name).__doc__
        for column in LOST.get(name, ()):
            assert spoken[column] in words, f"{name} does not say that it loses {column}"
        assert ("are not carried" in words or "Neither are" in words) == (name in LOST), name


def test_the_format_can_be_said_against_what_is_recognised(store, project, tmp_path):
    (tmp_path / "5_fox").mkdir()
    paint(1).save(tmp_path / "5_fox" / "a.png")
    for said, text, repeats in [("", "fox", 5), ("pictures", "", 1)]:
        row = datasets.create(store, project.id, f"said {said}")
        report = imports.bring(store, row.id, [tmp_path / "5_fox"], format=said)
        assert report.format == said or report.format == "kohya"
        assert [found[1:3] for found in rows(store, row.id)] == [(text, repeats)]


def test_a_table_finds_pictures_by_what_other_machines_call_them(store, project, tmp_path):
    (tmp_path / "set" / "img").mkdir(parents=True)
    for number, name in enumerate(["A.JPG.png", "b.png", "c.png"]):
        paint(number).save(tmp_path / "set" / "img" / name)
    lines = {"img\\A.jpg.PNG": "one", "/data/of/another/b.png": "two", "img/c": "three"}
    (tmp_path / "set" / "captions.json").write_text(json.dumps(lines))
    row = datasets.create(store, project.id, "called")
    assert imports.bring(store, row.id, [tmp_path / "set"]).refused == []
    assert sorted(found[1] for found in rows(store, row.id)) == ["one", "three", "two"]


def test_importing_again_gives_captions_that_were_missing_and_keeps_those_there_are(store, project, folder):
    row = datasets.create(store, project.id, "twice")
    (folder / "picture_1.txt").unlink()
    imports.bring(store, row.id, [folder])
    (folder / "picture_1.txt").write_text("late")
    (folder / "picture_2.txt").write_text("changed outside")
    report = imports.bring(store, row.id, [folder])
    assert (report.added, len(report.known), report.captions) == ([], 4, 1)
    assert report.noted == [("picture_2.png", "picture_2.png has another caption here, which stays.")]
    assert {"late", "a gradient of colour number 2"} <= {found[1] for found in rows(store, row.id)}


def test_one_face_may_be_the_reference_and_a_picture_to_learn(store, project, tmp_path):
    (tmp_path / "set" / "person_001").mkdir(parents=True)
    for name in ("ref_face.png", "orig.png"):
        paint(1).save(tmp_path / "set" / "person_001" / name)
    row = datasets.create(store, project.id, "people")
    for times in (2, 0):
        assert len(imports.bring(store, row.id, [tmp_path / "set"]).added) == times
    assert sorted(found[3:5] for found in rows(store, row.id)) == [("reference", "person_001"), ("train", "person_001")]


# ── what goes out ────────────────────────────────────────────────────────────
@pytest.mark.parametrize("name", formats.names())
def test_where_a_picture_was_taken_is_in_no_export(store, project, tmp_path, name):
    secret = "where I live"
    exif = Pictures.Exif()
    exif[0x010E], exif.get_ifd(0x8825)[2] = secret, (37.0, 33.0, 59.0)
    (tmp_path / "ann").mkdir()
    for number, (form, how) in enumerate(
        [("JPEG", {"comment": secret}), ("JPEG", {"xmp": secret.encode()}), ("PNG", {}), ("WEBP", {}), ("AVIF", {})]
    ):
        if number == 1:
            exif[0x0112] = 6
        called = "ref_face" if not number else "orig" if number == 1 else f"orig_{number}"
        paint(number, (64, 48)).save(tmp_path / "ann" / f"{called}.{form.lower()}", exif=exif, **how)
    row = datasets.create(store, project.id, "places")
    assert len(imports.bring(store, row.id, [tmp_path / "ann"]).added) == 5
    exports.write(store, row.id, tmp_path / "out", name)
    written = [path for path in (tmp_path / "out").rglob("*") if path.is_file()]
    assert len(written) >= 5
    for path in written:
        assert secret.encode() not in path.read_bytes(), path
        if path.suffix in uploads.SUFFIXES:
            with Pictures.open(path) as picture:
                assert not picture.getexif() and "xmp" not in picture.info and picture.size[0] >= 48
    assert sum(secret.encode() in path.read_bytes() for path in (tmp_path / "ann").iterdir()) == 5


def test_the_mended_picture_goes_out_and_those_kept_out_only_if_asked(store, dataset, tmp_path):
    first, second = datasets.images(store, dataset.id)[:2]
    edits.apply(store, first.id, rotate=90)
    changes.edit(store, dataset.id, "out", {second.id: {"out": True}})
    mended = datasets.image(store, first.id)
    assert mended.file != first.file
    assert exports.left_out(store, dataset.id) == 1
    assert exports.write(store, dataset.id, tmp_path / "three", "pictures") == 3
    assert exports.write(store, dataset.id, tmp_path / "four", "pictures", with_out=True) == 4
    sums = {sha256(path) for path in (tmp_path / "three").iterdir()}
    assert mended.file.partition(".")[0] in sums and first.file.partition(".")[0] not in sums
    again = imports.bring(store, dataset.id, [tmp_path / "four"])
    assert again.added == [], "a mended picture is known by what it is and by what it was"


def test_an_export_that_ends_in_the_middle_leaves_nothing(store, dataset, tmp_path):
    def stop(done, total, name):
        if done == 2:
            raise Stopped

    for target in (tmp_path / "there", tmp_path / "there.zip"):
        with pytest.raises(Stopped):
            exports.write(store, dataset.id, target, "kohya", progress=stop)
    assert [path.name for path in tmp_path.iterdir() if "there" in path.name or path.name.startswith(".new")] == []


# ── how it comes in ──────────────────────────────────────────────────────────
def test_a_stopped_import_keeps_what_is_in_and_goes_on(store, project, folder):
    row = datasets.create(store, project.id, "stopped")

    def stop(done, total, name):
        if done == 2:
            raise Stopped

    with pytest.raises(Stopped):
        imports.bring(store, row.id, [folder], stop)
    assert datasets.summary(store, row.id).captioned == 2
    report = imports.bring(store, row.id, [folder])
    assert (len(report.added), len(report.known)) == (2, 2)


KILLED = """
import os, sys
from pathlib import Path
from storage import datasets, imports
from storage.database import Store
from storage.settings import Settings
imports.TOGETHER = 2
store = Store.open(Settings(home=Path(sys.argv[1])))
row = datasets.create(store, 1, "killed")
imports.bring(store, row.id, [Path(sys.argv[2])], lambda done, total, name: os._exit(9) if done == 3 else None)
"""


def test_a_killed_import_leaves_a_whole_store_and_goes_on(tmp_path, folder):
    settings = Settings(home=tmp_path / "home")
    done = subprocess.run([sys.executable, "-c", KILLED, settings.home, folder], cwd=PROJECT, check=False)
    assert done.returncode == 9
    store = Store.open(settings)
    row = datasets.named(store, 1, "killed")
    images = datasets.images(store, row.id)
    assert 2 <= len(images) < 4 and datasets.summary(store, row.id).captioned == len(images)
    for image in images:
        assert sha256(store.files.path(image.file)) == image.file.partition(".")[0]
        assert uploads.read(store.files.thumbnail(image.file)).size == (64, 64)
    assert len(imports.bring(store, row.id, [folder]).added) == 4 - len(images)
    assert len(list(store.files.folder.rglob("[0-9a-f]*.png"))) == 4
    store.close()


def test_pictures_brought_twice_at_once_come_in_once(store, project, folder):
    row = datasets.create(store, project.id, "both")
    with ThreadPoolExecutor(2) as pool:
        reports = list(pool.map(lambda _: imports.bring(store, row.id, [folder]), range(2)))
    assert datasets.count(store, row.id) == sum(len(report.added) for report in reports) == 4


def test_an_empty_thumbnail_of_a_power_cut_is_made_again(store, dataset):
    file = datasets.images(store, dataset.id)[0].file
    store.files.thumbnail_path(file).write_bytes(b"")
    assert uploads.read(store.files.thumbnail(file)).size == (64, 64)


def test_a_folder_of_kohya_without_texts_is_captioned_by_its_name(store, project, tmp_path):
    (tmp_path / "set" / "5_red fox").mkdir(parents=True)
    paint(1).save(tmp_path / "set" / "5_red fox" / "a.png")
    row = datasets.create(store, project.id, "plain")
    imports.bring(store, row.id, [tmp_path / "set"])
    assert [found[1:3] for found in rows(store, row.id)] == [("red fox", 5)]


def test_names_that_are_not_there_are_told(store, project, tmp_path):
    (tmp_path / "set").mkdir()
    paint(1).save(tmp_path / "set" / "a.png")
    (tmp_path / "set" / "captions.json").write_text(json.dumps({"a.png": "a", "lost.png": "b"}))
    row = datasets.create(store, project.id, "lost")
    report = imports.bring(store, row.id, [tmp_path / "set"])
    assert report.captions == 1
    assert report.refused == [("lost.png", "captions.json names lost.png, which is not there. It was left out.")]


def test_a_csv_from_a_korean_spreadsheet_is_read(store, project, tmp_path):
    (tmp_path / "set").mkdir()
    paint(1).save(tmp_path / "set" / "a.png")
    (tmp_path / "set" / "metadata.csv").write_bytes("file_name,text\r\na.png,빨간 여우\r\n".encode("cp949"))
    row = datasets.create(store, project.id, "cp949")
    imports.bring(store, row.id, [tmp_path / "set"])
    assert [found[1] for found in rows(store, row.id)] == ["빨간 여우"]


def test_what_cannot_be_written_is_one_sentence(store, project, dataset, tmp_path):
    empty = datasets.create(store, project.id, "empty")
    (tmp_path / "full").mkdir()
    (tmp_path / "full" / "letter").write_text("keep me")
    for target, which, name, words in [
        ("x", empty.id, "kohya", "no pictures"),
        ("x", dataset.id, "tar", "no data-set format"),
        ("full", dataset.id, "kohya", "not empty"),
    ]:
        with pytest.raises(BadInput, match=words):
            exports.write(store, which, tmp_path / target, name)
    assert (tmp_path / "full" / "letter").read_text() == "keep me"


# ── the command line ─────────────────────────────────────────────────────────
def test_the_command_line_reads_and_writes_every_format(settings, dataset, tmp_path, capsys):
    def say(*words):
        status = main([words[0], "--home", str(settings.home), *map(str, words[1:])])
        return status, *capsys.readouterr()

    store = Store.open(settings)
    datasets.set_split(store, [datasets.images(store, dataset.id)[0].id], "held-out")
    changes.edit(store, dataset.id, "out", {datasets.images(store, dataset.id)[1].id: {"out": True}})
    status, out, err = say("export", "--dataset", "fox", "--format", "metadata_csv", tmp_path / "fox.zip")
    assert (status, out) == (0, f"{tmp_path / 'fox.zip'}\n")
    assert err.endswith("1 picture is kept out of training and not written; --with-out writes them too.\n")
    status, out, err = say("import", tmp_path / "fox.zip", "--dataset", "copy", "--format", "metadata_csv")
    assert (status, out) == (0, "copy: 3 pictures added, 3 with a caption.\n")
    assert "Read as: Hugging Face, metadata.csv (--format metadata_csv)." in err
    assert datasets.count(store, datasets.named(store, 1, "copy").id, "held-out") == 1
    assert say("export", "--dataset", "fox", "--format", "tar", tmp_path / "x")[::2] == (
        1, f"There is no data-set format “tar”. Use one of: {', '.join(formats.names())}.\n",
    )  # fmt: skip
    assert say("export", "fox", "--format", "text_files")[0] == 1
    assert say("export", "--dataset", "fox", tmp_path / "a", "--out", tmp_path / "b")[0] == 1
    assert not (tmp_path / "x").exists()
    store.close()
