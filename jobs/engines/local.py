"""Workers as child processes of this one: started, watched, started again, and ended with it.

Each lane of a store has a lock file, held by whoever watches that lane's worker,
so that two studios (or a studio and a command) on one folder never run two
workers for the same work. Who finds the lock taken keeps asking, and takes over
when the other one ends.
"""

from __future__ import annotations

import logging
import os
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Sequence
from pathlib import Path

from filelock import FileLock, Timeout

from storage import queue
from storage.database import Store
from storage.errors import StudioError
from storage.settings import PROJECT, Settings

ROUND = 0.5
"""Seconds between two looks at the workers."""

LONGEST_WAIT = 30.0
"""Seconds to wait, at most, before a worker that keeps dying is started again."""

MOST_CRASHES = 4
"""Unexpected ends of workers in a row that are put down to bad luck."""

FAREWELL = 10.0
"""Seconds that a worker has for letting go of its job when the studio ends."""

AGES = 1e9
"""Seconds of silence that no worker reaches: after this machine slept, only dead workers lose their jobs."""

LARGEST_LOG = 2**20
"""Bytes after which a worker's log file is begun anew."""

TEAMS: dict[str, dict[str, tuple[str, ...]]] = {
    "two": {"train": ("train",), "now": ("now",)},
    "one": {"all": ("train", "now")},
}
"""`Settings.workers` → the lanes of each worker, by its name."""

log = logging.getLogger(__name__)


class Post:
    """One worker's place: its lanes, the locks that say whose they are, and the process that fills it.

    Attributes:
        log: the file that the worker's own output goes to.
        crashes: how many workers in a row ended unexpectedly here.
    """

    program = (sys.executable, "-m", "jobs.worker")

    def __init__(self, store: Store, name: str, lanes: Sequence[str]) -> None:
        self.store, self.name, self.lanes = store, name, tuple(lanes)
        folder = store.home / "workers"
        folder.mkdir(exist_ok=True)
        self.log = folder / f"{name}.log"
        self._locks = [FileLock(folder / f"{lane}.lock", thread_local=False) for lane in sorted(lanes)]
        self._child: subprocess.Popen[bytes] | None = None
        self.crashes, self._not_before = 0, 0.0

    @property
    def pid(self) -> int | None:
        """The process that fills the place, if one does."""
        return self._child.pid if self._child else None

    @property
    def held(self) -> bool:
        """Whether the lanes are this process's to watch."""
        return all(lock.is_locked for lock in self._locks)

    def hold(self) -> bool:
        """Take the lanes, if nobody else has them."""
        if self.held:
            return True
        try:
            for lock in self._locks:
                lock.acquire(timeout=0)
        except Timeout:
            self.let_go()
            return False
        return True

    def let_go(self) -> None:
        """Leave the lanes to others."""
        for lock in self._locks:
            lock.release(force=True)

    def tend(self, moment: float) -> None:
        """Fill the place if it is empty; `moment` in seconds of a monotonic clock."""
        if not self.hold():
            return
        if self._child is not None and (code := self._child.poll()) is not None:
            self._child = None
            self.crashes = self.crashes + 1 if code else 0
            if code:
                log.warning("Worker %s ended unexpectedly (%s); starting another.", self.name, _how(code))
                self._not_before = moment + min(LONGEST_WAIT, 2.0 ** (self.crashes - 1) - 1)
        if self._child is None and moment >= self._not_before:
            self._child = self._start()

    def dismiss(self) -> None:
        """Ask the worker to let go of its job and end."""
        if self._child is not None and self._child.stdin is not None:
            self._child.stdin.close()

    def wait(self, seconds: float) -> None:
        """See the worker end, by force if it takes longer than `seconds`; leave the lanes to others."""
        if self._child is not None:
            try:
                self._child.wait(seconds)
            except subprocess.TimeoutExpired:
                self._child.kill()
                self._child.wait()
            self._child = None
        self.let_go()

    def _start(self) -> subprocess.Popen[bytes]:
        command = [*self.program, "--home", str(self.store.home), "--name", self.name, "--lanes", ",".join(self.lanes)]
        mode = "wb" if not self.log.exists() or self.log.stat().st_size > LARGEST_LOG else "ab"
        with self.log.open(mode) as output:
            return subprocess.Popen(  # its standard input is never written to; it closes when this process ends
                command,
                cwd=PROJECT,
                env=environment(self.store.settings),
                stdin=subprocess.PIPE,
                stdout=output,
                stderr=output,
                start_new_session=True,
            )


class Local:
    """The workers of one store on this machine.

    Attributes:
        posts: one place for each worker.
        settled: set once the first round is over, and so who holds which lane.
    """

    def __init__(self, store: Store, settings: Settings, lanes: Sequence[str] = ("train", "now")) -> None:
        self.store, self.settings = store, settings
        team = TEAMS[settings.workers]
        self.posts = [Post(store, name, served) for name, served in team.items() if set(served) & set(lanes)]
        self.settled, self._end = threading.Event(), threading.Event()
        self._thread = threading.Thread(target=self._run, name="workers", daemon=True)
        self._last_round = time.monotonic()

    def start(self) -> None:
        """Watch the workers from a thread of its own."""
        self._thread.start()

    def stop(self) -> None:
        """End the workers; what they were doing is queued again."""
        self._end.set()
        if self._thread.is_alive():
            self._thread.join()
        for post in self.posts:
            post.dismiss()
        for post in self.posts:
            post.wait(FAREWELL)

    def elsewhere(self) -> list[str]:
        """The lanes whose worker another process on this store watches."""
        return [lane for post in self.posts if not post.held for lane in post.lanes]

    def trouble(self) -> str:
        """A sentence about a worker that ends again and again, or ''."""
        for post in self.posts:
            if post.crashes >= MOST_CRASHES:
                return f"The worker ended {post.crashes} times in a row; the reason is at the end of {post.log}."
        return ""

    def tend(self) -> None:
        """One round: give back orphaned jobs, fill empty places."""
        moment = time.monotonic()
        asleep = moment - self._last_round > self.settings.patience / 2
        self._last_round = moment
        silence = AGES if asleep else self.settings.patience
        if any(post.hold() for post in self.posts):
            recover(self.store, silence)
        for post in self.posts:
            post.tend(moment)

    def _run(self) -> None:
        while not self._end.is_set():
            try:
                self.tend()
            except StudioError as error:
                log.error("%s", error)
            self.settled.set()
            self._end.wait(ROUND)


def recover(store: Store, silence: float, alive: Callable[[int], bool] | None = None) -> list[int]:
    """Queue again the jobs whose worker is gone: dead on this machine, or silent for `silence` seconds."""
    here, alive = socket.gethostname(), alive or _alive
    dead = []
    for job in queue.running(store):
        host, _, pid = job.worker.rpartition("@")[2].rpartition(":")
        if host == here and pid.isdigit() and not alive(int(pid)):
            dead.append(job.worker)
            queue.log(store, job.id, f"The worker that had this job ended unexpectedly at step {job.step}; it goes on.")
    return queue.recover(store, silence, dead)


def environment(settings: Settings) -> dict[str, str]:
    """What a worker is to know: these settings, and to let compute threads wait awake for a moment only.

    Threads that spin for long stall each other where two workers share few cores; threads that sleep at once make a
    training step of the bundled family take twice as long.
    """
    said = {f"STUDIO_{name.upper()}": str(value) for name, value in settings.model_dump().items()}
    quiet = {"GOMP_SPINCOUNT": "20000", "TOKENIZERS_PARALLELISM": "false"}
    return os.environ | said | quiet


def _alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return not _zombie(pid)


def _zombie(pid: int) -> bool:
    """A process that has ended and only waits for its parent to notice."""
    status = Path(f"/proc/{pid}/stat")
    try:
        return status.read_text().rpartition(")")[2].split()[0] == "Z"
    except OSError:
        return False


def _how(code: int) -> str:
    return f"signal {-code}" if code < 0 else f"exit status {code}"
