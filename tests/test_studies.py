"""What follows from an evaluation's numbers: places, how sure they are, where a run turns, what a slider should do."""

import random

import pytest

from storage import loras, measures, overfitting, queue, ranking, suggesting, verdicts
from storage.errors import BadInput
from storage.suggesting import Suggestion
from tests import trials

LORA = [{"lora": 1, "name": "fox", "file": "f.safetensors", "weight": 1.0}]


def seen(kind, means, better="more", noise=0.02, prompts=12, **columns):
    """An evaluation with one metric (two, where `means` are pairs); the base alone comes first."""
    names = ["a", "b"][: len(means[0]) if isinstance(means[0], tuple) else 1]
    chance = random.Random(1)
    luck = [chance.gauss(0, 3 * noise) for _ in range(prompts)]
    ones, shown = [], []
    for place, mean in enumerate(means):
        values = dict(zip(names, mean if isinstance(mean, tuple) else (mean,), strict=True))
        facts = {name: column[place] for name, column in columns.items()}
        ones.append({"id": 10 + place, "place": place, "name": f"n{place}", "base": "mini", "blend": LORA if place else [],
                     "lora": place or None, "step": 10 * place, "axes": {}, "totals": {}} | facts)  # fmt: skip
        own = [{n: v + luck[p] + chance.gauss(0, noise) for n, v in values.items()} for p in range(prompts)]
        for name in names:
            found = sum(one[name] for one in own) / prompts
            ones[-1]["totals"][name] = {"mean": found, "low": found - noise, "high": found + noise}
        shown += [{"place": place, "number": p, "prompt": f"p{p}", "seed": 1, "scores": own[p]} for p in range(prompts)]
    metrics = [{"name": name, "title": name, "better": better} for name in names]
    return {"kind": kind, "facts": {"metrics": metrics}, "contestants": ones, "exhibits": shown}


def test_the_better_comes_first_whichever_way_a_metric_counts():
    for better, order in (("more", [13, 12, 11]), ("less", [11, 12, 13])):
        ranked = ranking.rank(seen("checkpoints", [0.1, 0.2, 0.5, 0.9], better, 0.001), {"a": 1.0})
        assert [one.id for one in ranked if one.place] == order
        assert [one.place for one in ranked if one.id == 10] == [0]
        assert ranked[0].score == pytest.approx(1.0) or better == "less"


def test_moving_a_weight_changes_who_is_first():
    look = seen("pairs", [(0.1, 0.9), (0.5, 0.5), (0.9, 0.1)], noise=0.001)
    assert ranking.first(look, {"a": 1.0, "b": 0.1}) == 12
    assert ranking.first(look, {"a": 0.1, "b": 1.0}) == 10
    assert all(one.score == 0 for one in ranking.rank(look, {"a": 0.0, "b": 0.0}))


def test_noise_alone_takes_nobody_far_from_first():
    near = ranking.rank(seen("checkpoints", [0.5, 0.500, 0.501, 0.502], noise=0.1), {"a": 1.0})
    assert min(one.score for one in near if one.place) > 0.5


def test_what_has_no_value_counts_as_the_worst_and_is_said():
    look = seen("pairs", [0.1, 0.5, 0.9])
    look["contestants"][2]["totals"]["a"]["mean"] = None
    ranked = ranking.rank(look)
    assert (ranked[0].id, ranked[-1].id in (10, 12)) == (11, True)
    assert next(one for one in ranked if one.id == 12).parts == {"a": None}


def test_a_lead_is_sure_where_it_is_large_and_noise_where_it_is_not():
    sure = ranking.lead(seen("checkpoints", [0.1, 0.2, 0.9]))
    assert (sure.first, sure.second, sure.noise) == (12, 11, False)
    assert sure.wins == 1.0 and sure.low > 0
    assert ranking.lead(seen("checkpoints", [0.1, 0.5, 0.5005])).noise


def test_what_is_not_judged_yet_has_no_lead():
    look = seen("checkpoints", [0.1, 0.5, 0.9])
    bare = look | {"exhibits": [], "contestants": [one | {"totals": {}} for one in look["contestants"]]}
    assert ranking.lead(bare, {}).noise and not any(one.score for one in ranking.rank(bare))
    assert ranking.lead(look | {"contestants": [], "exhibits": []}).first == 0
    alone = look | {"exhibits": []}
    assert ranking.lead(alone).wins == 1.0


def test_only_what_can_be_better_is_weighed_and_kid_stands_in_for_fid(store, project):
    from storage import evaluations

    look = evaluations.look(store, trials.stage(store, project.id, "checkpoints"))
    weights = ranking.usual_weights(look)
    assert weights["fid"] and not weights["kid"]
    look["facts"]["metrics"] = [one for one in look["facts"]["metrics"] if one["name"] != "fid"]
    assert ranking.usual_weights(look)["kid"] == weights["fid"]
    assert "fid" not in ranking.rank(look)[0].parts


def test_a_suggestion_is_the_best_weight_and_those_about_as_good():
    axes = [{}, *({"weight": weight} for weight in (0.2, 0.4, 0.6, 0.8, 1.0))]
    look = seen("weights", [0.3, 0.35, 0.6, 0.9, 0.895, 0.1], axes=axes)
    found = suggesting.suggest(look)
    assert found.best in (0.6, 0.8) and (found.low, found.high, found.problem) == (0.6, 0.8, "")
    alike = suggesting.suggest(seen("weights", [0.1, 0.8, 0.801, 0.8, 0.802, 0.8], axes=axes))
    assert (alike.low, alike.high, alike.problem) == (0.2, 1.0, suggesting.ALIKE)
    worse = suggesting.suggest(seen("weights", [0.9, 0.5, 0.4, 0.3, 0.2, 0.1], axes=axes))
    assert (worse.best, worse.problem) == (0.2, suggesting.WORSE)
    with pytest.raises(BadInput, match="No weight was scored"):
        suggesting.suggest(seen("weights", [0.9, 0.5]))


@pytest.fixture
def run(store, project):
    """A run with two checkpoints and an end: its rows, by step."""
    number = trials.lora(store, project.id, "fox")
    job = queue.get(store, loras.get(store, number).job_id)
    path = store.files.path(loras.get(store, number).file)
    loras.change(store, number, tags=["soft"], weight=0.9)
    facts = {"family": "sd15", "base": "mini", "job_id": job.id, "final": False}
    for step in (100, 200):
        loras.add(store, project.id, path, name=f"fox · step {step}", step=step, **facts)
    with store.session() as session:
        for step, value in enumerate([0.6, 0.4, 0.35, 0.45, 0.5]):
            session.add(measures.Measure(job_id=job.id, step=100 * step, name="held-out loss", value=value))
        session.commit()
    return loras.of_job(store, job.id)


def judged(store, project, run):
    """The run's checkpoints as an evaluation: the middle one is the best. Answers its id."""
    from sqlalchemy import update

    from storage.evaluation_tables import Contestant

    number = trials.stage(store, project.id, "checkpoints")
    with store.session() as session:
        for place in range(7):
            row = run[min(place, 3) - 1] if place else None
            values = {"lora_id": row.id if row else None, "step": row.step if row else 0}
            values["totals"] = {"clip_image": trials.total("clip_image", [0.3, 0.4, 0.9, 0.5][min(place, 3)], 0.3, 4)}
            here = (Contestant.evaluation_id == number, Contestant.place == place)
            session.execute(update(Contestant).where(*here).values(**values))
        session.commit()
    return number


def test_curves_show_where_a_run_turns(store, project, run):
    from storage import evaluations

    look = evaluations.look(store, judged(store, project, run))
    look["contestants"] = look["contestants"][:4]
    found = {curve.name: curve for curve in overfitting.curves(store, look)}
    assert {"score", "clip_image", "held-out loss"} <= found.keys()
    assert (found["held-out loss"].best, found["held-out loss"].turn) == (200, 200)
    assert [point["step"] for point in found["clip_image"].points] == [0, 100, 200, 300]
    assert found["clip_image"].turn == 200 and overfitting.turn(list(found.values())) == 200
    rising = seen("checkpoints", [0.1, 0.2, 0.5, 0.9])
    rising["contestants"] = [one | {"lora": None} for one in rising["contestants"]]
    assert overfitting.turn(overfitting.curves(store, rising)) is None


def test_the_best_checkpoint_becomes_the_lora_and_can_be_taken_back(store, project, run):
    number = judged(store, project, run)
    middle, last = run[1], run[2]
    before = verdicts.make_default(store, number)
    now = loras.named(store, project.id, "fox")
    assert (now.id, now.tags) == (middle.id, ["soft"])
    assert not loras.get(store, last.id).final
    verdicts.undo(store, before)
    assert loras.named(store, project.id, "fox").id == last.id
    assert (loras.get(store, middle.id).name, loras.get(store, middle.id).final) == ("fox · step 200", False)
    with pytest.raises(BadInput, match="Only a checkpoint"):
        verdicts.make_default(store, number, 10_000)


def test_a_suggestion_becomes_the_slider_and_can_be_taken_back(store, run):
    number = run[2].id
    before = verdicts.set_slider(store, number, Suggestion(0.6, 0.4, 0.8))
    row = loras.get(store, number)
    assert (row.weight, row.weight_min, row.weight_max) == (0.6, 0.4, 0.8)
    verdicts.set_slider(store, number, Suggestion(0.6, 0.6, 0.6))
    row = loras.get(store, number)
    assert (row.weight_min, row.weight_max) == (pytest.approx(0.5), pytest.approx(0.7))
    verdicts.undo(store, before)
    assert loras.get(store, number).weight == 0.9
