"""What will train: frames, buckets, words and reasons, each against what was worked out by hand."""

from __future__ import annotations

import json

import pytest

from jobs.planning import Cut, Ground, check, frame, shapes, syllabus, with_trigger
from storage.errors import BadInput, NotFound
from storage.examples import Example
from storage.settings import MINI


# ── shapes ───────────────────────────────────────────────────────────────────
def test_buckets_are_on_the_grain_and_none_is_larger_than_the_square():
    found = shapes(512, 64)
    assert {(512, 512), (256, 1024), (1024, 256), (576, 448), (448, 576), (640, 384)} <= set(found)
    assert all(h % 64 == 0 == w % 64 and h * w <= 512 * 512 and min(h, w) >= 256 for h, w in found)
    assert set(found) == {(w, h) for h, w in found}
    assert shapes(32, 32) == [(32, 32)]


@pytest.mark.parametrize(
    ("original", "wanted"),
    [
        ((64, 64), (32, 32, 0, 0)),
        ((64, 128), (32, 64, 0, 16)),
        ((100, 50), (64, 32, 16, 0)),
        ((16, 20), (32, 40, 0, 4)),
    ],
)
def test_the_middle_square(original, wanted):
    found = frame(Cut(32, 32, buckets=False, enlarge=True), original)
    assert (*found.scaled, found.top, found.left) == wanted
    assert found.sizes == [*original, found.top, found.left, 32, 32]
    assert found.enlarged is (min(original) < 32)


def test_a_picture_falls_into_the_bucket_nearest_to_its_shape():
    cut = Cut(512, 64)
    assert frame(cut, (1000, 1000)).target == (512, 512)
    assert frame(cut, (1200, 900)).target == (576, 448)
    assert frame(cut, (900, 1200)).target == (448, 576)
    assert frame(cut, (600, 6000)).target == (256, 1024), "no bucket is longer than twice the side"


def test_small_pictures_get_a_small_bucket_or_are_enlarged():
    small = frame(Cut(512, 64), (300, 420))
    assert small.target == (256, 384) and not small.enlarged and small.scaled[0] <= 300
    assert frame(Cut(512, 64, buckets=False), (300, 420)).target == (256, 256)
    blown = frame(Cut(512, 64, enlarge=True), (300, 420))
    assert blown.enlarged and blown.target == (448, 576)
    assert frame(Cut(512, 64), (20, 20)).target == (64, 64), "less than the grain is not to be had"


@pytest.mark.parametrize("original", [(137, 941), (2000, 1999), (64, 64), (513, 511), (33, 700)])
@pytest.mark.parametrize("buckets", [True, False])
@pytest.mark.parametrize("enlarge", [True, False])
def test_a_frame_lies_inside_its_picture(original, buckets, enlarge):
    found = frame(Cut(512, 64, buckets, enlarge, face=True), original, (0, 0, 9, 9))
    assert all(whole >= part for whole, part in zip(found.scaled, found.target, strict=True))
    assert 0 <= found.top <= found.scaled[0] - found.target[0] and 0 <= found.left <= found.scaled[1] - found.target[1]
    assert min(a - b for a, b in zip(found.scaled, found.target, strict=True)) <= 1, "no more is cut than need be"
    assert all(0 <= share <= 1 for share in found.box)


def test_the_cut_goes_around_the_face():
    cut = Cut(128, 32, buckets=False, face=True)
    assert frame(cut, (128, 384), (300, 10, 340, 60)).left == 256
    assert frame(cut, (128, 384), (180, 10, 200, 60)).left == 126
    assert frame(cut, (128, 384)).left == 128, "the middle, where no face is known"
    assert frame(Cut(128, 32, buckets=False), (128, 384), (300, 10, 340, 60)).left == 128


# ── the base model ───────────────────────────────────────────────────────────
def test_a_folder_tells_its_sizes_as_the_loaded_model_does(tmp_path):
    import torch

    from jobs.families import load_family

    told = Ground.of("sd15", str(MINI))
    assert told == load_family("sd15", MINI, torch.device("cpu"), torch.float32).ground == Ground(128, 8, 2)
    assert told.grain == 32 and told.side(0) == 128 and told.side(100) == 96 and told.side(5) == 32
    assert Ground.of("sdxl", "somebody/some-xl-model").grain == 64
    assert Ground.of("sd15", "model.safetensors") == Ground(512, 8, 3)
    (tmp_path / "unet").mkdir()
    (tmp_path / "unet" / "config.json").write_text(json.dumps({"sample_size": 96}))
    assert Ground.of("sd15", str(tmp_path)) == Ground(512, 8, 3)


# ── words and reasons ────────────────────────────────────────────────────────
def example(folder, number, caption="", **facts):
    path = folder / f"{number}.png"
    path.write_bytes(b"x")
    facts = {"width": 128, "height": 128} | facts
    return Example(number, path.name, path, path.name, caption, **facts)


def test_the_trigger_word_comes_first_once():
    assert with_trigger("a fox", "FOX42") == "FOX42, a fox"
    assert with_trigger("a drawing of fox42 ", "FOX42") == "a drawing of fox42"
    assert with_trigger("", "FOX42") == "FOX42"
    assert with_trigger(" a fox", "") == "a fox"


def test_every_picture_is_learned_or_named_with_its_reason(tmp_path):
    given = [
        example(tmp_path, 1, "a fox", repeats=3),
        example(tmp_path, 2, width=256),
        example(tmp_path, 3, "a hen", out=True),
        example(tmp_path, 4, "a cow", split="held-out"),
    ]
    plan = syllabus(given, "OTTO", Cut(128, 32))
    assert [lesson.example.caption for lesson in plan.lessons] == ["OTTO, a fox", "OTTO"]
    assert [(left.example.image_id, left.why) for left in plan.left] == [(3, "out"), (4, "held-out")]
    assert plan.views == 4 and plan.buckets == {(128, 128): 1, (96, 160): 1}
    assert len(syllabus(given, "", Cut(128, 32)).wordless) == 1


def test_what_cannot_be_learned_from_is_said(tmp_path):
    with pytest.raises(BadInput, match="“fox” has no pictures"):
        check("fox", [])
    with pytest.raises(BadInput, match="a single picture"):
        check("fox", [example(tmp_path, 1, "words")])
    with pytest.raises(BadInput, match="None of the 2 pictures of “fox” has a caption"):
        check("fox", [example(tmp_path, 1, ""), example(tmp_path, 2, " ")])
    both = [example(tmp_path, 1, "words"), example(tmp_path, 2, "")]
    check("fox", both)
    both[1].path.unlink()
    with pytest.raises(NotFound, match="“2.png” is gone"):
        check("fox", both)
