"""Long and rough: many jobs while workers are killed at random; nothing is lost, nothing is done twice."""

import os
import random
import signal
import sys
import time

import psutil
import pytest

from jobs.engines.local import Local, Post
from storage import projects, queue
from tests.tasks.count import Count

JOBS, TO = 40, 25
KILL_EVERY = 4.0
"""Seconds between two kills, about."""

LONGEST = 1200.0


@pytest.mark.soak
def test_every_job_is_done_once_whatever_is_killed(store, settings, monkeypatch):
    monkeypatch.setattr(Post, "program", (sys.executable, "-m", "tests.worker"))
    task, project, luck = Count(to=TO, seconds=0.05), projects.first(store), random.Random(1)
    numbers = [queue.add(store, project.id, "count", task, "Count", lane).id for lane in ("train", "now") * (JOBS // 2)]
    engine, kills = Local(store, settings), 0
    engine.start()
    end, next_kill = time.monotonic() + LONGEST, time.monotonic() + KILL_EVERY
    try:
        while queue.open_jobs(store):
            assert time.monotonic() < end, f"{len(queue.open_jobs(store))} jobs are left"
            if time.monotonic() > next_kill:
                kills += _kill_one(engine, luck)
                next_kill = time.monotonic() + luck.uniform(0.5, 2) * KILL_EVERY
            time.sleep(0.1)
    finally:
        engine.stop()
    assert kills > 3
    assert {queue.get(store, number).state for number in numbers} == {"done"}
    for number in numbers:
        counted = (store.home / "jobs" / str(number) / "counted.txt").read_text().split()
        assert counted == [str(n) for n in range(TO)], f"job {number}"


def _kill_one(engine, luck):
    """Kill a worker that is at work; 1 if there was one."""
    pids = [post.pid for post in engine.posts if post.pid and psutil.pid_exists(post.pid)]
    busy = [pid for pid in pids if any(job.worker.endswith(f":{pid}") for job in queue.running(engine.store))]
    if not busy:
        return 0
    os.kill(luck.choice(busy), signal.SIGKILL)
    return 1
