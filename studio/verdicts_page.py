"""What an evaluation says and what comes of it: ranks, curves, a LoRA's default and slider, comparisons, reports to keep."""

from __future__ import annotations

import secrets
from dataclasses import asdict
from typing import Any

from jobs import folder
from storage import comparing, evaluations, loras, overfitting, ranking, reports, suggesting, verdicts
from storage.database import Store
from storage.errors import BadInput
from studio import asking_trials as trials
from studio import carrying, form
from studio.scene import Scene

STEPPED = "checkpoints"
"""The kind whose contestants lie along the steps of a run."""


def declare(scene: Scene) -> None:
    """Offer the endpoints that rank and use what was found."""
    words = scene.words

    def compare_evaluations(store: Store, evaluation: int, other: int) -> dict[str, Any]:
        """Two evaluations beside each other (storage/comparing.py tells what is answered): what differs by more than chance."""
        found = asdict(comparing.compare(store, evaluation, other))
        problems = {name: words.error(said) for name, said in found["problems"].items()}
        titles = {name: trials.metric(words, name, title)["title"] for name, title in found["titles"].items()}
        return found | {"problems": problems, "titles": titles}

    def export_evaluation(store: Store, evaluation: int, kind: str = "html") -> dict[str, Any]:
        """Write an evaluation as `html`, `csv` or `json`; answers where to download it within the hour, and its name."""
        fields = folder.task("evaluate").model_fields
        order = reports.Order(
            language=words.language,
            say=words.error,
            label=lambda field: form.label(words, "evaluate", field, fields[field]) if field in fields else field,
            metric=lambda name, title: trials.metric(words, name, title)["title"],
        )
        token = secrets.token_hex(8)
        target = carrying.place(store, token) / reports.file_name(store, evaluation, kind)
        reports.export(store, evaluation, kind, target, order)
        return {"url": f"/export/{token}", "name": target.name, "bytes": target.stat().st_size}

    for fn in (rank_evaluation, use_contestant, keep_slider, undo_verdict, compare_evaluations, export_evaluation):
        scene.action(fn)


def rank_evaluation(store: Store, evaluation: int, weights: dict[str, float] | None = None) -> dict[str, Any]:
    """The contestants by rank, metrics counting as `weights` say (None: as usual), and how sure the first place is.

    Of checkpoints also `curves` against the step, `turn`, the step where learning becomes learning by heart (None: it
    does not), `usable`, who can become the LoRA of the run, and `default`, who is it now (0: nobody here).
    """
    look = evaluations.look(store, evaluation)
    counted = ranking.usual_weights(look) | {name: float(weight) for name, weight in (weights or {}).items()}
    if not counted:
        raise BadInput("Nothing that has a better and a worse was measured, so there is nothing to rank by.")
    order = [asdict(placed) for placed in ranking.rank(look, counted)]
    found = {"weights": counted, "order": order, "lead": asdict(ranking.lead(look, counted))}
    return found | (_stepped(store, look, counted) if look["kind"] == STEPPED else {})


def _stepped(store: Store, look: dict[str, Any], weights: dict[str, float]) -> dict[str, Any]:
    curves = overfitting.curves(store, look, weights)
    rows = {one["id"]: loras.get(store, one["lora"]) for one in look["contestants"] if one["lora"]}
    there = {id: row for id, row in rows.items() if row.deleted is None and row.job_id}
    now = [id for id, row in there.items() if row.final]
    return {
        "curves": [asdict(curve) for curve in curves],
        "turn": overfitting.turn(curves),
        "usable": list(there),
        "default": now[0] if len(now) == 1 else 0,
    }


def use_contestant(store: Store, evaluation: int, contestant: int) -> list[dict[str, Any]]:
    """Make a checkpoint the LoRA of its run; answers what `undo_verdict` takes."""
    return verdicts.make_default(store, evaluation, contestant)


def keep_slider(store: Store, evaluation: int) -> list[dict[str, Any]]:
    """Let the LoRA's slider begin at the suggested weight and run over the suggested range; answers what `undo_verdict` takes."""
    look = evaluations.look(store, evaluation)
    number = next((one["lora"] for one in look["contestants"] if one["lora"]), 0)
    return verdicts.set_slider(store, number, suggesting.suggest(look))


def undo_verdict(store: Store, before: list[dict[str, Any]]) -> None:
    """Put LoRAs back as they were before `use_contestant` or `keep_slider`."""
    verdicts.undo(store, before)
