"""Captioners that do not come with the studio: BLIP-2 and the WD tagger, as tiny models of their own kind."""

import pytest
import torch
from PIL import Image as Pictures

from jobs.captioners.blip2 import Blip2
from jobs.captioners.captioner import Wording
from jobs.captioners.wd14 import Wd14, square
from jobs.captioning.run import describe
from jobs.context import Example
from jobs.families.latent.single_file import clip_tokenizer
from jobs.tasks.caption import CaptionPictures
from storage.errors import BadInput, BadPicture, NotFound
from storage.phrases import FORMS, begin_with, clean
from storage.tables import Base
from studio import tokens
from tests import tagger, tiny

torch.set_num_threads(1)
CPU = torch.device("cpu")


# ── BLIP-2 ───────────────────────────────────────────────────────────────────
@pytest.fixture(scope="module")
def blip2(tmp_path_factory):
    models = tmp_path_factory.mktemp("models")
    tiny.save_blip2(models / Blip2.folder)
    return Blip2.load(models, CPU, torch.float32)


@pytest.mark.parametrize("wording", [Wording(most=8, beams=1), Wording(most=8, beams=3), Wording("a red", 8)])
def test_blip2_says_the_same_together_as_one_by_one(blip2, wording):
    images = [
        Pictures.linear_gradient("L")
        .rotate(90 * n)
        .resize((40 + n, 50))
        .convert("RGB")
        .point(lambda v, n=n: v // (n + 1))
        for n in range(4)
    ]
    together = blip2.caption(images, wording)
    assert together == [text for image in images for text in blip2.caption([image], wording)]
    assert len(set(together)) > 1, "pictures must differ for this test to say anything"
    assert all(text.startswith(wording.prefix) and "<image>" not in text for text in together)


def test_blip2_that_is_not_here_says_where_it_is_to_be_put(tmp_path):
    with pytest.raises(
        NotFound, match=r"blip2-opt-2\.7b is not on this machine .* there is models/blip2-opt-2\.7b/config"
    ):
        Blip2.load(tmp_path / "models", CPU, torch.float32)


def test_blip2_that_is_cut_off_is_named(tmp_path):
    place = tiny.save_blip2(tmp_path / Blip2.folder)
    weights = place / "model.safetensors"
    weights.write_bytes(weights.read_bytes()[:2000])
    with pytest.raises(BadInput, match="blip2-opt-2.7b cannot be read"):
        Blip2.load(tmp_path, CPU, torch.float32)


# ── WD tagger ────────────────────────────────────────────────────────────────
def plain(colour, size=(30, 20)):
    return Pictures.new("RGB", size, colour)


BLUE, RED = (0, 0, 255), (255, 60, 60)


@pytest.fixture(params=[True, False], ids=["many at once", "one at a time"])
def tags(request, tmp_path):
    tagger.save(tmp_path / "wd-tagger", many=request.param)
    return Wd14.load(tmp_path, CPU, torch.float32)


def test_a_tagger_says_what_it_is_sure_of_the_surest_first(tags):
    wide, tall = plain(RED, (20, 20)), plain(BLUE, (20, 20))
    assert tags.caption([wide, tall], Wording()) == ["red dress, ^_^, fox (tale)", "blue sky"]
    assert tags.caption([wide], Wording(sure=0.95)) == ["red dress, ^_^"], "less sure tags stay out"
    assert tags.caption([wide], Wording(most=1)) == ["red dress"]
    assert tags.caption([plain((0, 0, 0), (20, 20))], Wording()) == [""], "a rating is never said"


def test_a_name_must_be_surer_than_a_thing(tags):
    [said] = tags.caption([plain((230, 0, 0), (20, 20))], Wording(sure=0.2))
    assert "red dress" in said and "fox" not in said


def test_the_whole_picture_is_seen_on_white_with_blue_first():
    pixels = square(plain(BLUE, (32, 16)), 16)
    assert pixels.shape == (16, 16, 3)
    assert pixels[0, 0].tolist() == [255, 255, 255]
    assert pixels[8, 8].tolist() == [255, 0, 0]


def test_what_is_missing_or_broken_of_a_tagger_is_named(tmp_path):
    with pytest.raises(NotFound, match=r"wd-vit-tagger-v3 is not on this machine .* models/wd-tagger/model\.onnx"):
        Wd14.load(tmp_path / "models", CPU, torch.float32)
    place = tagger.save(tmp_path / "wd-tagger")
    (place / "selected_tags.csv").rename(tmp_path / "tags.csv")
    with pytest.raises(NotFound, match=r"no selected_tags\.csv in .* SmilingWolf"):
        Wd14.load(tmp_path, CPU, torch.float32)
    tagger.save(tmp_path / "wd-tagger", tags=4)
    with pytest.raises(BadInput, match=r"selected_tags\.csv names 4 tags, model\.onnx tells 6"):
        Wd14.load(tmp_path, CPU, torch.float32)
    (place / "model.onnx").write_bytes(b"not a model")
    with pytest.raises(BadInput, match="cannot be read"):
        Wd14.load(tmp_path, CPU, torch.float32)


def test_one_picture_that_the_model_fails_on_does_not_stop_the_others(tags, tmp_path, monkeypatch):
    run = tags._session.run

    def fails(wanted, given):
        [pixels] = given.values()
        bad = any(one[8, 8].max() == 0 for one in pixels)
        return run(wanted, {"something else": pixels} if bad else given)

    monkeypatch.setattr(tags, "_session", type("Fails", (), {"run": staticmethod(fails)}))
    batch = [
        (Example(n, "", tmp_path, f"{n}.png", "", 20, 20), plain(c, (20, 20)))
        for n, c in enumerate([BLUE, (0, 0, 0), RED])
    ]
    said = {example.image_id: text for example, text in describe(tags, batch, Wording())}
    assert said[0] == "blue sky" and said[2].startswith("red dress")
    assert isinstance(said[1], BadPicture)


# ── what is made of what they say ────────────────────────────────────────────
@pytest.mark.parametrize(
    ("said", "clear"),
    [
        ("1girl, Smile, smile, hat, smile", "1girl, Smile, hat"),
        ("open mouth, mouth hold, solo", "open mouth, mouth hold, solo"),
        ("red hair, a hat, hat, blue eyes", "red hair, a hat, blue eyes"),
        ("fox , , solo , hat", "fox, solo, hat"),
    ],
)
def test_tags_are_said_once(said, clear):
    assert clean(said) == clear


def test_the_forms_of_a_trigger():
    assert [begin_with("FOX", "a red hat", form) for form in FORMS] == [
        "A FOX red hat",
        "FOX, a red hat",
        "FOX a red hat",
    ]
    assert begin_with("FOX", "red hair, solo, hat") == "FOX, red hair, solo, hat"
    assert CaptionPictures.model_fields["trigger_form"].annotation.__args__ == FORMS


# ── tokens ───────────────────────────────────────────────────────────────────
def test_tokens_are_counted_for_the_base_that_is_meant(tmp_path):
    own = tokens.counter(Base(name="tiny", source=str(tiny.save_sd15(tmp_path / "tiny")), family="sd15"))
    clip = tokens.counter(Base(name="big", source=str(tmp_path / "big.safetensors"), family="sdxl"))
    assert (own.kind, clip.kind) == ("own", "clip")
    assert tokens.count("a hat", own)["tokens"] == 4, "the tiny one knows single letters alone"
    assert tokens.count("a hat", clip) == {"tokens": 2, "most": 75, "cut": "", "by": "clip", "base": "big"}
    assert tokens.count("a hat " * 40, clip)["cut"].startswith("hat a hat")


@pytest.mark.parametrize(
    "text",
    ["A Cat's hat, 1girl's 123 — “hello”", "고양이 🙂 <kim>  two   spaces", "it'll don't we've naïve café ÀÉ", ""],
)
def test_clip_s_vocabulary_counts_as_clip_s_own_tokenizer(text):
    clip = tokens.counter(Base(name="big", source="nowhere/at-all", family="sd15"))
    told = (tokens.count(text, clip) or {})["tokens"]
    assert told == len(clip_tokenizer("!")(text, add_special_tokens=False).input_ids)
