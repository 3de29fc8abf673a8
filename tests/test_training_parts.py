"""The parts of training, each against numbers worked out by hand."""

from __future__ import annotations

import json
import math
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
import torch
from diffusers import DDIMScheduler, DDPMScheduler
from PIL import Image

from jobs.families.family import Text
from jobs.planning import Cut, frame
from jobs.training.batches import Batch, Batches, Disturbance, Plan, Turns
from jobs.training.cache import Cache
from jobs.training.checkpoint import Checkpoint, Checkpoints
from jobs.training.dice import dice
from jobs.training.gather import prompts_of
from jobs.training.lessons import Lessons
from jobs.training.noise import Objective, weights
from jobs.training.optimizer import Rate
from jobs.training.pictures import open_picture, pixels
from storage.errors import BadInput, NotFound, StudioError

torch.set_num_threads(1)
CPU = torch.device("cpu")


# ── noise ────────────────────────────────────────────────────────────────────
def test_min_snr_weights_by_hand():
    """min(SNR, γ)/SNR for ε and min(SNR, γ)/(SNR + 1) for v, at γ = 5."""
    snr = torch.tensor([0.25, 1.0, 5.0, 20.0, 100.0])
    assert weights(snr, 5, v=False).tolist() == pytest.approx([1, 1, 1, 0.25, 0.05])
    assert weights(snr, 5, v=True).tolist() == pytest.approx([0.2, 0.5, 5 / 6, 5 / 21, 5 / 101])
    assert weights(snr, 0, v=True).tolist() == [1] * 5
    assert weights(torch.tensor([0.0]), 5, v=False).tolist() == [1], "zero terminal SNR is no division by zero"


def batch(timesteps, seed=0):
    generator = torch.Generator().manual_seed(seed)
    shape = (len(timesteps), 4, 6, 6)
    latents, noise = (torch.randn(shape, generator=generator) for _ in range(2))
    count = len(timesteps)
    return Batch(latents, noise, torch.tensor(timesteps), torch.zeros(1), torch.ones(count), [0] * count, [""] * count)


@pytest.mark.parametrize("prediction", ["epsilon", "v_prediction"])
def test_noise_and_target_agree_with_diffusers(prediction):
    scheduler = DDIMScheduler(
        beta_schedule="scaled_linear", beta_start=0.00085, beta_end=0.012, prediction_type=prediction
    )
    theirs = DDPMScheduler.from_config(scheduler.config)
    one = batch([0, 130, 999])
    ours = Objective(scheduler, 0, CPU)
    assert torch.allclose(ours.noisy(one), theirs.add_noise(one.latents, one.noise, one.timesteps), atol=1e-6)
    wanted = one.noise if prediction == "epsilon" else theirs.get_velocity(one.latents, one.noise, one.timesteps)
    assert torch.allclose(ours.target(one), wanted, atol=1e-6)
    assert ours.loss(ours.target(one), one).item() == pytest.approx(0, abs=1e-12)
    assert ours.loss(ours.target(one) + 2, one).item() == pytest.approx(4)


def test_the_loss_counts_each_noise_level_by_its_weight():
    scheduler = DDIMScheduler(beta_schedule="linear", beta_start=1e-4, beta_end=0.02)
    one, objective = batch([10, 700]), Objective(scheduler, 5, CPU)
    bar = scheduler.alphas_cumprod.double()
    snr = (bar / (1 - bar))[[10, 700]]
    wanted = (weights(snr, 5, v=False) * 9).mean().item()
    assert objective.loss(objective.target(one) + 3, one).item() == pytest.approx(wanted, rel=1e-5)


# ── the rate ─────────────────────────────────────────────────────────────────
def test_learning_rates():
    constant = Rate(1e-3, "constant", 0, 10)
    assert [constant.at(step) for step in (1, 5, 10)] == [1e-3] * 3
    warm = Rate(1e-3, "linear", 4, 14)
    assert [round(warm.at(step), 9) for step in (1, 2, 4, 5, 10, 14)] == [0.25e-3, 0.5e-3, 1e-3, 1e-3, 0.5e-3, 0.1e-3]
    cosine = Rate(2.0, "cosine", 0, 100)
    assert cosine.at(1) == 2.0
    assert cosine.at(51) == pytest.approx(1.0)
    assert 0 < cosine.at(100) < 0.01


# ── batches ──────────────────────────────────────────────────────────────────
def lessons(count=5, repeats=None, variants=1) -> Lessons:
    latents = [
        torch.full((variants, 1, 2, 2), float(i)) + torch.arange(variants)[:, None, None, None] / 10
        for i in range(count)
    ]
    texts = Text(torch.arange(count).float()[:, None, None] + 1)
    words = [f"one, two, three, number {i}" for i in range(count)]
    sizes, silence = [[i] * 6 for i in range(count)], Text(torch.zeros(1, 1, 1))
    return Lessons(latents, sizes, repeats or [1] * count, words, [1.0] * count, texts, silence)


def seen(batches, steps):
    return [int(v) for step in range(1, steps + 1) for b in batches.of_step(step) for v in b.latents[:, 0, 0, 0]]


def test_every_picture_comes_once_an_epoch_in_another_order():
    order = seen(Batches(lessons(), Plan(2, 1, 0.0, 0, 1000), CPU), 10)
    epochs = [order[i : i + 5] for i in range(0, 20, 5)]
    assert all(sorted(epoch) == [0, 1, 2, 3, 4] for epoch in epochs)
    assert len({tuple(epoch) for epoch in epochs}) > 1


def test_repeats_come_as_often_as_they_say():
    order = seen(Batches(lessons(3, [1, 4, 2]), Plan(7, 1, 0.0, 0, 1000), CPU), 1)
    assert sorted(order) == [0, 1, 1, 1, 1, 2, 2]


def test_pictures_of_one_shape_share_a_step_and_all_come_equally_often():
    mixed = lessons(7, [1, 2, 1, 1, 1, 1, 1])
    mixed.latents = [x if i < 5 else x.repeat(1, 1, 1, 2) for i, x in enumerate(mixed.latents)]
    batches = Batches(mixed, Plan(2, 1, 0.0, 0, 1000), CPU)
    order = [[int(v) for b in batches.of_step(step) for v in b.latents[:, 0, 0, 0]] for step in range(1, 33)]
    assert all({picture < 5 for picture in chosen} in ({True}, {False}) for chosen in order)
    counts = [sum(chosen.count(picture) for chosen in order) for picture in range(7)]
    assert counts == [8, 16, 8, 8, 8, 8, 8]


def test_turns_are_spread_evenly():
    turns = Turns([3, 1])
    assert [turns.of_step(step)[0] for step in range(1, 9)] == [0, 0, 1, 0, 0, 0, 1, 0]
    assert turns.of_step(7) == (1, 1) and turns.of_step(8) == (0, 5)


def test_a_step_is_the_same_whatever_came_before():
    plan = Plan(2, 2, 0.3, 9, 1000)
    jumped = list(Batches(lessons(variants=2), plan, CPU).of_step(7))
    walked = Batches(lessons(variants=2), plan, CPU)
    for step in range(1, 7):
        list(walked.of_step(step))
    for one, two in zip(jumped, walked.of_step(7), strict=True):
        assert torch.equal(one.latents, two.latents) and torch.equal(one.noise, two.noise)
        assert torch.equal(one.timesteps, two.timesteps) and torch.equal(one.text.states, two.text.states)


def test_small_batches_added_up_are_the_large_batch():
    large = next(Batches(lessons(), Plan(4, 1, 0.2, 1, 1000), CPU).of_step(3))
    small = list(Batches(lessons(), Plan(2, 2, 0.2, 1, 1000), CPU).of_step(3))
    assert len(small) == 2
    for name in ("latents", "noise", "timesteps", "sizes"):
        assert torch.equal(getattr(large, name), torch.cat([getattr(part, name) for part in small]))


def test_a_share_of_captions_is_left_out_and_mirrored_views_come_half_the_time():
    batches = Batches(lessons(variants=2), Plan(400, 1, 0.25, 0, 1000), CPU)
    one = next(batches.of_step(1))
    assert 0.17 < (one.text.states == 0).float().mean() < 0.33
    mirrored = (one.latents[:, 0, 0, 0] % 1 > 0.05).float().mean()
    assert 0.4 < mirrored < 0.6
    spoken = one.text.states[:, 0, 0] != 0
    assert torch.equal(one.text.states[spoken, 0, 0], one.latents[spoken, 0, 0, 0].floor() + 1), (
        "captions stay with pictures"
    )
    assert torch.equal(one.sizes[:, 0], one.latents[:, 0, 0, 0].floor().long())


def test_timesteps_are_uniform_and_spread():
    batches = Batches(lessons(), Plan(10, 1, 0.0, 0, 1000), CPU)
    steps = [next(batches.of_step(step)).timesteps for step in range(1, 41)]
    for found in steps:
        assert sorted((found // 100).tolist()) == list(range(10)), "one in each tenth"
    assert abs(torch.cat(steps).float().mean() - 499.5) < 30
    assert not torch.equal(steps[0].sort().values, steps[1].sort().values)


def test_dice_fall_the_same_for_the_same_purpose_alone():
    fall = {torch.rand(1, generator=dice(*what)).item() for what in [(0, "step", 1), (0, "step", 1)]}
    assert len(fall) == 1
    assert (
        len(
            {
                torch.rand(1, generator=dice(*w)).item()
                for w in [(0, "step", 1), (1, "step", 1), (0, "epoch", 1), (0, "step", 2)]
            }
        )
        == 4
    )


# ── pictures ─────────────────────────────────────────────────────────────────
def test_pixels_show_the_middle_and_may_be_mirrored():
    picture = Image.new("RGB", (96, 32), "black")
    picture.paste("red", (32, 0, 48, 32))
    picture.paste("lime", (48, 0, 64, 32))
    middle = frame(Cut(32, 32, buckets=False), (32, 96))
    shown, mirrored = pixels(picture, middle), pixels(picture, middle, mirrored=True)
    assert shown.shape == (1, 3, 32, 32)
    assert shown[0, :, 16, 4].tolist() == [1, -1, -1] and shown[0, :, 16, 28].tolist() == [-1, 1, -1]
    assert torch.equal(mirrored, shown.flip(-1))


def test_pictures_are_upright_and_on_white(tmp_path):
    turned = Image.new("RGB", (8, 4), "blue")
    exif = turned.getexif()
    exif[0x0112] = 6
    turned.save(tmp_path / "turned.jpg", exif=exif)
    assert open_picture(tmp_path / "turned.jpg", "turned").size == (4, 8)
    Image.new("RGBA", (4, 4), (255, 0, 0, 0)).save(tmp_path / "clear.png")
    assert np.array(open_picture(tmp_path / "clear.png", "clear")).min() == 255
    Image.new("L", (4, 4), 7).save(tmp_path / "grey.png")
    assert open_picture(tmp_path / "grey.png", "grey").getpixel((0, 0)) == (7, 7, 7)


def test_pictures_that_cannot_be_read(tmp_path):
    with pytest.raises(NotFound, match="“gone.png” is gone"):
        open_picture(tmp_path / "gone.png", "gone.png")
    Image.effect_noise((64, 64), 90).save(tmp_path / "cut.png")
    content = (tmp_path / "cut.png").read_bytes()
    (tmp_path / "cut.png").write_bytes(content[: len(content) // 2])
    with pytest.raises(BadInput, match="“cut.png” cannot be read"):
        open_picture(tmp_path / "cut.png", "cut.png")


# ── what to learn from ───────────────────────────────────────────────────────
def test_sample_prompts_come_from_all_over_the_captions():
    examples = [SimpleNamespace(caption=f"caption {i}") for i in range(9)] + [SimpleNamespace(caption="caption 0")]
    assert prompts_of([], examples) == ["caption 0", "caption 3", "caption 6"]
    assert prompts_of(["  ", "mine "], examples) == ["mine"]
    assert prompts_of([], examples[:1]) == ["caption 0"]


# ── the cache ────────────────────────────────────────────────────────────────
def test_the_cache_tells_facts_apart_and_takes_a_torn_file_for_none(tmp_path):
    cache = Cache(tmp_path)
    cache.put({"x": torch.ones(2)}, "latents", "ab", 32)
    assert torch.equal(cache.get("latents", "ab", 32)["x"], torch.ones(2))
    assert cache.get("latents", "ab", 64) is None
    file = next(tmp_path.rglob("*.safetensors"))
    file.write_bytes(file.read_bytes()[:-3])
    assert cache.get("latents", "ab", 32) is None


# ── checkpoints ──────────────────────────────────────────────────────────────
def state(step):
    return Checkpoint(step, {"w": torch.full((3,), float(step))}, {"note": f"at {step}"})


def test_the_newest_whole_checkpoint_counts(tmp_path):
    kept = Checkpoints(tmp_path / "c")
    assert kept.newest() is None
    for step in (10, 20, 30):
        kept.save(state(step))
    assert sorted(path.name for path in kept.folder.iterdir()) == ["000002", "000003"], "two are kept"
    found = kept.newest()
    assert (found.step, found.facts, found.tensors["w"].tolist()) == (30, {"note": "at 30"}, [30.0] * 3)


@pytest.mark.parametrize("harm", ["cut", "swap", "no json", "half json", "gone"])
def test_a_torn_checkpoint_is_passed_over(tmp_path, harm):
    kept = Checkpoints(tmp_path)
    kept.save(state(10))
    kept.save(state(20))
    newest = tmp_path / "000002"
    weights_, facts = newest / "state.safetensors", newest / "state.json"
    match harm:
        case "cut":
            weights_.write_bytes(weights_.read_bytes()[:-1])
        case "swap":
            weights_.write_bytes((tmp_path / "000001" / "state.safetensors").read_bytes())
        case "no json":
            facts.unlink()
        case "half json":
            facts.write_text(facts.read_text()[:20])
        case "gone":
            weights_.unlink()
    assert kept.newest().step == 10
    kept.save(state(30))
    assert kept.newest().step == 30


def test_what_a_kill_left_half_written_is_swept_away(tmp_path):
    kept = Checkpoints(tmp_path)
    kept.save(state(10))
    torn = tmp_path / ".new-4242"
    torn.mkdir()
    (torn / "state.safetensors").write_bytes(b"half")
    assert kept.newest().step == 10
    assert not torn.exists()


def test_no_readable_checkpoint_is_an_error_not_a_new_start(tmp_path):
    kept = Checkpoints(tmp_path)
    kept.save(state(10))
    (tmp_path / "000001" / "state.json").write_text("{}")
    with pytest.raises(StudioError, match="None of the 1 checkpoints"):
        kept.newest()


def test_a_full_disk_leaves_the_last_checkpoint(tmp_path, monkeypatch):
    kept = Checkpoints(tmp_path)
    kept.save(state(10))

    def full(handle):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("os.fsync", full)
    with pytest.raises(OSError, match="No space"):
        kept.save(state(20))
    monkeypatch.undo()
    assert [path.name for path in Path(tmp_path).iterdir()] == ["000001"]
    assert kept.newest().step == 10


def test_facts_are_readable_by_people(tmp_path):
    kept = Checkpoints(tmp_path)
    kept.save(state(10))
    said = json.loads((tmp_path / "000001" / "state.json").read_text())
    assert said["step"] == 10 and math.isclose(len(said["sha256"]), 64)


# ── what is done to the noise ────────────────────────────────────────────────
def disturbed(**how):
    plan = Plan(64, 1, 0.0, 3, 1000, Disturbance(**how))
    return next(Batches(lessons(4), plan, CPU).of_step(1))


def test_an_offset_shifts_whole_channels_of_the_noise_that_is_to_be_found():
    plain, shifted = disturbed(), disturbed(offset=0.5)
    shift = shifted.noise - plain.noise
    assert torch.allclose(shift, shift[:, :, :1, :1].expand_as(shift), atol=1e-6) and shifted.laid is None
    assert shift[:, 0, 0, 0].std().item() == pytest.approx(0.5, rel=0.3)
    assert torch.equal(shifted.latents, plain.latents) and torch.equal(shifted.timesteps, plain.timesteps)


def test_perturbation_lays_more_noise_over_than_is_to_be_found():
    plain, shaken = disturbed(), disturbed(perturbation=0.1)
    assert torch.equal(shaken.noise, plain.noise)
    assert (shaken.laid - shaken.noise).std().item() == pytest.approx(0.1, rel=0.2)
    objective = Objective(DDIMScheduler(), 0, CPU)
    assert torch.equal(objective.target(shaken), objective.target(plain))
    signal, noise = objective._levels(shaken.timesteps)
    assert torch.allclose(objective.noisy(shaken), signal * shaken.latents + noise * shaken.laid)
