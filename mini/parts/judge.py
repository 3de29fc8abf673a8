"""The judge: a small convolutional net that names every attribute of a picture, drawn in any style.

It is trained on drawings alone, held-out styles included, and measures what generated pictures show.
"""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as F
from safetensors.torch import load_file, save_file
from torch import nn

from mini import styles
from mini.attributes import ATTRIBUTES, labels
from mini.draw import draw
from mini.parts.clip import attribute_loss
from mini.parts.vae import to_model
from mini.train import Plan, train
from mini.world import sample

WIDTHS = (16, 32, 64, 96)
OTHER_STYLES = 1600
"""Drawings of held-out styles made for the judge alone."""


class Judge(nn.Module):
    """[n, 3, 128, 128] in -1 … 1 to logits [n, sum of classes]; the last map is read by place, not averaged."""

    def __init__(self):
        super().__init__()
        self.sizes = [len(values) for values in ATTRIBUTES.values()]
        layers, before = [nn.Conv2d(3, WIDTHS[0], 5, 2, 2), nn.GroupNorm(4, WIDTHS[0]), nn.SiLU()], WIDTHS[0]
        for width in WIDTHS[1:]:
            layers += [
                nn.Conv2d(before, width, 3, 2, 1),
                nn.GroupNorm(8, width),
                nn.SiLU(),
                nn.Conv2d(width, width, 3, 1, 1),
                nn.GroupNorm(8, width),
                nn.SiLU(),
            ]
            before = width
        self.body = nn.Sequential(*layers, nn.Conv2d(before, 32, 1), nn.Flatten(), nn.Dropout(0.1))
        self.head = nn.Linear(32 * 64, sum(self.sizes))

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return self.head(self.body(x))

    @torch.no_grad()
    def name(self, pictures: np.ndarray) -> list[dict]:
        """For each of uint8 [n, 128, 128, 3] a dictionary of attribute to value."""
        found = self.eval()(to_model(pictures)).split(self.sizes, 1)
        picks = torch.stack([part.argmax(1) for part in found], 1).tolist()
        return [{a: values[i] for (a, values), i in zip(ATTRIBUTES.items(), row)} for row in picks]

    @torch.no_grad()
    def style_shares(self, pictures: np.ndarray) -> torch.Tensor:
        """Probabilities of the styles in the order of `styles.ALL`, [n, styles]."""
        return self.eval()(to_model(pictures)).split(self.sizes, 1)[list(ATTRIBUTES).index("style")].softmax(1)


def other_styles(path: Path, count: int = OTHER_STYLES) -> tuple[np.ndarray, list]:
    """Drawings of held-out styles, kept at `path`, with their descriptions."""
    described = [sample(seed, style=styles.HELD_OUT[seed % len(styles.HELD_OUT)]) for seed in range(count)]
    if not path.exists():
        beside = path.with_suffix(".part.npy")
        np.save(beside, np.stack([np.asarray(draw(d)) for d in described]))
        beside.replace(path)
    return np.load(path)[:count], described


def fit(plan: Plan, judge: Judge, pictures, drawings, others, other_drawings, batch: int) -> Judge:
    """Batches of which a quarter is of held-out styles; pictures blurred and recoloured a little."""
    rng = np.random.default_rng()
    quarter = batch // 4

    def step(share: float):
        mine, theirs = rng.integers(0, len(pictures), batch - quarter), rng.integers(0, len(others), quarter)
        x = to_model(np.concatenate([pictures[mine], others[theirs]])).to(plan.device)
        told = [drawings[i] for i in mine] + [other_drawings[i] for i in theirs]
        wanted = torch.tensor([labels(d) for d in told], device=plan.device)
        logits = judge(_vary(x))
        right = torch.stack([part.argmax(1) for part in logits.split(judge.sizes, 1)], 1) == wanted
        return attribute_loss(logits, wanted, judge.sizes), {"right": right.float().mean().item()}

    return train(plan, judge, step)


def _vary(x: torch.Tensor) -> torch.Tensor:
    if torch.rand(()) < 0.4:
        small = int(torch.randint(64, 120, ()))
        x = F.interpolate(F.interpolate(x, small, mode="bilinear", antialias=True), 128, mode="bilinear")
    x = torch.roll(x, (int(torch.randint(-3, 4, ())), int(torch.randint(-3, 4, ()))), (2, 3))
    return x * (1 + 0.05 * torch.randn(len(x), 1, 1, 1, device=x.device)) + 0.04 * torch.randn_like(x)


def load(folder: Path) -> Judge:
    """The shipped judge, float32, ready."""
    judge = Judge()
    judge.load_state_dict({k: v.float() for k, v in load_file(folder / "model.safetensors").items()})
    return judge.eval()


def export(judge: Judge, out: Path) -> None:
    folder = out / "judge"
    folder.mkdir(parents=True, exist_ok=True)
    save_file(
        {k: v.half().contiguous() for k, v in judge.state_dict().items()},
        folder / "model.safetensors",
        {"format": "pt"},
    )
    config = {
        "model": "mini.parts.judge.Judge",
        "input": "RGB 128 × 128, -1 … 1",
        "attributes": {a: list(values) for a, values in ATTRIBUTES.items()},
    }
    (folder / "config.json").write_text(json.dumps(config, indent=1) + "\n")
