"""Many pictures at once: read, checked and stored by several threads, handed on in the order in which they were given.

Decoding, shrinking, encoding and writing let other threads work, so every core does its share; no more pictures are
in memory than there are threads, and one large picture at a time.
"""

from __future__ import annotations

import hashlib
import os
import threading
from collections import deque
from collections.abc import Container, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import nullcontext
from dataclasses import dataclass

from storage import kinds, sources, uploads
from storage.database import Store
from storage.errors import BadPicture, StoreUnusable
from storage.formats.row import Row

LARGE = 24_000_000
"""Pixels from which a picture is read while no other large one is."""

MOST_THREADS, SPARE = 8, 1
"""Threads at most, and how many more than cores: one waits for the disk while the others compute."""


@dataclass(frozen=True, slots=True)
class Taken:
    """What came of one file: its name in the store and its size in pixels, or the sentence that refuses it."""

    row: Row
    file: str = ""
    size: tuple[int, int] = (0, 0)
    notes: tuple[str, ...] = ()
    refused: str = ""


def each(store: Store, rows: Sequence[Row], known: Container[str]) -> Iterator[Taken]:
    """Store the pictures of these rows. Those whose bytes are `known` by name are not decoded again."""
    threads = min(MOST_THREADS, len(os.sched_getaffinity(0)) + SPARE, max(1, len(rows)))
    large = threading.Lock()
    waiting: deque[Future[Taken]] = deque()
    with ThreadPoolExecutor(threads, thread_name_prefix="import") as pool:
        try:
            for row in rows:
                waiting.append(pool.submit(_take, store, row, known, large))
                if len(waiting) > 2 * threads:
                    yield waiting.popleft().result()
            while waiting:
                yield waiting.popleft().result()
        finally:
            for future in waiting:
                future.cancel()


def _take(store: Store, row: Row, known: Container[str], large: threading.Lock) -> Taken:
    try:
        content = _content(row, store.settings.largest_upload)
        digest = hashlib.sha256(content).hexdigest()
        name = digest + kinds.STAYING.get(kinds.of(content), "")
        if name in known:
            return Taken(row, name, uploads.size(content))
        checked = uploads.check(content, row.name, store.settings, lambda n: large if n > LARGE else nullcontext())
        file = _keep(store, checked, digest if checked.content is content else "")
        return Taken(row, file, checked.picture.size, checked.notes)
    except BadPicture as error:
        return Taken(row, refused=str(error))


def _keep(store: Store, checked: uploads.Checked, digest: str) -> str:
    try:
        file = store.files.add_bytes(checked.content, checked.suffix, digest)
        if not store.files.thumbnail_path(file).exists():
            store.files.keep_thumbnail(file, checked.picture)
    except OSError as error:
        raise StoreUnusable(
            f"The store in {store.home} cannot be written ({sources.reason(error)}). "
            "Make room or make it writable, then import again: what is in stays in."
        ) from error
    return file


def _content(row: Row, most: int) -> bytes:
    try:
        if row.source.size() > most:
            raise BadPicture(
                f"{row.name} has {row.source.size() / 2**20:.0f} MB; {most / 2**20:.0f} MB is the most. "
                "Make it smaller first."
            )
        return row.source.read()
    except OSError as error:
        raise BadPicture(f"{row.name} cannot be read ({sources.reason(error)}). It was left out.") from error
