"""What was done to a data set, told in the page's language, and taken back one step at a time."""

from __future__ import annotations

from typing import Any

from storage import changes
from storage.changes import Told
from storage.database import Store
from storage.tables import Change
from studio.scene import Scene
from studio.words import Words


def declare(scene: Scene) -> None:
    """Offer the endpoints that list and undo changes of pictures and captions."""
    words = scene.words

    def list_changes(store: Store, dataset: int) -> list[dict[str, Any]]:
        """What was done to a data set's pictures and captions and not undone, the newest first."""
        return [
            {"id": row.id, "kind": row.kind, "say": say(words, row), "n": row.n, "when": row.created.isoformat()}
            for row in changes.told(store, dataset)
        ]

    for fn in (list_changes, undo_change):
        scene.action(fn)


def undo_change(store: Store, change: int) -> dict[str, int]:
    """Take one change back: how many pictures are as before, and how many were changed since and stay."""
    back, kept = changes.undo(store, change)
    return {"back": back, "kept": kept}


def step(words: Words, store: Store, change: Change) -> dict[str, Any]:
    """A change that was just made: its number, and the sentence that tells of it."""
    row = Told(change.id, change.kind, change.facts, changes.size(store, change), change.created)
    return {"change": change.id, "say": say(words, row)}


def say(words: Words, row: Told) -> str:
    """One change in a few words; a part of a data set is told by its name."""
    facts = {key: named(words, value) if key == "split" else value for key, value in row.facts.items()}
    key = f"change.{row.kind}"
    return words(key if words.has(key) else "change.other", **{**facts, "n": row.n})


def named(words: Words, split: str) -> str:
    """A part of a data set as the page calls it."""
    return words(f"split.{split}")
