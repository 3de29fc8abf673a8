"""Base models on the page: where each lies, what it takes, another VAE, and downloading what is on the hub."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from jobs import folder
from jobs.planning.ground import Ground
from jobs.planning.memory import Load, peak, weights
from storage import bases, queue
from storage.database import Store
from storage.tables import Base, Job
from studio import told
from studio.asking import ask
from studio.scene import Action, Scene
from studio.words import Words

USUAL_RANK = 16
"""The rank of the LoRA that a card reckons training with."""


def declare(scene: Scene) -> None:
    """Offer what can be done with base models."""
    words = scene.words

    def list_bases(store: Store) -> list[dict[str, Any]]:
        """Every base model: name, family, source, vae, whether it is here, its bytes on disk, and what drawing and training need of memory."""
        fetching = {job.request.get("base"): job for job in queue.recent(store, task="fetch", limit=20)[::-1]}
        return [_card(words, row, fetching.get(row.name)) for row in bases.all(store)]

    def fetch_base(store: Store, project: int, base: int) -> int:
        """Download a base model that was added by its name on the hub; answers the job's number."""
        row = bases.get(store, base)
        return ask(scene, "fetch", folder.task("fetch").model_validate({"base": row.name}), project)

    of_bases: tuple[Action, ...] = (list_bases, add_base, set_vae, fetch_base, remove_base, restore_base)
    for fn in of_bases:
        scene.action(fn)


def _card(words: Words, row: Base, job: Job | None) -> dict[str, Any]:
    keys = ("id", "name", "family", "source", "vae")
    ground = Ground.of(row.family, row.source)
    load = Load(ground.native**2, 1, USUAL_RANK, half=True, checkpointing=True)
    open_job = job is not None and (job.state in ("queued", "running") or job.state == "failed")
    return {key: getattr(row, key) for key in keys} | {
        "here": bases.place(row.source) is not None,
        "hub": not Path(row.source).expanduser().exists() and bool(bases.HUB_NAME.fullmatch(row.source)),
        "bytes": bases.size(row.source),
        "draws": weights(row.family, ground),
        "trains": peak(row.family, ground, load),
        "native": ground.native,
        "fetching": told.brief(words, job) if open_job and job is not None else None,
    }


def add_base(store: Store, name: str, source: str, family: str = "", vae: str = "") -> int:
    """Make a base model known: a diffusers folder, a .safetensors file or a hub name; answers its number.

    `vae` is another VAE than its own, in the same three ways.
    """
    name = name.strip() or Path(source.strip()).stem
    return bases.add(store, name, source, family, vae).id


def set_vae(store: Store, base: int, vae: str = "") -> None:
    """Give a base model another VAE than its own, or with '' its own again."""
    bases.set_vae(store, base, vae)


def remove_base(store: Store, base: int) -> None:
    """Forget a base model; its files stay. `restore_base` brings it back."""
    bases.remove(store, base)


def restore_base(store: Store, base: int) -> None:
    """Know a base model again."""
    bases.restore(store, base)
