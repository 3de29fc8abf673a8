"""Workers as processes: started, killed, started again, and ended with whoever watches them."""

import os
import signal
import subprocess
import sys
import time

import psutil
import pytest

from door import follow
from jobs.engines.local import Local, Post, recover
from storage import projects, queue
from storage.errors import StudioError
from storage.settings import PROJECT
from tests.tasks.count import Count

PATIENCE = 30.0
"""Seconds that a busy machine has for what takes about two."""


@pytest.fixture(autouse=True)
def own_worker(monkeypatch):
    """The tests' worker program, which knows the tests' own tasks."""
    monkeypatch.setattr(Post, "program", (sys.executable, "-m", "tests.worker"))


@pytest.fixture
def engine(store, settings):
    """A running engine, ended with the test."""
    found = Local(store, settings)
    found.start()
    yield found
    found.stop()


def ask(store, task, lane="train"):
    return queue.add(store, projects.first(store).id, "count", task, task.title(), lane).id


def until(truth, what):
    """Wait for something to come true."""
    end = time.monotonic() + PATIENCE
    while time.monotonic() < end:
        if found := truth():
            return found
        time.sleep(0.05)
    raise AssertionError(f"still not so after {PATIENCE:.0f} s: {what}")


def state(store, number):
    return queue.get(store, number).state


def counted(store, number):
    file = store.home / "jobs" / str(number) / "counted.txt"
    return file.read_text().split() if file.exists() else []


def worker_pid(store, number):
    name = queue.get(store, number).worker
    return int(name.rpartition(":")[2]) if name else 0


def test_jobs_of_both_lanes_are_done_side_by_side(store, engine):
    long = ask(store, Count(to=400, seconds=0.05), "train")
    until(lambda: state(store, long) == "running", "the long job runs")
    quick = ask(store, Count(to=2), "now")
    until(lambda: state(store, quick) == "done", "the quick job is done")
    assert state(store, long) == "running"
    queue.stop(store, long)
    until(lambda: state(store, long) == "stopped", "the long job stopped")


def test_a_job_that_is_to_stop_at_once_does_and_goes_on_later_from_what_was_written(store, engine):
    number = ask(store, Count(to=80, seconds=0.04))
    until(lambda: len(counted(store, number)) > 5, "it counts")
    first = worker_pid(store, number)
    queue.stop(store, number, at_once=True)
    until(lambda: state(store, number) == "stopped", "it stopped")
    until(lambda: not psutil.pid_exists(first), "its process is gone")
    assert 5 < len(counted(store, number)) < 80
    queue.resume(store, number)
    until(lambda: state(store, number) == "done", "it went on")
    assert counted(store, number) == [str(n) for n in range(80)], "nothing lost, nothing twice"
    assert [post.crashes for post in engine.posts] == [0, 0], "an end that was asked for is no crash"


def test_a_killed_worker_costs_nothing_but_time(store, engine):
    number = ask(store, Count(to=60, seconds=0.04))
    until(lambda: len(counted(store, number)) > 5, "it counts")
    first = worker_pid(store, number)
    os.kill(first, signal.SIGKILL)
    until(lambda: state(store, number) == "done", "the job went on by itself")
    assert counted(store, number) == [str(n) for n in range(60)], "each number once: no second worker, nothing lost"
    assert queue.get(store, number).attempts == 2
    assert "ended unexpectedly" in queue.log_lines(store, number)[0].text


def test_each_training_run_has_a_fresh_process(store, engine):
    one, two = ask(store, Count(to=1)), ask(store, Count(to=1))
    until(lambda: state(store, two) == "done", "both are done")
    names = {queue.get(store, number).worker for number in (one, two)}
    assert len(names) == 2
    assert [post.crashes for post in engine.posts] == [0, 0], "the first one ended in peace"


def test_the_workers_end_with_the_engine_and_the_job_waits(store, settings):
    engine = Local(store, settings)
    engine.start()
    number = ask(store, Count(to=1000, seconds=0.05))
    until(lambda: len(counted(store, number)) > 3, "it counts")
    pids = [post.pid for post in engine.posts]
    engine.stop()
    assert not any(psutil.pid_exists(pid) for pid in pids)
    assert state(store, number) == "queued"
    assert (store.home / "jobs" / str(number) / "saved").exists()
    assert queue.get(store, number).attempts == 0, "leaving in peace is no failed attempt"


def test_one_folder_has_one_worker_a_lane(store, settings, engine):
    engine.settled.wait(PATIENCE)
    second = Local(store, settings)
    second.start()
    try:
        assert second.settled.wait(PATIENCE)
        assert second.elsewhere() == ["train", "now"]
        assert [post.pid for post in second.posts] == [None, None]
        engine.stop()
        until(lambda: not second.elsewhere(), "the second takes over when the first ends")
        number = ask(store, Count(to=1))
        until(lambda: state(store, number) == "done", "and works")
    finally:
        second.stop()


def test_a_worker_that_cannot_start_is_not_started_over_and_over(store, settings, monkeypatch):
    monkeypatch.setattr(Post, "program", (sys.executable, "-c", "raise SystemExit(7)"))
    engine = Local(store, settings, lanes=["now"])
    starts, begin = [], Post._start
    monkeypatch.setattr(Post, "_start", lambda post: starts.append(time.monotonic()) or begin(post))
    engine.start()
    until(engine.trouble, "it says that there is no point in waiting")
    engine.stop()
    assert starts[2] - starts[1] > 0.9, "each time after a longer wait"
    assert "4 times in a row" in engine.trouble() and str(store.home / "workers" / "now.log") in engine.trouble()


def test_a_command_does_not_wait_for_a_worker_that_cannot_start(store, settings, monkeypatch, capsys):
    monkeypatch.setattr(Post, "program", (sys.executable, "-c", "raise SystemExit(7)"))
    number = ask(store, Count(to=1), "now")
    with follow.working(store, settings, ["now"]) as engine, pytest.raises(StudioError, match="4 times in a row"):
        follow.finish(store, queue.get(store, number), engine)
    assert state(store, number) == "queued"


@pytest.mark.parametrize("end", [signal.SIGKILL, signal.SIGTERM])
def test_when_the_watcher_dies_its_workers_go_and_the_next_one_carries_on(store, settings, end):
    """The web process is killed in the middle of a job; it is started again, and the job goes on."""
    watcher = subprocess.Popen([sys.executable, "-m", "tests.watcher", str(store.home)], cwd=PROJECT)
    number = ask(store, Count(to=80, seconds=0.04))
    until(lambda: len(counted(store, number)) > 5, "it counts")
    worker = worker_pid(store, number)
    watcher.send_signal(end)
    watcher.wait()
    engine = Local(store, settings)
    engine.start()
    try:
        until(lambda: not psutil.pid_exists(worker), "the worker left behind ends by itself")
        until(lambda: state(store, number) == "done", "the job went on")
    finally:
        engine.stop()
    assert counted(store, number) == [str(n) for n in range(80)]


def test_a_silent_worker_loses_its_job_and_only_after_patience(store, settings):
    number = ask(store, Count(to=1))
    queue.claim(store, "far@elsewhere:1", ("train",))
    assert recover(store, 60) == []
    time.sleep(0.3)
    assert recover(store, 0.2) == [number]
    assert state(store, number) == "queued"


def test_a_dead_worker_of_this_machine_loses_its_job_at_once(store):
    import socket

    number = ask(store, Count(to=1))
    queue.claim(store, f"train@{socket.gethostname()}:4194000", ("train",))
    assert recover(store, 60) == [number]
