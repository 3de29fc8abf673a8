"""What a ComfyUI picture says of itself, as far as its graph is of the common kind.

Its PNG holds the chunk `prompt`: the nodes by number, each `{"class_type": …, "inputs": {name: value or [node, output]}}`.
The settings are looked for along the links that lead into the sampler that begins the picture.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import PureWindowsPath
from typing import Any

from storage.tags import Term

Graph = dict[str, dict[str, Any]]
"""Node by its number."""

SAMPLERS = {
    "euler": "Euler", "euler_ancestral": "Euler a", "heun": "Heun", "dpm_2": "DPM2", "dpm_2_ancestral": "DPM2 a",
    "lms": "LMS", "dpm_fast": "DPM fast", "dpmpp_2s_ancestral": "DPM++ 2S a", "dpmpp_sde": "DPM++ SDE",
    "dpmpp_2m": "DPM++ 2M", "dpmpp_2m_sde": "DPM++ 2M SDE", "dpmpp_3m_sde": "DPM++ 3M SDE", "ddpm": "DDPM", "lcm": "LCM",
    "ddim": "DDIM", "uni_pc": "UniPC", "uni_pc_bh2": "UniPC", "deis": "DEIS", "sa_solver": "SA-Solver",
}  # fmt: skip
"""ComfyUI's name → the one that people know."""

SCHEDULES = {"karras": "Karras", "exponential": "Exponential", "sgm_uniform": "SGM Uniform", "beta": "Beta"}

TEXTS = ("text", "text_g", "string", "value", "prompt")
"""Inputs that hold words."""

PLAIN: dict[str, tuple[str, ...]] = {
    "Steps": ("steps",),
    "CFG scale": ("cfg", "guidance"),
    "Seed": ("seed", "noise_seed"),
    "Denoising strength": ("denoise",),
}
"""What A1111 calls a number → the inputs that hold it."""


def read(chunk: str) -> dict[str, Any] | None:
    """`prompt`, `negative`, `facts` under A1111's names, and `blend`; None where there is no sampler to begin with."""
    try:
        found = json.loads(chunk)
    except json.JSONDecodeError:
        return None
    if not isinstance(found, dict):
        return None
    graph = {
        key: node for key, node in found.items() if isinstance(node, dict) and isinstance(node.get("inputs"), dict)
    }
    start = _beginning(graph)
    if start is None:
        return None
    return {
        "prompt": _words(graph, start, "positive"),
        "negative": _words(graph, start, "negative"),
        "facts": _facts(graph, start),
        "blend": list(_blend(graph, start)),
    }


def _beginning(graph: Graph) -> str | None:
    """The sampler into which no other one leads."""
    samplers = [number for number in graph if _samples(graph[number])]
    alone = [number for number in samplers if not any(_samples(graph[other]) for other in list(_up(graph, number))[1:])]
    return next(iter(alone or samplers), None)


def _samples(node: dict[str, Any]) -> bool:
    return bool({"latent_image", "samples"} & node["inputs"].keys()) and bool(
        {"positive", "guider"} & node["inputs"].keys()
    )


def _up(graph: Graph, start: str) -> Iterator[str]:
    """A node and all that lead into it, the nearest first."""
    seen, queue = {start}, [start]
    while queue:
        number = queue.pop(0)
        yield number
        for value in graph[number]["inputs"].values():
            link = _link(graph, value)
            if link and link not in seen:
                seen.add(link)
                queue.append(link)


def _link(graph: Graph, value: Any) -> str | None:
    """The number of the node that an input comes from, where it comes from one."""
    return str(value[0]) if isinstance(value, list) and len(value) == 2 and str(value[0]) in graph else None


def _nearest(graph: Graph, start: str, names: tuple[str, ...], fits: Callable[[Any], bool]) -> Any:
    """The first input of one of those names that holds a fitting value, searched upwards."""
    for number in _up(graph, start):
        for name in names:
            value = graph[number]["inputs"].get(name)
            if fits(value):
                return value
            link = _link(graph, value)
            held = graph[link]["inputs"].get("value") if link else None
            if fits(held):
                return held
    return None


def _words(graph: Graph, start: str, side: str) -> str:
    for number in _up(graph, start):
        link = _link(graph, graph[number]["inputs"].get(side))
        if link:
            return _nearest(graph, link, TEXTS, lambda value: isinstance(value, str)) or ""
    return ""


def _number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _facts(graph: Graph, start: str) -> dict[str, str]:
    facts = {name: _nearest(graph, start, inputs, _number) for name, inputs in PLAIN.items()}
    if facts["Denoising strength"] == 1:
        del facts["Denoising strength"]
    sizes = [_nearest(graph, start, (side,), _number) for side in ("width", "height")]
    name = str(_nearest(graph, start, ("sampler_name",), lambda v: isinstance(v, str)) or "").removesuffix("_gpu")
    schedule = _nearest(graph, start, ("scheduler",), lambda value: isinstance(value, str))
    model = _nearest(graph, start, ("ckpt_name", "unet_name"), lambda value: isinstance(value, str))
    said = {
        "Sampler": f"{SAMPLERS.get(name, name)} {SCHEDULES.get(str(schedule), '')}".strip(),
        "Size": "x".join(f"{int(side)}" for side in sizes) if all(map(_number, sizes)) else "",
        "Model": PureWindowsPath(model).stem if model else "",
    }
    return {key: f"{value:g}" if isinstance(value, float) else str(value) for key, value in (facts | said).items() if value not in (None, "")}  # fmt: skip


def _blend(graph: Graph, start: str) -> Iterator[Term]:
    for number in _up(graph, start):
        inputs = graph[number]["inputs"]
        name, weight = inputs.get("lora_name"), inputs.get("strength_model", 1.0)
        if isinstance(name, str) and _number(weight):
            text = inputs.get("strength_clip", weight)
            yield Term(
                PureWindowsPath(name).stem, float(weight), float(text) if _number(text) and text != weight else None
            )
