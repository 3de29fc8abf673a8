"""The verbs of the library's LoRAs."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from sqlalchemy import select, update

from storage import queue
from storage.database import Store
from storage.errors import NotFound
from storage.names import clean
from storage.tables import Job, Lora, Picture, now


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
    """Change columns of a LoRA: name, trigger, weight, weight_min, weight_max, preview."""
    if "name" in facts:
        facts["name"] = clean(facts["name"], "A LoRA")
    _set(store, lora_id, **facts)


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
