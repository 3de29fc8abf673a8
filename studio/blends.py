"""The mixing desk as the page asks for it: the LoRAs with their checkpoints, their range, and blends kept by name."""

from __future__ import annotations

from typing import Any

from jobs.planning.ground import Ground
from storage import bases, loras, presets
from storage.database import Store
from storage.tables import Lora
from studio.scene import Scene

CARD = ("id", "name", "family", "base", "trigger", "preview", "weight", "weight_min", "weight_max", "step")


def declare(scene: Scene) -> None:
    """Offer the endpoints of the mixing desk."""
    for fn in (list_desk, list_presets, save_preset, rename_preset, delete_preset, restore_preset):
        scene.action(fn)


def list_desk(store: Store, project: int) -> dict[str, Any]:
    """The LoRAs to mix, the newest first, each with the `checkpoints` of its run; and each base's family and native side."""
    runs: dict[object, list[Lora]] = {}
    for row in loras.all(store, project, checkpoints=True):
        runs.setdefault(row.job_id or f"lora {row.id}", []).append(row)
    return {
        "loras": [_channel(row, run) for run in runs.values() for row in _heads(run)],
        "bases": {
            row.name: {"family": row.family, "native": Ground.of(row.family, row.source).native}
            for row in bases.all(store)
        },
    }


def _heads(run: list[Lora]) -> list[Lora]:
    """The finished LoRAs of a run, or its newest checkpoint where it was broken off."""
    return [row for row in run if row.final] or run[:1]


def _channel(row: Lora, run: list[Lora]) -> dict[str, Any]:
    steps = [{"id": one.id, "step": one.step} for one in sorted(run, key=lambda one: one.step) if not one.final]
    return {key: getattr(row, key) for key in CARD} | {"checkpoints": [one for one in steps if one["id"] != row.id]}


def list_presets(store: Store, project: int) -> list[dict[str, Any]]:
    """The blends that are kept by name."""
    return [{"id": row.id, "name": row.name, "blend": row.blend} for row in presets.all(store, project)]


def save_preset(store: Store, project: int, name: str, blend: list[dict[str, Any]]) -> int:
    """Keep a blend under a name, in place of the one of that name; answers its number."""
    parts = []
    for part in blend:
        row = loras.get(store, int(part["lora"]))
        kept = {"lora": row.id, "name": row.name, "weight": float(part.get("weight", 1.0))}
        parts.append(
            kept | {name: float(part[name]) for name in ("text", "start", "end") if part.get(name) is not None}
        )
    return presets.save(store, project, name, parts).id


def rename_preset(store: Store, preset: int, name: str) -> None:
    """Give a kept blend another name."""
    presets.rename(store, preset, name)


def delete_preset(store: Store, preset: int) -> None:
    """Delete a kept blend; `restore_preset` brings it back."""
    presets.drop(store, preset)


def restore_preset(store: Store, preset: int) -> None:
    """Bring a kept blend back."""
    presets.restore(store, preset)
