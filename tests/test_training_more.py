"""What training can do besides: other optimizers, text encoders, shuffled captions, regularisation, a running mean, little memory."""

from __future__ import annotations

import copy

import pytest
import torch
from diffusers import DDPMScheduler

from jobs.families.sd15 import StableDiffusion15
from jobs.families.sdxl import StableDiffusionXL
from jobs.losses import Loss, Verdict
from jobs.losses.denoise import Denoise
from jobs.training.adapter import Adapter, Shape
from jobs.training.batches import Batches, Plan, Shuffle
from jobs.training.dice import dice
from jobs.training.ema import Ema
from jobs.training.heldout import held_out_loss
from jobs.training.lessons import Lessons
from jobs.training.loop import Student, train
from jobs.training.noise import Objective
from jobs.training.optimizer import Group, How, Optimizer, Rate
from storage.errors import BadInput, StudioError
from tests import tiny

torch.set_num_threads(1)

CPU = torch.device("cpu")
PLAIN = Shape(4, 4, "attention")
FAMILIES = {"sd15": lambda: StableDiffusion15(tiny.sd15()), "sdxl": lambda: StableDiffusionXL(tiny.sdxl())}
WORDS = ["a cat, one, two, three", "a dog, four, five", "a fox"]


def student(name="sd15", shape=PLAIN, kind="AdamW", live=False, **changed) -> Student:
    family = FAMILIES[name]()
    wish = {"batch": 2, "accumulation": 1, "steps": 4, "rate": 1e-2, "silent": 0.0, "shuffle": None} | changed
    chance = torch.Generator().manual_seed(0)
    latents = [torch.randn(1, 4, 8, 8, generator=chance) for _ in WORDS]
    texts = None if live else family.encode_text(WORDS)
    taught = Lessons(latents, [[16, 16, 0, 0, 16, 16]] * 3, [1] * 3, WORDS, [1.0] * 3, texts, family.silence())
    adapter, objective = Adapter(family, shape, seed=0), Objective(family.pipe.scheduler, 5.0, CPU)
    plan = Plan(wish["batch"], wish["accumulation"], wish["silent"], 0, objective.timesteps, shuffle=wish["shuffle"])
    optimizer = Optimizer([Group(part) for part in adapter.parts.values()], How(kind), family.dtype)
    rate = Rate(wish["rate"], "constant", 0, wish["steps"])
    return Student(family, adapter, optimizer, objective, Batches(taught, plan, CPU), rate, [Denoise(1.0)], 0)


def losses(learner: Student, after=0) -> list[float]:
    return [step.losses["loss"] for step in train(learner, after)]


def same(one: Student, two: Student) -> bool:
    return all(torch.equal(a, b) for a, b in zip(one.adapter.weights, two.adapter.weights, strict=True))


# ── optimizers ───────────────────────────────────────────────────────────────
@pytest.mark.parametrize("kind", ["AdamW", "Adafactor", "Prodigy"])
def test_every_optimizer_moves_the_weights_and_goes_on_exactly(kind):
    wish = {"kind": kind, "rate": 1.0 if kind == "Prodigy" else 1e-2}
    whole, first, second = student(**wish), student(**wish), student(**wish)
    before = [weight.detach().clone() for weight in whole.adapter.weights]
    expected = losses(whole)
    assert not all(torch.equal(a, b) for a, b in zip(before, whole.adapter.weights, strict=True))
    steps = train(first)
    next(steps), next(steps)
    tensors, facts = copy.deepcopy(first.optimizer.state())
    second.adapter.restore({name: tensor.clone() for name, tensor in first.adapter.state().items()})
    second.optimizer.restore(tensors, facts)
    assert losses(second, after=2) == expected[2:]
    assert same(whole, second)


def test_eight_bits_without_a_gpu_are_refused_in_a_sentence():
    with pytest.raises(BadInput, match="needs an NVIDIA GPU. Choose AdamW"):
        student(kind="AdamW 8-bit")


def test_groups_have_their_own_rates():
    slow, fast = (torch.nn.Parameter(torch.zeros(1)) for _ in range(2))
    optimizer = Optimizer([Group([slow], 0.1), Group([fast])], How(decay=0, clip=0), torch.float32)
    optimizer.learn_from(slow.sum() + fast.sum())
    optimizer.step(1e-2)
    assert slow.item() == pytest.approx(-1e-3, rel=1e-4) and fast.item() == pytest.approx(-1e-2, rel=1e-4)


# ── what is adapted ──────────────────────────────────────────────────────────
@pytest.mark.parametrize("name", FAMILIES)
def test_text_encoders_learn_beside_the_unet_and_nothing_else_moves(name):
    learner = student(name, Shape(4, 4, "attention", encoders=True), live=True, silent=0.3)
    parts = learner.family.adapted()
    before = {f"{part}.{n}": w.detach().clone() for part, module in parts.items() for n, w in module.named_parameters()}
    losses(learner)
    after = {f"{part}.{n}": w for part, module in parts.items() for n, w in module.named_parameters()}
    moved = {name for name, weight in after.items() if not torch.equal(weight, before[name])}
    assert all("lora_" in name for name in moved)
    assert {name.split(".")[0] for name in moved} == set(parts)
    assert {name.split(".")[0] for name in learner.adapter.state()} == set(parts)


def test_text_that_is_encoded_in_the_step_says_the_same_as_text_from_before():
    assert losses(student(live=True, silent=0.4)) == pytest.approx(losses(student(silent=0.4)), rel=1e-5)


def test_a_fresh_dora_changes_nothing_and_learns_lengths_too():
    family = FAMILIES["sd15"]()
    given = torch.randn(1, 4, 8, 8), torch.tensor([10]), family.encode_text(["a cat"])
    before = family.predict(*given)
    adapter = Adapter(family, Shape(4, 4, "attention", decomposed=True), seed=0)
    assert torch.allclose(family.predict(*given), before, atol=1e-5)
    assert any("magnitude" in name for name in adapter.state())
    learner = student(shape=Shape(4, 4, "attention", decomposed=True))
    start = {name: tensor.clone() for name, tensor in learner.adapter.state().items()}
    losses(learner)
    assert all(not torch.equal(start[name], tensor) for name, tensor in learner.adapter.state().items())


# ── words, pictures, weights ─────────────────────────────────────────────────
def test_phrases_are_shuffled_behind_the_first():
    shuffle = Shuffle(kept=1)
    found = {shuffle("FOX, red, green,  blue", dice(0, "words", step)) for step in range(30)}
    assert len(found) == 6 and all(text.startswith("FOX, ") for text in found)
    assert {frozenset(text.split(", ")) for text in found} == {frozenset(["FOX", "red", "green", "blue"])}
    captions = [next(iter(student(live=True, shuffle=shuffle).batches.of_step(step))).captions for step in (1, 2, 3)]
    assert captions == [
        next(iter(student(live=True, shuffle=shuffle).batches.of_step(step))).captions for step in (1, 2, 3)
    ], "and a step stays the same step"


def test_a_picture_that_counts_nothing_teaches_nothing():
    one, two = student(batch=3), student(batch=3)
    for learner, latent in ((one, 0.0), (two, 9.0)):
        learner.batches._lessons.weights = [1.0, 0.0, 1.0]
        learner.batches._lessons.latents[1] = torch.full((1, 4, 8, 8), latent)
    losses(one), losses(two)
    assert same(one, two)


@pytest.mark.parametrize("prediction", ["epsilon", "v_prediction"])
def test_the_clean_picture_is_diffusers_own(prediction):
    scheduler = DDPMScheduler(prediction_type=prediction, clip_sample=False, variance_type="fixed_small")
    noisy, answer, at = torch.randn(2, 4, 8, 8), torch.randn(2, 4, 8, 8), torch.tensor([300, 700])
    ours = Objective(scheduler, 0, CPU).clean(answer, noisy, at)
    for row in range(2):
        theirs = scheduler.step(answer[row], int(at[row]), noisy[row]).pred_original_sample
        assert torch.allclose(ours[row], theirs, atol=1e-4, rtol=1e-4)


class Rare(Loss):
    """The size of the answer, every second step, where there is one to be judged at all."""

    name = "rare"

    def __call__(self, attempt):
        return Verdict(attempt.answer.square().mean(), {"seen": (float(len(attempt.batch.lessons)), 4)})


def test_losses_are_weighed_told_by_name_and_may_come_rarely():
    learner = student(steps=2, batch=2, accumulation=2)
    learner.losses = [Denoise(0.5), Rare(2.0, every=2)]
    first, second = train(learner)
    assert set(first.losses) == {"loss", "denoise loss"} and first.facts == {}
    assert first.losses["loss"] == pytest.approx(0.5 * first.losses["denoise loss"])
    wanted = 0.5 * second.losses["denoise loss"] + 2 * second.losses["rare loss"]
    assert second.losses["loss"] == pytest.approx(wanted)
    assert second.facts == {"seen": 0.5}


def test_the_held_out_loss_is_the_same_each_time_and_falls_with_learning():
    learner = student(steps=30, batch=3, rate=2e-2)
    lessons = learner.batches._lessons
    before = held_out_loss(learner, lessons)
    assert held_out_loss(learner, lessons) == before
    losses(learner)
    assert held_out_loss(learner, lessons) < before


# ── the running mean ─────────────────────────────────────────────────────────
def test_the_mean_follows_and_is_worn_only_meanwhile():
    weight = torch.nn.Parameter(torch.zeros(2))
    ema = Ema([weight], decay=0.5)
    for step in range(1, 4):
        weight.data = torch.full((2,), float(step))
        ema.follow(step)
    by_hand = 0.0
    for step, decay in ((1, 2 / 11), (2, 3 / 12), (3, 4 / 13)):
        by_hand = decay * by_hand + (1 - decay) * step
    with ema.worn():
        assert weight[0].item() == pytest.approx(by_hand, rel=1e-6)
    assert weight[0].item() == 3.0
    other = Ema([torch.nn.Parameter(torch.zeros(2))], 0.5)
    other.restore(ema.state())
    assert torch.equal(other.state()["0"], ema.state()["0"])


# ── little memory ────────────────────────────────────────────────────────────
def cramped(learner: Student, room: int) -> Student:
    """Let memory run out where more pictures than `room` go through the UNet together."""
    predict = learner.family.predict

    def little(noisy, *given):
        if len(noisy) > room:
            raise torch.OutOfMemoryError("CUDA out of memory.")
        return predict(noisy, *given)

    learner.family.predict = little
    return learner


def test_where_memory_runs_out_less_goes_through_at_once_and_the_steps_stay_the_same():
    roomy, little = student(batch=4, steps=3), cramped(student(batch=4, steps=3), room=1)
    expected = losses(roomy)
    steps = list(train(little))
    assert [step.losses["loss"] for step in steps] == pytest.approx(expected, rel=1e-4)
    assert little.batches.at_once == 1
    assert [len(step.notes) for step in steps] == [2, 0, 0] and "with 1 at a time, added up 4 times" in steps[0].notes[
        1
    ]


def test_where_nothing_is_left_to_save_a_sentence_says_so():
    learner = cramped(student(), room=0)
    before = [weight.detach().clone() for weight in learner.adapter.weights]
    with pytest.raises(StudioError, match="not enough memory for this run.*Lower the resolution"):
        next(train(learner))
    assert learner.family.pipe.unet.is_gradient_checkpointing
    assert all(torch.equal(a, b) for a, b in zip(before, learner.adapter.weights, strict=True))


def test_another_error_is_not_taken_for_a_lack_of_memory():
    learner = student()
    learner.family.predict = lambda *given: (_ for _ in ()).throw(RuntimeError("shapes do not match"))
    with pytest.raises(RuntimeError, match="shapes do not match"):
        next(train(learner))
    assert learner.batches.at_once == 2
