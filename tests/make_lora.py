"""Trains a LoRA on a tiny model with the studio and draws with it: what other programs are then asked to reproduce.

`python -m tests.make_lora FAMILY FOLDER [SETTINGS]` leaves in FOLDER: `base/` (a diffusers folder), `lora.safetensors`,
`lora.kohya.safetensors` and `drawn.json` (prompt, seed, and the pixels the studio drew without and with the LoRA).
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
from jobs.generation.draw import Order, draw
from storage import loras, queue
from storage.database import Store
from tests import teach


def make(family: str, folder: Path, settings: dict) -> None:
    """Everything that the docstring above promises."""
    store = Store.open(teach.tiny_settings(folder / "home"))
    teach.furnish(store, folder, family)
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
    mixer, order = Mixer(loaded), Order("a cat", "", 3, (32, 32), 3, 5.0)
    pictures = {}
    for name, weight in (("without", 0.0), ("with", 1.0)):
        mixer.mix([Part(row.file, kept, row.name, weight)])
        pictures[name] = np.array(draw(loaded, order, lambda *told: None)).tolist()
    (folder / "drawn.json").write_text(json.dumps({"prompt": "a cat", "seed": 3, **pictures}))


if __name__ == "__main__":
    torch.set_num_threads(1)
    make(sys.argv[1], Path(sys.argv[2]), json.loads(sys.argv[3]) if sys.argv[3:] else {})
