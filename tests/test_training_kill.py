"""Training processes killed with SIGKILL at moments that chance picks: nothing is lost, nothing is torn."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from storage import loras, measures, queue
from storage.database import Store
from tests import teach

ROOT = Path(__file__).parent.parent
WISH = {"steps": 12, "save_every": 4, "sample_every": 6, "sample_prompts": ["a cat"], "caption_dropout": 0.2, "keep": 2}


def start(store: Store, number: int) -> subprocess.Popen:
    """A worker in a process (and session) of its own that has loaded its imports."""
    command = [sys.executable, "-m", "tests.teach", str(store.home), str(number)]
    environment = os.environ | {"OMP_NUM_THREADS": "1"}
    process = subprocess.Popen(
        command, cwd=ROOT, env=environment, stdout=subprocess.PIPE, text=True, start_new_session=True
    )
    assert process.stdout.readline() == "ready\n"
    return process


def kill(process: subprocess.Popen) -> None:
    os.killpg(process.pid, signal.SIGKILL)
    process.wait()
    process.stdout.close()


def finish(store: Store, number: int) -> None:
    process = start(store, number)
    assert process.communicate(timeout=500)[0] == "done\n", queue.get(store, number).error


def same(store: Store, whole: int, killed: int) -> None:
    """The killed run ended as the whole one did, and left nothing half done."""
    assert teach.content(store, killed) == teach.content(store, whole)
    assert teach.samples(store, killed) == teach.samples(store, whole)
    curves = [measures.curves(store, number)["loss"] for number in (killed, whole)]
    assert curves[0] == curves[1]
    assert [row.step for row in loras.of_job(store, killed)] == [row.step for row in loras.of_job(store, whole)]
    assert not list(store.home.rglob(".new-*")), "no torn file"
    assert not (store.home / "jobs" / str(killed) / "checkpoints").exists()


@pytest.fixture
def shop(store, tmp_path):
    teach.furnish(store, tmp_path)
    whole = teach.ask(store, teach.request(**WISH))
    finish(store, whole)
    return store, whole


def past(store: Store, number: int, step: int) -> bool:
    """Whether the job has measured that step."""
    return any(found >= step for found, _ in measures.curves(store, number).get("loss", []))


def test_killed_in_the_middle_the_run_ends_the_same(shop):
    store, whole = shop
    number = teach.ask(store, teach.request(**WISH))
    process = start(store, number)
    while not past(store, number, 6):
        assert process.poll() is None
        time.sleep(0.02)
    kill(process)
    assert queue.get(store, number).state == "running", "the row still believes in its worker"
    finish(store, number)
    same(store, whole, number)


@pytest.mark.soak
def test_twenty_kills_at_random_moments(shop):
    """Loading, caching, training, sampling, saving: each kill comes a random time after the process is ready."""
    store, whole = shop
    seed = random.randrange(10**6)
    print("seed", seed)
    chance, kills = random.Random(seed), 0
    while kills < 20:
        number = teach.ask(store, teach.request(**WISH))
        for _ in range(4):
            process = start(store, number)
            time.sleep(chance.uniform(0, 12))
            if process.poll() is not None:
                break
            kill(process)
            kills += 1
            _wipe_cache(store, chance)
        if queue.get(store, number).state != "done":
            finish(store, number)
        same(store, whole, number)


@pytest.mark.soak
def test_several_processes_whose_worker_is_killed(shop):
    """Those that trained together save and end by themselves, and the next ones wait for them."""
    store, _ = shop
    wish = teach.request(**WISH | {"steps": 40}, processes=2)
    whole, number = teach.ask(store, wish), teach.ask(store, wish)
    finish(store, whole)
    for step in (5, 12, 25):
        process = start(store, number)
        while not past(store, number, step):
            assert process.poll() is None
            time.sleep(0.02)
        process.kill()
        process.wait()
        process.stdout.close()
    finish(store, number)
    same(store, whole, number)


def _wipe_cache(store: Store, chance: random.Random) -> None:
    """Now and then the next process must encode again, so that kills come there too."""
    if chance.random() < 0.3:
        for file in (store.home / "cache").rglob("*.safetensors"):
            file.unlink()
