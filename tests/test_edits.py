"""Fixes move pixels and lose none; the original stays, captions stay, and each fix is undone as one step."""

import random

import numpy as np
import pytest
from PIL import Image as Pictures

from storage import captions, changes, datasets, edits, imports, inspections, uploads
from storage.errors import BadInput, BadPicture
from storage.geometry import Edit, around
from storage.tables import Inspection

SIZE = (60, 40)


def noise(seed, size=SIZE):
    """A picture in which no two pixels are likely alike: any pixel that moves wrongly shows."""
    pixels = np.random.default_rng(seed).integers(0, 256, (size[1], size[0], 3), np.uint8)
    return Pictures.fromarray(pixels)


@pytest.fixture
def images(store, project, tmp_path):
    """Three pictures of noise in a data set, the second a JPEG, each with a caption."""
    row = datasets.create(store, project.id, "noise")
    for number in range(3):
        noise(number).save(tmp_path / f"{number}.{'jpg' if number == 1 else 'png'}", quality=97)
    imports.bring(store, row.id, [tmp_path / "0.png", tmp_path / "1.jpg", tmp_path / "2.png"])
    found = datasets.images(store, row.id)
    for image in found:
        captions.add(store, image.id, f"noise {image.name}", "hand")
    return found


def pixels(store, image_id):
    image = datasets.image(store, image_id)
    picture = uploads.read(store.files.path(image.file))
    assert picture.size == (image.width, image.height), "the row says the size that the file has"
    return np.asarray(picture)


def test_turned_mirrored_and_cut_to_the_pixel(store, images):
    first = pixels(store, images[0].id)
    edits.apply(store, images[0].id, rotate=90, flip=True, crop=[5, 10, 35, 50])
    assert np.array_equal(pixels(store, images[0].id), np.fliplr(np.rot90(first, -1))[10:50, 5:35])
    row = datasets.image(store, images[0].id)
    assert row.edit == {"rotate": 90, "flip": True, "crop": [5, 10, 35, 50]}
    assert row.original == images[0].file and row.file.endswith(".png")
    assert store.files.thumbnail_path(row.file).exists()
    assert captions.current(store, [row.id]) == {row.id: "noise 0.png"}


def test_each_edit_is_made_of_the_original(store, images):
    number = images[0].id
    edits.apply(store, number, crop=[0, 0, 20, 20])
    edits.apply(store, number, crop=[30, 10, 60, 40])
    assert np.array_equal(pixels(store, number), np.asarray(noise(0))[10:40, 30:60])
    edits.back(store, [number])
    row = datasets.image(store, number)
    assert (row.file, row.original, row.edit, row.width, row.height) == (images[0].file, "", {}, *SIZE)


def test_back_and_undo_give_what_was_before(store, images):
    number, before = images[1].id, pixels(store, images[1].id)
    edits.apply(store, number, rotate=180)
    turned = datasets.image(store, number)
    assert turned.file.endswith(".jpg")
    assert np.abs(pixels(store, number)[::-1, ::-1].astype(int) - before).mean() < 8, "saved at quality 95"
    edits.apply(store, number, rotate=180, crop=[0, 0, 30, 30])
    assert changes.undo(store, changes.recent(store, turned.dataset_id)[0].id) == (1, 0)
    assert datasets.image(store, number).file == turned.file
    assert edits.back(store, [number]).kind == "back"
    assert np.array_equal(pixels(store, number), before)
    assert edits.back(store, [number]) is None


def test_nothing_to_do_is_no_change(store, images):
    number = images[0].id
    assert edits.apply(store, number) is None
    assert edits.apply(store, number, rotate=360, crop=[0, 0, *SIZE]) is None
    edits.apply(store, number, flip=True)
    assert edits.apply(store, number, flip=True) is None
    assert [change.kind for change in changes.recent(store, images[0].dataset_id)] == ["flip"]


def test_several_are_turned_as_one_step(store, images):
    ids = [image.id for image in images]
    edits.apply(store, ids[0], crop=[0, 0, 20, 30])
    change = edits.turn(store, ids, 90)
    assert change.kind == "rotate" and len(change.rows) == 3
    assert np.array_equal(pixels(store, ids[0]), np.rot90(np.asarray(noise(0))[:30, :20], -1))
    assert np.array_equal(pixels(store, ids[2]), np.rot90(np.asarray(noise(2)), -1))
    assert changes.undo(store, change.id) == (3, 0)
    assert np.array_equal(pixels(store, ids[0]), np.asarray(noise(0))[:30, :20])


@pytest.mark.parametrize("seed", range(6))
def test_any_row_of_turns_and_mirrors_is_as_done_by_hand(seed):
    chance, size = random.Random(seed), (50, 30)
    edit, by_hand = Edit(crop=(4, 3, 41, 25)), np.asarray(noise(9, size))[3:25, 4:41]
    for _ in range(7):
        if chance.random() < 0.5:
            edit, by_hand = edit.mirrored(size), by_hand[:, ::-1]
        else:
            quarters = chance.choice((1, 2, 3))
            edit, by_hand = edit.turned(90 * quarters, size), np.rot90(by_hand, -quarters)
        assert np.array_equal(np.asarray(edit.apply(noise(9, size))), by_hand)


def test_mirrored_keeps_what_was_cut(store, images):
    number = images[0].id
    edits.apply(store, number, crop=[0, 0, 20, 30])
    edits.mirror(store, [number])
    assert np.array_equal(pixels(store, number), np.asarray(noise(0))[:30, 19::-1])


def test_what_cannot_be_done_is_said(store, images):
    with pytest.raises(BadInput, match="16 a side is the least"):
        edits.apply(store, images[0].id, crop=[0, 0, 15, 40])
    with pytest.raises(BadInput, match="leaves 0 × 40"):
        edits.apply(store, images[0].id, crop=[70, 0, 90, 40])
    with pytest.raises(BadInput, match="90, 180 or 270"):
        edits.apply(store, images[0].id, rotate=45)
    with pytest.raises(BadInput, match="four numbers"):
        edits.apply(store, images[0].id, crop=[1, 2, 3])
    with pytest.raises(BadInput, match="No face is known"):
        edits.crop_to_face(store, [image.id for image in images])
    store.files.path(images[0].file).write_bytes(b"broken")
    with pytest.raises(BadPicture, match="0.png cannot be edited"):
        edits.apply(store, images[0].id, flip=True)
    assert datasets.image(store, images[0].id) == images[0]


def test_a_crop_past_the_edge_ends_at_it(store, images):
    edits.apply(store, images[0].id, crop=[-3.2, 9.7, 30, 99])
    assert datasets.image(store, images[0].id).edit == {"crop": [0, 10, 30, 40]}


def look(store, image, **found):
    inspections.keep(store, [Inspection(image_id=image.id, file=image.file, sharpness=500, contrast=0.2, **found)])


def test_cut_to_the_face_where_it_is(store, images):
    facts = {"brightness": 0.5, "face_model": "mini"}
    look(store, images[0], faces=[{"box": [20, 10, 30, 20], "score": 1.0}], **facts)
    look(store, images[2], **facts)
    change = edits.crop_to_face(store, [image.id for image in images], margin=0.5)
    assert (len(change.rows), change.facts) == (1, {"faceless": 2})
    assert datasets.image(store, images[0].id).edit == {"crop": [15, 5, 35, 25]}
    again = datasets.image(store, images[0].id)
    look(store, again, faces=[{"box": [0, 0, 9, 9], "score": 1.0}], **facts)
    edits.crop_to_face(store, [images[0].id], margin=0.4)
    assert datasets.image(store, images[0].id).edit == {"crop": [15, 5, 31, 21]}, "seen in the cut picture"


def test_a_square_around_a_face_stays_in_the_picture():
    assert around((40, 0, 60, 20), 0.5, (100, 80)) == (30, 0, 70, 40)
    assert around((90, 70, 100, 80), 2, (100, 80)) == (50, 30, 100, 80)
    assert around((0, 0, 90, 90), 1, (100, 80)) == (5, 0, 85, 80)


def test_duplicates_go_but_the_best(store, images, tmp_path):
    for image, twin in zip(images, (None, images[0].id, None), strict=True):
        look(store, image, brightness=0.5, twin_of=twin)
    noise(3, (90, 60)).save(tmp_path / "larger.png")
    large = imports.bring(store, images[0].dataset_id, [tmp_path / "larger.png"]).added[0]
    look(store, large, brightness=0.5, twin_of=images[0].id)
    change = edits.drop_duplicates(store, images[0].dataset_id)
    left = [image.name for image in datasets.images(store, images[0].dataset_id)]
    assert left == ["2.png", "larger.png"] and change.kind == "remove"
    assert edits.drop_duplicates(store, images[0].dataset_id) is None
    changes.undo(store, change.id)
    assert datasets.count(store, images[0].dataset_id) == 4


def test_the_weak_are_moved_out_and_stay(store, images, tmp_path):
    noise(4, (300, 300)).save(tmp_path / "fine.png")
    fine = imports.bring(store, images[0].dataset_id, [tmp_path / "fine.png"]).added[0]
    look(store, fine, brightness=0.5)
    change = edits.move_weak_out(store, images[0].dataset_id)
    rows = datasets.images(store, images[0].dataset_id)
    assert [row.name for row in rows if not row.out] == ["fine.png"], "the others have fewer than 256 px"
    assert (change.kind, len(change.rows)) == ("out", 3)
    assert edits.move_weak_out(store, images[0].dataset_id) is None
    look(store, fine, brightness=0.05)
    assert len(edits.move_weak_out(store, images[0].dataset_id, ["dark"]).rows) == 1
