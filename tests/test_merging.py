"""A blend saved as one LoRA draws the blend's pictures, exactly or as near as its rank allows."""

import json

import numpy as np
import pytest
import torch
from PIL import Image as Pictures
from safetensors import safe_open
from safetensors.torch import save_file

from jobs.context import Context
from jobs.exports import export_lora
from jobs.shelf import Shelf
from jobs.task import Weight
from jobs.tasks.generate import GeneratePictures
from jobs.tasks.merge import MergeLoras
from storage import bases, loras, pictures, queue
from storage.errors import BadInput
from tests import tiny
from tests.loras import ATTENTION, EVERYTHING, TEXT, kohya_spelling, save_lora

torch.set_num_threads(1)
pytestmark = pytest.mark.filterwarnings("ignore:__array")  # diffusers' schedulers and numpy 2


@pytest.fixture(scope="module")
def place(tmp_path_factory):
    """A tiny base model and two LoRAs of it: attention, and nearly every layer with the text encoder, in kohya's spelling."""
    found = tmp_path_factory.mktemp("merging")
    tiny.save_sd15(found / "base")
    save_lora(found / "one.safetensors", tiny.sd15(), 1, rank=4, alpha=8, unet=ATTENTION)
    two = save_lora(found / "two.peft.safetensors", tiny.sd15(), 2, rank=3, alpha=1, unet=EVERYTHING, text=TEXT)
    kohya_spelling(two, found / "two.safetensors", alpha=1)
    return found


@pytest.fixture(scope="module")
def warm():
    return Shelf("cpu")


@pytest.fixture
def do(store, project, place, warm):
    """Run a task at once; its context."""
    bases.add(store, "base", str(place / "base"))

    def run(task, name):
        queue.add(store, project.id, name, task, task.title(), task.lane)
        context = Context(store, queue.claim(store, "t", ("now",)), warm, "cpu")
        task.run(context)
        return context

    return run


@pytest.fixture
def two(store, project, place):
    """Both in the library; the second brings a token."""
    save_file({"emb_params": torch.ones(1, 32)}, place / "cu.safetensors")
    facts = {"family": "sd15", "base": "base"}
    one = loras.add(store, project.id, place / "one.safetensors", name="one", trigger="ONE", **facts)
    token = {"<cu>": store.files.add_file(place / "cu.safetensors")}
    other = loras.add(store, project.id, place / "two.safetensors", name="two", trigger="TWO", tokens=token, **facts)
    return one, other


def blend(two, *weights):
    return [Weight(lora=row.id, weight=weight) for row, weight in zip(two, weights, strict=True)]


def picture(store, do, parts):
    task = GeneratePictures(prompt="a red fox, <cu>", base="base", blend=parts, seed=3, steps=3)
    [row] = pictures.of_job(store, do(task, "generate").job_id)
    return np.asarray(Pictures.open(store.files.path(row.file))).astype(int)


def merged(store, do, parts, **wishes):
    """The merged LoRA's row and its error."""
    job = do(MergeLoras(blend=parts, name="both", **wishes), "merge").job_id
    result = queue.get(store, job).result
    return loras.get(store, result["lora"]), result["error"]


def test_the_merged_file_draws_the_blend(store, project, do, two):
    parts = [Weight(lora=two[0].id, weight=0.6), Weight(lora=two[1].id, weight=-0.4, text=0.5)]
    wanted, plain = picture(store, do, parts), picture(store, do, [])
    row, error = merged(store, do, parts)
    assert np.abs(wanted - plain).max() > 20, "the LoRAs must matter for this test to say anything"
    assert np.abs(picture(store, do, [Weight(lora=row.id, weight=1)]) - wanted).max() <= 2
    assert (error, row.rank, row.trigger, list(row.tokens)) == (0, 7, "ONE, TWO", ["<cu>"])
    assert [(part["name"], part["weight"], part["file"]) for part in row.blend] == [
        ("one", 0.6, two[0].file), ("two", -0.4, two[1].file),
    ]  # fmt: skip


def test_the_file_says_what_it_was_made_of_and_goes_out_as_others_do(store, do, two, tmp_path):
    row, _ = merged(store, do, blend(two, 0.6, 0.4))
    out = export_lora("kohya", store.files.path(row.file), tmp_path / "out.safetensors")
    with safe_open(out, "pt") as file:
        said = file.metadata()
        alphas = {key: (float(file.get_tensor(key)), file.get_slice(key.replace("alpha", "lora_down.weight")).get_shape()[0])
                  for key in file.keys() if key.endswith(".alpha")}  # fmt: skip  # noqa: SIM118
    assert all(alpha == rank for alpha, rank in alphas.values()) and {r for _, r in alphas.values()} == {3, 7}
    assert said["modelspec.merged_from"] == "one (0.6), two (0.4)"
    assert [part["sha256"] for part in json.loads(said["merge.parts"])] == [row.file[:64] for row in two]
    assert said["ss_base_model_version"] == "sd_v1" and float(said["merge.error"]) == 0


def test_a_rank_brings_it_near_and_a_higher_one_nearer(store, do, two):
    parts = blend(two, 0.6, 0.4)
    wanted, errors = picture(store, do, parts), []
    for rank in (1, 2, 4, 7):
        row, error = merged(store, do, parts, rank=rank)
        assert row.rank == min(rank, 7)
        errors.append(error)
    assert errors == sorted(errors, reverse=True) and errors[0] > 0.3 and errors[-1] < 1e-6
    assert np.abs(picture(store, do, [Weight(lora=row.id, weight=1)]) - wanted).max() <= 2


def test_a_dora_merges_only_to_a_rank(store, project, do, two, place, tmp_path):
    with safe_open(place / "one.safetensors", "pt") as file:
        tensors, said = {key: file.get_tensor(key) for key in file.keys()}, file.metadata()  # noqa: SIM118
    ups = [key for key in tensors if "lora_B" in key]
    tensors |= {
        key.replace("lora_B.weight", "lora_magnitude_vector"): torch.full((len(tensors[key]),), 1.1) for key in ups
    }
    save_file(tensors, tmp_path / "dora.safetensors", said)
    dora = loras.add(store, project.id, tmp_path / "dora.safetensors", name="dora", family="sd15", base="base")
    with pytest.raises(BadInput, match="is a DoRA, whose change is no sum of ranks"):
        merged(store, do, blend((dora, two[0]), 0.5, 0.5))
    parts = blend((dora, two[0]), 0.5, 0.5)
    row, error = merged(store, do, parts, rank=64)
    assert error < 1e-5
    assert np.abs(picture(store, do, [Weight(lora=row.id, weight=1)]) - picture(store, do, parts)).max() <= 2


def test_what_cannot_be_merged_is_said(store, project, do, two, tmp_path):
    owl = save_lora(tmp_path / "owl.safetensors", tiny.sdxl(), 1)
    other = loras.add(store, project.id, owl, name="owl", family="sdxl", base="xl")
    with pytest.raises(BadInput, match="made for models of the family sdxl"):
        merged(store, do, blend((two[0], other), 0.5, 0.5))
    for parts, said in ((blend(two, 0, 0), "every weight is 0"), ([], "Nothing is chosen")):
        with pytest.raises(BadInput, match=said):
            merged(store, do, parts)
    with pytest.raises(BadInput, match="counts in some of the steps alone"):
        merged(store, do, [*blend(two, 0.5, 0.5)[:1], Weight(lora=two[1].id, weight=1, end=0.5)])
    save_file({"emb_params": torch.zeros(1, 32)}, tmp_path / "cu.safetensors")
    loras.change(store, two[0].id, tokens={"<cu>": store.files.add_file(tmp_path / "cu.safetensors")})
    with pytest.raises(BadInput, match="mean different things"):
        merged(store, do, blend(two, 0.5, 0.5))
