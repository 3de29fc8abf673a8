"""A real browser for tests: Chromium by way of Playwright, with no network of its own."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--no-default-browser-check",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--disable-default-apps",
    "--disable-extensions",
    "--disable-domain-reliability",
    "--disable-client-side-phishing-detection",
    "--disable-features=Translate,OptimizationHints,MediaRouter,InterestFeedContentSuggestions",
    "--host-resolver-rules=MAP * ~NOTFOUND,EXCLUDE 127.0.0.1,EXCLUDE localhost",
]
"""Chromium without anything that would look up a host; names but this machine's are not found."""


LEFT = ("AbortError", "Connection errored out")
"""What Gradio's own script says when a page is left while it asks for something."""


def executable() -> str | None:
    """Where Chromium is on this machine, or None."""
    found = (shutil.which(name) for name in ("chromium", "chromium-browser", "google-chrome", "chrome"))
    return next((path for path in found if path), None)


@contextmanager
def browser() -> Iterator[Any]:
    """A headless Chromium."""
    from playwright.sync_api import sync_playwright

    with sync_playwright() as play:
        started = play.chromium.launch(executable_path=executable(), headless=True, args=ARGUMENTS)
        try:
            yield started
        finally:
            started.close()


class Watched:
    """A page of the studio that notes what went wrong on it.

    Attributes:
        page: Playwright's page.
        errors: errors of the console and of scripts.
        outside: addresses asked for that are not this machine's.
    """

    def __init__(self, context: Any, address: str) -> None:
        self.address, self.page = address, context.new_page()
        self.errors: list[str] = []
        self.outside: list[str] = []
        self.page.set_default_timeout(120_000)
        self.page.on("console", self._console)
        self.page.on("pageerror", self._thrown)
        self.page.on("request", self._request)

    def _thrown(self, error: Any) -> None:
        self._note(str(error))

    def _console(self, message: Any) -> None:
        if message.type == "error":
            self._note(f"{message.text} {message.location.get('url', '')}")

    def _note(self, text: str) -> None:
        if not any(words in text for words in LEFT):
            self.errors.append(text)

    def _request(self, request: Any) -> None:
        if not request.url.startswith((self.address, "data:", "blob:")):
            self.outside.append(request.url)

    def open(self, path: str = "/") -> Any:
        """Go there and wait until the page is drawn and has heard from the store."""
        self.page.goto(self.address + path)
        self.page.wait_for_selector(".part-next .say:not(:empty)", timeout=120_000)
        return self.page

    def tab(self, name: str) -> None:
        """Open a tab and wait until it is the one shown."""
        self.page.click(f"#tab-{name}-button")
        self.page.wait_for_selector(f"#tab-{name}-button[aria-selected=true]")
        self.page.wait_for_timeout(400)

    def until(self, holds: Callable[[], bool], seconds: float = 60) -> bool:
        """Whether it holds within that time, while the page goes on."""
        for _ in range(int(seconds * 10)):
            if holds():
                return True
            self.page.wait_for_timeout(100)
        return False

    def fold(self, name: str) -> None:
        """Open a fold and wait until its fields are drawn: Gradio sets them once more a moment after they are seen."""
        self.page.click(f"button.label-wrap:has-text('{name}'):visible")
        self.page.wait_for_timeout(1500)

    def picture(self, path: Path, full: bool = False) -> None:
        """Keep a screenshot."""
        self.page.screenshot(path=str(path), full_page=full)
