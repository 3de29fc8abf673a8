"""The page: finds the tabs, draws them in each language, and serves them with their files."""

from __future__ import annotations

import logging
import os
import shutil

os.environ["GRADIO_ANALYTICS_ENABLED"] = "False"

import gradio as gr
import uvicorn
from fastapi import FastAPI

from storage.database import Store
from storage.settings import Settings
from studio import frame, served, shell, tabs, words
from studio.scene import Scene
from studio.theme import theme

ROOT = "/"
"""Where the English page is, and with it what assistants find under `gradio_api/mcp/`."""


def build(store: Store, settings: Settings, language: str = "en") -> gr.Blocks:
    """The page in one language, not yet served."""
    scene = Scene(store, settings, words.speak(language))
    with gr.Blocks(analytics_enabled=False, title=scene.words("brand"), fill_width=True) as blocks:
        frame.draw(scene)
        with gr.Tabs(elem_id="tabs", overflow_behavior="wrap"):
            for tab in tabs.all():
                name = tabs.name(tab)
                with gr.Tab(scene.words(f"tab.{name}"), id=name, elem_id=f"tab-{name}"):
                    tab.draw(scene)
        scene.offer()
    return blocks


def app(store: Store, settings: Settings) -> FastAPI:
    """The whole page with its files: English at `/`, Korean at `/ko/`."""
    incoming = store.home / "incoming"
    shutil.rmtree(incoming, ignore_errors=True)
    incoming.mkdir(parents=True, exist_ok=True)
    os.environ["GRADIO_TEMP_DIR"] = str(incoming)
    page = FastAPI(docs_url=None, redoc_url=None, openapi_url=None)
    page.include_router(served.routes(store))
    for path, language in sorted(shell.PATHS.items(), reverse=True):
        gr.mount_gradio_app(
            page,
            build(store, settings, language),
            path=path.rstrip("/") or "/",
            theme=theme(),
            show_error=False,
            run_history=False,
            footer_links=[],
            ssr_mode=False,
            mcp_server=settings.mcp and path == ROOT,
        )
    page.add_middleware(shell.Shell)
    return page


def serve(store: Store, settings: Settings, host: str = "127.0.0.1", port: int = 7860) -> None:
    """Serve the page until interrupted."""
    logging.getLogger("httpx").setLevel(logging.WARNING)
    uvicorn.run(app(store, settings), host=host, port=port, log_level="warning", timeout_graceful_shutdown=2)


__all__ = ["app", "build", "serve"]
