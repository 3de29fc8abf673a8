"""Several processes that train one LoRA, started by `accelerate launch` as on a machine with several GPUs."""

from __future__ import annotations

import psutil
import pytest
import torch
from safetensors.torch import load

from storage import loras, measures, queue
from tests import teach
from tests.teach import ask, request, work

torch.set_num_threads(1)


@pytest.fixture
def shop(store, tmp_path, monkeypatch):
    monkeypatch.setenv("STUDIO_DEVICE", "cpu")
    monkeypatch.setenv("STUDIO_THREADS", "1")
    teach.furnish(store, tmp_path)
    return store


def test_two_processes_learn_what_one_does(shop):
    wish = {"steps": 4, "batch": 3, "accumulation": 1, "save_every": 2, "caption_dropout": 0.3}
    one, two = ask(shop, request(**wish)), ask(shop, request(**wish, processes=2))
    work(shop, one)
    job = work(shop, two)
    assert (job.state, job.step, job.error) == ("done", 4, "")
    assert [row.step for row in loras.of_job(shop, two)] == [2, 4]
    alone, together = load(teach.content(shop, one)), load(teach.content(shop, two))
    assert alone.keys() == together.keys()
    assert all(torch.allclose(alone[name], together[name], atol=1e-4) for name in alone)
    curves = [[value for _, value in measures.curves(shop, number)["loss"]] for number in (one, two)]
    assert curves[1] == pytest.approx(curves[0], rel=1e-4)
    assert not [p for p in psutil.process_iter(["cmdline"]) if "jobs.engines.together" in (p.info["cmdline"] or [])]


def test_what_goes_wrong_in_them_is_told_in_a_sentence(shop):
    number = ask(shop, request(dataset="wolf", processes=2))
    job = work(shop, number)
    assert job.state == "failed" and "no data set called “wolf”" in job.error
    assert queue.get(shop, number).result == {}
