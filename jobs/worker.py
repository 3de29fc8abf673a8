"""A worker: a process that claims a job, runs its task, records what came of it, and repeats.

`python -m jobs.worker --home DIR --name train --lanes train`. It is started by
an engine (jobs/engines) and ends with it: its standard input closes when the
process that started it is gone. A worker that has trained, or met an error
nobody foresaw, ends by itself so that the next job finds a fresh process.
"""

from __future__ import annotations

import argparse
import os
import signal
import socket
import sys
import threading
import time
import traceback
from collections.abc import Callable, Sequence
from pathlib import Path
from types import TracebackType

from pydantic import ValidationError

from jobs import folder
from jobs.context import Context
from jobs.shelf import Shelf
from jobs.task import Task
from storage import bases, queue
from storage.database import Store
from storage.errors import NotFound, NotYours, Paused, Stopped, StudioError
from storage.settings import Settings
from storage.tables import Job

LOOK_EVERY = 0.2
"""Seconds between two looks at an empty queue."""

LISTEN_EVERY = 0.5
"""Seconds between two looks whether the running job is to end at once."""

GRACE = 8.0
"""Seconds that a running task has for saving its state when the worker is asked to leave."""


class Worker:
    """Runs jobs of some lanes, one at a time; `step` by hand in tests, `work` as a process.

    Attributes:
        name: what the job's row calls it: unique for each process.
        leaving: set when the process is to end; the running task is paused and its job queued again.
        worn: True when the next job should find a fresh process.
    """

    def __init__(self, store: Store, settings: Settings, name: str = "hand", lanes: Sequence[str] = ("train", "now")):
        self.store, self.settings, self.lanes = store, settings, tuple(lanes)
        self.name = f"{name}@{socket.gethostname()}:{os.getpid()}"
        self.shelf = Shelf(settings.device)
        self.leaving = threading.Event()
        self.worn = False
        self._job: Job | None = None

    def work(self) -> None:
        """Claim and run until asked to leave or worn out."""
        warm = False
        while not self.leaving.is_set() and not self.worn:
            if self.step():
                continue
            if not warm:
                warm = True
                self.warm()
            self.leaving.wait(LOOK_EVERY)

    def warm(self) -> None:
        """Do before anybody waits for it what takes seconds: import the engines, load the bundled model."""
        import diffusers.loaders  # noqa: F401

        if "now" in self.lanes:
            try:
                self.shelf.mixer(bases.named(self.store, "mini"))
            except StudioError as error:
                print(error, file=sys.stderr, flush=True)

    def step(self) -> bool:
        """Run the next job to its end; False if there is none."""
        job = self._job = queue.claim(self.store, self.name, self.lanes)
        if job is None:
            return False
        try:
            with Heart(self.store, job, self.settings.beat, self._quit):
                self._run(job)
        except NotYours:
            self.worn = True
        self._job = None
        self.worn |= job.lane == "train"
        return True

    def leave(self) -> None:
        """Let the running task save its state and end; after `GRACE` seconds end without it."""
        if not self.leaving.is_set():
            self.leaving.set()
            timer = threading.Timer(GRACE, self._drop)
            timer.daemon = True
            timer.start()

    def _drop(self) -> None:
        job = self._job
        try:
            if job is not None:
                queue.release(self.store, job)
        except StudioError as error:
            print(error, file=sys.stderr, flush=True)
        finally:
            os._exit(0)

    def _quit(self, job: Job) -> None:
        """End this process in the middle of the job: all that is kept is written beside and renamed, so none of it is torn."""
        queue.log(self.store, job.id, f"Stopped at once in step {job.step + 1}; it can go on from its last checkpoint.")
        queue.stopped(self.store, job)
        os._exit(0)

    def _run(self, job: Job) -> None:
        """Run the job's task, and write on its row what came of it."""
        try:
            request(job).run(Context(self.store, job, self.shelf, self.settings.device, self.leaving))
        except NotYours:
            raise
        except Stopped:
            queue.stopped(self.store, job)
        except Paused:
            end = queue.release if self.leaving.is_set() else queue.paused
            end(self.store, job)
        except StudioError as error:
            queue.fail(self.store, job, str(error))
        except Exception as error:  # noqa: BLE001  whatever a model throws ends on the job's row, not in silence
            self._surprised(job, error)
        else:
            queue.finish(self.store, job)

    def _surprised(self, job: Job, error: Exception) -> None:
        details = "".join(traceback.format_exception(error))
        print(details, file=sys.stderr, flush=True)
        queue.log(self.store, job.id, details)
        queue.fail(self.store, job, sentence(error))
        self.worn = True


class Heart:
    """Signs of life of a running job, every `seconds`, from a thread of its own.

    Args:
        quit: called with the job's row when a person asks that it end at once.
    """

    def __init__(self, store: Store, job: Job, seconds: float, quit: Callable[[Job], None] | None = None) -> None:
        self._store, self._job, self._seconds, self._quit = store, job, seconds, quit
        self._still = threading.Event()
        self._thread = threading.Thread(target=self._run, name=f"heart of job {job.id}", daemon=True)

    def __enter__(self) -> Heart:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._still.set()
        self._thread.join()

    def _run(self) -> None:
        beaten = time.monotonic()
        while not self._still.wait(min(self._seconds, LISTEN_EVERY)):
            try:
                if self._quit and queue.wish(self._store, self._job) == "quit":
                    self._quit(queue.get(self._store, self._job.id))
                    return
                if time.monotonic() - beaten >= self._seconds:
                    beaten = time.monotonic()
                    queue.beat(self._store, self._job)
            except NotYours:
                return


def request(job: Job) -> Task:
    """The task that a job's row asks for; raises `StudioError` if this version of the studio cannot do it."""
    try:
        kind = folder.task(job.task)
    except NotFound as error:
        raise NotFound(
            f"This studio has no kind of job called “{job.task}” any more; ask for the work anew in its tab."
        ) from error
    try:
        return kind.model_validate(job.request)
    except ValidationError as error:
        first = error.errors()[0]
        field = ".".join(str(part) for part in first["loc"]) or "request"
        raise NotFound(
            f"This job was asked in a way this studio does not understand ({field}: {first['msg']}); ask for it anew."
        ) from error


def sentence(error: Exception) -> str:
    """One sentence for a person about an error that nobody foresaw."""
    if type(error).__name__ == "OutOfMemoryError" or isinstance(error, MemoryError):
        return "There was not enough memory for this; try again with half the batch or a lower resolution."
    message = " ".join(str(error).split()) or "no message"
    return (
        f"Something went wrong inside the studio: {type(error).__name__}: {message[:300].rstrip('.')}. "
        "Nothing was lost; the details are in the log."
    )


def set_threads(threads: int) -> None:
    """CPU threads to compute with; 0 lets torch choose."""
    if threads:
        import torch

        torch.set_num_threads(threads)


def main(arguments: Sequence[str] | None = None) -> int:
    """Work until the process that started this one is gone, or asks it to leave."""
    parser = argparse.ArgumentParser(prog="python -m jobs.worker", description="Run jobs of a store.")
    parser.add_argument("--home", type=Path, required=True, help="the store's folder")
    parser.add_argument("--name", default="hand", help="what the jobs' rows call this worker")
    parser.add_argument("--lanes", default="train,now", help="which jobs it takes: train, now or both")
    options = parser.parse_args(arguments)
    settings = Settings().at(options.home)
    worker = Worker(Store.open(settings), settings, options.name, options.lanes.split(","))
    signal.signal(signal.SIGTERM, lambda *_: worker.leave())
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    threading.Thread(target=_leave_with_parent, args=(worker,), name="parent", daemon=True).start()
    set_threads(settings.threads)
    worker.work()
    return 0


def _leave_with_parent(worker: Worker) -> None:
    """Standard input ends when the process that started this one does; read without Python's locks, which an exit needs."""
    while os.read(sys.stdin.fileno(), 1):
        continue
    worker.leave()


if __name__ == "__main__":
    sys.exit(main())
