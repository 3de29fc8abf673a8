"""What is remembered of evaluations."""

import json
import os

import pytest

from storage import evaluations, folders, pictures
from storage.errors import BadInput, NotFound
from tests import trials
from tests.conftest import paint


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


def test_pictures_from_a_browser_are_kept_by_their_folders_until_nobody_speaks_of_them(store, tmp_path):
    names = ["out/after/10.png", "out/after/2.png", "out/before/1.png", "loose.png", "results/1.png", "notes.txt"]
    sent = []
    for number, name in enumerate(names):
        paint(number).save(tmp_path / f"{number}.png")
        sent.append((tmp_path / f"{number}.png", name))
    kept = folders.keep(store, sent, taken=["results"])
    assert [path.name for path in kept] == ["pictures", "after", "before", "results 2"]
    assert [path.name for path in folders.listed(kept[1])] == ["2.png", "10.png"]
    with pytest.raises(BadInput, match="no picture among"):
        folders.keep(store, sent[-1:])
    os.utime(kept[0].parent, (0, 0))
    folders.sweep(store)
    assert not kept[0].parent.exists()
