"""The checks: what is measured, who looks like whom, and a job that no bad file ends."""

import io
from pathlib import Path

import numpy as np
import pytest
from PIL import Image as Pictures
from PIL import ImageFilter

from door import findings
from jobs import shelf
from jobs.inspecting import groups, light, phash, twins
from jobs.tasks.inspect import InspectPictures
from jobs.worker import Worker
from mini import world
from storage import captions, datasets, edits, imports, inspections, queue
from storage.examples import Example
from tests.drawn import FIRST, drawing
from tests.drawn import people as drawn_people


@pytest.fixture(scope="module")
def drawings():
    """Forty pictures of many people in all trained styles, 128 px."""
    return [drawing(seed) for seed in range(40)]


def saved_again(picture, size, quality):
    buffer = io.BytesIO()
    picture.resize(size).save(buffer, "JPEG", quality=quality)
    return Pictures.open(buffer)


# ── light ────────────────────────────────────────────────────────────────────
def test_a_blurred_copy_is_less_sharp(drawings):
    for picture in drawings[:12]:
        blurred = [light.measure(picture.filter(ImageFilter.GaussianBlur(radius))) for radius in (0, 1, 2, 4)]
        values = [one.sharpness for one in blurred]
        assert values == sorted(values, reverse=True) and values[0] > 5 * values[2]


def test_brightness_and_contrast_are_those_of_luma():
    grey = light.measure(Pictures.new("RGB", (40, 30), (51, 51, 51)))
    assert (grey.sharpness, grey.brightness, grey.contrast) == (0, pytest.approx(0.2), 0)
    halves = Pictures.new("RGB", (40, 30))
    halves.paste("white", (20, 0, 40, 30))
    assert light.measure(halves).brightness == light.measure(halves).contrast == pytest.approx(0.5)


def test_sharpness_is_told_at_one_scale(drawings):
    whole = light.measure(drawings[3].resize((512, 512)))
    twice = drawings[3].resize((512, 512)).resize((1536, 1536), Pictures.Resampling.NEAREST)
    assert light.luma_of(twice).shape == (512, 512)
    assert light.measure(twice).sharpness == pytest.approx(whole.sharpness, rel=0.02)
    assert light.measure(Pictures.new("RGB", (2000, 1))).sharpness == 0


# ── twins ────────────────────────────────────────────────────────────────────
def test_saved_again_is_a_twin_and_another_drawing_is_not(drawings):
    again = [saved_again(picture, (90, 90), 60) for picture in drawings[:10]]
    again += [saved_again(picture, (256, 256), 30) for picture in drawings[10:20]]
    pictures = drawings + again
    firsts = twins.firsts([phash.phash(one) for one in pictures], [twins.small(one) for one in pictures])
    assert firsts == [*range(40), *range(20)]


def test_a_hash_has_64_bits_and_hardly_changes(drawings):
    photo = drawings[0].filter(ImageFilter.GaussianBlur(1))
    code, other = phash.phash(drawings[0]), phash.phash(photo)
    assert len(code) == 16
    assert (int(code, 16) ^ int(other, 16)).bit_count() <= 6
    assert (int(code, 16) ^ int(phash.phash(drawings[1]), 16)).bit_count() > 12


def test_twins_are_those_that_comparing_one_by_one_finds(monkeypatch):
    monkeypatch.setattr(twins, "ROWS", 7)
    monkeypatch.setattr(twins, "PAIRS", 5)
    chance = np.random.default_rng(0)
    codes = chance.integers(0, 1 << 18, 50, np.uint64)
    pixels = chance.choice(np.array([0, 40, 80], np.uint8), (50, 2))
    expected = [
        (one, other)
        for one in range(50)
        for other in range(one + 1, 50)
        if (int(codes[one]) ^ int(codes[other])).bit_count() <= twins.SUSPECT
        and np.abs(pixels[one].astype(int) - pixels[other]).max() <= twins.APART
    ]
    found = list(twins.twins([f"{code:016x}" for code in codes], [row.tobytes() for row in pixels]))
    assert sorted(found) == expected and len(expected) > 20


def test_twins_of_twins_point_to_the_first():
    shades = [bytes([value] * 768) for value in (0, 200, 40, 80, 240)]
    assert twins.firsts(["0" * 16] * 5, shades) == [0, 1, 0, 0, 1]
    assert twins.firsts([], []) == []


# ── who is who ───────────────────────────────────────────────────────────────
def around(centre, count, chance):
    vectors = centre + 0.1 * chance.normal(size=(count, len(centre)))
    return vectors / np.linalg.norm(vectors, axis=1, keepdims=True)


def test_faces_are_gathered_by_person(monkeypatch):
    monkeypatch.setattr(groups, "ROWS", 3)
    chance = np.random.default_rng(1)
    axes = np.eye(16)
    vectors = np.concatenate([around(axes[0], 4, chance), around(axes[1], 6, chance), around(axes[2], 1, chance)])
    assert groups.groups(vectors, 0.5) == [2] * 4 + [1] * 6 + [3]
    assert groups.groups(vectors[:1], 0.5) == [1] and groups.groups(vectors[:0], 0.5) == []


@pytest.mark.parametrize(
    ("numbers", "strange"),
    [
        ([1, 1, 1, 1, 2], [4]),
        ([1] * 5 + [2] * 4 + [3], [9]),
        ([1, 1, 2], []),  # too few to say
        ([1, 1, 1, 2, 3, 4, 5], []),  # about no one
        ([1] * 9, []),
        ([], []),
    ],
)
def test_intruders_are_those_whom_a_set_is_not_about(numbers, strange):
    assert [place for place, intrudes in enumerate(groups.intruders(numbers)) if intrudes] == strange


# ── the job ──────────────────────────────────────────────────────────────────
@pytest.fixture(scope="module")
def warm(tmp_path_factory):
    """A shelf that all jobs of this file share, so that models are loaded once."""
    return shelf.Shelf("cpu")


@pytest.fixture
def worker(store, settings, warm):
    import torch

    torch.set_num_threads(1)
    made = Worker(store, settings)
    made.shelf = warm
    return made


@pytest.fixture
def people(store, project, tmp_path):
    """A data set of the drawn people, each picture with its caption."""
    place = tmp_path / "people"
    place.mkdir()
    for name, picture, text in drawn_people():
        picture.save(place / f"{name}.png")
        (place / f"{name}.txt").write_text(text)
    row = datasets.create(store, project.id, "people")
    imports.bring(store, row.id, [place])
    return row


def ask(store, worker, dataset, **fields):
    """The job of inspecting a data set, done."""
    task = InspectPictures(dataset=dataset.name, **fields)
    job = queue.add(store, dataset.project_id, "inspect", task, task.title(), task.lane)
    assert worker.step()
    return queue.get(store, job.id)


def by_name(store, dataset):
    names = {image.id: image.name for image in datasets.images(store, dataset.id)}
    return {names[number]: row for number, row in inspections.of(store, dataset.id).items()}


def test_two_people_are_told_apart_and_a_stranger_is_flagged(store, people, worker):
    job = ask(store, worker, people)
    assert (job.state, job.error) == ("done", "")
    rows = by_name(store, people)
    assert {name: row.who for name, row in rows.items()} == {
        **{f"anna{n}.png": 1 for n in range(5)},
        **{f"berta{n}.png": 2 for n in range(4)},
        "stranger0.png": 3,
    }
    assert [name for name, row in rows.items() if row.intruder] == ["stranger0.png"]
    assert {row.face_model for row in rows.values()} == {"mini"}
    assert job.result == {"inspected": 10, "failed": [], "twins": 0, "people": 3, "intruders": 1}
    wanted = {"close-up": "close-up", "medium": "medium shot"}
    said = captions.current(store, [row.image_id for row in rows.values()])
    for row in rows.values():
        assert wanted[row.framing] in said[row.image_id], "the caption of a drawing names its framing"
    told = findings.lines(store, job)
    assert told[0] == "people: 10 of 10 pictures looked at."
    assert any("a face unlike the rest" in line and "stranger0.png" in line for line in told)


def test_pictures_for_regularisation_intrude_on_nobody(store, people, worker):
    stranger = next(image for image in datasets.images(store, people.id) if image.name == "stranger0.png")
    datasets.set_split(store, [stranger.id], "regularisation")
    assert ask(store, worker, people, likeness=False).result["intruders"] == 0
    assert by_name(store, people)["stranger0.png"].who == 3


def test_a_damaged_file_is_named_and_the_others_go_on(store, people, worker):
    images = datasets.images(store, people.id)
    store.files.path(images[1].file).write_bytes(store.files.path(images[1].file).read_bytes()[:400])
    store.files.path(images[2].file).unlink()
    job = ask(store, worker, people, likeness=False)
    assert (job.state, job.result["inspected"]) == ("done", 10)
    assert job.result["failed"] == [images[1].name, images[2].name]
    log = [line.text for line in queue.log_lines(store, job.id)]
    assert any(images[1].name in line and "damaged" in line for line in log)
    rows = by_name(store, people)
    assert rows[images[1].name].problem and rows[images[3].name].sharpness > 100
    flagged = inspections.flagged(store, people.id)
    assert [image.name for image in flagged["problem"]] == [images[1].name, images[2].name]
    assert not inspections.needs(store, people.id), "what cannot be read is not tried again and again"


def test_a_picture_that_the_detector_cannot_take_stops_no_other(store, people, worker, monkeypatch):
    detector, bad = worker.shelf.detector(), Pictures.new("RGB", (300, 300), "red")
    bad.save(worker.settings.home / "bad.png")
    number = imports.bring(store, people.id, [worker.settings.home / "bad.png"]).added[0].id
    find = detector.find

    def choke(pictures):
        if any(picture.getpixel((0, 0)) == (255, 0, 0) for picture in pictures):
            raise RuntimeError("choked")
        return find(pictures)

    monkeypatch.setattr(detector, "find", choke)
    assert ask(store, worker, people, likeness=False).result["failed"] == ["bad.png"]
    rows = inspections.of(store, people.id)
    assert "choked" in rows[number].problem and sum(len(row.faces) for row in rows.values()) == 10


def test_only_what_is_new_or_changed_is_looked_at(store, people, worker, tmp_path):
    images = datasets.images(store, people.id)
    assert len(inspections.stale(store, people.id)) == 10
    ask(store, worker, people, faces=False, likeness=False, images=[images[0].id, images[1].id])
    assert [image.id for image in inspections.stale(store, people.id)] == [image.id for image in images[2:]]
    assert len(inspections.stale(store, people.id, "mini")) == 10, "faces were not looked for"
    first = by_name(store, people)["anna0.png"].created
    assert ask(store, worker, people, faces=False, likeness=False).result["inspected"] == 8
    assert by_name(store, people)["anna0.png"].created == first
    edits.turn(store, [images[0].id])
    assert [image.id for image in inspections.stale(store, people.id)] == [images[0].id]
    assert "anna0.png" not in by_name(store, people), "what was found in the old file does not count"
    assert ask(store, worker, people, faces=False, likeness=False).result["inspected"] == 1
    assert ask(store, worker, people, faces=False, likeness=False).result["inspected"] == 0
    assert ask(store, worker, people, faces=False, likeness=False, which="all").result["inspected"] == 10


def test_twins_in_a_set_are_found_and_the_best_stays(store, people, worker, tmp_path):
    source = Pictures.open(store.files.path(datasets.images(store, people.id)[0].file))
    source.resize((400, 400)).save(tmp_path / "again.jpg", quality=80)
    again = imports.bring(store, people.id, [tmp_path / "again.jpg"]).added[0]
    assert ask(store, worker, people, faces=False, likeness=False).result["twins"] == 1
    assert by_name(store, people)["again.jpg"].twin_of == datasets.images(store, people.id)[0].id
    edits.drop_duplicates(store, people.id)
    assert [i.name for i in datasets.images(store, people.id) if "an" in i.name][-1:] != ["anna0.png"]
    assert by_name(store, people)["again.jpg"].twin_of is None, "a twin whose like has gone is none"
    assert datasets.image(store, again.id).deleted is None


def test_a_job_that_is_stopped_keeps_what_it_found(store, people, worker, monkeypatch):
    from jobs import context

    monkeypatch.setattr(context, "REPORT_EVERY", 0)
    keep = context.Context.keep_inspections

    def stop_after(self, rows):
        keep(self, rows)
        queue.stop(store, self.job_id)

    monkeypatch.setattr(context.Context, "keep_inspections", stop_after)
    job = ask(store, worker, people, faces=False, likeness=False, batch=4)
    assert job.state == "stopped"
    assert len(inspections.of(store, people.id)) == 4
    monkeypatch.setattr(context.Context, "keep_inspections", keep)
    assert ask(store, worker, people, faces=False, likeness=False).result["inspected"] == 6


def test_an_empty_set_and_unknown_models_are_said(store, project, people, worker):
    datasets.create(store, project.id, "bare")
    assert "has no pictures" in ask(store, worker, datasets.named(store, project.id, "bare")).error
    assert "there are: facenet, mini" in ask(store, worker, people, face_model="dream").error
    assert "There is no CLIP “dream”" in ask(store, worker, people, judge="dream", faces=False).error


def test_captions_that_fit_another_picture_are_found(store, project, worker, tmp_path):
    place = tmp_path / "many"
    place.mkdir()
    for number in range(16):
        drawing(number).save(place / f"{number:02}.png")
        (place / f"{number:02}.txt").write_text(world.caption(world.sample(FIRST + number)))
    row = datasets.create(store, project.id, "many")
    imports.bring(store, row.id, [place])
    ask(store, worker, row, faces=False)
    found = inspections.worded(store, row.id)
    assert not any(caption.unlike for caption in found.values())
    assert min(caption.likeness for caption in found.values()) > 0.5
    assert {caption.judge for caption in found.values()} == {"mini"}
    image = datasets.images(store, row.id)[5]
    captions.add(store, image.id, "a full shot of an old dog in the snow at night, blueprint style", "hand")
    ask(store, worker, row, faces=False)
    wrong = inspections.worded(store, row.id)[image.id]
    assert wrong.unlike and wrong.likeness < 0.3
    assert [one.id for one in inspections.flagged(store, row.id)["unlike"]] == [image.id]
    assert inspections.summary(store, row.id).checks["unlike"] == 1


def test_a_large_picture_s_faces_are_in_its_own_pixels(worker):
    from jobs.inspecting import looking

    file = "x.png"
    picture = drawn_people()[0][1].resize((512, 512))

    def seen(size, place):
        picture.resize((size, size)).save(place)
        work = looking.Work(Example(1, file, Path(place), file, "", width=size, height=size), True, None)
        batch = next(looking.opened([work], 4))
        looking.find_faces(batch, looking.Eyes(worker.shelf.detector(), worker.shelf.faces("mini"), "mini"))
        return batch[0].found

    place = worker.settings.home / file
    small, large = seen(512, place), seen(2048, place)
    assert small.framing == large.framing == "close-up"
    assert np.allclose(np.array(large.faces[0]["box"]) / 4, small.faces[0]["box"], atol=12)
    assert large.face_share == pytest.approx(small.face_share, rel=0.15)
