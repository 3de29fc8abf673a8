"""The page served for a test, in this process or in one of its own."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import httpx
import uvicorn

from storage.database import Store
from storage.settings import Settings


def free_port() -> int:
    """A port nobody listens on now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


@contextmanager
def serving(store: Store, settings: Settings) -> Iterator[str]:
    """The page of a store, served from a thread; its address."""
    from studio.page import app

    port = free_port()
    server = uvicorn.Server(
        uvicorn.Config(app(store, settings), port=port, log_level="error", timeout_graceful_shutdown=1)
    )
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    until = time.monotonic() + 60
    while not server.started and time.monotonic() < until:
        time.sleep(0.05)
    try:
        yield f"http://127.0.0.1:{port}"
    finally:
        server.should_exit = True
        thread.join(15)


def call(address: str, name: str, *data: Any, language: str = "") -> Any:
    """What an endpoint answers; an error's sentence is raised as a `RuntimeError`."""
    root = f"{address}/{language}" if language else address
    answer = httpx.post(f"{root}/gradio_api/run/{name}", json={"data": list(data)}, timeout=60)
    if answer.status_code != 200:
        raise RuntimeError(answer.json()["error"])
    found = answer.json()["data"]
    return found[0] if found else None
