"""Asking for work: a task becomes a row in the queue, and workers do the rest."""

from __future__ import annotations

from jobs.task import Task
from storage import projects, queue
from studio.scene import Scene


def ask(scene: Scene, name: str, task: Task, project: int) -> int:
    """Put a task into the queue of a project (the first one if it is 0); answers the job's number."""
    home = projects.get(scene.store, project) if project else projects.first(scene.store)
    return queue.add(scene.store, home.id, name, task, title=task.title(), lane=task.lane).id
