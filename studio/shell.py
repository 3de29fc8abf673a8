"""What lies around the page: language, light and dark, scripts and styles, all before Gradio draws."""

from __future__ import annotations

import json
from http.cookies import SimpleCookie
from typing import Any

from studio import parts, words

COOKIE = "studio_language"
PATHS = {"/": "en", "/ko/": "ko"}
"""Where the page of each language lies."""

EARLY = """
(() => {
  const language = document.documentElement.lang;
  Object.defineProperty(navigator, "language", {get: () => language});
  Object.defineProperty(navigator, "languages", {get: () => [language]});
  const ask = window.matchMedia.bind(window), dark = "(prefers-color-scheme: dark)";
  const chosen = () => { try { return localStorage.getItem("studio.mode") || ""; } catch { return ""; } };
  const mode = () => chosen() || (ask(dark).matches ? "dark" : "light");
  window.matchMedia = query => query === dark && chosen()
    ? {matches: mode() === "dark", media: dark, addEventListener() {}, removeEventListener() {}}
    : ask(query);
  document.documentElement.dataset.mode = mode();
  window.studioMode = mode;
})();
"""
"""Gradio speaks the browser's language and follows the system's light; here both follow the person's choice."""


class Shell:
    """ASGI middleware: chooses the language at `/` and puts our head into the page Gradio serves."""

    def __init__(self, app: Any) -> None:
        self.app = app

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        """Pass everything through but the two documents."""
        if scope["type"] == "http" and scope["path"] == "/ko":
            await _redirect(send, "/ko/" + _query(scope))
            return
        if scope["type"] != "http" or scope["method"] != "GET" or scope["path"] not in PATHS:
            await self.app(scope, receive, send)
            return
        headers = {key.decode("latin-1"): value.decode("latin-1") for key, value in scope["headers"]}
        if scope["path"] == "/" and _wanted(headers) == "ko":
            await _redirect(send, "/ko/" + _query(scope))
            return
        await self.app(scope, receive, Rewriter(send, PATHS[scope["path"]]))


class Rewriter:
    """Collects one HTML answer, puts the head in, and sends it on."""

    def __init__(self, send: Any, language: str) -> None:
        self.send, self.language = send, language
        self.start: dict[str, Any] = {}
        self.body = b""

    async def __call__(self, message: dict[str, Any]) -> None:
        """Take one message of the answer."""
        if message["type"] == "http.response.start":
            self.start = message
            return
        self.body += message.get("body", b"")
        if message.get("more_body"):
            return
        body = rewrite(self.body.decode(), self.language).encode()
        kept = [(k, v) for k, v in self.start["headers"] if k.lower() not in (b"content-length", b"cache-control")]
        kept += [(b"content-length", str(len(body)).encode()), (b"cache-control", b"no-store")]
        await self.send({**self.start, "headers": kept})
        await self.send({"type": "http.response.body", "body": body})


def rewrite(page: str, language: str) -> str:
    """Gradio's document with our language, scripts and styles, and without what we do not use."""
    page = page.replace('lang="en"', f'lang="{language}"', 1)
    page = page.replace('<link rel="manifest" href="/manifest.json" />', "")
    return page.replace("<head>", "<head>" + head(language), 1)


def head(language: str) -> str:
    """The scripts and styles of every part, with the words of one language."""
    spoken = json.dumps(words.speak(language).all, ensure_ascii=False).replace("<", "\\u003c")
    tag = parts.version()
    return "".join(
        [
            f"<script>{EARLY}window.STUDIO_WORDS = {spoken};</script>",
            '<link rel="icon" href="/parts/icon.svg" type="image/svg+xml">',
            f'<link rel="stylesheet" href="/parts/whole.css?{tag}">',
            f'<script src="/parts/whole.js?{tag}"></script>',
        ]
    )


def _wanted(headers: dict[str, str]) -> str:
    cookie = SimpleCookie(headers.get("cookie", "")).get(COOKIE)
    if cookie is not None and cookie.value in words.LANGUAGES:
        return cookie.value
    return words.choose(headers.get("accept-language", ""))


def _query(scope: Any) -> str:
    query = scope.get("query_string", b"").decode("latin-1")
    return f"?{query}" if query else ""


async def _redirect(send: Any, to: str) -> None:
    headers = [(b"location", to.encode("latin-1")), (b"vary", b"accept-language, cookie"), (b"content-length", b"0")]
    await send({"type": "http.response.start", "status": 307, "headers": headers})
    await send({"type": "http.response.body", "body": b""})
