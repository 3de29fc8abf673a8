"""Serve the page and start the workers (what happens without a command)."""

from __future__ import annotations

import argparse
import importlib.util
import signal
import socket
import sys
import threading
import time
from types import FrameType

from door import rooms
from jobs.engines.local import Local
from storage.database import Store
from storage.errors import BadInput
from storage.settings import Settings

ANSWERS = 60.0
"""Seconds that the page has for its first answer before the workers are started all the same."""


def options(parser: argparse.ArgumentParser) -> None:
    """Where the page is served."""
    parser.add_argument(
        "--host", default="127.0.0.1", help="address to listen on; 0.0.0.0 for every network [127.0.0.1]"
    )
    parser.add_argument("--port", type=int, default=7860, help="port to listen on [7860]")
    parser.add_argument("--mcp", action="store_true", help="let assistants use the studio's tools (STUDIO_MCP=1)")
    parser.add_argument("--demo", action="store_true", help="make the demonstration project if there is none")


def run(options: argparse.Namespace) -> int:
    """Serve until Ctrl+C or SIGTERM; what is being worked on then goes on at the next start."""
    settings = rooms.settings(options)
    if options.mcp:
        settings = settings.model_copy(update={"mcp": True})
    _check_mcp(settings)
    store = Store.open(settings)
    _check_port(options.host, options.port)
    engine = Local(store, settings)
    signal.signal(signal.SIGTERM, _leave)
    threading.Thread(target=_open, args=(store, engine, options), name="opening", daemon=True).start()
    try:
        from studio.page import serve

        serve(store, settings, options.host, options.port)
    except KeyboardInterrupt:
        print("Closing …", file=sys.stderr)
    finally:
        engine.stop()
    return 0


def _open(store: Store, engine: Local, options: argparse.Namespace) -> None:
    """The page first, so that nobody waits for it; then the demonstration, and the workers, which take seconds."""
    host = "127.0.0.1" if options.host in ("0.0.0.0", "::") else options.host
    until = time.monotonic() + ANSWERS
    while not _answers(host, options.port) and time.monotonic() < until:
        time.sleep(0.1)
    if options.demo:
        from door import demonstration

        demonstration.ensure(store)
    if store.settings.mcp:
        print(f"Assistants find its tools at http://{host}:{options.port}/gradio_api/mcp/", flush=True)
    print(f"The studio is open on http://{host}:{options.port}  (everything is kept in {store.home})", flush=True)
    engine.start()
    engine.settled.wait(ANSWERS)
    if lanes := engine.elsewhere():
        print(
            f"Another studio or command on this folder has the worker for {' and '.join(lanes)}; "
            "it does the work, and this one takes over when it ends.",
            file=sys.stderr,
        )


def _answers(host: str, port: int) -> bool:
    try:
        with socket.create_connection((host, port), timeout=1):
            return True
    except OSError:
        return False


def _check_mcp(settings: Settings) -> None:
    """Refuse to begin where assistants are wanted and cannot be heard: Gradio would leave them out without a word."""
    if settings.mcp and importlib.util.find_spec("mcp") is None:
        raise BadInput(
            "Assistants are served with the package mcp, which is not installed. Install it with "
            "`pip install mcp==1.30.0`, or start without --mcp and STUDIO_MCP."
        )


def _check_port(host: str, port: int) -> None:
    """Refuse a port that is taken before anything is started."""
    if not 0 < port < 65536:
        raise BadInput(f"--port must lie between 1 and 65535, and {port} was given.")
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as error:
            raise BadInput(
                f"{host}:{port} cannot be listened on ({error.strerror or error}); choose another one with --host and --port."
            ) from error


def _leave(number: int, frame: FrameType | None) -> None:
    raise SystemExit(0)
