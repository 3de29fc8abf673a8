"""What an evaluation finds becomes how a LoRA is used: its best checkpoint, its slider. Each verb tells what undoes it."""

from __future__ import annotations

from typing import Any

from sqlalchemy import select, update

from storage import evaluations, loras, ranking
from storage.database import Store
from storage.errors import BadInput
from storage.suggesting import Suggestion
from storage.tables import Lora

KEPT = ("id", "name", "final", "weight", "weight_min", "weight_max", "tags", "preview")
"""Columns of `Lora` that a verdict may change."""

Before = list[dict[str, Any]]
"""Those columns of the rows that were changed, as they were; `undo` takes it."""


def make_default(store: Store, evaluation_id: int, contestant_id: int = 0) -> Before:
    """Make a contestant's checkpoint the LoRA of its run: the one that is found by the run's name, in the Library and in
    the list of LoRAs. Its name, tags and picture go over to it; what was the LoRA until now becomes a checkpoint.

    Args:
        contestant_id: 0: the first place by the usual weights.

    Raises:
        BadInput: the contestant is no checkpoint of a run.
    """
    look = evaluations.look(store, evaluation_id)
    chosen = contestant_id or ranking.first(look)
    found = next((one for one in look["contestants"] if one["id"] == chosen), None)
    row = loras.get(store, found["lora"]) if found and found["lora"] else None
    if row is None or row.job_id is None or row.deleted is not None:
        raise BadInput("Only a checkpoint that is still in the library can become the LoRA. Choose another place.")
    same = loras.of_job(store, row.job_id)
    before = [_kept(one) for one in same if one.final or one.id == row.id]
    loras.promote(store, row.id)
    for old in same:
        if old.final and old.id != row.id:
            facts: dict[str, Any] = {"tags": old.tags} | ({} if row.preview else {"preview": old.preview})
            loras.change(store, row.id, **facts)
    return before


def set_slider(store: Store, lora_id: int, suggestion: Suggestion) -> Before:
    """Let a LoRA's slider begin at the best weight and run between the ends of the suggested range.

    A range of one weight is widened to a tenth either side.
    """
    before = [_kept(loras.get(store, lora_id))]
    low, high = suggestion.low, suggestion.high
    if low == high:
        low, high = max(-loras.FARTHEST, low - 0.1), min(loras.FARTHEST, high + 0.1)
    loras.change(store, lora_id, weight=suggestion.best, weight_min=low, weight_max=high)
    return before


def undo(store: Store, before: Before) -> None:
    """Put LoRAs back as they were before a verdict."""
    with store.session() as session:
        known = set(session.scalars(select(Lora.id).where(Lora.id.in_([row["id"] for row in before]))))
        for row in before:
            if row["id"] in known:
                values = {name: row[name] for name in KEPT[1:]}
                session.execute(update(Lora).where(Lora.id == row["id"]).values(**values))
        session.commit()


def _kept(row: Lora) -> dict[str, Any]:
    return {name: getattr(row, name) for name in KEPT}
