"""Captioning in batches beside the one-by-one loop: pictures a second, same run, same model.

`python -m benchmarks.captioning [--models mini base tiny] [--pictures 8] [--batch 8] [--words 16] [--rounds 2] [--threads 2]
 [--cpu-time]`

`mini` is the bundled captioner, `base` BLIP base's own shape with random weights, `tiny` the tests' model. What is said
is not timed for being right: random weights never end a sentence, so that all captions have the same length.
"""

from __future__ import annotations

import argparse
import statistics
import time
from collections.abc import Callable
from pathlib import Path

import torch
from PIL import Image as Pictures
from transformers import BertTokenizer, BlipConfig, BlipForConditionalGeneration, BlipImageProcessor, BlipProcessor

from jobs.captioners._blip import Blip
from jobs.captioners.captioner import Wording
from jobs.captioners.mini import MiniBlip
from mini import examples
from storage.settings import MINI

BAR = 1.5
"""How many times the pictures a second of the loop batches are to reach."""


def captioner(name: str) -> Blip:
    """The bundled captioner, the tests' tiny one, or BLIP base with random weights."""
    if name == "mini":
        return MiniBlip.load(MINI.parent, torch.device("cpu"), torch.float32)
    if name == "tiny":
        from tests import tiny

        return MiniBlip(*tiny.blip())
    torch.manual_seed(0)
    words = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", "[DEC]", "[ENC]", *(f"word{n}" for n in range(30_517))]
    tokens = BertTokenizer(vocab={word: number for number, word in enumerate(words)}, bos_token="[DEC]")
    model = BlipForConditionalGeneration(BlipConfig(text_config={"is_decoder": True, "eos_token_id": 3}))
    return MiniBlip(model, BlipProcessor(BlipImageProcessor(), tokens))


def alone(model: Blip, pictures: list[Pictures.Image], wording: Wording) -> list[str]:
    """The loop: one picture after the other."""
    return [text for picture in pictures for text in model.caption([picture], wording)]


def together(model: Blip, pictures: list[Pictures.Image], wording: Wording, size: int) -> list[str]:
    """Batches, as the job makes them."""
    parts = [pictures[start : start + size] for start in range(0, len(pictures), size)]
    return [text for part in parts for text in model.caption(part, wording)]


def seconds(work: Callable[[], object], clock: Callable[[], float]) -> float:
    """How long `work` takes by that clock."""
    start = clock()
    work()
    return clock() - start


def measure(name: str, options: argparse.Namespace) -> float:
    """Print the table of one model; the ratio of the careful setting that people use (three beams)."""
    clock = time.process_time if options.cpu_time else time.perf_counter
    model = captioner(name)
    pictures = [picture for _, picture, _ in examples.style_set("watercolor", options.pictures, size=256)]
    millions = sum(parameter.numel() for parameter in model._model.parameters()) / 1e6
    print(
        f"\n{name}: {millions:.1f} M parameters, {options.pictures} pictures, captions of {options.words} tokens at most"
    )
    print(f"{'beams':>6} {'one by one /s':>14} {'batches /s':>11} {'ratio':>6}")
    ratio = 0.0
    for beams in (1, 3):
        wording = Wording(most=options.words, beams=beams)
        model.caption(pictures[:2], wording)
        pairs = [
            (
                seconds(lambda w=wording: alone(model, pictures, w), clock),
                seconds(lambda w=wording: together(model, pictures, w, options.batch), clock),
            )
            for _ in range(options.rounds)
        ]
        ratio = statistics.median(one / many for one, many in pairs)
        rates = [options.pictures / statistics.median(times) for times in zip(*pairs, strict=True)]
        print(f"{beams:6} {rates[0]:14.2f} {rates[1]:11.2f} {ratio:6.2f}")
    return ratio


def main() -> None:
    """Measure each model and say whether batches reach the bar."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--models", nargs="+", default=["mini", "base"], choices=("mini", "base", "tiny"))
    for name, value in {"pictures": 8, "batch": 8, "words": 16, "rounds": 2, "threads": 2}.items():
        parser.add_argument(f"--{name}", type=int, default=value)
    parser.add_argument("--cpu-time", action="store_true", help="count this process's own time: for a busy machine")
    options = parser.parse_args()
    torch.set_num_threads(options.threads)
    print(f"torch {torch.__version__}, {options.threads} threads, batches of {options.batch}, {options.rounds} rounds")
    for name in options.models:
        if name == "mini" and not Path(MINI / "blip").is_dir():
            print("\nmini is not here: left out")
            continue
        ratio = measure(name, options)
        print(f"bar {BAR}: {'reached' if ratio >= BAR else 'missed'} with three beams ({ratio:.2f})")


if __name__ == "__main__":
    main()
