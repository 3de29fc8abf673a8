"""Train the LoRA of the demonstration project anew, by the recipe, on the project's own pictures, into models/demo."""

from __future__ import annotations

import argparse
import tempfile
from pathlib import Path

from door import demonstration, follow, rooms
from door.rehearsal import Clock, Rehearsal, nearness
from storage.database import Store
from storage.tables import Lora


def options(parser: argparse.ArgumentParser) -> None:
    """How it is trained."""
    parser.add_argument("--recipe", default="style", metavar="NAME", help="the recipe [style]")
    parser.add_argument("--prompts", type=int, default=6, metavar="N", help="drawn before and after, to measure [6]")


def run(options: argparse.Namespace) -> int:
    """Train it in a store of its own, measure it, and put it where the demonstration project finds it."""
    clock, style = Clock(), demonstration.STYLE
    with tempfile.TemporaryDirectory() as folder:
        settings = rooms.settings(options).at(Path(folder) / "home")
        store = Store.open(settings)
        with follow.working(store, settings, ("train", "now")) as engine:
            work = Rehearsal(store, engine, style)
            work.bring(Path(folder) / "pictures", demonstration.PICTURES)
            clock.say("Describing the pictures without a caption")
            work.caption()
            clock.say(f"Training by the recipe “{options.recipe}”")
            lora = work.train(options.recipe)
            clock.say("Drawing without it and with it")
            prompts = work.prompts(options.prompts)
            before = work.draw(prompts, [])
            after = work.draw(prompts, [{"lora": lora.id, "weight": 1.0}])
        shares = nearness(style, before, after)
        file = demonstration.ship(store.files.path(lora.file), after[0], _facts(lora, shares))
        store.close()
    clock.say(f"Nearness to the style: {shares[0]:.2f} without, {shares[1]:.2f} with it; {file}")
    return 0


def _facts(lora: Lora, shares: list[float]) -> dict[str, object]:
    """Columns of the library's row; the origin stands beside the settings it was trained with."""
    origin = {
        "made_by": "python app.py demo-lora",
        "pictures": f"{demonstration.PICTURES} drawings of mini/examples.py in the style “{demonstration.STYLE}”",
        "nearness_without": round(shares[0], 3),
        "nearness_with": round(shares[1], 3),
    }
    columns = ("name", "family", "base", "trigger", "rank", "step", "weight", "weight_min", "weight_max")
    return {name: getattr(lora, name) for name in columns} | {"settings": lora.settings | {"origin": origin}}
