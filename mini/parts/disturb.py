"""Changes of palette, texture and place, so that the autoencoder carries styles that it never saw."""

from __future__ import annotations

import numpy as np
import torch
import torch.nn.functional as F


def disturb(x: torch.Tensor, weight: torch.Tensor, rng: np.random.Generator, share: float = 0.4):
    """x [n, 3, h, w] in -1 … 1 and its weights [n, 1, h, w]; about `share` of them changed."""
    changed = [(_one(a, w, rng) if rng.random() < share else (a, w)) for a, w in zip(x, weight)]
    return torch.stack([a for a, _ in changed]), torch.stack([w for _, w in changed])


def _one(a: torch.Tensor, w: torch.Tensor, rng: np.random.Generator):
    if rng.random() < 0.5:
        a, w = _move(a, w, rng)
    for change in rng.permutation([_palette, _lines, _texture, _blocks, _hatch])[:2]:
        a = change(a, rng)
    return a.clamp(-1, 1), w


def _move(a, w, rng):
    """Another zoom and place; a flip."""
    zoom = rng.uniform(0.8, 1.6)
    theta = torch.tensor(
        [[[zoom**-1 * rng.choice([-1, 1]), 0, rng.uniform(-0.25, 0.25)], [0, zoom**-1, rng.uniform(-0.25, 0.25)]]]
    ).float()
    grid = F.affine_grid(theta, (1, 4, *a.shape[1:]), align_corners=False)
    moved = F.grid_sample(torch.cat([a, w])[None], grid, padding_mode="reflection", align_corners=False)[0]
    return moved[:3], moved[3:]


def _palette(a, rng):
    """A random turn of colour space, sometimes down to two inks."""
    if rng.random() < 0.35:
        ink, paper = (torch.tensor(rng.uniform(-1, 1, (3, 1, 1))).float() for _ in range(2))
        t = ((a.mean(0, keepdim=True) - rng.uniform(-0.3, 0.3)) * rng.choice([0.5, 4.0]) * 0.5 + 0.5).clamp(0, 1)
        return ink * (1 - t) + paper * t
    turn = torch.tensor(np.linalg.qr(rng.normal(size=(3, 3)))[0]).float()
    return torch.einsum("ij,jhw->ihw", turn, a) * float(rng.uniform(0.7, 1.2)) + float(rng.uniform(-0.2, 0.2))


def _lines(a, rng):
    """The edges alone, in one ink on another."""
    gray = a.mean(0)
    edge = torch.zeros_like(gray)
    edge[:-1, :-1] = (gray[1:, :-1] - gray[:-1, :-1]).abs() + (gray[:-1, 1:] - gray[:-1, :-1]).abs()
    ink, paper = (torch.tensor(rng.uniform(-1, 1, (3, 1, 1))).float() for _ in range(2))
    t = (edge * 3).clamp(0, 1)[None]
    return ink * t + paper * (1 - t)


def _texture(a, rng):
    """Clouds of light, coarse or fine."""
    cells = int(rng.integers(4, 40))
    cloud = torch.tensor(rng.normal(size=(1, 3 if rng.random() < 0.3 else 1, cells, cells))).float()
    return a + F.interpolate(cloud, size=a.shape[1:], mode="bicubic")[0] * float(rng.uniform(0.05, 0.2))


def _blocks(a, rng):
    """Larger blocks, fewer levels."""
    if rng.random() < 0.6:
        size = a.shape[-1] // int(rng.choice([2, 3, 4, 5]))
        a = F.interpolate(F.adaptive_avg_pool2d(a[None], size), size=a.shape[1:])[0]
    levels = float(rng.uniform(2, 7))
    return (a * levels).round() / levels


def _hatch(a, rng):
    """Stripes whose width follows the tone."""
    h, w = a.shape[1:]
    angle, count = rng.uniform(0, np.pi), rng.uniform(10, 24)
    y, x = torch.meshgrid(torch.arange(h) / h, torch.arange(w) / w, indexing="ij")
    wave = torch.cos(2 * np.pi * count * (np.cos(angle) * x + np.sin(angle) * y))
    return a.lerp(torch.sign(a.mean(0) - 0.8 * wave)[None].expand_as(a) * 0.8, float(rng.uniform(0.3, 0.9)))
