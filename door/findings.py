"""What the checks found in a data set, the export doctor in a LoRA, or a captioner in a picture, for the terminal."""

from __future__ import annotations

from storage import datasets, inspections
from storage.database import Store
from storage.tables import Image, Job

MOST_NAMED = 6
"""Pictures that are named beside a check; more are counted."""

SAID = {
    "problem": "cannot be read",
    "small": "under 256 px",
    "blurred": "blurred",
    "dark": "too dark",
    "bright": "too bright",
    "flat": "hardly any contrast",
    "twin": "look the same",
    "intruder": "a face unlike the rest",
    "faceless": "no face",
    "several": "several faces",
    "bare": "no caption",
    "untriggered": "no trigger word",
    "long": "caption too long",
    "unlike": "caption fits others better",
}


def lines(store: Store, job: Job) -> list[str]:
    """The findings of the data set that a job looked over: how many, which checks, and whom it shows."""
    dataset = datasets.named(store, job.project_id, job.request["dataset"])
    summary = inspections.summary(store, dataset.id)
    flagged = inspections.flagged(store, dataset.id)
    told = [f"{dataset.name}: {summary.inspected} of {summary.pictures} pictures looked at."]
    told += [_row(SAID[check], len(images), _names(images)) for check, images in flagged.items()]
    if not flagged:
        told.append("Nothing is wrong with them.")
    if summary.framings:
        told.append(_counts("framing", {name or "no face": n for name, n in summary.framings.items()}))
    if summary.people:
        told.append(_counts("who is who", {f"person {who}": n for who, n in summary.people.items()}))
    return told


def of_lora(store: Store, job: Job) -> list[str]:
    """What the export doctor found, by tool."""
    told: list[str] = []
    for tool in dict.fromkeys(line["tool"] for line in job.result["report"]):
        told.append(tool)
        told += [
            f"  {'✓' if line['ok'] else '✗'} {line['said']}" for line in job.result["report"] if line["tool"] == tool
        ]
    return told


def _row(said: str, count: int, more: str) -> str:
    return f"  {said:28}{count:5}  {more}"


def _names(images: list[Image]) -> str:
    named = ", ".join(image.name for image in images[:MOST_NAMED])
    return named if len(images) <= MOST_NAMED else f"{named}, and {len(images) - MOST_NAMED} more"


def _counts(said: str, counts: dict[str, int]) -> str:
    most = sorted(counts.items(), key=lambda pair: -pair[1])[:MOST_NAMED]
    more = f", and {len(counts) - MOST_NAMED} more" if len(counts) > MOST_NAMED else ""
    return _row(said, len(counts), ", ".join(f"{name} {count}" for name, count in most) + more)


def of_picture(store: Store, job: Job) -> list[str]:
    """What a picture was described as."""
    return [str(job.result.get("prompt", ""))]
