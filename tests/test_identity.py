"""Learning who somebody is: the losses that look at predicted pictures, and whose face a lesson is to show."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import torch
from PIL import Image as Pictures
from torchvision.transforms.functional import pil_to_tensor

from jobs.faces.detection import Face, Mtcnn
from jobs.faces.mini import MiniOsnet
from jobs.judges.features.clip import Clip
from jobs.losses import Attempt, When
from jobs.losses.identity import Identity
from jobs.losses.text import TextAlignment
from jobs.planning import Cut, frame
from jobs.shelf import MODELS
from jobs.training.loop import Tally, judged, train
from jobs.training.sitters import Eyes, Sitter, portraits, sitters
from storage.errors import BadInput
from storage.examples import Example
from tests.drawn import drawing, people
from tests.test_training_loop import student

torch.set_num_threads(1)
CPU = torch.device("cpu")
BOX = (4.0, 2.0, 12.0, 12.0)


class Seer:
    """Finds a face at `BOX` in the pictures of these numbers, counted from the first it is shown; None: in all."""

    def __init__(self, seen: set[int] | None = None) -> None:
        self.seen, self.shown = seen, 0

    def find(self, pictures):
        numbers = range(self.shown, self.shown + len(pictures))
        self.shown += len(pictures)
        return [[Face(BOX, 0.9)] if self.seen is None or number in self.seen else [] for number in numbers]


@pytest.fixture(scope="module")
def osnet():
    return MiniOsnet.load(MODELS, CPU)


@pytest.fixture(scope="module")
def clip():
    return Clip.load(MODELS / "mini" / "clip", CPU)


def face(seed=0) -> torch.Tensor:
    return torch.nn.functional.normalize(torch.randn(512, generator=torch.Generator().manual_seed(seed)), dim=0)


def identity(osnet, detector, box=None, below=1.0) -> Identity:
    """A loss that wants one face in all three lessons of `student`."""
    return Identity(1.0, When(1, below), Eyes(detector, osnet), [Sitter(face(), box)] * 3)


def attempt(learner) -> Attempt:
    learner.adapter.learning(True)
    return learner.attempt(next(learner.batches.of_step(1)))


# ── the face ─────────────────────────────────────────────────────────────────
@pytest.mark.parametrize("name", ["sd15", "sdxl"])
def test_gradient_reaches_the_lora_through_decoder_crop_and_network(osnet, name):
    learner = student(name)
    learner.losses = [identity(osnet, Seer())]
    told = Tally()
    judged(learner, attempt(learner), 1, told).backward()
    weights = learner.family.pipe.unet.named_parameters()
    moved = [float(weight.grad.abs().max()) > 0 for name, weight in weights if "lora_B" in name]
    assert moved and all(moved)
    assert learner.family.pipe.vae.decoder.conv_in.weight.grad is None and osnet.net.conv1.conv.weight.grad is None
    assert told.losses["loss"] == pytest.approx(1 - told.facts["likeness"], abs=1e-5)


def test_the_likeness_rises_where_nothing_else_is_asked(osnet):
    learner = student(batch=2, steps=15, rate=2e-2)
    learner.losses = [identity(osnet, Seer())]
    same = list(learner.batches.of_step(1))
    learner.batches.of_step = lambda step: iter(same)
    likeness = [step.facts["likeness"] for step in train(learner)]
    assert likeness[-1] > likeness[0] + 0.02


def test_the_box_is_a_constant_and_nothing_around_it_is_asked_to_change(osnet):
    tried = attempt(student())
    picture = torch.rand(3, 16, 16, requires_grad=True)
    tried.seen = lambda rows: torch.stack([picture] * len(rows))
    identity(osnet, Seer())(tried).loss.backward()
    touched = picture.grad.abs().sum(0) > 0
    left, top, right, bottom = osnet._square(BOX)
    assert touched[max(top, 0) : bottom, left:right].any()
    touched[max(top, 0) : bottom, left:right] = False
    assert not touched.any()


def test_a_row_without_a_face_is_left_out_and_counted(osnet):
    tried = attempt(student())
    none, one, both = (identity(osnet, Seer(seen))(tried) for seen in (set(), {1}, {0, 1}))
    assert none.loss is None and none.facts["face found"] == (0, 2)
    assert one.facts["face found"] == (1, 2) and one.facts["likeness"][1] == 1
    first = identity(osnet, Seer({0}))(tried)
    assert both.loss.item() == pytest.approx((one.loss.item() + first.loss.item()) / 2, abs=1e-6), "no zero in the mean"


def test_a_step_without_any_face_learns_from_the_rest(osnet):
    learner, plain = student(steps=1), student(steps=1)
    learner.losses = [*learner.losses, identity(osnet, Seer(set()))]
    step, usual = next(train(learner)), next(train(plain))
    assert step.losses["loss"] == usual.losses["loss"] and "face loss" not in step.losses
    assert step.facts["face found"] == 0 and "likeness" not in step.facts


def test_only_pictures_that_can_be_made_out_are_looked_at(osnet):
    learner = student()
    tried = attempt(learner)
    tried.batch = replace(tried.batch, timesteps=torch.tensor([499, 500]))
    assert identity(osnet, Seer(), below=0.5)(tried).facts["face found"] == (1, 1)
    later = Identity(1.0, When(3), Eyes(Seer(), osnet), [Sitter(face())] * 3)
    assert [later.due(step) for step in (1, 2, 3, 4, 6)] == [False, False, True, False, True]


def test_where_no_face_is_seen_the_known_place_counts_mirrored_too(osnet):
    tried = attempt(student())
    shown = torch.rand(2, 3, 16, 16)
    shown[1] = shown[0].flip(2)
    tried.seen = lambda rows: shown[rows]
    tried.batch = replace(tried.batch, mirrored=[False, True])
    found = identity(osnet, Seer(set()), box=(1.0, 2.0, 9.0, 12.0))(tried)
    assert found.facts["face found"] == (0, 2) and found.facts["face at its known place"] == (2, 2)
    alone = [identity(osnet, Seer(set()), box=(1.0, 2.0, 9.0, 12.0)) for _ in range(2)]
    tried.batch = replace(tried.batch, mirrored=[False, False])
    straight = alone[0](tried)
    total, count = found.facts["likeness"]
    assert count == 2 and total != pytest.approx(straight.facts["likeness"][0], abs=1e-4)
    tried.batch, tried.seen = replace(tried.batch, mirrored=[False, False]), lambda rows: shown[[0, 0]]
    assert total == pytest.approx(alone[1](tried).facts["likeness"][0], abs=1e-3), "a mirrored face is the same face"


@pytest.mark.parametrize("box", [(40, 30, 90, 95), (-5, -9, 60, 60), (90, 80, 140, 139)])
def test_a_crop_with_gradient_is_the_crop_without(osnet, box):
    picture = drawing(3)
    crop = osnet.crop(pil_to_tensor(picture).float() / 255, box)
    plain = pil_to_tensor(osnet.cut(picture, box)).float() / 255
    assert (crop - plain).abs().max() < 0.01
    assert (
        float((osnet.vectors(crop[None])[0] * torch.from_numpy(osnet.embed([osnet.cut(picture, box)])[0])).sum())
        > 0.999
    )


def test_a_face_lies_in_the_lesson_where_the_frame_puts_it():
    cut = Cut(64, 8, buckets=False)
    shown = frame(cut, (100, 200))
    assert shown.within((100, 50, 150, 75)) == (32, 32, 64, 48)
    assert shown.within((0, 0, 40, 100)) is None, "cut away"


# ── the caption ──────────────────────────────────────────────────────────────
@pytest.mark.parametrize("size", [128, 96])
def test_the_caption_s_loss_is_one_minus_the_judges_cosine(clip, size):
    picture, words = drawing(3, size), "a smiling woman with red hair"
    tried = attempt(student())
    tried.seen = lambda rows: (pil_to_tensor(picture).float() / 255)[None]
    tried.batch = replace(tried.batch, captions=[words, None])
    verdict = TextAlignment(1.0, When(), clip)(tried)
    cosine = float(clip.pictures([picture])[0] @ clip.texts([words])[0])
    assert verdict.loss.item() == pytest.approx(1 - cosine, abs=1e-4 if size == 128 else 2e-3)
    assert verdict.facts["alignment"][1] == 1, "what is shown without words is left out"


def test_gradient_of_the_caption_reaches_the_lora_and_the_picture_is_decoded_once(osnet, clip):
    learner = student()
    decode, asked = learner.family.decode, []
    learner.family.decode = lambda latents: asked.append(len(latents)) or decode(latents)
    learner.losses = [identity(osnet, Seer()), TextAlignment(1.0, When(), clip)]
    told = Tally()
    judged(learner, attempt(learner), 1, told).backward()
    assert asked == [2]
    assert {"face loss", "text loss"} < set(told.losses)
    assert any(weight.grad.abs().max() > 0 for weight in learner.adapter.weights)


# ── whose face ───────────────────────────────────────────────────────────────
@pytest.fixture(scope="module")
def eyes(osnet):
    return Eyes(Mtcnn(CPU), osnet)


@pytest.fixture
def example(tmp_path):
    def made(name, picture, person="", split="train"):
        path = tmp_path / f"{name}.png"
        picture.save(path)
        number = len(list(tmp_path.iterdir()))
        return Example(number, path.name, path, path.name, "", *picture.size, split=split, person=person)

    return made


def test_each_person_has_a_reference_of_their_own(example, eyes):
    shown = {name: picture for name, picture, _ in people()}
    learned = [example(f"{who}{i}", shown[f"{who}{i}"], who) for who in ("anna", "berta") for i in (1, 2)]
    given = [example(f"ref_{who}", shown[f"{who}0"], who, "reference") for who in ("anna", "berta")]
    known = portraits(learned, given, eyes)
    own = eyes.model.embed([eyes.model.cut(shown["anna0"], eyes.detector.find([shown["anna0"]])[0][0].box)])[0]
    assert np.allclose(known["anna"].face, own, atol=1e-5) and known["anna"].notes == []
    assert float(known["anna"].face @ known["berta"].face) < 0.9
    prior = replace(learned[0], split="regularisation")
    found = sitters([*learned, prior], known, Cut(64, 8))
    assert [one and torch.equal(one.face, known["anna"].face) for one in found] == [True, True, False, False, None]


def test_without_a_reference_the_mean_over_the_pictures_stands_for_it_and_that_is_told(example, eyes):
    shown = {name: picture for name, picture, _ in people()}
    learned = [example("anna1", shown["anna1"]), example("anna2", shown["anna2"]), example("blank", blank())]
    found = portraits(learned, [], eyes)[""]
    assert found.notes == ["There is no reference face: the mean over 2 of 3 pictures is taken for it."]
    assert float(found.face.norm()) == pytest.approx(1, abs=1e-5)


def test_a_reference_without_a_face_is_named(example, eyes):
    learned = [example("anna1", people()[1][1], "anna")]
    bad = example("ref_face", blank(), "anna", "reference")
    with pytest.raises(BadInput, match="No face was found in “ref_face.png”. Check the reference face"):
        portraits(learned, [bad], eyes)
    good = example("ref_face_2", people()[0][1], "anna", "reference")
    assert portraits(learned, [bad, good], eyes)["anna"].notes == ["No face was found in the reference “ref_face.png”."]
    with pytest.raises(BadInput, match="there is no reference face"):
        portraits([example("empty", blank())], [], eyes)


def blank() -> Pictures.Image:
    return Pictures.new("RGB", (96, 96), "white")
