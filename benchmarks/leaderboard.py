"""Whether the leaderboard finds where a run learns by heart, and whether what it puts first is better on what it never saw.

`python -m benchmarks.leaderboard [--pictures 6] [--steps 320] [--held 16] [--threads 2] [--keep FOLDER]`

Few pictures, a high and constant rate: the run overfits on purpose. Half of the pictures that are held out rank its
checkpoints. The other half, with its captions as prompts and other seeds, then judges the first place and the last
checkpoint, beside the base; so does the bundled judge of drawings, which no ranking uses.
"""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image as Pictures

from benchmarks import timing
from benchmarks.lab import Studio, sheet
from benchmarks.learn_style import right, seen
from jobs.shelf import MODELS
from jobs.task import Weight
from jobs.tasks.evaluate import EvaluatePictures
from mini import styles
from mini.examples import style_set
from mini.parts import judge as judges
from mini.world import TEST_SEED, Drawing, sample
from storage import datasets, evaluations, overfitting, ranking, resampling

EVERY = 40
"""Steps between checkpoints, and between two looks at held-out pictures."""

RATE = 3e-3

FRAMINGS = ("close-up", "close-up", "medium shot")
"""Those of `mini.examples.style_set`, in their order."""


def held_set(studio: Studio, name: str, style: str, seed: int, asked: Any, learn: bool) -> None:
    """A data set whose held-out pictures come from one part of the drawing world; with `learn` those to learn from too."""
    held = [(f"held-{file}", picture, words) for file, picture, words in style_set(style, asked.held, seed, size=128)]
    first = list(style_set(style, asked.pictures, size=128)) if learn else []
    studio.bring(name, first + held, style.upper())
    row = datasets.named(studio.store, studio.project.id, name)
    rows = [one.id for one in datasets.images(studio.store, row.id) if one.name.startswith("held-")]
    datasets.set_split(studio.store, rows, "held-out")


def evaluate(studio: Studio, asked: Any, **fields: Any) -> dict[str, Any]:
    """A finished evaluation, and what it took."""
    task = EvaluatePictures(seeds=asked.seeds, steps=asked.draw_steps, **fields)
    job, seconds = studio.do("evaluate", task)
    look = evaluations.look(studio.store, job.result["evaluation"])
    print(f"\n{look['kind']}: {len(look['exhibits'])} pictures drawn and judged in {seconds:.0f} s", flush=True)
    return look


def tell(look: dict[str, Any]) -> None:
    """Print the contestants in their places with every metric."""
    metrics = [one for one in look["facts"]["metrics"] if not one["problem"]]
    rows = {one["id"]: one for one in look["contestants"]}
    print(f"  {'':3}{'':12}{'weighted':>9} " + " ".join(f"{one['name'][:10]:>10}" for one in metrics))
    for one in ranking.rank(look):
        values = [ranking.value_of(rows[one.id], metric["name"]) for metric in metrics]
        told = " ".join("         –" if value is None else f"{value:10.3f}" for value in values)
        print(f"  {one.place or '–':<3}{rows[one.id]['name'][:12]:12}{one.score:9.3f} {told}")
    trust = {one["name"]: ranking.reliability(look, one["name"]) for one in metrics}
    print(f"  reliability: {', '.join(f'{name} {value:.2f}' for name, value in trust.items())}")
    lead, names = ranking.lead(look), {one["id"]: one["name"] for one in look["contestants"]}
    print(
        f"  {names[lead.first]} over {names[lead.second]}: {'noise' if lead.noise else 'sure'}, first in {lead.wins:.0%}"
    )


def drawings(style: str, seed: int, count: int) -> list[Drawing]:
    """What the held-out pictures of a set show."""
    return [sample(TEST_SEED + seed * 10_000 + at, style=style, framing=FRAMINGS[at % 3]) for at in range(count)]


def shown(studio: Studio, look: dict[str, Any], place: int) -> list[Pictures.Image]:
    """What a contestant drew, prompt by prompt."""
    files = [one["file"] for one in look["exhibits"] if one["place"] == place]
    return [Pictures.open(studio.store.files.path(file)).convert("RGB") for file in files]


def verify(studio: Studio, style: str, ranked: dict[str, Any], asked: Any) -> None:
    """Print what the first place and the last checkpoint are worth on the half that no ranking used."""
    rows = {one["id"]: one for one in ranked["contestants"]}
    best, last = rows[ranking.first(ranked)], max(ranked["contestants"], key=lambda one: one["step"])
    blends = [[Weight(lora=one["lora"])] for one in (best, last)]
    look = evaluate(studio, asked, kind="pairs", dataset="unseen", blends=blends, seed=1000)
    tell(look)
    apart(look)
    judge, wanted = judges.load(MODELS / "mini" / "judge"), drawings(style, 2, asked.held)
    asked_for = [one for one in wanted for _ in range(asked.seeds)]
    pictures = {}
    for place, name in enumerate(("base", f"first: {best['name']}", f"last: {last['name']}")):
        pictures[name] = shown(studio, look, place)
        found = seen(judge, pictures[name])
        share = np.mean([one["style"] == style for one in found])
        kept = np.mean(list(right(found, asked_for).values()))
        print(f"  {name:18} judged to be {style}: {share:.2f} · of what was asked right: {kept:.2f}", flush=True)
    if asked.keep:
        sheet(pictures, most=2 * asked.held).save(Path(asked.keep) / "leaderboard.png")


def apart(look: dict[str, Any]) -> None:
    """Print by how much the first place differs from the last checkpoint in the weighted sum and in each metric of single
    pictures, with the 95 % interval over drawings of the prompts."""
    first, last = look["contestants"][1:3]
    weights = ranking.usual_weights(look)
    drawn = ranking.drawings(look, weights)
    found = {"weighted": drawn[first["id"]] - drawn[last["id"]]}
    count = resampling.deck_of(look).count
    draws = resampling.draws(count)
    for metric in look["facts"]["metrics"]:
        if metric["per"] == "picture" and not metric["problem"]:
            means = resampling.means(look, metric["name"], draws)
            found[metric["name"]] = means[1] - means[2]
    for name, values in found.items():
        low, high = resampling.ends(values, count) or (np.nan, np.nan)
        print(f"  first − last, {name}: {np.nanmean(values):+.3f} [{low:+.3f}, {high:+.3f}]")


def measure(studio: Studio, style: str, asked: Any) -> None:
    """Overfit, rank, verify."""
    held_set(studio, style, style, 1, asked, learn=True)
    held_set(studio, "unseen", style, 2, asked, learn=False)
    changes = {"learning_rate": RATE, "schedule": "constant", "caption_dropout": 0.0, "steps": asked.steps, "keep": 100}
    job, seconds = studio.train("style", style, save_every=EVERY, validate_every=EVERY, **changes)
    print(f"{style}: {asked.pictures} pictures, {job.steps} steps at a constant {RATE:g} in {seconds:.0f} s")
    look = evaluate(studio, asked, kind="checkpoints", job=job.id)
    tell(look)
    curves = overfitting.curves(studio.store, look)
    held = next(curve for curve in curves if curve.name == "held-out loss")
    told = ", ".join(f"{point['step']}: {point['value']:.3f}" for point in held.points)
    print(f"  held-out loss: {told}")
    print(f"  turns at: {overfitting.turn(curves)}")
    verify(studio, style, look, asked)


def main() -> None:
    parser = timing.parser(__doc__)
    parser.add_argument("--style", default="watercolor", choices=sorted(styles.HELD_OUT))
    parser.add_argument("--pictures", type=int, default=6, help="how many are learned from")
    parser.add_argument("--steps", type=int, default=320, help="of training")
    parser.add_argument("--held", type=int, default=16, help="held-out pictures of each half")
    parser.add_argument("--seeds", type=int, default=2, help="pictures of each prompt")
    parser.add_argument("--draw-steps", type=int, default=8, help="of drawing")
    parser.add_argument("--keep", help="a folder that a sheet of pictures is kept in")
    asked = parser.parse_args()
    timing.begin(asked)
    with tempfile.TemporaryDirectory() as home:
        studio = Studio(Path(home), asked.threads)
        measure(studio, asked.style, asked)
        studio.store.close()


if __name__ == "__main__":
    main()
