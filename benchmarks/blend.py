"""What LoRAs cost: time a picture with 1, 4 and 8 of them over time without, folded and as adapters, in one run.

`python -m benchmarks.blend [--models mini sd15/4] [--rounds 3] [--threads 2] [--cpu-time]`
"""

from __future__ import annotations

import statistics
import tempfile
import time
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import torch

from benchmarks import shapes, timing
from benchmarks.timing import Clock
from jobs.blending import Mixer, Part
from jobs.families import load_family
from jobs.generation.draw import draw
from jobs.generation.order import Order
from storage.files import sha256

COUNTS = (0, 1, 4, 8)
WEIGHT = 0.3
CHANGES = 50
TRIES = 5


def seconds(work: Callable[[], Any], clock: Clock = time.perf_counter) -> float:
    """How long `work` takes by that clock."""
    start = clock()
    work()
    return clock() - start


def measure(name: str, folder: Path, rounds: int, steps: int, clock: Clock) -> None:
    """Print one model's table."""
    source = shapes.model(name, folder)
    cpu, whole = torch.device("cpu"), torch.float32
    mixed, adapted = (load_family("sd15", source, cpu, whole) for _ in range(2))
    files = [shapes.lora(mixed.pipe, folder / f"{name[:4]}_{i}.safetensors", i) for i in range(max(COUNTS))]
    parts = [Part(sha256(file), file, file.stem, WEIGHT) for file in files]
    order = Order("a close-up of a woman", "", 1, (mixed.native, mixed.native), steps, 5.0)
    mixer, pictures = Mixer(mixed), {}

    def picture(family: Any, key: str) -> None:
        pictures[key] = np.asarray(draw(family, order, lambda *_: None)).astype(int)

    picture(mixed, "warm up")
    for i, file in enumerate(files):
        adapted.pipe.load_lora_weights(file.parent, weight_name=file.name, adapter_name=f"lora_{i:04d}")
    times: dict[str, list[float]] = {}
    for number in range(rounds):
        for count in COUNTS if number % 2 else COUNTS[::-1]:  # to and fro, so that none always comes last
            mixer.mix(parts[:count])
            _adapters(adapted.pipe, count)
            for family, key in ((mixed, f"folded {count}"), (adapted, f"adapters {count}")):
                times.setdefault(key, []).append(seconds(partial(picture, family, key), clock))
    millions = sum(p.numel() for p in mixed.pipe.unet.parameters()) / 1e6
    print(f"\n{name}: UNet of {millions:.1f} M parameters, {mixed.native} px, {steps} steps, LoRAs of rank 16")
    print(
        f"{'LoRAs':>6} {'folded s':>9} {'ratio':>6} {'set_adapters s':>15} {'ratio':>6} {'largest difference of 255':>26}"
    )
    best = {key: min(values) for key, values in times.items()}  # what else the machine does only adds
    for count in COUNTS:
        one, other = f"folded {count}", f"adapters {count}"
        apart = np.abs(pictures[one] - pictures[other]).max()
        bare = best["folded 0"]
        print(
            f"{count:6} {best[one]:9.3f} {best[one] / bare:6.3f} {best[other]:15.3f} {best[other] / bare:6.3f} {apart:26}"
        )
    _slider(mixer, parts, order, best["folded 0"] / steps, clock)


def _adapters(pipe: Any, count: int) -> None:
    if not count:
        pipe.disable_lora()
        return
    pipe.enable_lora()
    pipe.set_adapters([f"lora_{i:04d}" for i in range(count)], [WEIGHT] * count)


class Begun(Exception):
    """The first denoising step was reached."""


def _slider(mixer: Mixer, parts: list[Part], order: Order, step: float, clock: Clock) -> None:
    """From one slider's change to the first denoising step: early, after `CHANGES` changes, and without a change."""

    def begin(number: int, others: list[Part]) -> float:
        """Mix with the first slider moved, and draw until the UNet is asked for the first time."""
        moved = replace(parts[0], weight=0.1 + 0.001 * number)
        return seconds(partial(_to_first_step, mixer, [moved, *others], order), clock)

    def middle(numbers: range, others: list[Part]) -> float:
        return statistics.median(begin(number, others) for number in numbers)

    others = parts[1:]
    mixer.mix(parts)
    still = statistics.median(begin(0, others) for _ in range(TRIES))
    early = middle(range(1, 1 + TRIES), others)
    for number in range(CHANGES):
        mixer.mix([replace(parts[0], weight=0.5 + 0.001 * number), *others])
    late = middle(range(200, 200 + TRIES), others)
    mixer.mix(parts[:1])
    alone = middle(range(400, 400 + TRIES), [])
    print(
        f"from a slider's change to the first of the steps, each {step * 1000:.0f} ms (without a change {still * 1000:.0f} ms): "
        f"among {len(parts)} {early * 1000:.0f} ms, after {CHANGES} changes {late * 1000:.0f} ms, alone {alone * 1000:.0f} ms\n"
        f"so the change itself costs {(early - still) / step:.3f} of a step, after {CHANGES} changes "
        f"{(late - still) / step:.3f}, alone {(alone - still) / step:.3f}"
    )


def _to_first_step(mixer: Mixer, parts: list[Part], order: Order) -> None:
    def stop(*_: Any) -> None:
        raise Begun

    mixer.mix(parts)
    handle = mixer.family.pipe.unet.register_forward_pre_hook(stop)
    try:
        draw(mixer.family, order, lambda *_: None)
    except Begun:
        return
    finally:
        handle.remove()


def main() -> None:
    parser = timing.parser(__doc__, models=True)
    parser.add_argument("--rounds", type=int, default=3, help="how often each is timed; the best counts")
    parser.add_argument("--steps", type=int, default=3)
    asked = parser.parse_args()
    clock = timing.begin(asked)
    with tempfile.TemporaryDirectory() as folder:
        for name in asked.models:
            measure(name, Path(folder), asked.rounds, asked.steps, clock)


if __name__ == "__main__":
    main()
