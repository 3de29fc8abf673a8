"""Parts: components of our own, each drawn by the script of its name in this folder.

A part is a `gr.HTML` whose script builds the DOM with `studio.h`, which makes
text nodes of whatever a person typed. What it shows it asks of the page's
endpoints, the same that any other program may call.
"""

from __future__ import annotations

import hashlib
from functools import cache
from pathlib import Path
from typing import Any

import gradio as gr

HERE = Path(__file__).parent
FIRST = ("studio.js", "say.js")
"""Scripts that the others need."""

TYPES = {".js": "text/javascript", ".css": "text/css"}
"""What is sent as one text each, by suffix, and its media type."""


def part(name: str, value: Any = None, kind: str = "string", **props: Any) -> gr.HTML:
    """The part called `name`.

    It is no subclass: Gradio writes a `.pyi` beside the source of each subclass of a component.

    Args:
        kind: the JSON type of its value, as the page's API tells it.
        props: `elem_id` and the like, and whatever else its script is to know.
    """
    made = gr.HTML(
        value=value,
        html_template='<div class="part"></div>',
        js_on_load=f"studio.draw('{name}', element.firstElementChild, {{props, trigger, upload, watch}})",
        apply_default_css=False,
        **props,
    )
    told = {"type": "array", "items": {}} if kind == "array" else {"type": kind}
    made.api_info = lambda: told  # type: ignore[method-assign]
    return made


@cache
def scripts() -> list[str]:
    """The scripts in the order in which the page loads them."""
    rest = sorted(file.name for file in HERE.glob("*.js") if file.name not in FIRST)
    return [*FIRST, *rest]


@cache
def styles() -> list[str]:
    """The styles in their order: later ones win."""
    return sorted(file.name for file in HERE.glob("*.css"))


@cache
def whole(suffix: str) -> str:
    """All scripts (`.js`) or all styles (`.css`) in their order, as one text: one request instead of eighty."""
    names = scripts() if suffix == ".js" else styles()
    return "\n".join(f"/* {name} */\n{(HERE / name).read_text(encoding='utf-8')}" for name in names)


@cache
def version() -> str:
    """A word that changes with any script or style, so that browsers never keep an old one."""
    digest = hashlib.sha256()
    for file in sorted([*HERE.glob("*.js"), *HERE.glob("*.css")]):
        digest.update(file.read_bytes())
    return digest.hexdigest()[:12]
