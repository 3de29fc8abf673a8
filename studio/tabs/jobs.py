"""Jobs: what waits, runs and is done, with its log, and what can be asked of it."""

from __future__ import annotations

from typing import Any

from jobs import folder
from storage import queue
from storage.database import Store
from storage.errors import BadInput
from storage.tables import Job
from studio import told
from studio.parts import part
from studio.scene import Scene
from studio.words import Words

ORDER, ICON = 80, "≡"


def draw(scene: Scene) -> None:
    """The list of jobs."""
    part("jobs", elem_id="jobs")
    words = scene.words

    def list_jobs(store: Store, project: int = 0, limit: int = 60) -> list[dict[str, Any]]:
        """Jobs, the newest first, of one project or (0) of all; a waiting one says what it waits for."""
        waiting = queue.open_jobs(store)
        rows = queue.recent(store, project or None, limit=limit)
        return [_shown(words, row) | {"waits_for": _ahead(words, row, waiting)} for row in rows]

    def look_job(store: Store, job: int) -> dict[str, Any]:
        """One job with what was asked and its log."""
        row = queue.get(store, job)
        lines = [
            {"text": words.error(line.text), "when": line.created.isoformat()} for line in queue.log_lines(store, job)
        ]
        return _shown(words, row) | {"request": row.request, "log": lines}

    for fn in (list_jobs, look_job, stop_job, quit_job, pause_job, resume_job, again_job):
        scene.action(fn)


def _ahead(words: Words, job: Job, waiting: list[Job]) -> str:
    """The title of the job that has to end before this one begins."""
    if job.state != "queued":
        return ""
    before = [other for other in waiting if other.lane == job.lane and other.id != job.id]
    running = [other for other in before if other.state == "running"]
    queued = [other for other in before if other.state == "queued" and other.id < job.id]
    first = (queued[-1:] or running)[:1]
    return told.title(words, first[0]) if first else ""


def _shown(words: Words, job: Job) -> dict[str, Any]:
    times = {"created": job.created, "started": job.started, "ended": job.ended}
    moments = {name: moment and moment.isoformat() for name, moment in times.items()}
    return told.brief(words, job) | moments | {"result": job.result, "known": job.task in folder.names("jobs.tasks")}


def stop_job(store: Store, job: int) -> None:
    """Stop a job; what it made so far is kept."""
    queue.get(store, job)
    queue.stop(store, job)


def quit_job(store: Store, job: int) -> None:
    """Stop a job at once, in the middle of what it does; what it wrote before stays, and `resume_job` goes on from it."""
    queue.get(store, job)
    queue.stop(store, job, at_once=True)


def pause_job(store: Store, job: int) -> None:
    """Pause a job; its state is saved and `resume_job` goes on."""
    queue.get(store, job)
    queue.pause(store, job)


def resume_job(store: Store, job: int) -> None:
    """Let a paused, stopped or failed job go on from its last checkpoint."""
    queue.get(store, job)
    queue.resume(store, job)


def again_job(store: Store, job: int) -> int:
    """Ask for the same once more; answers the new job's number."""
    row = queue.get(store, job)
    if row.task not in folder.names("jobs.tasks"):
        raise BadInput(f"There is no kind of job called “{row.task}” any more. This one cannot be asked for again.")
    return queue.again(store, job).id
