"""The verbs of presets: blends that a person keeps under a name."""

from __future__ import annotations

from typing import Any

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlmodel import Session

from storage.database import Store
from storage.errors import BadInput, NotFound
from storage.names import clean
from storage.tables import Preset, now


def all(store: Store, project_id: int) -> list[Preset]:
    """The project's presets, by name."""
    query = select(Preset).where(Preset.project_id == project_id, Preset.deleted.is_(None))
    with store.session() as session:
        return list(session.scalars(query.order_by(Preset.name)))


def save(store: Store, project_id: int, name: str, blend: list[dict[str, Any]]) -> Preset:
    """Keep a blend under a name; one of that name is replaced. `BadInput` if nothing is in it."""
    name = clean(name, "A preset")
    if not blend:
        raise BadInput("There is nothing to keep: no LoRA is heard. Move a slider first.")
    with store.session() as session:
        row = session.scalars(select(Preset).where(Preset.project_id == project_id, Preset.name == name)).first()
        row = row or Preset(project_id=project_id, name=name)
        row.blend = blend
        session.add(row)
        session.commit()
        return row


def rename(store: Store, preset_id: int, name: str) -> None:
    """Give a preset another name. `BadInput` if that is taken."""
    with store.session() as session:
        row = _there(session, preset_id)
        row.name = clean(name, "A preset")
        _commit(session, row.name)


def drop(store: Store, preset_id: int) -> None:
    """Delete a preset; `restore` brings it back. Its name becomes free."""
    with store.session() as session:
        row = _there(session, preset_id)
        if row.deleted is None:
            row.deleted, row.name = now(), f"{row.name}\u0000{row.id}"
            session.commit()


def restore(store: Store, preset_id: int) -> None:
    """Bring a deleted preset back. `BadInput` if its name is taken by now."""
    with store.session() as session:
        row = _there(session, preset_id)
        row.deleted, row.name = None, row.name.partition("\u0000")[0]
        _commit(session, row.name)


def _there(session: Session, preset_id: int) -> Preset:
    row = session.get(Preset, preset_id)
    if row is None:
        raise NotFound(f"There is no preset number {preset_id}.")
    return row


def _commit(session: Session, name: str) -> None:
    try:
        session.commit()
    except IntegrityError as error:
        raise BadInput(f"There is a preset called “{name}” already. Choose another name.") from error
