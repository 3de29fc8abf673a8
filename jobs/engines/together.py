"""Starting the processes that train together, and what each of them does.

The worker runs `accelerate launch … -m jobs.engines.together`; its pipe to their standard input is
what holds them: when it closes, because the worker must leave or is gone, they save the state and end.
"""

from __future__ import annotations

import argparse
import json
import os
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from storage.errors import BadInput, Paused, Stopped, StudioError
from storage.settings import PROJECT, Settings

if TYPE_CHECKING:
    from jobs.context import Context
    from jobs.tasks.train import TrainLora

MODULE = "jobs.engines.together"

LOOK = 0.1
"""Seconds between two looks at the processes."""

GRACE = 8.0
"""Seconds that they have for saving the state when the worker lets go of them."""


def run_together(task: TrainLora, context: Context) -> None:
    """Let `task.processes` processes do the run; ends as `run_training` does.

    Raises:
        BadInput: there are fewer GPUs than processes.
    """
    _check(task, context)
    _see_off(context)
    outcome = outcome_of(context.folder, context.attempts)
    outcome.unlink(missing_ok=True)
    with (context.folder / "crew.log").open("ab") as log:
        process = subprocess.Popen(
            _command(task.processes, context), cwd=PROJECT, stdin=subprocess.PIPE, stdout=log, stderr=log
        )
        assert process.stdin is not None
        try:
            while process.poll() is None:
                if context.leaving.is_set():
                    process.stdin.close()  # they save their state and end
                time.sleep(LOOK)
        finally:
            process.stdin.close()
            process.wait()
    try:
        _end(outcome, context)
    finally:
        outcome.unlink(missing_ok=True)


def outcome_of(folder: Path, attempt: int) -> Path:
    """The file in a job's folder that says how its processes ended; those of an earlier attempt may still be ending."""
    return folder / f"crew-{attempt}.json"


def _see_off(context: Context) -> None:
    """Wait for the processes of a worker that is gone: they are saving their state; end them if they take too long."""
    import psutil

    mine = " ".join(_whose(context))
    said = {process: " ".join(process.info["cmdline"] or []) for process in psutil.process_iter(["cmdline"])}
    left = [process for process, words in said.items() if MODULE in words and f"{mine} " in words]
    _, slow = psutil.wait_procs(left, GRACE)
    for process in slow:
        process.kill()
    psutil.wait_procs(slow)


def _check(task: TrainLora, context: Context) -> None:
    from jobs.families import choose_device

    device = choose_device(context.device)
    if device.type == "cuda":
        import torch

        have = torch.cuda.device_count()
        if have < task.processes:
            raise BadInput(f"{task.processes} processes were asked for, and there are {have} GPUs. Ask for {have}.")


def _command(processes: int, context: Context) -> list[str]:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    launch = [sys.executable, "-m", "accelerate.commands.launch", "--multi_gpu", "--num_machines", "1"]
    launch += ["--num_processes", str(processes), "--main_process_port", str(port)]
    launch += ["--mixed_precision", "no", "--dynamo_backend", "no", "--module", MODULE]
    return [*launch, *_whose(context), "--attempt", str(context.attempts), "--device", context.device]


def _whose(context: Context) -> list[str]:
    """The job that processes work for, as their command line says it."""
    return ["--home", str(context.home), "--job", str(context.job_id)]


def _end(outcome: Path, context: Context) -> None:
    """End as the first process did."""
    try:
        said = json.loads(outcome.read_text())
    except (OSError, ValueError):
        said = {"end": "lost"}
    if said["end"] == "stopped":
        raise Stopped
    if said["end"] == "paused":
        raise Paused
    if said["end"] == "failed":
        raise StudioError(said["message"])
    if said["end"] != "done":
        raise StudioError(
            f"The processes that trained together ended without a word; the end of {context.folder.name}/crew.log in "
            "the jobs folder says more. Resume the job; it goes on from its last checkpoint."
        )


# ── in each of the processes ─────────────────────────────────────────────────
def main(arguments: Sequence[str] | None = None) -> int:
    """One of several processes of a run."""
    parser = argparse.ArgumentParser(prog="python -m jobs.engines.together", description="One of several processes.")
    parser.add_argument("--home", type=Path, required=True, help="the store's folder")
    parser.add_argument("--job", type=int, required=True, help="the job's number")
    parser.add_argument("--attempt", type=int, required=True, help="how often the job was begun")
    parser.add_argument("--device", default="auto", help="auto, cpu, cuda")
    options = parser.parse_args(arguments)
    leaving = threading.Event()
    threading.Thread(target=_leave_with_worker, args=(leaving,), name="worker", daemon=True).start()
    outcome = outcome_of(options.home / "jobs" / str(options.job), options.attempt)
    try:
        first = _run(options.home, options.job, options.device, leaving)
    except Stopped:
        return _broken_off(outcome, {"end": "stopped"})
    except Paused:
        return _broken_off(outcome, {"end": "paused"})
    except StudioError as error:
        return _broken_off(outcome, {"end": "failed", "message": str(error)})
    if first:
        outcome.write_text(json.dumps({"end": "done"}))
    return 0


def _broken_off(outcome: Path, end: dict[str, str]) -> int:
    """Say why, unless another said it before; a status that makes the launcher end the other processes too."""
    try:
        with outcome.open("x") as file:
            json.dump(end, file)
    except FileExistsError:
        pass
    sys.stdout.flush()
    os._exit(1)


def _run(home: Path, number: int, device: str, leaving: threading.Event) -> bool:
    """Take part in the run; whether this is the first process."""
    from jobs.context import Context
    from jobs.families import choose_device
    from jobs.listener import Listener
    from jobs.shelf import Shelf
    from jobs.training.crew import Together
    from jobs.training.run import Run, full_disk_told
    from jobs.worker import request, set_threads
    from storage import queue
    from storage.database import Store

    settings = Settings().at(home)
    set_threads(settings.threads)
    crew = Together(cpu=choose_device(device).type == "cpu")
    store = Store.open(settings)
    job = queue.get(store, number)
    kind = Context if crew.rank == 0 else Listener
    context = kind(store, job, Shelf(crew.device), crew.device, leaving)
    with full_disk_told():
        run = Run(request(job), context, crew)  # type: ignore[arg-type]
        run.go() if crew.rank == 0 else run.help()
    crew.close()
    return crew.rank == 0


def _leave_with_worker(leaving: threading.Event) -> None:
    """Standard input ends when the worker lets go, or is gone."""
    while os.read(sys.stdin.fileno(), 1):
        continue
    leaving.set()
    time.sleep(GRACE)
    os._exit(1)


if __name__ == "__main__":
    sys.exit(main())
