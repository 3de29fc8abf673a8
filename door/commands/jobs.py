"""List the jobs, read a job's log, or stop, pause, resume or repeat one."""

from __future__ import annotations

import argparse

from door import rooms
from door.follow import duration
from storage import queue
from storage.database import Store
from storage.errors import BadInput
from storage.tables import Job

VERBS = {"stop": queue.stop, "pause": queue.pause, "resume": queue.resume, "again": queue.again}


def options(parser: argparse.ArgumentParser) -> None:
    """What to do, and to which job."""
    parser.add_argument(
        "verb", nargs="?", default="list", choices=("list", "log", *VERBS), metavar="VERB",
        help="list (default), log, stop, pause, resume or again",
    )  # fmt: skip
    parser.add_argument("number", nargs="?", type=int, metavar="N", help="the job's number")
    parser.add_argument("--now", action="store_true", help="stop: in the middle of a step, not after it")
    parser.add_argument("--limit", type=int, default=20, metavar="N", help="how many to list [20]")


def run(options: argparse.Namespace) -> int:
    """Do it, and show the job or the jobs as they are then."""
    store = rooms.store(options)
    if options.verb == "list":
        for job in reversed(queue.recent(store, limit=options.limit)):
            print(line(job))
        return 0
    if options.number is None:
        raise BadInput(f"Which job? Say its number: jobs {options.verb} 7.")
    job = queue.get(store, options.number)
    if options.verb == "log":
        _print_log(store, job)
        return 0
    if options.now and options.verb != "stop":
        raise BadInput(f"--now goes with stop; jobs {options.verb} has no use for it.")
    if options.now:
        queue.stop(store, options.number, at_once=True)
        print(line(queue.get(store, options.number)))
        return 0
    made = VERBS[options.verb](store, options.number)
    print(line(queue.get(store, made.id if made is not None else options.number)))
    return 0


def line(job: Job) -> str:
    """A job on one line: number, state, how far, what, and what it says."""
    state = f"to {job.wish}" if job.state == "running" and job.wish in ("stop", "quit", "pause") else job.state
    left = f"{duration(job.seconds_left)} left" if job.state == "running" and job.seconds_left is not None else ""
    share = f"{job.progress:4.0%}" if job.steps or job.state == "done" else "   –"
    words = " · ".join(part for part in (job.title, job.error or job.note, left) if part)
    return f"{job.id:5}  {state:8} {share}  {words}"


def _print_log(store: Store, job: Job) -> None:
    print(line(job))
    for entry in queue.log_lines(store, job.id):
        print(f"{entry.created.astimezone():%H:%M:%S}  {entry.text}")
