"""An evaluation from its request to its numbers: everybody draws the same, it goes on where it broke off, what fails says why."""

from dataclasses import astuple

import numpy as np
import pytest
import torch

from jobs.context import Context
from jobs.evaluating.statistics import MOST_OF_SETS, Sample, interval, total
from jobs.judges.metric import Measured, mean_of
from jobs.shelf import Shelf
from jobs.task import Weight
from jobs.tasks.evaluate import EvaluatePictures
from storage import bases, captions, datasets, evaluations, imports, loras, pictures, queue, resampling
from storage.errors import BadInput, NotFound, Stopped
from storage.folders import listed
from tests import tiny
from tests.conftest import paint
from tests.loras import save_lora

torch.set_num_threads(1)
pytestmark = pytest.mark.filterwarnings("ignore:__array")  # diffusers' schedulers and numpy 2


@pytest.fixture(scope="module")
def place(tmp_path_factory):
    found = tmp_path_factory.mktemp("evaluating")
    tiny.save_sd15(found / "base")
    save_lora(found / "fox.safetensors", tiny.sd15(), 0)
    return found


@pytest.fixture(scope="module")
def warm():
    return Shelf("cpu")


@pytest.fixture
def fox(store, project, place):
    bases.add(store, "base", str(place / "base"))
    return loras.add(store, project.id, place / "fox.safetensors", name="fox", family="sd15", base="base").id


@pytest.fixture
def held(store, project, tmp_path):
    """A data set of six pictures, three of them held out."""
    row = datasets.create(store, project.id, "held")
    for number in range(6):
        paint(number, (48 + 16 * (number % 2), 64)).save(tmp_path / f"{number}.png")
        image = imports.bring(store, row.id, [tmp_path / f"{number}.png"]).added[0]
        captions.add(store, image.id, f"a close-up of colour {number}", "hand")
        if number < 3:
            datasets.set_split(store, [image.id], "held-out")
    return row.name


@pytest.fixture
def do(store, project, warm):
    """Ask for an evaluation and run it, or go on with `job`; what came of it."""

    def run(task, job=None, meet=None):
        if job is None:
            queue.add(store, project.id, "evaluate", task, task.title(), task.lane)
            job = queue.claim(store, "t", ("train",))
        context = Context(store, job, warm, "cpu")
        if meet:
            meet(context)
        task.run(context)
        return evaluations.look(store, evaluations.of_job(store, job.id).id)

    return run


def request(fox=0, **wishes):
    blends = {"blends": [[Weight(lora=fox)]]} if fox else {}
    return EvaluatePictures(**{"base": "base", "steps": 2, "seeds": 2} | blends | wishes)


def problems(look, place=0):
    return {name: found["problem"] for name, found in look["contestants"][place]["totals"].items() if found["problem"]}


# ── drawing and measuring ────────────────────────────────────────────────────
def test_everybody_draws_the_same_prompts_and_seeds_and_is_measured(store, project, fox, held, do):
    look = do(request(fox, dataset=held, metrics=["clip_score", "clip_image", "fid", "kid", "diversity", "copying"]))
    assert [one["name"] for one in look["contestants"]] == ["base", "fox"] and look["ended"]
    assert look["facts"]["prompts"] == [f"a close-up of colour {number}" for number in range(3)]
    drawn = [
        [(one["number"], one["prompt"], one["seed"]) for one in look["exhibits"] if one["place"] == n] for n in (0, 1)
    ]
    assert drawn[0] == drawn[1] and len(drawn[0]) == 6
    for name in ("clip_score", "clip_image", "fid", "kid", "diversity", "copying"):
        first, second = (one["totals"][name] for one in look["contestants"])
        assert first["difference"] is None and second["difference"] == pytest.approx(second["mean"] - first["mean"])
        assert second["difference_low"] <= second["difference"] <= second["difference_high"]
        assert first["low"] <= first["mean"] <= first["high"]
        assert second["noise"] == (second["difference_low"] <= 0 <= second["difference_high"])
    assert pictures.made(store, project.id) == [] and len(look["facts"]["references"]["training"]) == 3
    assert all(
        set(one["scores"]) >= {"clip_score", "diversity", "copied"} and one["nearest"] for one in look["exhibits"]
    )
    assert "different sizes" in look["facts"]["notes"][0] and look["facts"]["base"]
    fid = next(metric for metric in look["facts"]["metrics"] if metric["name"] == "fid")
    assert "Inception's weights are not there" in fid["definition"] and fid["model"].startswith("CLIP mini")
    assert any("pt_inception" in line.text for line in queue.log_lines(store, look["job"])), (
        "what to fetch, and whereto"
    )


def test_a_second_time_nothing_is_drawn_or_looked_at_anew_and_the_numbers_are_the_same(fox, held, do, monkeypatch):
    task = request(fox, dataset=held, metrics=["clip_score", "fid"])
    look = do(task)
    monkeypatch.setattr(Shelf, "judge", lambda self, name: pytest.fail("nothing is missing"))
    again = do(task)
    assert [one["file"] for one in again["exhibits"]] == [one["file"] for one in look["exhibits"]]
    assert [one["totals"] for one in again["contestants"]] == [one["totals"] for one in look["contestants"]]


def test_it_goes_on_where_it_broke_off(store, fox, do):
    task, drawn = request(fox, prompts="a fox\na cat", metrics=["clip_score"]), []

    def break_off(context):
        keep = context.keep_picture

        def some(*things, **facts):
            if len(drawn) == 3:
                raise Stopped
            drawn.append(keep(*things, **facts))
            return drawn[-1]

        context.keep_picture = some

    with pytest.raises(Stopped):
        do(task, meet=break_off)
    job = queue.recent(store, 1, task="evaluate", limit=1)[0]
    begun = evaluations.look(store, evaluations.of_job(store, job.id).id)
    assert [one["picture"] for one in begun["exhibits"]][:2] == drawn[:2] and begun["ended"] is None
    look = do(task, job=job)
    assert look["id"] == begun["id"] and [one["picture"] for one in look["exhibits"]][:3] == drawn
    assert len(look["exhibits"]) == 8 and len(pictures.of_job(store, job.id)) == 8


# ── folders ──────────────────────────────────────────────────────────────────
@pytest.fixture
def folders(tmp_path):
    """Two folders of three pictures of several sizes; the second has a fourth that is broken."""
    for name in ("before", "after"):
        (tmp_path / name).mkdir()
        for number in (1, 2, 10):
            paint(number + len(name), (40 + number, 64)).save(tmp_path / name / f"{number}.png")
    return [str(tmp_path / "before"), str(tmp_path / "after")]


def test_folders_are_judged_in_the_order_of_their_names(folders, held, do):
    lines = "a fox\na cat\na dog"
    look = do(
        request(kind="folder", folders=folders, prompts=lines, dataset=held, metrics=["clip_score", "fid", "copying"])
    )
    assert [one["name"] for one in look["contestants"]] == ["before", "after"]
    assert [one["prompt"] for one in look["exhibits"]] == lines.splitlines() * 2
    assert problems(look) == {} and look["contestants"][1]["totals"]["clip_score"]["n"] == 3


def test_what_does_not_fit_is_one_sentence_and_the_rest_is_reported(folders, do, tmp_path):
    (tmp_path / "after" / "3.png").write_bytes(b"no picture")
    look = do(request(kind="folder", folders=folders, prompts="a fox\na cat", face_model="facenet"))
    found = problems(look, 1)
    assert "has 3 pictures and 2 prompts" in found["clip_score"] and found["diversity"] == found["clip_score"]
    assert "0 held-out pictures" in found["fid"] and "0 training pictures" in found["copying"]
    assert "Fetch https" in found["identity"], "the weights of FaceNet are not here"
    assert all(sentence.endswith(".") for sentence in found.values())


def test_without_clip_what_needs_none_is_still_measured(folders, held, do):
    names = ["clip_score", "fid", "copying", "framing"]
    lines = "a close-up of a fox\na close-up of a cat\na dog"
    look = do(request(kind="folder", folders=folders, prompts=lines, dataset=held, clip="nowhere", metrics=names))
    found = problems(look, 1)
    assert found.keys() == {"clip_score", "fid", "copying"} and "There is no CLIP “nowhere”" in found["fid"]
    assert look["contestants"][1]["totals"]["framing"]["n"] == 2


def test_one_picture_says_nothing_of_chance_or_sets(tmp_path, held, do):
    for name in ("one", "two"):
        (tmp_path / name).mkdir()
        paint(len(name) + ord(name[0])).save(tmp_path / name / "1.png")
    folders = [str(tmp_path / name) for name in ("one", "two")]
    look = do(
        request(kind="folder", folders=folders, prompts="a fox", dataset=held, metrics=["clip_score", "fid", "kid"])
    )
    found = look["contestants"][1]["totals"]
    assert "from two pictures on" in found["fid"]["problem"] and found["fid"]["problem"] == found["kid"][
        "problem"
    ].replace("x", "x")
    assert found["clip_score"]["difference"] is not None and found["clip_score"]["low"] is None
    assert found["clip_score"]["noise"]


def test_what_cannot_be_begun_is_refused_in_a_sentence(fox, do, tmp_path):
    with pytest.raises(BadInput, match="There are no prompts"):
        do(request(fox))
    with pytest.raises(NotFound, match="no “beauty” among the judges; there are: clip_image"):
        do(request(fox, prompts="a fox", metrics=["beauty"]))
    with pytest.raises(NotFound, match="no folder"):
        listed(tmp_path / "none")
    with pytest.raises(BadInput, match="no picture in"):
        listed(tmp_path)
    with pytest.raises(BadInput, match="Nothing is chosen to be compared"):
        do(request())


# ── statistics ───────────────────────────────────────────────────────────────
@pytest.mark.parametrize(("prompts", "seeds"), [(40, 1), (6, 4), (3, 8)])
def test_an_interval_holds_the_mean_as_often_as_it_says(prompts, seeds):
    """Of 300 samples around 5, half of whose variance lies between prompts, about 95 of 100 intervals hold 5."""
    chance = np.random.default_rng(1)
    of = {number: number // seeds for number in range(prompts * seeds)}
    held = 0
    for _ in range(300):
        values = 5 + np.repeat(chance.normal(0, 1, prompts), seeds) + chance.normal(0, 1, prompts * seeds)
        found = interval(Sample(mean_of(dict(enumerate(values))), of))
        held += found.low <= 5 <= found.high
    assert 0.92 <= held / 300 <= 0.98


def test_a_prompt_that_is_drawn_brings_all_its_seeds():
    """Copies of a picture say no more than the picture; one prompt alone, or none that is known, is drawn picture by picture."""
    values = np.random.default_rng(2).normal(0, 1, 12)
    once, copied = mean_of(dict(enumerate(values))), mean_of(dict(enumerate(np.repeat(values, 5))))
    prompts = [f"p{number // 5}" for number in range(60)]
    cards = resampling.deck(enumerate(prompts))
    assert (cards.by, cards.count) == ("prompts", 12)
    assert astuple(interval(Sample(copied, cards.of))) == pytest.approx(astuple(interval(Sample(once))))
    alone, unknown = resampling.deck((n, "a fox") for n in range(5)), resampling.deck((n, "") for n in range(5))
    assert (alone.by, alone.count, unknown.by, unknown.count) == ("seeds", 5, "pictures", 5)
    spread = Measured(tuple(range(60)), statistic=lambda drawn: np.array([copied.values[some].var() for some in drawn]))
    for places in (Sample(spread, cards.of).drawn, Sample(spread).drawn):
        assert len(places) == MOST_OF_SETS
    assert np.ptp(Sample(spread, cards.of).drawn) > 1.5 * np.ptp(Sample(spread).drawn)


def test_pairs_are_compared_one_by_one():
    """What differs by .1 everywhere is no noise, however much the pictures differ among themselves; apart it would be."""
    values = dict(enumerate(np.random.default_rng(0).normal(0, 5, 20)))
    before, after = mean_of(values), mean_of({key: value + 0.1 for key, value in values.items()})
    found = total(Sample(after), Sample(before))
    assert found["difference_low"] == pytest.approx(0.1) == found["difference_high"] and not found["noise"]
    assert total(Sample(after), Sample(before)) == found
    assert total(Sample(before), Sample(before))["noise"]
    apart = total(Sample(mean_of({key + 100: value for key, value in values.items()})), Sample(before))
    assert apart["difference"] is None and not apart["noise"]


def test_a_set_is_compared_with_its_bias_taken_off():
    """The variance of a drawing with putting back is too small by one part in n; the interval stands around the value."""
    values = np.random.default_rng(0).normal(0, 1, 12)
    spread = Measured(tuple(range(12)), statistic=lambda drawn: np.array([values[some].var() for some in drawn]))
    found = interval(Sample(spread))
    assert found.low < found.value < found.high
    plain = Sample(spread).drawn
    assert plain.mean() < found.value < (found.low + found.high) / 2 + plain.std()
    assert (found.low, found.high) == pytest.approx(resampling.ends(plain - plain.mean() + found.value, 12))
