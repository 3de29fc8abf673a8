"""Evaluations of every kind put into a store as a worker would leave them, without drawing or measuring anything.

The pictures are those that mini's renderer draws; the numbers come from a fixed die.
"""

from __future__ import annotations

import functools
import random
from typing import Any

import numpy as np
from PIL import Image as Pictures
from safetensors.numpy import save_file

from jobs import folder
from mini import examples
from storage import evaluations, loras, pictures, queue
from storage.database import Store
from storage.evaluation_tables import Contestant, Exhibit
from storage.tables import Job

PROMPTS = ("wtrclr, a woman with round glasses", "wtrclr, a man with a red hat", "wtrclr, close-up, a smiling girl")
METRICS: tuple[tuple[str, str, str, str], ...] = (
    ("clip_score", "CLIPScore", "more", "picture"),
    ("clip_image", "Likeness to the pictures", "more", "picture"),
    ("fid", "FID", "less", "set"),
    ("kid", "KID", "less", "set"),
    ("identity", "Same face", "more", "picture"),
    ("framing", "Framing", "more", "picture"),
    ("diversity", "Diversity", "more", "prompt"),
    ("copying", "Copying", "less", "picture"),
)
MIDDLE = {"clip_score": 0.7, "clip_image": 0.6, "fid": 40.0, "kid": 0.02, "identity": 0.5, "framing": 0.7,
          "diversity": 0.3, "copying": 0.6}  # fmt: skip
"""About what each metric is."""

KINDS = ("pairs", "checkpoints", "weights", "blend", "resolutions", "folder")


def stage(store: Store, project: int, kind: str, prompts: int = 2, seeds: int = 2) -> int:
    """An evaluation of that kind, finished, with pictures and numbers that a person would believe; answers its id."""
    made = [lora(store, project, f"watercolor {kind} {number + 1}") for number in range(2)]
    first, second = (loras.get(store, number) for number in made)
    asked: dict[str, Any] = {
        "pairs": {"blends": [[{"lora": first.id}]]},
        "checkpoints": {"job": first.job_id},
        "weights": {"lora": first.id},
        "blend": {"lora": first.id, "other": second.id},
        "resolutions": {"dataset": "watercolor"},
        "folder": {"folders": ["results"]},
    }[kind]
    lines = "\n".join(PROMPTS[:prompts])
    task = folder.task("evaluate")(kind=kind, prompts=lines, seeds=seeds, steps=12, **asked)
    job = _claimed(store, project, "evaluate", task)
    row = evaluations.begin(store, job, f"Which {kind}", kind)
    ones = [Contestant(evaluation_id=row.id, place=place, **facts) for place, facts in enumerate(_taking(kind, made))]
    ones = evaluations.enter(store, job, row.id, ones)
    training = _training(store, job)
    for one in ones:
        _draw(store, job, one, (prompts, seeds), training)
    evaluations.keep_totals(store, job, {one.id: _totals(store, one, ones) for one in ones})
    evaluations.tell(store, job, row.id, _facts(kind, prompts, seeds, ones, training), ended=True)
    queue.result(store, job, {"evaluation": row.id})
    queue.finish(store, job)
    return row.id


def lora(store: Store, project: int, name: str) -> int:
    """A LoRA of the mini family that changes nothing."""
    task = folder.task("train")(name=name, dataset="watercolor")
    job = _claimed(store, project, "train", task)
    file = store.home / "staged.safetensors"
    layer = "unet.mid_block.attentions.0.transformer_blocks.0.attn1.to_q.lora_{}.weight"
    save_file({layer.format(half): np.zeros(shape, np.float32) for half, shape in (("A", (8, 384)), ("B", (384, 8)))},
              file, {"format": "pt"})  # fmt: skip
    number = loras.keep(store, job, file, name=name, family="sd15", base="mini", trigger="wtrclr", rank=8, step=300)
    file.unlink()
    queue.finish(store, job)
    return number


def _claimed(store: Store, project: int, kind: str, task: Any) -> Job:
    queue.add(store, project, kind, task, title=task.title(), lane="train")
    job = queue.claim(store, "staging", ("train",))
    assert job is not None
    return job


def _taking(kind: str, made: list[int]) -> list[dict[str, Any]]:
    """The columns of each contestant, the baseline first."""
    first, second = made

    def blend(*parts: tuple[int, float]) -> list[dict[str, Any]]:
        return [{"lora": number, "name": f"LoRA {number}", "file": "", "weight": weight} for number, weight in parts]

    base = {"name": "mini", "base": "mini"}
    if kind == "pairs":
        return [base, base | {"name": "watercolor", "blend": blend((first, 1.0)), "lora_id": first},
                base | {"name": "watercolor + neighbour", "blend": blend((first, 0.7), (second, 0.5))}]  # fmt: skip
    if kind == "checkpoints":
        return [base] + [base | {"name": f"Step {step}", "step": step, "lora_id": first, "blend": blend((first, 1.0))}
                         for step in (50, 100, 150, 200, 250, 300)]  # fmt: skip
    if kind == "weights":
        return [base] + [base | {"name": f"{weight:g}", "axes": {"weight": weight}, "lora_id": first,
                                 "blend": blend((first, weight))} for weight in (0.2, 0.4, 0.6, 0.8, 1.0)]  # fmt: skip
    if kind == "blend":
        grid = [(a, b) for a in (0.0, 0.5, 1.0) for b in (0.0, 0.5, 1.0)]
        return [base | {"name": f"{a:g} × {b:g}", "axes": {"a": a, "b": b}, "blend": blend((first, a), (second, b))}
                for a, b in grid]  # fmt: skip
    if kind == "resolutions":
        return [base] + [base | {"name": f"{side} px", "axes": {"resolution": float(side)}, "lora_id": first,
                                 "blend": blend((first, 1.0))} for side in (32, 64, 128)]  # fmt: skip
    return [{"name": "before"}, {"name": "results"}]


def _training(store: Store, job: Job) -> list[str]:
    rows = examples.style_set("watercolor", 4, seed=3, size=96)
    return [pictures.get(store, pictures.keep(store, job, one, kind="input")).file for _, one, _ in rows]


@functools.cache
def _shown(count: int) -> list[Pictures.Image]:
    return [picture for _, picture, _ in examples.style_set("watercolor", count, seed=5, size=96)]


def _draw(store: Store, job: Job, one: Contestant, counts: tuple[int, int], training: list[str]) -> None:
    prompts, seeds = counts
    chance = random.Random(one.place)
    for number, picture in enumerate(_shown(prompts * seeds)):
        small = picture.resize((12 + 12 * min(one.place, 6),) * 2).resize((96, 96), Pictures.Resampling.BICUBIC)
        facts = {"prompt": PROMPTS[number // seeds], "seed": 1 + number % seeds}
        kept = pictures.keep(store, job, small, kind="trial", step=one.place * prompts * seeds + number,
                             base=one.base, blend=one.blend, **facts) if one.base else None  # fmt: skip
        file = pictures.get(store, kept).file if kept else store.files.add_bytes(pictures.png(small), ".png")
        if kept is None:
            store.files.keep_thumbnail(file, small)
        scores = {name: _value(name, one.place, chance) for name, _, _, per in METRICS if per == "picture"}
        evaluations.show(store, job, Exhibit(
            evaluation_id=one.evaluation_id, contestant_id=one.id, number=number, picture_id=kept, file=file,
            scores=scores, nearest=training[number % len(training)], **facts,
        ))  # fmt: skip


def _value(name: str, place: int, chance: random.Random) -> float:
    better = 0.06 * min(place, 4) - 0.05 * max(place - 4, 0)
    sign = -1 if name in ("fid", "kid") else 1
    return round(MIDDLE[name] * (1 + sign * better + chance.gauss(0, 0.05)), 4)


def _totals(store: Store, one: Contestant, ones: list[Contestant]) -> dict[str, dict[str, Any]]:
    chance, found = random.Random(100 + one.place), {}
    own = {row.id: row.scores for row in evaluations.exhibits(store, one.evaluation_id) if row.contestant_id == one.id}
    for name, *_ in METRICS:
        values = [scores[name] for scores in own.values() if name in scores]
        mean = sum(values) / len(values) if values else _value(name, one.place, chance)
        found[name] = total(name, mean, MIDDLE[name], len(values) or len(own), baseline=one.place == 0)
    return found


def total(name: str, mean: float, before: float, n: int, baseline: bool = False) -> dict[str, Any]:
    """What is kept of one metric, with intervals a tenth of its middle wide."""
    half, apart = MIDDLE[name] * 0.05, None if baseline else mean - before
    low, high = (None, None) if apart is None else (apart - half, apart + half)
    return {
        "mean": mean, "low": mean - half, "high": mean + half, "n": n, "difference": apart, "difference_low": low,
        "difference_high": high, "noise": low is not None and low <= 0 <= (high or 0.0), "problem": "",
    }  # fmt: skip


def _facts(kind: str, prompts: int, seeds: int, ones: list[Contestant], training: list[str]) -> dict[str, Any]:
    metrics = [
        {"name": name, "title": title, "better": better, "unit": "", "per": per, "problem": "",
         "definition": f"How {title} is defined (Somebody et al. 2021).", "model": "CLIP mini 0f2b5c"}
        for name, title, better, per in METRICS
    ]  # fmt: skip
    facts: dict[str, Any] = {
        "metrics": metrics,
        "references": {"dataset": "watercolor", "held_out": training[:2], "training": training},
        "versions": {"torch": "2.14.1", "diffusers": "0.42.1", "numpy": "2.4.6"},
        "base": "0f2b5c7d9e",
        "prompts": list(PROMPTS[:prompts]),
        "seeds": list(range(1, 1 + seeds)),
    }
    if kind == "weights":
        facts["suggestion"] = {"best": 0.8, "low": 0.6, "high": 1.0}
    if kind in ("checkpoints", "resolutions"):
        curve = [[step, 0.09 + 0.13 * 2 ** (-step / 40)] for step in range(10, 310, 10)]
        facts["losses"] = {str(one.place): curve for one in ones if one.place}
    return facts
