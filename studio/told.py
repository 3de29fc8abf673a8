"""How the page speaks of a job: its title, note and error in the page's language."""

from __future__ import annotations

from typing import Any

from storage.tables import Job
from studio.words import Words


def title(words: Words, job: Job) -> str:
    """What a job does, in a few words."""
    key = f"title.{job.task}"
    named = {name: value for name, value in job.request.items() if isinstance(value, str) and value.strip()}
    if "prompt" in named:
        named["prompt"] = " ".join(named["prompt"].split())[:60]
    said = words(key, **named) if words.has(key) else job.title
    return job.title if "{" in said else said


def brief(words: Words, job: Job) -> dict[str, Any]:
    """A job in a few facts; `left` are seconds."""
    keys = ("id", "project_id", "task", "lane", "state", "wish", "progress", "step", "steps", "attempts")
    facts = {key: getattr(job, key) for key in keys}
    spoken = {"title": title(words, job), "note": words.error(job.note), "error": words.error(job.error)}
    return facts | spoken | {"left": job.seconds_left}
