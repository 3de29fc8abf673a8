"""Whether a LoRA learns how pictures are drawn: recipe `style` on a style that the base has not seen.

`python -m benchmarks.learn_style [--styles watercolor] [--steps 0] [--prompts 40] [--threads 2] [--keep FOLDER]`

The same prompts and seeds are drawn by the base and with the LoRA; the captions and prompts never name the style. The
bundled judge, trained on drawings of all styles, says of each picture in which style it is drawn, and what it shows:
a prompt's attributes must stay right. What it says of true drawings of the same prompts in that style is the most there
is to have.
"""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image as Pictures

from benchmarks import timing
from benchmarks.lab import Studio, sheet
from jobs.shelf import MODELS
from mini import styles
from mini.attributes import value
from mini.draw import draw
from mini.examples import style_set
from mini.parts import judge as judges
from mini.world import TEST_SEED, Drawing, caption, sample

ASKED = ("framing", "expression", "hair_colour", "glasses", "hat", "garment_colour")
"""Attributes that a prompt names and that are looked for."""

PROMPTS = 350_000
"""First seed, after `TEST_SEED`, of what the prompts describe."""

USEFUL = 180
"""Seconds within which a first LoRA is to be of use."""


def wanted(count: int, style: str) -> list[Drawing]:
    """What the prompts describe."""
    framings = ("close-up", "medium shot")
    return [sample(TEST_SEED + PROMPTS + i, style=style, framing=framings[i % 2]) for i in range(count)]


def seen(judge: judges.Judge, shown: list[Pictures.Image]) -> list[dict[str, str]]:
    """What the judge names in each picture."""
    small = [np.asarray(one.resize((128, 128), Pictures.Resampling.BOX)) for one in shown]
    return judge.name(np.stack(small))


def right(found: list[dict[str, str]], asked: list[Drawing]) -> dict[str, float]:
    """Share of pictures that show what their prompt asks for, by attribute."""
    pairs = list(zip(found, asked, strict=True))
    return {name: float(np.mean([one[name] == value(what, name) for one, what in pairs])) for name in ASKED}


def measure(studio: Studio, style: str, judge: judges.Judge, asked: Any) -> None:
    """Print one style's lines."""
    trigger = style.upper()
    studio.bring(style, style_set(style, asked.pictures, size=128), trigger)
    drawings = wanted(asked.prompts, style)
    prompts = [f"{trigger}, {caption(one, style=False)}" for one in drawings]
    shown = {"drawings": [draw(one, 128) for one in drawings], "base": studio.draw(prompts, [])}
    job, seconds = studio.train("style", style, **({"steps": asked.steps} if asked.steps else {}))
    shown["LoRA"] = studio.draw(prompts, [{"lora": job.result["lora"], "weight": 1.0}])
    print(
        f"{style}: {asked.pictures} pictures, {job.steps} steps in {seconds:.0f} s (bar {USEFUL}), {len(prompts)} prompts"
    )
    for name, some in shown.items():
        found = seen(judge, some)
        share = np.mean([one["style"] == style for one in found])
        told = ", ".join(f"{attribute} {value:.2f}" for attribute, value in right(found, drawings).items())
        print(f"  {name:8} judged to be {style}: {share:.2f} · right: {told}", flush=True)
    if asked.keep:
        sheet(shown).save(Path(asked.keep) / f"{style}.png")


def main() -> None:
    parser = timing.parser(__doc__)
    parser.add_argument("--styles", nargs="+", default=["watercolor"], choices=sorted(styles.HELD_OUT))
    parser.add_argument("--pictures", type=int, default=16, help="how many are learned from")
    parser.add_argument("--prompts", type=int, default=40, help="how many are drawn by each")
    parser.add_argument("--steps", type=int, default=0, help="steps of training; 0: as the recipe says")
    parser.add_argument("--keep", help="a folder that the drawn pictures are kept in, one sheet a style")
    asked = parser.parse_args()
    timing.begin(asked)
    with tempfile.TemporaryDirectory() as home:
        studio = Studio(Path(home), asked.threads)
        for style in asked.styles:
            measure(studio, style, judges.load(MODELS / "mini" / "judge"), asked)
        studio.store.close()


if __name__ == "__main__":
    main()
