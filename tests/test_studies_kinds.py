"""Who takes part in evaluations of checkpoints, weights, blends and source sizes."""

import json

import pytest
import torch
from PIL import Image as Pictures

from jobs import folder
from jobs.context import Context
from jobs.evaluating.kinds.kind import Kind
from jobs.evaluating.lesson import MARK, Lesson
from jobs.evaluating.reckoning import Reckoning, Stretch
from jobs.shelf import Shelf
from jobs.tasks.evaluate import EvaluatePictures
from storage import datasets, evaluations, loras, measures, projects, queue
from storage.database import Store
from storage.errors import BadInput, NotFound, Paused
from tests import teach, trials

torch.set_num_threads(1)


def context_of(store, task):
    """What a worker would give to a task."""
    queue.add(store, projects.first(store).id, "evaluate", task, task.title(), "train")
    return Context(store, queue.claim(store, "t", ("train",)), Shelf("cpu"), "cpu")


def entries(store, **fields):
    """Who takes part."""
    task = EvaluatePictures(**fields)
    return folder.find("jobs.evaluating.kinds", task.kind, Kind)().entries(task, context_of(store, task))


def test_the_checkpoints_of_a_run_take_part_by_step_and_each_step_once(store, project):
    last = trials.lora(store, project.id, "fox")
    row = loras.get(store, last)
    path = store.files.path(row.file)
    for step in (100, 300):
        facts = {"family": "sd15", "base": "mini", "job_id": row.job_id, "final": False, "step": step}
        loras.add(store, project.id, path, name=f"fox · step {step}", **facts)
    found = entries(store, kind="checkpoints", job=row.job_id)
    assert [(one.name, one.step) for one in found] == [("mini", 0), ("step 100", 100), ("step 300", 300)]
    assert [one.lora for one in found][-1] == last and not found[0].blend
    with pytest.raises(BadInput, match="has no checkpoint"):
        entries(store, kind="checkpoints", job=99)


def test_every_weight_but_nought_takes_part_beside_the_base(store, project):
    number = trials.lora(store, project.id, "fox")
    found = entries(store, kind="weights", lora=number, weights=[1.0, 0, 0.25, 1.0])
    assert [one.axes["weight"] for one in found] == [0.0, 0.25, 1.0]
    assert [part.weight for one in found for part in one.blend] == [0.25, 1.0]
    with pytest.raises(BadInput, match="No weight is given"):
        entries(store, kind="weights", lora=number, weights=[0])
    with pytest.raises(NotFound):
        entries(store, kind="weights", lora=99)


def test_a_grid_has_each_lora_alone_and_the_base_in_its_corner(store, project):
    first, second = (trials.lora(store, project.id, name) for name in ("fox", "owl"))
    found = entries(store, kind="blend", lora=first, other=second, weights=[0.5, 1.0])
    assert [(one.axes["a"], one.axes["b"]) for one in found][:4] == [(0, 0), (0, 0.5), (0, 1), (0.5, 0)]
    assert len(found) == 9 and not found[0].blend
    assert [[part.lora for part in one.blend] for one in found[2:5]] == [[second], [first], [first, second]]
    with pytest.raises(BadInput, match="with itself"):
        entries(store, kind="blend", lora=first, other=first)
    with pytest.raises(BadInput, match="The grid would be"):
        entries(store, kind="blend", lora=first, other=second, weights=[n / 20 for n in range(20)])


def test_weights_end_in_a_suggestion(store, project):
    number = trials.stage(store, project.id, "weights")
    kind = folder.find("jobs.evaluating.kinds", "weights", Kind)()
    task = EvaluatePictures(kind="weights", lora=1)
    context = context_of(store, task)
    with pytest.raises(NotFound, match="begun no evaluation"):
        context.evaluation()
    with store.session() as session:
        row = session.get(evaluations.Evaluation, number)
        row.job_id = context.job_id
        session.commit()
    found = kind.conclude(task, context, [])["suggestion"]
    assert found["low"] <= found["best"] <= found["high"]


@pytest.fixture(scope="module")
def taught(tmp_path_factory):
    """A store with a tiny base and a data set of which one picture is held out."""
    place = tmp_path_factory.mktemp("sizes")
    opened = Store.open(teach.tiny_settings(place / "home"))
    teach.furnish(opened, place, count=4)
    row = datasets.named(opened, projects.first(opened).id, "fox")
    datasets.set_split(opened, [datasets.images(opened, row.id)[-1].id], "held-out")
    yield opened
    opened.close()


TRAINING = {"steps": 6, "batch": 2, "rank": 2, "alpha": 4, "learning_rate": 1e-2, "validate_every": 3}


def test_a_size_after_the_other_is_trained_and_judged_and_goes_on_after_a_break(taught, monkeypatch):
    task = EvaluatePictures(
        kind="resolutions", base="tiny", dataset="fox", resolutions=[48, 16], training=TRAINING, prompts="a fox",
        seeds=1, steps=2, metrics=["clip_image"],
    )  # fmt: skip
    number = queue.add(taught, projects.first(taught).id, "evaluate", task, task.title(), "train").id
    own = Lesson.progress

    def broken(self, done, total, note="", seconds_left=None):
        own(self, done, total, note, seconds_left)
        if (self.side, done) == (48, 4):
            raise Paused

    monkeypatch.setattr(Lesson, "progress", broken)
    assert teach.work(taught, number).state == "paused"
    assert [row.settings[MARK] for row in loras.of_job(taught, number)] == [16]
    monkeypatch.setattr(Lesson, "progress", own)
    assert 0 < queue.get(taught, number).progress < 1, "of training and drawing together"
    told, report = [], queue.report
    monkeypatch.setattr(queue, "report", lambda *facts: (told.append(facts[2:]), report(*facts)))
    queue.resume(taught, number)
    job = teach.work(taught, number)
    assert job.state == "done", job.error
    shares = [done / whole for done, whole, *_ in told]
    assert shares == sorted(shares) and shares[-1] == 1.0, "it begins once and never goes back"
    assert [facts[3] is None for facts in told] == sorted([facts[3] is None for facts in told], reverse=True)
    assert [row.name for row in loras.of_job(taught, number)] == ["fox · 16 px", "fox · 48 px"]
    said = [line.text for line in queue.log_lines(taught, number)]
    assert "48 px: Going on from step 4 of 6." in said
    assert "48 px: No picture is larger than that, so this size learns from the originals." in said

    look = evaluations.look(taught, job.result["evaluation"])
    assert [one["axes"].get("resolution") for one in look["contestants"]] == [None, 16.0, 48.0]
    assert len(look["exhibits"]) == 3 and all(one["scores"]["clip_image"] for one in look["exhibits"])
    place = taught.home / "jobs" / str(number)
    assert {Pictures.open(path).size for path in (place / "size-16" / "pictures").glob("*.png")} == {(21, 16)}
    frozen = json.loads((place / "size-16" / "snapshot.json").read_text())
    assert {(row["width"], row["height"]) for row in frozen} == {(21, 16)}
    assert not (place / "size-48" / "pictures").exists()  # no picture is larger than that

    facts = look["facts"]
    assert [(row["resolution"], row["place"]) for row in facts["sizes"]] == [(16.0, 1), (48.0, 2)]
    assert all(row["best_loss"] > 0 and row["best_held_out"] > 0 for row in facts["sizes"])
    assert [point[0] for point in facts["losses"]["2"]] == [0, 3, 6]
    held = [one["totals"]["held_out_loss"]["mean"] for one in look["contestants"]]
    assert held[0] == facts["losses"]["1"][0][1] and held[1:] == [row["last_held_out"] for row in facts["sizes"]]
    assert [metric["name"] for metric in facts["metrics"]] == ["clip_image", "held_out_loss"]
    assert set(measures.curves(taught, number)) == {
        f"{name} · {side} px" for name in ("loss", "held-out loss") for side in (16, 48)
    }


def test_the_time_left_is_reckoned_over_everything_from_what_is_known():
    clock, said = iter(range(0, 1000, 10)), []
    stretches = {"training": Stretch(4, 6.0), "drawing": Stretch(10, 3.0), "looking": Stretch(10, 0.5)}
    reckoning = Reckoning(lambda *facts: said.append(facts), stretches, lambda: next(clock))
    reckoning.tell("training", 0, "Loading")
    reckoning.tell("training", 1, "")
    assert said == [(0, 59, "Loading", None), (6, 59, "", None)], "nothing is measured while models are loaded"
    reckoning.tell("training", 2, "")
    assert said[-1] == (12, 59, "", pytest.approx(10 / 6 * (59 - 12))), "the rest at the pace of what is measured"
    reckoning.skip("training", 4)
    reckoning.tell("drawing", 0, "")
    reckoning.tell("drawing", 1, "")
    reckoning.tell("drawing", 2, "")
    assert said[-1][3] == pytest.approx(8 * 10 + 10 * 0.5 * (10 / 6 + 10 / 3) / 2)
    stretches["drawing"].tell(0, 0)
    reckoning.tell("drawing", 0, "")
    assert said[-1][0] == said[-2][0], "it never goes back"
    before = Reckoning(lambda *facts: said.append(facts), {"drawing": Stretch(10, 3.0, before=7.0)})
    before.tell("drawing", 0, "Loading")
    assert said[-1] == (0, 30, "Loading", 70.0)


def test_settings_that_cannot_be_are_told_before_anything_is_trained(taught):
    with pytest.raises(BadInput, match="training settings cannot be used: steps"):
        entries(taught, kind="resolutions", base="tiny", dataset="fox", resolutions=[16], training={"steps": -1})
    with pytest.raises(BadInput, match="8 at least"):
        entries(taught, kind="resolutions", base="tiny", dataset="fox", resolutions=[4])
