"""The page served for a test, in this process or in one of its own."""

from __future__ import annotations

import asyncio
import os
import random
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


class Lag:
    """An app behind a slow and uneven line: what is asked of it waits up to `seconds`, and so does its answer.

    Pages whose parts do not wait for one another show it. `LAG=2 python -m pytest tests/test_browser_page.py`
    """

    def __init__(self, app: Any, seconds: float) -> None:
        self.app, self.seconds, self.chance = app, seconds, random.Random(0)

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] != "http" or scope["method"] != "POST":
            return await self.app(scope, receive, send)

        async def late(message: Any) -> None:
            if message["type"] == "http.response.start":
                await self._wait()
            await send(message)

        await self._wait()
        return await self.app(scope, receive, late)

    async def _wait(self) -> None:
        await asyncio.sleep(self.chance.uniform(0, self.seconds))


@contextmanager
def serving(store: Store, settings: Settings) -> Iterator[str]:
    """The page of a store, served from a thread; its address."""
    from studio.page import app

    port, whole = free_port(), app(store, settings)
    if lag := float(os.environ.get("LAG", 0)):
        whole = Lag(whole, lag)
    server = uvicorn.Server(uvicorn.Config(whole, port=port, log_level="error", timeout_graceful_shutdown=1))
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
