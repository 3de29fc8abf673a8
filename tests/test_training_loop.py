"""The loop on tiny models: it learns, it adds up, and it stops before anything is spoilt."""

from __future__ import annotations

import copy

import pytest
import torch

from jobs.families.family import Text
from jobs.families.sd15 import StableDiffusion15
from jobs.families.sdxl import StableDiffusionXL
from jobs.losses.denoise import Denoise
from jobs.training.adapter import Adapter, Shape
from jobs.training.batches import Batches, Plan
from jobs.training.lessons import Lessons
from jobs.training.loop import Student, train
from jobs.training.noise import Objective
from jobs.training.optimizer import Group, How, Optimizer, Rate
from storage.errors import StudioError
from tests import tiny

torch.set_num_threads(1)

FAMILIES = {"sd15": lambda v: StableDiffusion15(tiny.sd15(v)), "sdxl": lambda v: StableDiffusionXL(tiny.sdxl(v))}

PLAIN = Shape(4, 4, "attention")


def lessons(family) -> Lessons:
    generator = torch.Generator().manual_seed(0)
    latents = [torch.randn(1, 4, 8, 8, generator=generator) for _ in range(3)]
    words = ["a cat", "a dog", "a fox"]
    texts = family.encode_text(words)
    return Lessons(latents, [[16, 16, 0, 0, 16, 16]] * 3, [1] * 3, words, [1.0] * 3, texts, family.silence())


def student(name="sd15", prediction="epsilon", dtype=torch.float32, shape=PLAIN, **changed) -> Student:
    family = FAMILIES[name](prediction)
    taught = lessons(family)
    family.pipe.to(dtype)
    wish = {
        "batch": 2,
        "accumulation": 1,
        "steps": 4,
        "rate": 1e-2,
        "gamma": 5.0,
        "silent": 0.0,
        "optimizer": "AdamW",
    } | changed
    adapter = Adapter(family, shape, seed=0)
    objective = Objective(family.pipe.scheduler, wish["gamma"], family.device)
    return Student(
        family,
        adapter,
        Optimizer([Group(adapter.weights)], How(wish["optimizer"]), dtype),
        objective,
        Batches(
            taught, Plan(wish["batch"], wish["accumulation"], wish["silent"], 0, objective.timesteps), family.device
        ),
        Rate(wish["rate"], "constant", 0, wish["steps"]),
        [Denoise(1.0)],
        seed=0,
    )


def losses(learner: Student, after=0) -> list[float]:
    return [step.losses["loss"] for step in train(learner, after)]


@pytest.mark.parametrize("name", FAMILIES)
@pytest.mark.parametrize("prediction", ["epsilon", "v_prediction"])
def test_the_loss_falls_where_there_is_little_to_learn(name, prediction):
    """The same noise on the same pictures, again and again, is learned."""
    learner = student(name, prediction, batch=6, steps=25, rate=2e-2, gamma=0)
    same = list(learner.batches.of_step(1))
    learner.batches.of_step = lambda step: iter(same)
    found = losses(learner)
    assert found[-1] < 0.9 * found[0]


def test_a_fresh_adapter_changes_nothing():
    family = FAMILIES["sd15"]("epsilon")
    given = torch.randn(1, 4, 8, 8), torch.tensor([10]), family.encode_text(["a cat"])
    before = family.predict(*given)
    Adapter(family, Shape(4, 8, "attention"), seed=0)
    assert torch.equal(family.predict(*given), before)


def test_only_the_adapter_moves():
    learner = student()
    before = {name: weight.detach().clone() for name, weight in learner.family.pipe.unet.named_parameters()}
    losses(learner)
    moved = {
        name for name, weight in learner.family.pipe.unet.named_parameters() if not torch.equal(weight, before[name])
    }
    assert moved and all("lora_" in name for name in moved)
    assert len(moved) == len(learner.adapter.weights), "every matrix of it moves"


@pytest.mark.parametrize(
    ("targets", "layers"),
    [
        (
            "attention",
            {
                "attn1.to_q",
                "attn1.to_k",
                "attn1.to_v",
                "attn1.to_out.0",
                "attn2.to_q",
                "attn2.to_k",
                "attn2.to_v",
                "attn2.to_out.0",
            },
        ),
        ("attention q/v only", {"attn1.to_q", "attn1.to_v", "attn2.to_q", "attn2.to_v"}),
        ("cross-attention only", {"attn2.to_q", "attn2.to_k", "attn2.to_v", "attn2.to_out.0"}),
    ],
)
def test_targets_by_name(targets, layers):
    adapter = Adapter(FAMILIES["sd15"]("epsilon"), Shape(2, 2, targets), seed=0)
    assert {name.split("transformer_blocks.0.")[1].split(".lora")[0] for name in adapter.state()} == layers


def test_all_layers_are_more_than_attention():
    unet = FAMILIES["sd15"]("epsilon")
    names = set(Adapter(unet, Shape(2, 2, "attention + feed-forward + convolutions"), seed=0).state())
    ends = {name.rsplit(".", 2)[0].rsplit(".", 1)[-1] for name in names}
    assert {"to_q", "proj_in", "proj", "conv1", "conv2", "conv_shortcut", "conv", "time_emb_proj"} <= ends
    assert not any(name.startswith(("conv_in", "conv_out", "time_embedding")) for name in names)


def test_accumulation_equals_the_larger_batch():
    whole, parts = student(batch=4), student(batch=2, accumulation=2)
    assert losses(parts) == pytest.approx(losses(whole), rel=1e-4)
    for one, two in zip(whole.adapter.weights, parts.adapter.weights, strict=True):
        assert torch.allclose(one, two, atol=2e-3)


def test_gradient_checkpointing_computes_the_same():
    plain, saving = student(), student()
    saving.family.pipe.unet.enable_gradient_checkpointing()
    assert losses(saving) == pytest.approx(losses(plain), rel=1e-5)


def test_bf16_computes_in_bf16_and_learns_in_fp32():
    full, half = student(steps=6), student(steps=6, dtype=torch.bfloat16)
    assert {weight.dtype for weight in half.adapter.weights} == {torch.float32}
    assert half.family.dtype == torch.bfloat16
    assert losses(half) == pytest.approx(losses(full), rel=0.03)


def test_dropout_is_at_work_in_steps_alone():
    learner = student(shape=Shape(4, 4, "attention", dropout=0.5), steps=3)
    with_dropout = losses(learner)
    given = torch.randn(1, 4, 8, 8), torch.tensor([10]), learner.family.encode_text(["a cat"])
    with torch.no_grad():
        assert torch.equal(learner.family.predict(*given), learner.family.predict(*given))
    assert with_dropout[1:] != losses(student(steps=3))[1:]
    assert with_dropout == losses(student(shape=Shape(4, 4, "attention", dropout=0.5), steps=3)), "and repeatable"


@pytest.mark.parametrize("dropout", [0.0, 0.3])
@pytest.mark.parametrize("broken_at", [1, 4, 5])
def test_a_run_that_was_broken_off_ends_bit_for_bit_the_same(broken_at, dropout):
    wish = {"steps": 6, "silent": 0.3, "shape": Shape(4, 2, "attention", dropout)}
    whole = student(**wish)
    expected = losses(whole)

    first = student(**wish)
    steps = train(first)
    for _ in range(broken_at):
        next(steps)
    adapter, moving = first.adapter.state(), copy.deepcopy(first.optimizer.state())
    second = student(**wish)
    torch.rand(7)  # the world's own generator has moved on
    second.adapter.restore({name: tensor.clone() for name, tensor in adapter.items()})
    second.optimizer.restore(*moving)
    assert losses(second, after=broken_at) == expected[broken_at:]
    for one, two in zip(whole.adapter.weights, second.adapter.weights, strict=True):
        assert torch.equal(one, two)


def test_a_loss_that_is_no_number_stops_before_anything_is_spoilt():
    learner = student(steps=5)
    steps = train(learner)
    next(steps)
    before = [weight.detach().clone() for weight in learner.adapter.weights]
    predict = learner.family.predict
    learner.family.predict = lambda *given: predict(*given) * float("nan")
    with pytest.raises(StudioError, match="loss is no longer a number.*Lower the learning rate"):
        next(steps)
    assert all(torch.equal(one, two) for one, two in zip(before, learner.adapter.weights, strict=True))


def test_a_gradient_that_is_no_number_stops_too():
    learner = student(steps=5)
    learner.adapter.weights[0].register_hook(lambda gradient: gradient * float("inf"))
    before = [weight.detach().clone() for weight in learner.adapter.weights]
    with pytest.raises(StudioError, match="gradient is no longer a number"):
        next(train(learner))
    assert all(torch.equal(one, two) for one, two in zip(before, learner.adapter.weights, strict=True))


def test_fp16_tries_again_with_a_smaller_scale():
    weight = torch.nn.Parameter(torch.ones(3))
    optimizer = Optimizer([Group([weight])], How(decay=0.0, clip=0.0), torch.float16)
    scales = []
    for factor in (float("inf"), 1.0, 1.0):
        optimizer.learn_from((weight * factor).sum())
        optimizer.step(0.1)
        scales.append(optimizer.state()[1]["scaler"]["scale"])
    assert scales[0] == 65536 / 2 and scales[1] == scales[0]
    assert torch.allclose(weight, torch.full((3,), 0.8), atol=1e-4), "one step lost, two made"


def test_sdxl_is_told_of_the_pictures_sizes():
    learner = student("sdxl", steps=1)
    told = []
    predict = learner.family.predict
    learner.family.predict = lambda noisy, at, text, sizes=None: told.append(sizes) or predict(noisy, at, text, sizes)
    losses(learner)
    assert told[0].tolist() == [[16, 16, 0, 0, 16, 16]] * 2


def test_text_rows_are_picked_by_number():
    text = Text(torch.arange(6).float().view(3, 1, 2), torch.arange(3).float()[:, None])
    assert text[[2, 0]].states[:, 0, 0].tolist() == [4, 0] and text[[2, 0]].pooled[:, 0].tolist() == [2, 0]
