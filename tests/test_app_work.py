"""The command line doing real work on a tiny model: processes, exit statuses, and what is left afterwards."""

import os
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from contextlib import contextmanager

import psutil
import pytest
from PIL import Image as Pictures

from jobs.tasks.train import TrainLora
from storage import loras, pictures, projects, queue
from storage.database import Store
from storage.settings import PROJECT, Settings
from tests import tiny

PATIENCE = 120.0
"""Seconds that a busy machine has for what takes about ten."""

TRAIN = ["--dataset", "fox", "--base", "tiny", "--name", "fox", "--rank", "2", "--batch", "2", "--sample-every", "0"]


def environment(home):
    return os.environ | {"STUDIO_HOME": str(home), "STUDIO_THREADS": "1", "STUDIO_DEVICE": "cpu", "STUDIO_BEAT": "0.5"}


def start(home, *words):
    """The command line as a process of its own, which hears Ctrl+C even where these tests themselves do not."""
    return subprocess.Popen(
        [sys.executable, "app.py", *map(str, words)], cwd=PROJECT, env=environment(home),
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
    )  # fmt: skip


def say(home, *words):
    """Its exit status, what it printed, and what it said besides."""
    process = start(home, *words)
    out, err = process.communicate(timeout=PATIENCE)
    return process.returncode, out.strip(), err.strip()


def until(truth, what):
    end = time.monotonic() + PATIENCE
    while time.monotonic() < end:
        if found := truth():
            return found
        time.sleep(0.1)
    raise AssertionError(f"still not so after {PATIENCE:.0f} s: {what}")


@pytest.fixture(scope="module")
def home(tmp_path_factory):
    """A store that knows a tiny base model, and a data set `fox` of four captioned pictures."""
    from tests.conftest import paint

    place = tmp_path_factory.mktemp("work")
    tiny.sd15().save_pretrained(place / "tiny")
    (place / "pictures").mkdir()
    for number in range(4):
        paint(number).save(place / "pictures" / f"{number}.png")
        (place / "pictures" / f"{number}.txt").write_text(f"gradient {number}")
    assert say(place / "home", "bases", "add", "tiny", place / "tiny")[0] == 0
    assert say(place / "home", "import", place / "pictures", "--dataset", "fox", "--trigger", "FOX")[0] == 0
    return place / "home"


@pytest.fixture
def store(home):
    return Store.open(Settings(home=home))


def test_from_pictures_to_pictures(home, store, tmp_path):
    """Train, draw with the LoRA and without, and take the LoRA along: the same rows as from the page."""
    status, out, err = say(home, "train", *TRAIN, "--recipe", "style", "--steps", 3, "--learning-rate", 0.01)
    assert status == 0, err
    project = projects.first(store)
    lora = loras.named(store, project.id, "fox")
    assert (lora.rank, lora.step, lora.trigger, lora.settings["recipe"]) == (2, 3, "FOX", "style")
    assert lora.settings["steps"] == 3 and lora.settings["schedule"] == "constant", "what is said counts more"
    assert "100%" in err and out.startswith("fox: LoRA number")

    draw = ["generate", "--base", "tiny", "--prompt", "FOX, gradient", "--steps", 2, "--seed", 1]
    for name, blend in (("base", []), ("zero", ["--blend", "fox:0"]), ("fox", ["--blend", "fox:0.8"])):
        status, out, err = say(home, *draw, *blend, "--out", tmp_path / f"{name}.png")
        assert (status, out) == (0, str(tmp_path / f"{name}.png")), err
    pixels = {name: Pictures.open(tmp_path / f"{name}.png").tobytes() for name in ("base", "zero", "fox")}
    assert pixels["base"] == pixels["zero"] != pixels["fox"]
    newest = pictures.made(store, project.id)[0]
    assert newest.blend[0]["weight"] == 0.8 and newest.seed == 1

    from safetensors import safe_open

    for form, part in (("kohya", "lora_down"), ("diffusers", "lora_A")):
        file = tmp_path / f"{form}.safetensors"
        assert say(home, "export", "fox", "--format", form, "--out", file)[:2] == (0, str(file))
        with safe_open(file, "np") as opened:
            assert any(part in key for key in opened.keys())  # noqa: SIM118  not a dictionary
            assert opened.metadata()["modelspec.title"] == "fox"
    assert [job.state for job in queue.recent(store)] == ["done"] * 4


def test_a_failure_is_one_sentence_and_another_status(home, tmp_path):
    say(home, "import", tmp_path_with_one(tmp_path), "--dataset", "lonely")
    status, out, err = say(home, "train", "--dataset", "lonely", "--base", "tiny", "--name", "x")
    assert (status, out) == (1, "")
    assert "has a single picture" in err.splitlines()[-1] and "Traceback" not in err


def tmp_path_with_one(folder):
    from tests.conftest import paint

    paint(9).save(folder / "one.png")
    return folder


def test_ctrl_c_stops_the_job_and_keeps_what_was_learned(home, store):
    process = start(home, "train", *TRAIN, "--steps", 100000, "--name", "long")
    until(lambda: any(job.step > 3 for job in queue.open_jobs(store)), "it trains")
    process.send_signal(signal.SIGINT)
    try:
        _, err = process.communicate(timeout=PATIENCE)
    finally:
        process.kill()
    assert process.returncode == 130
    job = queue.recent(store, limit=1)[0]
    assert job.state == "stopped" and "Traceback" not in err
    assert loras.named(store, job.project_id, "long").step > 3
    assert workers(home) == []


def workers(home):
    """Every worker process of that store."""
    found = []
    for process in psutil.process_iter():
        try:
            words = process.cmdline()
        except psutil.Error:
            continue
        if "jobs.worker" in words and str(home) in words:
            found.append(process)
    return found


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def answers(port):
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/", timeout=5) as page:
            return page.status == 200
    except OSError:
        return False


@contextmanager
def studio(home, port):
    """The studio while it serves; asked to end afterwards, as by `docker stop`, or ended by force."""
    process = start(home, "--port", port)
    try:
        until(lambda: answers(port) and len(workers(home)) == 2, "the page answers and two workers are there")
        yield process
        if process.poll() is None:
            process.send_signal(signal.SIGTERM)
            assert process.wait(PATIENCE) == 0
    finally:
        process.kill()
        process.wait()
    until(lambda: not workers(home), "no worker is left behind")


def runs_past(store, number, step):
    """Wait until that job has got further than `step`."""

    def truth():
        job = queue.get(store, number)
        assert job.state in ("queued", "running"), job.error
        return job.state == "running" and job.step > step

    until(truth, f"it gets past step {step}")


def test_the_studio_opens_works_and_closes(home, store):
    """The page answers, a command's work is done by its workers, a second one steps back, and all of them end."""
    port = free_port()
    with studio(home, port) as process:
        status, _, err = say(home, "generate", "--base", "tiny", "--prompt", "x", "--steps", 1)
        assert status == 0, err
        assert queue.recent(store, limit=1)[0].worker.startswith("now@")
        second = start(home, "--port", free_port())
        try:
            assert "has the worker for train and now" in second.stderr.readline()
            assert len(workers(home)) == 2
            second.send_signal(signal.SIGTERM)
            assert second.wait(PATIENCE) == 0
        finally:
            second.kill()
    out, err = process.communicate()
    assert f"http://127.0.0.1:{port}" in out and "Traceback" not in err


@pytest.mark.soak
def test_a_killed_studio_loses_nothing(home, store):
    """`kill -9` while it trains: the workers go, the next start goes on from the checkpoint.

    The short version kills the watcher of the workers alone, in test_worker_engine.py.
    """
    port = free_port()
    task = TrainLora(name="kept", dataset="fox", base="tiny", rank=2, steps=100_000, sample_every=0, save_every=0)
    with studio(home, port) as process:
        number = queue.add(store, projects.first(store).id, "train", task, task.title(), "train").id
        runs_past(store, number, 5)
        process.kill()
        process.wait()
    left = queue.get(store, number)
    assert left.state == "queued"
    with studio(home, port):
        runs_past(store, number, left.step)
        assert any("Going on from step" in line.text for line in queue.log_lines(store, number))
        queue.stop(store, number)
        until(lambda: queue.get(store, number).state == "stopped", "it stops")
