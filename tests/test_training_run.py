"""Runs of the train task in a real store, by a real worker: told, kept, broken off, gone on with."""

from __future__ import annotations

import errno
import json

import pytest
import torch
from safetensors import safe_open
from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

from jobs.faces.detection import Face
from jobs.families.family import Family
from jobs.families.latent.model import LatentDiffusion
from jobs.shelf import Shelf
from jobs.tasks.generate import GeneratePictures
from jobs.tasks.train import TrainLora
from jobs.training import begin, outcome
from jobs.training import run as run_module
from jobs.training.checkpoint import Checkpoints
from storage import captions, datasets, loras, measures, pictures, queue, snapshots
from tests import teach
from tests.teach import ask, request, work

torch.set_num_threads(1)


@pytest.fixture
def shop(store, tmp_path, monkeypatch):
    """A store with the base `tiny` and the data set `fox`; samples are drawn in two steps."""
    monkeypatch.setattr(outcome, "USUAL", GeneratePictures(steps=2))
    teach.furnish(store, tmp_path)
    return store


@pytest.fixture
def break_at(monkeypatch):
    """Let the next run die, as by a power cut, when it has done so many steps."""

    class PowerCut(BaseException):
        pass

    def at(step):
        train = run_module.train

        def cut(student, after=0):
            for found in train(student, after):
                yield found
                if found.number == step:
                    raise PowerCut

        monkeypatch.setattr(run_module, "train", cut)

    def run(store, number, step):
        train = run_module.train
        at(step)
        with pytest.raises(PowerCut):
            work(store, number)
        monkeypatch.setattr(run_module, "train", train)
        assert queue.recover(store, silent_for=-1) == [number]

    return run


def log(store, number):
    return " ".join(line.text for line in queue.log_lines(store, number))


def test_a_run_from_end_to_end(shop):
    number = ask(shop, request(steps=6, sample_every=3, save_every=2, keep=1, seed=5))
    job = work(shop, number)
    assert (job.state, job.step, job.steps, job.error) == ("done", 6, 6, "")
    curves = measures.curves(shop, number)
    assert [step for step, _ in curves["loss"]] == [1, 2, 3, 4, 5, 6]
    assert {value for _, value in curves["learning rate"]} == {1e-2}
    assert all(value > 0 for _, value in curves["seconds"])

    made = job.result["made_with"]
    assert len(made["base"]) == 16 and made["packages"]["torch"] == torch.__version__.partition("+")[0]
    board = EventAccumulator(str(shop.home / "jobs" / str(number) / "tensorboard"))
    board.Reload()
    assert [event.step for event in board.Scalars("loss")] == [1, 2, 3, 4, 5, 6], "TensorBoard has the same curve"

    final = loras.get(shop, job.result["lora"])
    assert (final.name, final.family, final.base, final.trigger, final.rank) == ("fox", "sd15", "tiny", "FOX", 2)
    assert (final.step, final.final, final.settings["alpha"]) == (6, True, 4)
    assert [(row.step, row.final) for row in loras.of_job(shop, number)] == [(4, False), (6, True)], (
        "one checkpoint kept"
    )

    drawn = pictures.samples(shop, number)
    assert sorted({row.step for row in drawn}) == [0, 3, 6]
    assert len(drawn) == 9
    by_step = {step: [row for row in drawn if row.step == step] for step in (0, 3, 6)}
    for rows in by_step.values():
        assert sorted(row.seed for row in rows) == [5, 6, 7]
        assert all(row.kind == "sample" and row.prompt.startswith("FOX, a gradient") for row in rows)
    assert final.preview in {row.file for row in by_step[6]}
    assert len({row.file for row in drawn}) == 9, "the LoRA shows in the samples"
    assert not (shop.home / "jobs" / str(number) / "checkpoints").exists()


def test_a_lora_that_nobody_named_is_called_as_its_data_set_is():
    assert TrainLora(dataset="fox").name == "fox" and TrainLora(dataset="fox", name="wolf").name == "wolf"


def test_the_first_samples_are_the_bases_own(shop):
    from jobs.generation.draw import draw
    from jobs.generation.order import Order

    number = ask(shop, request(steps=1, sample_every=1, sample_prompts=["a cat"], seed=3))
    work(shop, number)
    first = next(row for row in pictures.samples(shop, number) if row.step == 0)
    from PIL import Image

    from jobs.families import load_family
    from storage import bases

    family = load_family("sd15", bases.named(shop, "tiny").source, torch.device("cpu"), torch.float32)
    usual = {"steps": first.settings["steps"], "guidance": first.settings["guidance"]}
    wanted = draw(family, Order("a cat", "", 3, (32, 32), **usual), lambda *told: None)
    with Image.open(shop.files.path(first.file)) as kept:
        assert kept.convert("RGB").tobytes() == wanted.tobytes()


def test_the_file_says_what_it_is(shop):
    number = ask(shop, request(steps=1, rank=3, alpha=6))
    job = work(shop, number)
    with safe_open(shop.files.path(loras.get(shop, job.result["lora"]).file), "pt") as file:
        said = file.metadata()
        assert {name.split(".")[0] for name in file.keys()} == {"unet"}  # noqa: SIM118
    adapter = json.loads(said["lora_adapter_metadata"])
    assert (adapter["unet.r"], adapter["unet.lora_alpha"]) == (3, 6)
    assert (said["ss_network_dim"], said["ss_network_alpha"], said["ss_base_model_version"]) == ("3", "6.0", "sd_v1")
    assert json.loads(said["ss_tag_frequency"])["1_fox"]["FOX"] == 4
    assert said["modelspec.architecture"] == "stable-diffusion-v1/lora"
    assert said["modelspec.trigger_phrase"] == "FOX"
    assert str(shop.home) not in str(said), "no paths"


# ── broken off ───────────────────────────────────────────────────────────────
@pytest.mark.parametrize("step", [1, 4])
def test_after_a_power_cut_the_lora_is_the_same_byte_for_byte(shop, break_at, step):
    wish = {
        "steps": 6,
        "save_every": 2,
        "sample_every": 3,
        "sample_prompts": ["a cat"],
        "caption_dropout": 0.3,
        "dropout": 0.1,
    }
    whole, cut = ask(shop, request(**wish)), ask(shop, request(**wish))
    work(shop, whole)
    break_at(shop, cut, step)
    work(shop, cut)
    assert teach.content(shop, cut) == teach.content(shop, whole)
    assert teach.samples(shop, cut) == teach.samples(shop, whole), "no sample twice, none lost"
    losses = [measures.curves(shop, number)["loss"] for number in (cut, whole)]
    assert losses[0] == losses[1]
    assert [row.step for row in loras.of_job(shop, cut)] == [2, 4, 6]
    assert ("Going on from step" in log(shop, cut)) is (step >= 1)


def test_cut_twice_and_with_a_torn_checkpoint(shop, break_at):
    wish = {"steps": 6, "save_every": 2}
    whole, cut = ask(shop, request(**wish)), ask(shop, request(**wish))
    work(shop, whole)
    break_at(shop, cut, 3)
    break_at(shop, cut, 5)
    newest = max((shop.home / "jobs" / str(cut) / "checkpoints").iterdir())
    (newest / "state.safetensors").write_bytes(b"torn")
    work(shop, cut)
    assert "Going on from step 2" in log(shop, cut)
    assert teach.content(shop, cut) == teach.content(shop, whole)


def test_time_alone_makes_checkpoints_too(shop, break_at, monkeypatch):
    whole, cut = ask(shop, request()), ask(shop, request())
    work(shop, whole)
    with monkeypatch.context() as hurried:
        hurried.setattr(run_module, "CHECKPOINT_SECONDS", 0.0)
        break_at(shop, cut, 5)
    work(shop, cut)
    assert "Going on from step 5" in log(shop, cut)
    assert teach.content(shop, cut) == teach.content(shop, whole)


def test_a_run_goes_on_with_what_it_began_with(shop, break_at, project):
    """Captions and the trigger word that change in the meantime are for the next run."""
    wish = {"steps": 4, "save_every": 2}
    whole, cut = ask(shop, request(**wish)), ask(shop, request(**wish))
    work(shop, whole)
    break_at(shop, cut, 3)
    fox = datasets.named(shop, project.id, "fox")
    datasets.set_trigger(shop, fox.id, "WOLF")
    for image in datasets.images(shop, fox.id)[1:]:
        captions.add(shop, image.id, "something else", "hand")
        datasets.remove_images(shop, [image.id])
    work(shop, cut)
    assert teach.content(shop, cut) == teach.content(shop, whole)


class Seer:
    """Sees a face in the middle of every picture but the very dark ones."""

    def find(self, shown):
        return [[Face((8, 8, 24, 24), 0.9)] if one.convert("L").getextrema()[1] > 60 else [] for one in shown]


def test_after_a_power_cut_an_identity_run_is_the_same_too(shop, break_at, project, monkeypatch):
    monkeypatch.setattr(Shelf, "detector", lambda self: Seer())
    fox = datasets.named(shop, project.id, "fox")
    rows = datasets.images(shop, fox.id)
    datasets.set_split(shop, [rows[3].id], "reference")
    datasets.name_person(shop, [row.id for row in rows], "fox")
    wish = {"steps": 4, "save_every": 2, "face_weight": 2.0, "text_weight": 1.0, "denoise_weight": 0.1, "flip": True}
    whole, cut = ask(shop, request(**wish)), ask(shop, request(**wish))
    assert work(shop, whole).error == ""
    break_at(shop, cut, 3)
    datasets.remove_images(shop, [rows[3].id])
    work(shop, cut)
    assert teach.content(shop, cut) == teach.content(shop, whole)
    curves = [measures.curves(shop, number) for number in (cut, whole)]
    for name in ("loss", "denoise loss", "face loss", "text loss", "face found", "likeness", "alignment"):
        assert curves[0][name] == curves[1][name] != [], name
    assert "references" not in log(shop, whole), "they are used, so they are not left out"
    frozen = snapshots.of_job(shop, whole)
    assert sorted((row["split"], row["person"]) for row in frozen) == [("reference", "fox")] + [("train", "fox")] * 3


def test_a_reference_without_a_face_ends_the_run_with_its_name(shop, project):
    row = datasets.images(shop, datasets.named(shop, project.id, "fox").id)[0]
    datasets.set_split(shop, [row.id], "reference")
    assert f"No face was found in “{row.name}”. Check the reference face" in refused(shop, request(face_weight=1.0))


# ── what a person asks meanwhile ─────────────────────────────────────────────
@pytest.fixture
def wish_at(monkeypatch):
    """Do something when the run has done so many steps."""
    monkeypatch.setattr("jobs.context.REPORT_EVERY", 0.0)
    monkeypatch.setattr(run_module, "LOOK_SECONDS", 0.0)

    def at(step, what):
        train = run_module.train

        def watched(student, after=0):
            for found in train(student, after):
                if found.number == step:
                    what()
                yield found

        monkeypatch.setattr(run_module, "train", watched)

    return at


def test_stopping_keeps_what_was_learned(shop, wish_at):
    number = ask(shop, request(steps=50))
    wish_at(3, lambda: queue.stop(shop, number))
    job = work(shop, number)
    assert job.state == "stopped"
    kept = loras.get(shop, job.result["lora"])
    assert (kept.step, kept.final) == (3, True)
    assert "Stopped at step 3" in log(shop, number)


def test_pausing_and_resuming_changes_nothing(shop, wish_at, monkeypatch):
    whole, paused = ask(shop, request()), ask(shop, request())
    work(shop, whole)
    wish_at(2, lambda: queue.pause(shop, paused))
    assert work(shop, paused).state == "paused"
    assert loras.of_job(shop, paused) == []
    queue.resume(shop, paused)
    work(shop, paused)
    assert "Going on from step 2" in log(shop, paused)
    assert teach.content(shop, paused) == teach.content(shop, whole)


def test_pausing_in_the_middle_of_samples_draws_them_all_later(shop, wish_at, monkeypatch):
    wish = {"steps": 4, "sample_every": 2, "save_every": 2}
    whole, paused = ask(shop, request(**wish)), ask(shop, request(**wish))
    work(shop, whole)
    from jobs.generation import draw as drawing

    draw, drawn = drawing.draw, []

    def watched(*given):
        drawn.append(given)
        if len(drawn) == 5:  # three at the start, then the second one of step 2
            queue.pause(shop, paused)
        return draw(*given)

    monkeypatch.setattr(drawing, "draw", watched)
    assert work(shop, paused).state == "paused"
    assert {step for step, _ in teach.samples(shop, paused)} == {0}
    queue.resume(shop, paused)
    work(shop, paused)
    assert teach.samples(shop, paused) == teach.samples(shop, whole)
    assert teach.content(shop, paused) == teach.content(shop, whole)


def test_sample_now_and_save_now(shop, wish_at):
    number = ask(shop, request(steps=4, sample_every=100, sample_prompts=["a cat"]))
    wish_at(2, lambda: queue.ask(shop, number, "sample"))
    wish_at(3, lambda: queue.ask(shop, number, "save"))
    assert work(shop, number).state == "done"
    assert [row.step for row in loras.of_job(shop, number)] == [3, 4]
    assert [step for step, _ in teach.samples(shop, number)] == [0, 2, 4]


# ── what is computed once ────────────────────────────────────────────────────
@pytest.fixture
def encodings(monkeypatch):
    """How often an encoder was asked."""
    asked = []
    for name in ("encode_pixels", "encode_text"):
        for kind in (Family, LatentDiffusion):
            if name in vars(kind):
                real = vars(kind)[name]
                monkeypatch.setattr(
                    kind, name, lambda self, *g, _real=real, _n=name: asked.append(_n) or _real(self, *g)
                )
    return asked


def test_a_second_run_encodes_nothing_and_a_changed_caption_alone(shop, encodings, project):
    work(shop, ask(shop, request(steps=1)))
    assert sorted(encodings) == ["encode_pixels"] * 4 + ["encode_text"] * 5, "four captions, and silence"
    encodings.clear()
    work(shop, ask(shop, request(steps=1, seed=7, rank=4)))
    assert encodings == []
    fox = datasets.named(shop, project.id, "fox")
    captions.add(shop, datasets.images(shop, fox.id)[0].id, "a corrected caption", "hand")
    work(shop, ask(shop, request(steps=1)))
    assert encodings == ["encode_text"]
    encodings.clear()
    work(shop, ask(shop, request(steps=1, resolution=16)))
    assert encodings == ["encode_pixels"] * 4, "another size is another picture"
    encodings.clear()
    work(shop, ask(shop, request(steps=1, flip=True)))
    assert encodings == ["encode_pixels"] * 8


def test_another_vae_is_not_served_from_the_cache(shop, encodings, tmp_path):
    from storage import bases
    from tests import tiny

    work(shop, ask(shop, request(steps=1)))
    encodings.clear()
    bases.add(shop, "other", str(tiny.save_sd15(tmp_path / "other", seed=1)))
    work(shop, ask(shop, request(steps=1, base="other")))
    assert sorted(encodings) == ["encode_pixels"] * 4 + ["encode_text"] * 5


def test_what_encodes_leaves_memory_before_the_unet_comes(shop, monkeypatch):
    there = []
    bring = LatentDiffusion.bring_unet

    def brought(self):
        there.append([name for name in ("unet", "vae", "text_encoder") if getattr(self.pipe, name) is not None])
        bring(self)

    monkeypatch.setattr(LatentDiffusion, "bring_unet", brought)
    for changes in ({}, {"sample_every": 1}, {"shuffle": True}):
        work(shop, ask(shop, request(steps=1, **changes)))
    assert there == [[], ["vae"], ["text_encoder"]]


def test_samples_are_those_of_the_whole_model(shop):
    """The prompts were heard before the text encoders left; with shuffled captions they are there all the time."""
    jobs = [work(shop, ask(shop, request(steps=1, sample_every=1, shuffle=shuffle))) for shuffle in (False, True)]
    first, second = ([row.file for row in pictures.samples(shop, job.id) if row.step == 0] for job in jobs)
    assert first and first == second


# ── one sentence each ────────────────────────────────────────────────────────
def refused(store, task):
    job = work(store, ask(store, task))
    assert job.state == "failed"
    assert job.error.count("Traceback") == 0 and len(job.error) < 400
    return job.error


def test_an_empty_data_set(shop, project):
    datasets.create(shop, project.id, "empty")
    assert "“empty” has no pictures" in refused(shop, request(dataset="empty"))


def test_no_captions_at_all_and_one_picture(shop, project):
    fox = datasets.named(shop, project.id, "fox")
    for image in datasets.images(shop, fox.id):
        captions.add(shop, image.id, "", "hand")
    assert "None of the 4 pictures of “fox” has a caption" in refused(shop, request())
    datasets.remove_images(shop, [image.id for image in datasets.images(shop, fox.id)[1:]])
    assert "single picture" in refused(shop, request())


def test_a_missing_file_and_a_broken_one(shop, project):
    image = datasets.images(shop, datasets.named(shop, project.id, "fox").id)[2]
    path = shop.files.path(image.file)
    content = path.read_bytes()
    path.write_bytes(content[:50])
    assert f"“{image.name}” cannot be read" in refused(shop, request())
    path.unlink()
    assert f"“{image.name}” is gone" in refused(shop, request())


def test_unknown_data_set_and_base(shop):
    assert "no data set called “wolf”" in refused(shop, request(dataset="wolf"))
    assert "no base model called “sd99”" in refused(shop, request(base="sd99"))


def test_a_base_that_is_not_on_this_machine(shop):
    from storage import bases

    bases.add(shop, "hub", "someone/a-model")
    assert "not on this machine" in refused(shop, request(base="hub"))


def test_a_learning_rate_that_breaks_everything_leaves_no_lora(shop):
    error = refused(
        shop, request(steps=30, learning_rate=1.0, clip=0, alpha=1024, rank=1, schedule="constant", base="tiny")
    )
    assert "no longer a number" in error
    assert all(row.step < queue.recent(shop)[0].steps for row in loras.of_job(shop, queue.recent(shop)[0].id))


def test_a_full_disk_loses_nothing(shop, monkeypatch):
    whole, full = ask(shop, request(save_every=2)), ask(shop, request(save_every=2))
    work(shop, whole)
    save = Checkpoints.save

    def no_room(self, checkpoint):
        if checkpoint.step == 4:
            raise OSError(errno.ENOSPC, "No space left on device")
        save(self, checkpoint)

    monkeypatch.setattr(Checkpoints, "save", no_room)
    job = work(shop, full)
    assert job.state == "failed" and "disk is full" in job.error and "resume" in job.error
    monkeypatch.undo()
    queue.resume(shop, full)
    work(shop, full)
    assert "Going on from step 2" in log(shop, full)
    assert teach.content(shop, full) == teach.content(shop, whole)


def test_fp16_without_a_gpu_goes_on_in_fp32_and_says_so(shop):
    number = ask(shop, request(steps=1, precision="fp16"))
    assert work(shop, number).state == "done"
    assert "fp16 needs a GPU" in log(shop, number)


def test_small_pictures_are_enlarged_and_that_is_said(shop):
    number = ask(shop, request(steps=1, resolution=96, enlarge=True))
    work(shop, number)
    assert "4 pictures are smaller than what is asked of them" in log(shop, number)


def test_what_is_left_out_is_named_and_shapes_are_kept(shop, monkeypatch):
    first, second = datasets.images(shop, 1)[:2]
    datasets.set_split(shop, [first.id], "held-out")
    number, heard, encode = ask(shop, request(steps=2, batch=1, validate_every=1)), [], begin.Ready.encode
    monkeypatch.setattr(begin.Ready, "encode", lambda self, known, held, said: heard.extend(held) or encode(self, known, held, said))  # fmt: skip
    work(shop, number)
    assert [one.caption.startswith("FOX, ") for one in heard] == [True], "it is judged by the words that call it"
    assert f"Left out, because they are held out: “{first.name}”." in log(shop, number)
    assert second.id in [row["image_id"] for row in snapshots.of_job(shop, number)]
    assert first.id not in [row["image_id"] for row in snapshots.of_job(shop, number)]


# ── the whole of it ──────────────────────────────────────────────────────────
def test_all_that_can_be_asked_together_goes_on_exactly(shop, break_at):
    """Text encoders, DoRA, shuffled phrases, a running mean, regularisation, a held-out picture, another optimizer."""
    shown = datasets.images(shop, 1)
    datasets.set_split(shop, [shown[0].id], "held-out")
    datasets.set_split(shop, [shown[1].id], "regularisation")
    wish = {
        "steps": 5, "save_every": 2, "encoder_rate": 1e-3, "adapter": "DoRA", "shuffle": True, "ema": 0.9,
        "prior_weight": 0.5, "validate_every": 2, "optimizer": "Adafactor", "dropout": 0.1,
    }  # fmt: skip
    whole, cut = ask(shop, request(**wish)), ask(shop, request(**wish))
    work(shop, whole)
    break_at(shop, cut, 3)
    work(shop, cut)
    assert teach.content(shop, cut) == teach.content(shop, whole)
    curves = [measures.curves(shop, number)["held-out loss"] for number in (cut, whole)]
    assert curves[0] == curves[1] and [step for step, _ in curves[0]] == [0, 2, 4, 5]
    frozen = snapshots.of_job(shop, cut)
    assert sorted(row["split"] for row in frozen) == ["regularisation", "train", "train"]
    prior = next(row for row in frozen if row["split"] == "regularisation")
    assert "FOX" not in prior["caption"], "the trigger word is not for what is known already"


def test_epochs_are_counted_in_pictures_and_kept_by_their_number(shop):
    number = ask(shop, request(epochs=3, steps=99, batch=3, save_epochs=True, keep=9))
    job = work(shop, number)
    assert (job.state, job.step, job.steps) == ("done", 6, 6), "four pictures, three at a time: two steps an epoch"
    assert [row.name for row in loras.of_job(shop, number)] == ["fox · epoch00", "fox · epoch01", "fox"]
    assert set(measures.curves(shop, number)) >= {"loss", "learning rate", "seconds", "memory"}


def test_samples_that_find_no_memory_are_left_out(shop, monkeypatch):
    from jobs.generation import draw as drawing

    def no_room(*given):
        raise torch.OutOfMemoryError("CUDA out of memory.")

    monkeypatch.setattr(drawing, "draw", no_room)
    number = ask(shop, request(steps=2, sample_every=1))
    assert work(shop, number).state == "done"
    assert pictures.samples(shop, number) == [] and "not enough memory to draw samples" in log(shop, number)
