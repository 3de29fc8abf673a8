"""The store: what is remembered stays remembered, whoever asks at the same time."""

import io
import json
import subprocess
import sys
import zipfile

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from PIL import Image as Pictures
from sqlmodel import SQLModel

from storage import (
    bases,
    board_tables,
    captions,
    changes,
    datasets,
    evaluation_tables,
    imports,
    loras,
    measures,
    pictures,
    projects,
    queue,
    snapshots,
    uploads,
)
from storage.database import Store, healthy
from storage.errors import BadInput, BadPicture, NotFound, NotYours, StoreUnusable
from storage.settings import PROJECT
from storage.tables import now
from tests.conftest import paint


class Request:
    """A stand-in for a task's request."""

    def model_dump(self, mode):
        return {"name": "fox"}


def ask(store, project, lane="train"):
    return queue.add(store, project.id, "train", Request(), "Train fox", lane)


def test_tables_are_what_the_migrations_make(store):
    held = (board_tables.Board, evaluation_tables.Evaluation)
    assert {table.__tablename__ for table in held} <= SQLModel.metadata.tables.keys()
    with store.engine.connect() as connection:
        assert compare_metadata(MigrationContext.configure(connection), SQLModel.metadata) == []


def test_pragmas_hold_on_every_connection(store):
    with store.engine.connect() as connection:
        values = [connection.exec_driver_sql(f"PRAGMA {name}").scalar() for name in ("journal_mode", "foreign_keys")]
    assert values == ["wal", 1]
    assert healthy(store)


def test_opening_again_keeps_everything(store, dataset):
    again = Store.open(store.settings)
    assert [row.name for row in datasets.all(again, dataset.project_id)] == ["fox"]
    assert [row.name for row in bases.all(again)] == ["mini"]


def test_a_home_that_is_a_file_is_one_sentence(settings, tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(StoreUnusable, match="cannot be written.*STUDIO_HOME"):
        Store.open(settings.at(tmp_path / "file"))


def test_a_file_that_is_no_store_is_one_sentence_and_kept(settings):
    settings.home.mkdir(parents=True)
    (settings.home / "studio.sqlite").write_bytes(b"not a database, but somebody's letter" * 100)
    with pytest.raises(StoreUnusable, match="not a store"):
        Store.open(settings)
    assert (settings.home / "studio.sqlite").read_bytes().startswith(b"not a database")


# ── projects and data sets ───────────────────────────────────────────────────
def test_names_are_checked(store, project):
    projects.create(store, "Films")
    for name, words in [("", "needs a name"), ("Films", "already"), ("a/b", "character"), ("x" * 81, "81 characters")]:
        with pytest.raises(BadInput, match=words):
            projects.create(store, name)


def test_a_deleted_data_set_frees_its_name_and_comes_back(store, project, dataset):
    datasets.delete(store, dataset.id)
    assert datasets.all(store, project.id) == []
    newer = datasets.create(store, project.id, "fox")
    with pytest.raises(BadInput, match="already"):
        datasets.restore(store, dataset.id)
    datasets.rename(store, newer.id, "fox 2")
    datasets.restore(store, dataset.id)
    assert [row.name for row in datasets.all(store, project.id)] == ["fox", "fox 2"]


def test_a_missing_data_set_names_those_there_are(store, project, dataset):
    with pytest.raises(NotFound, match="wolf.*there are: fox"):
        datasets.named(store, project.id, "wolf")


def test_removed_pictures_come_back_in_their_place(store, dataset):
    before = [row.id for row in datasets.images(store, dataset.id)]
    datasets.remove_images(store, before[1:3])
    assert datasets.count(store, dataset.id) == 2
    datasets.restore_images(store, before[1:3])
    assert [row.id for row in datasets.images(store, dataset.id)] == before


# ── captions ─────────────────────────────────────────────────────────────────
def test_captions_are_a_history(store, dataset):
    image = datasets.images(store, dataset.id)[0]
    captions.add(store, image.id, "a fox ", "mini")
    captions.add(store, image.id, "a red fox", "hand")
    assert captions.add(store, image.id, "a red  fox", "hand") is None
    assert [(row.text, row.origin) for row in captions.history(store, image.id)] == [
        ("a red fox", "hand"),
        ("a fox", "mini"),
        ("a gradient of colour number 0", "import"),
    ]
    assert captions.current(store, [image.id]) == {image.id: "a red fox"}


def test_an_emptied_caption_counts_as_missing(store, dataset):
    image = datasets.images(store, dataset.id)[0]
    assert datasets.summary(store, dataset.id).missing == 0
    captions.add(store, image.id, "", "hand")
    assert datasets.summary(store, dataset.id).missing == 1
    assert image.id not in captions.current(store, [image.id])


# ── importing ────────────────────────────────────────────────────────────────
def test_bad_files_are_named_and_the_rest_goes_in(store, project, tmp_path):
    tmp_path = tmp_path / "mixed"
    tmp_path.mkdir()
    whole = io.BytesIO()
    paint(1).save(whole, "PNG")
    (tmp_path / "good.png").write_bytes(whole.getvalue())
    (tmp_path / "again.png").write_bytes(whole.getvalue())
    (tmp_path / "cut.png").write_bytes(whole.getvalue()[: len(whole.getvalue()) // 2])
    (tmp_path / "zero.jpg").write_bytes(b"")
    (tmp_path / "letter.jpg").write_bytes(b"dear friend")
    (tmp_path / "notes.pdf").write_bytes(b"%PDF")
    paint(2, (9000, 4)).save(tmp_path / "thin.png")
    row = datasets.create(store, project.id, "mixed")
    report = imports.bring(store, row.id, [tmp_path])
    assert len(report.added) == 1 and len(report.known) == 1
    reasons = dict(report.refused)
    assert "cut off" in reasons["cut.png"] and "empty" in reasons["zero.jpg"]
    assert "not a picture" in reasons["letter.jpg"] and "not a picture" in reasons["notes.pdf"]
    assert "9000 × 4" in reasons["thin.png"]
    assert all(sentence.count(". ") <= 1 and sentence.endswith(".") for sentence in reasons.values())


def test_a_zip_is_read_but_never_unpacked(store, project, tmp_path):
    picture = io.BytesIO()
    paint(3).save(picture, "PNG")
    with zipfile.ZipFile(tmp_path / "set.zip", "w") as archive:
        archive.writestr("set/여우 🦊.png", picture.getvalue())
        archive.writestr("set/metadata.jsonl", json.dumps({"file_name": "여우 🦊.png", "text": "a fox"}))
        archive.writestr("../outside.png", picture.getvalue())
        archive.writestr("inner.zip", b"PK")
    row = datasets.create(store, project.id, "zipped")
    report = imports.bring(store, row.id, [tmp_path / "set.zip"])
    assert [image.name for image in report.added] == ["여우 🦊.png"]
    assert captions.current(store, [report.added[0].id]) == {report.added[0].id: "a fox"}
    assert {name for name, _ in report.refused} == {"outside.png", "inner.zip"}
    assert not (tmp_path.parent / "outside.png").exists()


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("metadata.csv", "\ufefffile_name,text\npicture_0.png,a caption\n"),
        ("metadata.jsonl", '{"image": "picture_0.png", "caption": "a caption"}\n'),
        ("captions.json", '{"picture_0.png": "a caption"}'),
    ],
)
def test_caption_tables_are_read(store, project, tmp_path, name, content):
    paint(0).save(tmp_path / "picture_0.png")
    (tmp_path / name).write_text(content)
    row = datasets.create(store, project.id, "captioned")
    report = imports.bring(store, row.id, [tmp_path])
    assert captions.current(store, [report.added[0].id]) == {report.added[0].id: "a caption"}


def test_a_broken_caption_table_does_not_stop_the_pictures(store, project, tmp_path):
    paint(0).save(tmp_path / "picture_0.png")
    (tmp_path / "metadata.jsonl").write_text('{"text": "of nothing"}')
    row = datasets.create(store, project.id, "broken")
    report = imports.bring(store, row.id, [tmp_path / "picture_0.png", tmp_path / "metadata.jsonl"])
    assert len(report.added) == 1
    assert report.refused[0][0] == "metadata.jsonl" and "names no picture" in report.refused[0][1]


def test_exif_is_applied_and_left_behind(settings):
    exif = Pictures.Exif()
    exif[0x0112], exif[0x010E] = 6, "where I live"
    buffer = io.BytesIO()
    paint(1, (64, 32)).save(buffer, "JPEG", exif=exif)
    checked = uploads.check(buffer.getvalue(), "phone.jpg", settings)
    assert checked.picture.size == (32, 64)
    assert b"where I live" in buffer.getvalue() and b"where I live" not in checked.content


def test_transparency_becomes_white_and_16_bits_become_8(settings):
    buffer = io.BytesIO()
    Pictures.new("RGBA", (32, 32), (255, 0, 0, 0)).save(buffer, "PNG")
    assert uploads.check(buffer.getvalue(), "clear.png", settings).picture.getpixel((5, 5)) == (255, 255, 255)
    buffer = io.BytesIO()
    Pictures.new("I;16", (32, 32), 128 * 256).save(buffer, "PNG")
    assert uploads.check(buffer.getvalue(), "deep.png", settings).picture.getpixel((5, 5)) == (128, 128, 128)


def test_a_damaged_file_in_the_store_is_one_sentence(store, dataset):
    image = datasets.images(store, dataset.id)[0]
    store.files.path(image.file).write_bytes(b"gone")
    with pytest.raises(BadPicture, match="damaged.*Upload it again"):
        uploads.read(store.files.path(image.file))


def test_the_same_content_is_stored_once(store, project, folder):
    for name in ("one", "two"):
        imports.bring(store, datasets.create(store, project.id, name).id, [folder])
    assert len(list(store.files.folder.rglob("*.png"))) == 4


# ── the queue ────────────────────────────────────────────────────────────────
def test_a_job_is_claimed_once_and_in_order(store, project):
    first, second = ask(store, project), ask(store, project)
    ask(store, project, lane="now")
    assert queue.claim(store, "a", ("train",)).id == first.id
    assert queue.claim(store, "b", ("train",)).id == second.id
    assert queue.claim(store, "c", ("train",)) is None


CLAIMER = """
import sys
from storage.settings import Settings
from storage.database import Store
from storage import queue
store = Store.open(Settings(home=sys.argv[1]))
while job := queue.claim(store, sys.argv[2], ("train",)):
    print(job.id)
"""


def test_processes_that_claim_at_once_never_share_a_job(store, project):
    wanted = {ask(store, project).id for _ in range(60)}
    workers = [
        subprocess.Popen(
            [sys.executable, "-c", CLAIMER, str(store.home), name], stdout=subprocess.PIPE, text=True, cwd=PROJECT
        )
        for name in "ab"
    ]
    taken = [int(line) for worker in workers for line in worker.communicate(timeout=60)[0].split()]
    assert len(taken) == len(set(taken)) and set(taken) == wanted


def test_an_orphan_goes_back_and_its_old_worker_is_refused(store, project):
    ask(store, project)
    old = queue.claim(store, "old", ("train",))
    assert queue.recover(store, silent_for=60) == []
    assert queue.recover(store, silent_for=-1) == [old.id]
    new = queue.claim(store, "new", ("train",))
    assert new.attempts == 2
    for write in (
        lambda: queue.report(store, old, 1, 2, "", None),
        lambda: queue.finish(store, old),
        lambda: measures.add(store, old, 1, {"loss": 1.0}),
        lambda: pictures.keep(store, old, paint(1)),
    ):
        with pytest.raises(NotYours):
            write()
    queue.finish(store, new)
    assert queue.get(store, new.id).state == "done"


def test_a_job_that_kills_its_worker_is_given_up(store, project):
    job = ask(store, project)
    for _ in range(queue.MOST_ATTEMPTS):
        queue.claim(store, "a", ("train",))
        queue.recover(store, silent_for=-1)
    row = queue.get(store, job.id)
    assert row.state == "failed" and str(queue.MOST_ATTEMPTS) in row.error


@pytest.mark.parametrize(("wish", "state"), [(queue.stop, "stopped"), (queue.pause, "paused")])
def test_wishes_reach_waiting_running_and_orphaned_jobs(store, project, wish, state):
    waiting = ask(store, project)
    wish(store, waiting.id)
    assert queue.get(store, waiting.id).state == state
    ask(store, project)
    running = queue.claim(store, "a", ("train",))
    wish(store, running.id)
    assert queue.wish(store, running) == {"stopped": "stop", "paused": "pause"}[state]
    assert queue.recover(store, silent_for=-1) == []
    assert queue.get(store, running.id).state == state
    queue.resume(store, running.id)
    assert queue.get(store, running.id).state == "queued"


def test_a_wish_is_taken_once(store, project):
    ask(store, project)
    job = queue.claim(store, "a", ("train",))
    queue.ask(store, job.id, "sample")
    assert not queue.take_wish(store, job, "save")
    assert queue.take_wish(store, job, "sample") and not queue.take_wish(store, job, "sample")


def test_the_abandoned_future_is_forgotten(store, project, tmp_path):
    ask(store, project)
    job = queue.claim(store, "a", ("train",))
    (tmp_path / "x.safetensors").write_bytes(b"weights")
    for step in (10, 20):
        measures.add(store, job, step, {"loss": 1.0 / step})
        sample = pictures.keep(store, job, paint(step), kind="sample", step=step)
        facts = {"name": "x", "family": "sd15", "base": "mini", "step": step, "final": False}
        loras.keep(store, job, tmp_path / "x.safetensors", preview=sample, **facts)
    for module in (measures, pictures, loras):
        module.forget_after(store, job.id, 10)
    assert measures.curves(store, job.id) == {"loss": [(10, 0.1)]}
    assert [row.step for row in pictures.samples(store, job.id)] == [10]
    assert [row.step for row in loras.of_job(store, job.id)] == [10]
    assert loras.of_job(store, job.id)[0].preview.endswith(".png")


def test_a_snapshot_is_frozen(store, project, dataset):
    job = ask(store, project)
    assert snapshots.of_job(store, job.id) is None
    snapshots.keep(store, job.id, dataset.id, [{"file": "a.png"}])
    snapshots.keep(store, job.id, dataset.id, [{"file": "b.png"}])
    assert snapshots.of_job(store, job.id) == [{"file": "a.png"}]


# ── base models ──────────────────────────────────────────────────────────────
def test_bases_are_recognised_or_refused_in_one_sentence(store, tmp_path):
    (tmp_path / "model_index.json").write_text('{"_class_name": "StableDiffusionXLPipeline"}')
    assert bases.add(store, "my xl", str(tmp_path)).family == "sdxl"
    assert bases.recognise("stabilityai/stable-diffusion-xl-base-1.0") == "sdxl"
    (tmp_path / "renamed.safetensors").write_bytes(b"\x80\x04pickle" * 20)
    (tmp_path / "model.ckpt").write_bytes(b"pickle")
    (tmp_path / "empty").mkdir()
    for source, words in [
        (str(tmp_path / "renamed.safetensors"), "not a safetensors"),
        (str(tmp_path / "model.ckpt"), "opens no other kind"),
        (str(tmp_path / "empty"), "no model_index.json"),
        (str(tmp_path / "nowhere"), "nothing at"),
    ]:
        with pytest.raises(BadInput, match=words):
            bases.add(store, "bad", source)


def test_the_bundled_base_cannot_be_removed(store):
    bases.remove(store, bases.named(store, "mini").id)
    assert bases.named(store, "mini").family == "sd15"


# ── changes ──────────────────────────────────────────────────────────────────
@pytest.fixture
def three(store):
    """A data set of three pictures: (number, image ids)."""
    dataset = datasets.create(store, 1, "three")
    return dataset.id, [datasets.add_image(store, dataset.id, f"{n}.png", f"{n}.png", (8, 8)).id for n in range(3)]


def test_a_change_of_pictures_is_undone_as_one_step(store, three):
    dataset, ids = three
    change = changes.edit(store, dataset, "repeats", {number: {"repeats": 5, "deleted": now()} for number in ids})
    assert datasets.count(store, dataset) == 0 and changes.size(store, change) == 3
    assert changes.undo(store, change.id) == (3, 0)
    assert [row.repeats for row in datasets.images(store, dataset)] == [1, 1, 1]
    assert changes.undo(store, change.id) == (0, 0)


def test_undoing_leaves_what_was_changed_since(store, three):
    dataset, ids = three
    change = changes.edit(store, dataset, "out", {number: {"out": True} for number in ids})
    changes.edit(store, dataset, "out", {ids[0]: {"out": False}})
    assert changes.undo(store, change.id) == (2, 1)
    words = changes.write(store, dataset, "replace", {number: f"a fox {number}" for number in ids})
    captions.add(store, ids[1], "by hand", "hand")
    assert changes.undo(store, words.id) == (2, 1)
    assert captions.current(store, ids) == {ids[1]: "by hand"}
    assert [row.origin for row in captions.history(store, ids[0])] == ["undo", "bulk"]


def test_a_bulk_change_of_captions_writes_only_what_differs(store, three):
    dataset, ids = three
    captions.add(store, ids[0], "a fox", "import")
    change = changes.write(store, dataset, "prefix", {ids[0]: "a  fox", ids[1]: "a hen"})
    assert changes.size(store, change) == 1 and [row.id for row in changes.recent(store, dataset)] == [change.id]
