"""Re-identification of drawn people: torchreid's OSNet x0.25 on face crops, [n, 512] features."""

from __future__ import annotations

import importlib.util
import json
from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as F
from PIL import Image
from safetensors.torch import load_file, save_file

from mini.draw import PLACES, draw
from mini.parts.clip import attribute_loss
from mini.parts.vae import to_model
from mini.people import EYE_SIZES, EYES, FACES, NOSES
from mini.train import Plan, train
from mini.world import GLASSES, HAIR_COLOURS, HAIR_STYLES, KINDS, SKINS, sample

SIZE = 64
PEOPLE, PICTURES = 400, 10
CONFIG = {
    "model": "osnet_x0_25",
    "input_size": [SIZE, SIZE],
    "input": "RGB face crop, the whole head with a margin, resized",
    "mean": [0.5, 0.5, 0.5],
    "std": [0.5, 0.5, 0.5],
    "features": 512,
    "distance": "cosine",
    "trained_on": "drawn people of mini/, shaded, flat and line styles",
}


TRAITS = {
    "kind": KINDS,
    "skin": SKINS,
    "hair_style": HAIR_STYLES,
    "hair_colour": HAIR_COLOURS,
    "glasses": GLASSES,
    "beard": (False, True),
    "freckles": (False, True),
    "face": FACES,
    "eyes": EYES,
    "eye_size": EYE_SIZES,
    "nose": NOSES,
}
TRAIT_SIZES = [len(values) for values in TRAITS.values()]


def build(classes: int = 1) -> torch.nn.Module:
    """OSNet from torchreid's one file, without importing the rest of that package."""
    root = importlib.util.find_spec("torchreid").submodule_search_locations[0]
    spec = importlib.util.spec_from_file_location("osnet_only", f"{root}/reid/models/osnet.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module.osnet_x0_25(num_classes=classes, pretrained=False)


def head_box(framing: str, size: int, rng: np.random.Generator | None = None) -> tuple[int, int, int, int]:
    """Left, top, right, bottom of a square around the drawn head; with rng, as inexact as a detector's."""
    y, head = PLACES[framing]
    x, half = 0.5, head * 0.62
    if rng is not None:
        x, y = x + rng.uniform(-0.07, 0.07) * head, y + rng.uniform(-0.07, 0.07) * head
        half *= rng.uniform(0.8, 1.15)
    return tuple(round(v * size) for v in (x - half, y - half, x + half, y + half))


def faces_of(person, count: int, rng: np.random.Generator, style: str | None = None) -> list[np.ndarray]:
    """Crops [SIZE, SIZE, 3] of one person in many clothes, hats, moods, places, styles."""
    found = []
    for _ in range(count):
        fixed = {"style": style} if style else {}
        drawing = sample(
            int(rng.integers(1 << 30)), person=person, framing=str(rng.choice(("close-up", "medium shot"))), **fixed
        )
        picture = draw(drawing, 128).crop(head_box(drawing.framing, 128, rng))
        found.append(np.asarray(picture.resize((SIZE, SIZE), Image.Resampling.BILINEAR)))
    return found


def make_faces(path: Path, people: int = PEOPLE, pictures: int = PICTURES, first_seed: int = 0) -> np.ndarray:
    """uint8 [people, pictures, SIZE, SIZE, 3], drawn once and kept at `path`."""
    if not path.exists():
        rng = np.random.default_rng(first_seed)
        crops = np.stack([np.stack(faces_of(sample(first_seed + i).person, pictures, rng)) for i in range(people)])
        beside = path.with_suffix(".part.npy")
        np.save(beside, crops)
        beside.replace(path)
    return np.load(path)


def traits(people: int = PEOPLE, first_seed: int = 0) -> torch.Tensor:
    """What makes each of the people of `make_faces`, as classes, [people, traits]."""
    persons = [sample(first_seed + i).person for i in range(people)]
    return torch.tensor([[values.index(getattr(p, name)) for name, values in TRAITS.items()] for p in persons])


def fit(plan: Plan, net: torch.nn.Module, faces: np.ndarray, wanted: torch.Tensor, batch: int) -> torch.nn.Module:
    """Batches of `batch` // 4 people, four pictures each: naming what makes a person, and hardest triplets.

    `wanted` is `traits`. Naming eleven traits teaches in minutes what naming 400 people teaches in an hour.
    """
    rng = np.random.default_rng()
    people, pictures = faces.shape[:2]
    net.loss = "triplet"

    def step(share: float):
        who = rng.choice(people, batch // 4, replace=False).repeat(4)
        which = np.concatenate([rng.choice(pictures, 4, replace=False) for _ in range(batch // 4)])
        logits, found = net(_vary(to_model(faces[who, which]).to(plan.device)))
        ids = torch.as_tensor(who, device=plan.device)
        near, far = _hardest(F.normalize(found, dim=1), ids)
        triplet = F.relu(0.3 + near - far).mean()
        told = wanted[who].to(plan.device)
        right = torch.stack([part.argmax(1) for part in logits.split(TRAIT_SIZES, 1)], 1) == told
        return attribute_loss(logits, told, TRAIT_SIZES) + triplet, {
            "right": right.float().mean().item(),
            "triplet": triplet.item(),
        }

    return train(plan, net, step)


def _vary(x: torch.Tensor) -> torch.Tensor:
    """Blur, noise and colour as a decoder's pictures have them; mirrored at random."""
    if torch.rand(()) < 0.5:
        x = x.flip(3)
    if torch.rand(()) < 0.5:
        small = int(torch.randint(28, SIZE, ()))
        x = F.interpolate(F.interpolate(x, small, mode="bilinear", antialias=True), SIZE, mode="bilinear")
    gain = 1 + 0.03 * torch.randn(len(x), 3, 1, 1, device=x.device)
    return x * gain + 0.03 * torch.randn(len(x), 3, 1, 1, device=x.device) + 0.04 * torch.randn_like(x)


def _hardest(features: torch.Tensor, ids: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
    """Farthest of the same person, nearest of another, as cosine distances."""
    distance = 1 - features @ features.T
    same = ids[:, None] == ids[None, :]
    return (distance - 9 * ~same).max(1).values, (distance + 9 * same).min(1).values


@torch.no_grad()
def features(net: torch.nn.Module, faces: np.ndarray) -> torch.Tensor:
    """Unit vectors [n, 512] of crops uint8 [n, SIZE, SIZE, 3]."""
    return F.normalize(net.eval()(to_model(faces)).float(), dim=1)


def load(folder: Path) -> torch.nn.Module:
    """The shipped net, in evaluation mode, float32."""
    net = build()
    net.load_state_dict(
        {k: v.float() if v.is_floating_point() else v for k, v in load_file(folder / "model.safetensors").items()},
        strict=False,
    )
    return net.eval()


def export(net: torch.nn.Module, out: Path) -> None:
    folder = out / "osnet"
    folder.mkdir(parents=True, exist_ok=True)
    weights = {
        k: (v.half() if v.is_floating_point() else v).contiguous()
        for k, v in net.state_dict().items()
        if not k.startswith("classifier")
    }
    save_file(weights, folder / "model.safetensors", {"format": "pt"})
    (folder / "config.json").write_text(json.dumps(CONFIG, indent=1) + "\n")
