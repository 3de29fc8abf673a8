"""A request to download a base model, from its row to the files on this machine."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from jobs.fetching.download import fetch, look
from storage.bases import HUB_NAME

if TYPE_CHECKING:
    from jobs.context import Context
    from jobs.tasks.fetch import FetchBase

GRAIN = 1 << 20
"""Progress is told in megabytes."""


def run_fetch(task: FetchBase, context: Context) -> None:
    """Bring a base model, and the VAE that is named for it, onto this machine."""
    base = context.base(task.base)
    wanted = [(name, vae) for name, vae in ((base.source, False), (base.vae, True)) if _on_the_hub(name)]
    if not wanted:
        context.log(f"{base.name} is on this machine already: {base.source}")
        return
    context.progress(0, 1, "Asking the hub")
    listings = [look(name, vae, task.endpoint or None) for name, vae in wanted]
    total = sum(listing.bytes for listing in listings)
    context.log(f"{base.name}: {total / 2**30:.2f} GB in {sum(len(listing.files) for listing in listings)} files.")
    done = 0

    def told(count: int) -> None:
        nonlocal done
        done += count
        context.progress(min(done, total) // GRAIN, max(1, total // GRAIN), "Downloading")

    for listing in listings:
        fetch(listing, told, task.endpoint or None)
    context.result(base=base.id, bytes=total)
    context.log(f"{base.name} is on this machine.")


def _on_the_hub(source: str) -> bool:
    return bool(source) and not Path(source).expanduser().exists() and bool(HUB_NAME.fullmatch(source))
