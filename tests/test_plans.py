"""What the page says will train is what trains, and what it says it costs is what the five systems reported."""

from __future__ import annotations

import io

import pytest

from jobs.planning import Ground
from jobs.planning.memory import GIB, Load, peak
from storage import bases, captions, datasets, queue, snapshots
from studio import framing, plans, words
from tests import teach
from tests.conftest import paint

EN = words.speak("en")


def test_memory_is_what_the_five_systems_reported():
    """SDXL, 1024 px, batch 1, fp16, gradient checkpointing: 9,626 MiB; SD 1.5, 512 px, batch 6, fp16: a 24 GB card."""
    whole = {"text": True, "pictures": True}
    xl = Load(1024 * 1024, 1, 16, half=True, checkpointing=True, **whole)
    assert peak("sdxl", Ground(1024, 8, 2), xl) / 2**20 == pytest.approx(9626, rel=0.05)
    six = Load(512 * 512, 6, 16, half=True, checkpointing=False, **whole)
    assert peak("sd15", Ground(512, 8, 3), six) / GIB == pytest.approx(24, rel=0.06)


def test_memory_follows_what_stays_beside_the_unet():
    def sdxl(**changes):
        return peak(
            "sdxl", Ground(1024, 8, 2), Load(1024 * 1024, 1, 16, **{"half": True, "checkpointing": True} | changes)
        )

    assert sdxl() < 8200 * 2**20 < sdxl(text=True), "the encoders have left before the UNet comes"
    assert sdxl(checkpointing=False) > sdxl() + 8 * GIB
    assert sdxl(looks=True) > sdxl(pictures=True) + 8 * GIB
    assert sdxl(half=False) > 1.7 * sdxl()


@pytest.fixture
def mixed(store):
    """A data set of six pictures of three shapes: (store, number)."""
    dataset = datasets.create(store, 1, "mixed", trigger="OTTO")
    for number, size in enumerate([(128, 128), (128, 128), (256, 128), (128, 256), (128, 128), (128, 128)]):
        buffer = io.BytesIO()
        paint(number, size).save(buffer, "PNG")
        file = store.files.add_bytes(buffer.getvalue(), ".png")
        image = datasets.add_image(store, dataset.id, file, f"{number}.png", size, repeats=2 if number == 1 else 1)
        if number:
            captions.add(store, image.id, f"a fox {number}", "hand")
    rows = datasets.images(store, dataset.id)
    datasets.set_split(store, [rows[4].id], "held-out")
    datasets.keep_out(store, [rows[5].id])
    return store, dataset.id


def look(store, **settings):
    asked = {"dataset": "mixed", "base": "mini"} | settings
    return plans.look(store, EN, 1, plans.filled(store, asked, settings.pop("recipe", "")))


def test_the_plan_names_every_picture(mixed):
    store, _ = mixed
    plan = look(store, steps=12, batch=2, validate_every=0)
    assert [row["caption"] for row in plan["lessons"]] == ["OTTO", "OTTO, a fox 1", "OTTO, a fox 2", "OTTO, a fox 3"]
    assert [row["bucket"] for row in plan["lessons"]] == [[128, 128], [128, 128], [160, 96], [96, 160]]
    assert [(row["name"], row["why"]) for row in plan["left"]] == [
        ("4.png", "Held out, to measure with."),
        ("5.png", "Kept out of training."),
    ]
    used = look(store, steps=12, batch=2, validate_every=5)
    assert [row["name"] for row in used["left"]] == ["5.png"], "what is measured with is not left out"
    assert (plan["pictures"], plan["views"], plan["epoch"], plan["epochs"]) == (4, 5, 3, 4.8)
    assert plan["wordless"] == 1 and plan["problem"] == "" and plan["memory"] > GIB / 2
    assert look(store, buckets=False)["buckets"] == [{"width": 128, "height": 128, "n": 4}]


def test_what_cannot_train_is_said_before(store):
    datasets.create(store, 1, "mixed")
    assert "has no pictures to learn from" in look(store)["problem"]
    assert "no data set called" in look(store, dataset="gone")["problem"]
    assert "no base model called" in look(store, base="gone")["problem"]


def test_the_run_learns_what_the_plan_said(mixed, tmp_path):
    store, dataset = mixed
    plan = look(store, steps=2, batch=2)
    task = teach.request(name="x", dataset="mixed", base="mini", steps=2)
    job = queue.add(store, 1, "train", task, title="x", lane="train")
    assert teach.work(store, job.id).state == "done"
    learned = snapshots.of_job(store, job.id)
    assert [(row["image_id"], row["caption"], row["repeats"]) for row in learned] == [
        (row["id"], row["caption"], row["repeats"]) for row in plan["lessons"]
    ]
    said = " ".join(line.text for line in queue.log_lines(store, job.id))
    assert "96 × 160 (1)" in said and "“4.png”" in said and "“5.png”" in said


def test_pictures_are_judged_for_the_model_that_is_there_or_was_trained_last(store, tmp_path):
    assert framing.size(store, 1) == {"resolution": 128, "grain": 32}
    bases.add(store, "big", "somebody/some-xl-model", family="sdxl")
    assert framing.size(store, 1) == {"resolution": 1024, "grain": 64}
    task = teach.request(base="mini", resolution=96)
    queue.add(store, 1, "train", task, title="x", lane="train")
    assert framing.size(store, 1) == {"resolution": 96, "grain": 32}


def test_epochs_say_how_long_it_runs_and_regularisation_pictures_count(mixed):
    store, dataset = mixed
    plan = look(store, epochs=4, batch=2)
    assert (plan["epoch"], plan["steps"], plan["epochs"], plan["by_epochs"]) == (3, 12, 4.8, 4)
    datasets.set_split(store, [datasets.images(store, dataset)[3].id], "regularisation")
    assert look(store, prior_weight=0)["pictures"] == 3
    assert look(store, prior_weight=1)["pictures"] == 4
