"""What a style does to the whole picture after it is drawn."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from PIL import Image, ImageFilter

Finish = Callable[[Image.Image, np.random.Generator], Image.Image]


def keep(image: Image.Image, rng: np.random.Generator) -> Image.Image:
    return image


def _clouds(rng: np.random.Generator, cells: int, pixels: int) -> np.ndarray:
    """Smooth noise in [0, 1], [pixels, pixels]."""
    small = Image.fromarray((rng.random((cells, cells)) * 255).astype(np.uint8))
    return np.asarray(small.resize((pixels, pixels), Image.Resampling.BICUBIC), np.float32) / 255


def watercolor(image: Image.Image, rng: np.random.Generator) -> Image.Image:
    """Wavy edges with dark rims, blotches, and a white paper border."""
    pixels = image.width
    a = np.asarray(image, np.float32)
    grid = np.arange(pixels)
    shift_x = ((_clouds(rng, 20, pixels) - 0.5) * pixels * 0.022).astype(int)
    shift_y = ((_clouds(rng, 20, pixels) - 0.5) * pixels * 0.022).astype(int)
    a = a[(grid[:, None] + shift_y).clip(0, pixels - 1), (grid[None, :] + shift_x).clip(0, pixels - 1)]
    wet = np.asarray(Image.fromarray(a.astype(np.uint8)).filter(ImageFilter.GaussianBlur(pixels / 110)), np.float32)
    rim = np.abs(a - wet).mean(2, keepdims=True)
    a = wet - rim * 1.1 + (_clouds(rng, 9, pixels)[..., None] - 0.5) * 64
    edge = np.minimum(grid, grid[::-1]).astype(np.float32) / pixels
    border = np.minimum(edge[:, None], edge[None, :]) + (_clouds(rng, 12, pixels) - 0.5) * 0.05
    paper = ((0.075 - border) / 0.02).clip(0, 1)[..., None]
    return Image.fromarray((a * (1 - paper) + np.float32((253, 250, 242)) * paper).clip(0, 255).astype(np.uint8))


def blueprint(image: Image.Image, rng: np.random.Generator) -> Image.Image:
    """A grid of thin pale lines wherever the blue shows."""
    a = np.array(image)
    step, width = image.width // 8, max(2, image.width // 190)
    line = (np.arange(image.width) % step) < width
    blue = a[..., 0] < 80
    a[(line[:, None] | line[None, :]) & blue] = (70, 112, 196)
    return Image.fromarray(a)


def woodcut(image: Image.Image, rng: np.random.Generator) -> Image.Image:
    """Brown-black ink on cream; tones become stripes of growing width."""
    pixels = image.width
    tone = np.asarray(image.convert("L").filter(ImageFilter.GaussianBlur(pixels / 300)), np.float32) / 255
    y, x = np.mgrid[0:pixels, 0:pixels].astype(np.float32) / pixels
    wave = 0.5 + 0.5 * np.cos(2 * np.pi * 21 * (y + 0.25 * x))
    ink = (tone < 0.1 + 0.55 * wave)[..., None] & (tone < 0.8)[..., None]
    return Image.fromarray(np.where(ink, np.uint8((48, 26, 22)), np.uint8((242, 226, 188))))


def pixel(image: Image.Image, rng: np.random.Generator) -> Image.Image:
    """Blocks of a thirty-second of the picture, six levels a channel."""
    small = image.resize((32, 32), Image.Resampling.BOX)
    a = np.asarray(small, np.float32)
    a = (a - 128) * 1.2 + 128
    a = (np.round(a / 51) * 51).clip(0, 255).astype(np.uint8)
    return Image.fromarray(a).resize(image.size, Image.Resampling.NEAREST)


FINISHES: dict[str, Finish] = {"watercolor": watercolor, "blueprint": blueprint, "woodcut": woodcut, "pixel": pixel}
