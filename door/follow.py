"""Waiting for a job, and showing how far it is on one line of the terminal."""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from jobs.engines.local import Local
from storage import queue
from storage.database import Store
from storage.errors import StudioError
from storage.settings import Settings
from storage.tables import Job

LOOK_EVERY = 0.2
"""Seconds between two looks at the job's row."""

FAREWELL = 20.0
"""Seconds that a job has for stopping after Ctrl+C."""

LONGEST_LINE, LONGEST_TITLE = 100, 40

OVER = ("done", "failed", "stopped", "paused")


class Line:
    """One line that is written over and over on a terminal; elsewhere a new line for each quarter of the way."""

    def __init__(self) -> None:
        self._terminal, self._quarter, self._width, self._said = sys.stderr.isatty(), -1, 0, ""

    def show(self, text: str, share: float = 0.0) -> None:
        """Say how things stand."""
        text = text[:LONGEST_LINE]
        if self._terminal:
            sys.stderr.write(f"\r{text.ljust(self._width)}")
            self._width = len(text)
        elif int(share * 4) != self._quarter or (share == 0 and text != self._said):
            self._quarter, self._said = int(share * 4), text
            sys.stderr.write(text + "\n")
        sys.stderr.flush()

    def end(self) -> None:
        """Leave the line as it is."""
        if self._terminal and self._width:
            sys.stderr.write("\n")
        self._width = 0


@contextmanager
def working(store: Store, settings: Settings, lanes: Sequence[str]) -> Iterator[Local]:
    """Workers of this command's own, for lanes at which nobody else's are at work."""
    engine = Local(store, settings, lanes)
    engine.start()
    try:
        yield engine
    finally:
        engine.stop()


def finish(store: Store, job: Job, engine: Local) -> Job:
    """Wait until the job is over, showing how far it is; Ctrl+C stops the job.

    Raises:
        StudioError: this command's own worker cannot be kept alive; the job waits in the queue.
    """
    try:
        return _wait(store, job.id, engine)
    except KeyboardInterrupt:
        return _stop(store, job.id)


def sentence(job: Job) -> str:
    """How a job stands, in a few words with an estimate: `Train fox · 43 % · step 43 of 100 · about 2 min left`."""
    title = job.title if len(job.title) <= LONGEST_TITLE else f"{job.title[: LONGEST_TITLE - 1]}…"
    if job.state == "queued":
        return f"{title} · waiting for a worker"
    parts = [title]
    if job.steps:
        parts += [f"{job.progress:.0%}", f"{job.step} of {job.steps}"]
    if job.note:
        parts.append(job.note)
    if job.seconds_left is not None and job.state == "running":
        parts.append(f"{duration(job.seconds_left)} left")
    return " · ".join(parts)


def duration(seconds: float) -> str:
    """Seconds as people say them: `about 40 s`, `about 3 min`, `about 2 h 10 min`."""
    if seconds < 60:
        return f"about {max(1, round(seconds))} s"
    minutes = round(seconds / 60)
    return f"about {minutes} min" if minutes < 60 else f"about {minutes // 60} h {minutes % 60} min"


def _wait(store: Store, job_id: int, engine: Local) -> Job:
    line = Line()
    try:
        while (job := queue.get(store, job_id)).state not in OVER:
            if trouble := engine.trouble():
                raise StudioError(trouble)
            line.show(sentence(job), job.progress)
            time.sleep(LOOK_EVERY)
        line.show(sentence(job), 1.0)
        return job
    finally:
        line.end()


def _stop(store: Store, job_id: int) -> Job:
    """Ask the job to stop, and see it stop; a second Ctrl+C does not wait."""
    print("Stopping …", file=sys.stderr)
    queue.stop(store, job_id)
    until = time.monotonic() + FAREWELL
    while (job := queue.get(store, job_id)).state not in OVER and time.monotonic() < until:
        time.sleep(LOOK_EVERY)
    return job
