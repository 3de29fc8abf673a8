"""Grids: every cell is the picture that it would be alone, in an order that mixes seldom, and it goes on where it broke off."""

import numpy as np
import pytest
import torch
from PIL import Image as Pictures

from door import axes
from jobs.context import Context
from jobs.shelf import Shelf
from jobs.sweeping.grid import Side, grid
from jobs.sweeping.run import in_order
from jobs.task import Weight
from jobs.tasks.generate import GeneratePictures
from jobs.tasks.sweep import Axis, SweepPictures
from storage import bases, loras, pictures, queue
from storage.errors import BadInput, NotFound, Stopped
from tests import tiny
from tests.conftest import paint
from tests.loras import save_lora

torch.set_num_threads(1)
pytestmark = pytest.mark.filterwarnings("ignore:__array")  # diffusers' schedulers and numpy 2


@pytest.fixture(scope="module")
def place(tmp_path_factory):
    found = tmp_path_factory.mktemp("sweeping")
    tiny.save_sd15(found / "base")
    for seed, name in enumerate(("fox", "cat")):
        save_lora(found / f"{name}.safetensors", tiny.sd15(), seed)
    return found


@pytest.fixture(scope="module")
def warm():
    return Shelf("cpu")


@pytest.fixture
def shelf(store, project, place):
    """Two LoRAs in the library, by name."""
    bases.add(store, "base", str(place / "base"))
    facts = {"family": "sd15", "base": "base"}
    return {
        name: loras.add(store, project.id, place / f"{name}.safetensors", name=name, **facts) for name in ("fox", "cat")
    }


@pytest.fixture
def do(store, project, warm):
    """Ask for a task and run it, or go on with `job`; its context."""

    def run(task, job=None, meet=None):
        if job is None:
            queue.add(store, project.id, "sweep", task, task.title(), task.lane)
            job = queue.claim(store, "t", ("now",))
        context = Context(store, job, warm, "cpu")
        if meet:
            meet(context)
        task.run(context)
        return context

    return run


def request(**wishes):
    return SweepPictures(**{"prompt": "a fox", "base": "base", "steps": 2, "seed": 5, **wishes})


def pixels(store, row):
    return np.asarray(Pictures.open(store.files.path(row.file))).astype(int)


def test_each_cell_is_the_picture_it_would_be_alone(store, shelf, do):
    x = Axis(setting="weight", lora=shelf["fox"].id, values=[0, 0.8], title="fox")
    y = Axis(setting="prompt", values=["a fox", "a cat, sitting"])
    context = do(request(x=x, y=y, blend=[Weight(lora=shelf["cat"].id, weight=0.5)]))
    rows = pictures.of_job(store, context.job_id)
    cells = {row.step: row for row in rows if row.kind == "made"}
    assert [(cells[n].prompt, [p["weight"] for p in cells[n].blend]) for n in range(4)] == [
        ("a fox", [0.5, 0]), ("a fox", [0.5, 0.8]), ("a cat, sitting", [0.5, 0]), ("a cat, sitting", [0.5, 0.8]),
    ]  # fmt: skip
    alone = GeneratePictures(
        prompt="a cat, sitting", base="base", steps=2, seed=5,
        blend=[Weight(lora=shelf["cat"].id, weight=0.5), Weight(lora=shelf["fox"].id, weight=0.8)],
    )  # fmt: skip
    [row] = pictures.of_job(store, do(alone).job_id)
    assert np.abs(pixels(store, row) - pixels(store, cells[3])).max() <= 2
    result = queue.get(store, context.job_id).result
    [sheet] = [row for row in rows if row.kind == "grid"]
    assert result["grid"] == sheet.id and result["cells"] == {str(n): cells[n].id for n in range(4)}
    assert sheet.width > 2 * 32 and sheet.settings["x"]["title"] == "fox"


def test_the_blend_changes_as_seldom_as_it_can(shelf):
    task = request(
        x=Axis(setting="steps", values=[1, 2, 3]), y=Axis(setting="weight", lora=shelf["fox"].id, values=[0.1, 0.2])
    )
    turned = request(x=task.y, y=task.x)
    for one in (task, turned):
        blends = [str(cell.task.blend) for cell in in_order(one.cells())]
        assert sum(a != b for a, b in zip(blends, blends[1:], strict=False)) == 1
        assert sorted(cell.number for cell in in_order(one.cells())) == list(range(6))


def test_it_goes_on_where_it_broke_off(store, shelf, do):
    task = request(x=Axis(setting="guidance", values=[1.0, 4.0, 8.0]), seed=-1)
    queue.add(store, 1, "sweep", task, task.title(), task.lane)
    job = queue.claim(store, "t", ("now",))

    def break_off(context):
        log = context.log

        def told(text):
            log(text)
            if "column 2" in text:
                raise Stopped

        context.log = told

    with pytest.raises(Stopped):
        do(task, job, break_off)
    before = pictures.of_job(store, job.id)
    assert [row.step for row in before] == [0, 1]
    do(task, job)
    rows = [row for row in pictures.of_job(store, job.id) if row.kind == "made"]
    assert [row.id for row in rows[:2]] == [row.id for row in before]
    assert [row.step for row in rows] == [0, 1, 2] and len({row.seed for row in rows}) == 1


def test_loras_and_checkpoints_take_each_other_s_place(shelf):
    fox, cat = shelf["fox"].id, shelf["cat"].id
    x, y = Axis(setting="lora", values=[fox, cat]), Axis(setting="weight", values=[0.3, 0.9])
    for task in (request(x=x, y=y), request(x=y, y=x)):
        blends = {tuple((part.lora, part.weight) for part in cell.task.blend) for cell in task.cells()}
        assert blends == {((lora, weight),) for lora in (fox, cat) for weight in (0.3, 0.9)}
    mixed = request(x=x, blend=[Weight(lora=fox, weight=0.6)])
    assert [[(p.lora, p.weight) for p in cell.task.blend] for cell in mixed.cells()] == [[(fox, 0.6)], [(cat, 0.6)]]


def test_a_grid_that_cannot_be_is_refused_before_it_is_drawn(do):
    wrong = {
        "cannot go over “blend”": {"x": {"setting": "blend", "values": [1]}},
        "does not say of which LoRA": {"x": {"setting": "weight", "values": [1]}},
        "the most": {
            side: {"setting": name, "values": list(range(1, 40))} for side, name in (("x", "steps"), ("y", "seed"))
        },
        "both ways": {side: {"setting": "steps", "values": [1]} for side in "xy"},
        "greater than or equal to 1": {"x": {"setting": "steps", "values": [0]}},
    }
    for said, axes_given in wrong.items():
        with pytest.raises(ValueError, match=said):
            request(**axes_given)
    with pytest.raises(BadInput, match="needs a setting to go over"):
        do(request())


def test_an_axis_is_written_as_people_write_it(store, project, shelf):
    def read(words):
        found = axes.axis(store, project, words)
        return found["setting"], found.get("lora", 0), found["values"]

    assert read("steps: 10, 20") == ("steps", 0, [10, 20])
    assert read("fox = 0..1 by 0.25") == ("weight", shelf["fox"].id, [0, 0.25, 0.5, 0.75, 1])
    assert read("weight of cat: -1..1") == ("weight", shelf["cat"].id, [-1, 0, 1])
    assert read("prompt: a fox, red | a cat") == ("prompt", 0, ["a fox, red", "a cat"])
    assert read("LoRA: fox, cat") == ("lora", 0, [shelf["fox"].id, shelf["cat"].id])
    for words, error in (("steps", BadInput), ("wolf: 1", NotFound), ("steps: many", BadInput)):
        with pytest.raises(error):
            axes.axis(store, project, words)


def test_a_grid_is_labelled_and_never_larger_than_files_can_be():
    cells = [paint(number) for number in range(6)]
    sheet = grid(Side("steps", ["10", "a very long label that has to be broken " * 9, "30"]), Side("", ["", ""]), cells)
    assert sheet.width > 3 * 64 and sheet.height > 2 * 64
    large = [Pictures.new("RGB", (1024, 1024))] * 16
    assert max(grid(Side("x", list("abcdefghijklmnop")), Side("", [""]), large).size) <= 8192
