"""The verbs of the library's LoRAs."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from sqlalchemy import select, update

from storage import queue
from storage.database import Store
from storage.errors import BadInput, NotFound
from storage.names import clean
from storage.tables import Job, Lora, Picture, now

FARTHEST = 4.0
"""A weight is at most this, either way (jobs.task.Weight)."""

MOST_TAGS = 20


def keep(
    store: Store,
    job: Job,
    path: Path,
    preview: str | int = "",
    embeddings: Mapping[str, Path] | None = None,
    **facts: Any,
) -> int:
    """Put a file that a job made into the library; returns its id.

    Args:
        preview: the name of a stored file, or the number of a kept picture.
        embeddings: new token → the file of what was learned for it.
        **facts: columns of `Lora`: name, family, base, trigger, rank, settings, step, final, …
    """
    file = store.files.add_file(path)
    tokens = {token: store.files.add_file(found) for token, found in (embeddings or {}).items()}
    with store.session() as session:
        queue.still_mine(session, job)
        if isinstance(preview, int):
            preview = session.scalar(select(Picture.file).where(Picture.id == preview)) or ""
        row = Lora(project_id=job.project_id, job_id=job.id, file=file, preview=preview, tokens=tokens, **facts)
        session.add(row)
        session.commit()
        return row.id


def add(store: Store, project_id: int, path: Path, **facts: Any) -> Lora:
    """Put a file from elsewhere into the library; `facts` are columns of `Lora`."""
    row = Lora(project_id=project_id, file=store.files.add_file(path), **facts)
    with store.session() as session:
        session.add(row)
        session.commit()
        return row


def get(store: Store, lora_id: int) -> Lora:
    """The LoRA of that number, deleted or not."""
    with store.session() as session:
        row = session.get(Lora, lora_id)
    if row is None:
        raise NotFound(f"There is no LoRA number {lora_id} in the library.")
    return row


def embeddings(store: Store, row: Lora) -> dict[str, Path]:
    """The files of a LoRA's new tokens, by token."""
    return {token: store.files.path(file) for token, file in row.tokens.items()}


def all(store: Store, project_id: int, checkpoints: bool = False) -> list[Lora]:
    """The project's LoRAs, the newest first; the checkpoints of runs only if asked for."""
    query = select(Lora).where(Lora.project_id == project_id, Lora.deleted.is_(None))
    if not checkpoints:
        query = query.where(Lora.final)
    with store.session() as session:
        return list(session.scalars(query.order_by(Lora.id.desc())))


def of_job(store: Store, job_id: int) -> list[Lora]:
    """The checkpoints and the final LoRA of one run, by step."""
    query = select(Lora).where(Lora.job_id == job_id, Lora.deleted.is_(None)).order_by(Lora.step, Lora.id)
    with store.session() as session:
        return list(session.scalars(query))


def named(store: Store, project_id: int, name: str) -> Lora:
    """The newest finished LoRA of that name; `NotFound` says which there are."""
    rows = all(store, project_id)
    for row in rows:
        if row.name == name:
            return row
    known = ", ".join(dict.fromkeys(row.name for row in rows)) or "none yet"
    raise NotFound(f"There is no LoRA called “{name}” in this project (there are: {known}).")


def change(store: Store, lora_id: int, **facts: Any) -> None:
    """Change columns of a LoRA: name, trigger, tags, tokens, weight, weight_min, weight_max, preview.

    Raises:
        BadInput: the name cannot be one, or the weights do not go together.
    """
    if "name" in facts:
        facts["name"] = clean_name(facts["name"])
    if "tags" in facts:
        facts["tags"] = list(dict.fromkeys(" ".join(tag.split()) for tag in facts["tags"] if tag.strip()))[:MOST_TAGS]
    if facts.keys() & {"weight", "weight_min", "weight_max"}:
        row = get(store, lora_id)
        _check_weights(*(facts.get(key, getattr(row, key)) for key in ("weight_min", "weight", "weight_max")))
    _set(store, lora_id, **facts)


def clean_name(name: str) -> str:
    """The name as a LoRA can have it; `BadInput` says why it cannot."""
    return clean(name, "A LoRA")


def _check_weights(least: float, usual: float, most: float) -> None:
    if not -FARTHEST <= least <= usual <= most <= FARTHEST or least == most:
        raise BadInput(
            f"The weights {least:g}, {usual:g} and {most:g} do not go together. The usual one lies between the least and "
            f"the most, all of them from {-FARTHEST:g} to {FARTHEST:g}."
        )


def promote(store: Store, lora_id: int) -> None:
    """Make a checkpoint the LoRA of its run; what was it until now becomes a checkpoint. Names go with the place."""
    row = get(store, lora_id)
    if row.job_id is None or row.final:
        return
    with store.session() as session:
        old = session.scalars(select(Lora).where(Lora.job_id == row.job_id, Lora.final, Lora.deleted.is_(None))).all()
        own, name = session.get_one(Lora, lora_id), row.name.partition(" · ")[0]
        for other in old:
            name = other.name
            other.final, other.name = False, f"{other.name} · step {other.step}"
        own.final, own.name = True, name
        session.commit()


def drop(store: Store, lora_id: int) -> None:
    """Take a LoRA out of the library; `restore` brings it back."""
    _set(store, lora_id, deleted=now())


def restore(store: Store, lora_id: int) -> None:
    """Bring a LoRA back into the library."""
    _set(store, lora_id, deleted=None)


def forget_after(store: Store, job_id: int, step: int) -> None:
    """Take away the checkpoints of a job past `step`."""
    with store.session() as session:
        session.execute(update(Lora).where(Lora.job_id == job_id, Lora.step > step).values(deleted=now()))
        session.commit()


def _set(store: Store, lora_id: int, **facts: Any) -> None:
    with store.session() as session:
        session.execute(update(Lora).where(Lora.id == lora_id).values(**facts))
        session.commit()
