"""On the bundled family: a LoRA that was made to learn two pictures by heart is ranked below its own earlier checkpoint.

The whole of it, with the proof on pictures that no ranking used, is benchmarks/leaderboard.py.
"""

import pytest
import torch

from door.demonstration import SHIPPED
from jobs.tasks.evaluate import EvaluatePictures
from jobs.tasks.train import TrainLora
from jobs.worker import Worker
from mini.examples import style_set
from storage import datasets, evaluations, imports, loras, overfitting, projects, queue, ranking
from storage.database import Store
from tests import teach

torch.set_num_threads(1)


@pytest.fixture(scope="module")
def store(tmp_path_factory):
    """Two pictures to learn, three that are held out, and the LoRA of the demonstration project to begin from."""
    place = tmp_path_factory.mktemp("leaderboard")
    opened = Store.open(teach.tiny_settings(place / "home"))
    project = projects.first(opened).id
    shown = place / "shown"
    shown.mkdir()
    drawn = [
        *style_set("watercolor", 2, size=128),
        *(("held-" + f, p, w) for f, p, w in style_set("watercolor", 3, 1, 128)),
    ]
    for file, picture, words in drawn:
        picture.save(shown / file)
        (shown / file).with_suffix(".txt").write_text(words)
    row = datasets.create(opened, project, "wet", trigger="WATERCOLOR")
    imports.bring(opened, row.id, [shown])
    held = [one.id for one in datasets.images(opened, row.id) if one.name.startswith("held-")]
    datasets.set_split(opened, held, "held-out")
    facts = {"family": "sd15", "base": "mini", "trigger": "WATERCOLOR", "rank": 8}
    loras.add(opened, project, SHIPPED / "watercolor.safetensors", name="wet", **facts)
    yield opened
    opened.close()


def do(store, name, task):
    """The job that a task became, done."""
    number = queue.add(store, projects.first(store).id, name, task, task.title(), "train").id
    Worker(store, store.settings).step()
    job = queue.get(store, number)
    assert job.state == "done", job.error
    return job


def test_what_was_learned_by_heart_is_ranked_below_its_earlier_checkpoint(store):
    run = do(store, "train", TrainLora(
        name="by heart", dataset="wet", continue_from=1, steps=12, warmup=12, batch=1, learning_rate=2e-2,
        caption_dropout=0, save_every=6, validate_every=6, sample_every=0,
    ))  # fmt: skip
    metrics = ["clip_score", "clip_image", "fid"]
    task = EvaluatePictures(kind="checkpoints", job=run.id, seeds=1, steps=5, metrics=metrics)
    look = evaluations.look(store, do(store, "evaluate", task).result["evaluation"])
    names = {one["id"]: one["name"] for one in look["contestants"]}
    assert [names[one.id] for one in ranking.rank(look) if one.place] == ["step 6", "step 12"]
    without = {"clip_score": 1.0, "clip_image": 1.0, "fid": 1.0}
    assert names[ranking.first(look, without)] == "step 6"
    curves = overfitting.curves(store, look)
    held = next(curve for curve in curves if curve.name == "held-out loss")
    assert held.points[0]["value"] < held.points[1]["value"] < held.points[2]["value"]
    assert held.turn == overfitting.turn(curves) == 0
