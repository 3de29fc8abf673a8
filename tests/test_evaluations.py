"""What is remembered of evaluations."""

import json

import pytest

from storage import evaluations, pictures
from storage.errors import BadInput, NotFound
from tests import trials


@pytest.mark.parametrize("kind", trials.KINDS)
def test_an_evaluation_of_each_kind_is_looked_at(store, project, kind):
    number = trials.stage(store, project.id, kind, prompts=1)
    seen = json.loads(json.dumps(evaluations.look(store, number)))
    assert (seen["kind"], seen["state"]) == (kind, "done")
    assert seen["ended"] and seen["request"]["kind"] == kind
    assert [one["place"] for one in seen["contestants"]] == list(range(len(seen["contestants"])))
    assert len(seen["exhibits"]) == 2 * len(seen["contestants"])
    assert {name for one in seen["contestants"] for name in one["totals"]} == {row[0] for row in trials.METRICS}
    assert [line["id"] for line in evaluations.listed(store, project.id)] == [number]
    assert pictures.made(store, project.id) == []


def test_an_evaluation_is_renamed_taken_away_and_brought_back(store, project):
    number = trials.stage(store, project.id, "pairs", prompts=1, seeds=1)
    evaluations.rename(store, number, " Autumn ")
    assert evaluations.look(store, number)["name"] == "Autumn"
    with pytest.raises(BadInput, match="needs a name"):
        evaluations.rename(store, number, " ")
    evaluations.remove(store, [number])
    assert evaluations.listed(store, project.id) == []
    evaluations.restore(store, [number])
    assert [line["files"] for line in evaluations.listed(store, project.id)][0]
    with pytest.raises(NotFound, match="no evaluation number 99"):
        evaluations.rename(store, 99, "x")
