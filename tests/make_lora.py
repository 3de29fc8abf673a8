"""Trains a LoRA on a tiny model with the studio and draws with it: what other programs are then asked to reproduce.

`python -m tests.make_lora "[[FAMILY, FOLDER, SETTINGS], …]"` leaves in each FOLDER: `base/` (a diffusers folder), `lora.safetensors`,
`lora.kohya.safetensors` and `drawn.json` (prompt, seed, the pixels the studio drew without and with the LoRA, and
what the text encoders made of the prompt). With `tokens` in SETTINGS, whose first is then the trigger word and part of
the prompt, also `lora.zip`, as people get it.
"""

from __future__ import annotations

import json
import shutil
import sys
from pathlib import Path

import numpy as np
import torch

from jobs.blending import Mixer, Part
from jobs.exports import export_lora
from jobs.families import load_family
from jobs.generation.draw import draw
from jobs.generation.order import Order
from jobs.planning import new_tokens
from storage import datasets, loras, queue, sharing
from storage.database import Store
from tests import teach


def make(family: str, folder: Path, settings: dict) -> None:
    """Everything that the docstring above promises."""
    store = Store.open(teach.tiny_settings(folder / "home"))
    teach.furnish(store, folder, family)
    tokens = list(new_tokens(settings.get("tokens", [])))
    if tokens:
        datasets.set_trigger(store, datasets.named(store, 1, "fox").id, tokens[0])
    number = teach.ask(store, teach.request(steps=4, rank=2, alpha=5, learning_rate=0.05, **settings))
    job = teach.work(store, number)
    if job.state != "done":
        raise SystemExit(job.error)
    row = loras.get(store, queue.get(store, number).result["lora"])
    kept = store.files.path(row.file)
    shutil.copy(kept, folder / "lora.safetensors")
    export_lora("kohya", kept, folder / "lora.kohya.safetensors", description="a test")
    shutil.move(folder / family, folder / "base")

    loaded = load_family(family, folder / "base", torch.device("cpu"), torch.float32)
    prompt = f"{tokens[0]} a cat" if tokens else "a cat"
    mixer, order = Mixer(loaded), Order(prompt, "", 3, (32, 32), 3, 5.0)
    pictures: dict = {}
    embeddings = loras.embeddings(store, row)
    if tokens:
        sharing.bundle(store, row, folder / "lora.kohya.safetensors", folder / "lora.zip", whole=False)
    for name, weight in (("without", 0.0), ("with", 1.0)):
        mixer.mix([Part(row.file, kept, row.name, weight, embeddings)])
        pictures[name] = np.array(draw(loaded, order, lambda *told: None)).tolist()
    said = loaded.encode_text([prompt])
    pictures["heard"] = said.states[0].tolist()
    pictures["pooled"] = None if said.pooled is None else said.pooled[0].tolist()
    (folder / "drawn.json").write_text(json.dumps({"prompt": prompt, "seed": 3, **pictures}))


if __name__ == "__main__":
    torch.set_num_threads(1)
    for family, folder, settings in json.loads(sys.argv[1]):
        Path(folder).mkdir()
        make(family, Path(folder), settings)
