"""Two evaluations beside each other."""

import shutil

import pytest

from storage import comparing, evaluations, projects
from storage.database import Store
from storage.settings import Settings
from tests import trials


@pytest.fixture(scope="module")
def staged(tmp_path_factory):
    """The folder of a store with two evaluations of the same kind and the same numbers, and one of another; their ids."""
    home = tmp_path_factory.mktemp("staged")
    opened = Store.open(Settings(home=home, device="cpu"))
    project = projects.first(opened).id
    numbers = [trials.stage(opened, project, "weights", prompts=2, seeds=1) for _ in range(2)]
    numbers.append(trials.stage(opened, project, "pairs", prompts=1, seeds=1))
    opened.close()
    return home, numbers


@pytest.fixture
def store(staged, tmp_path):
    """A copy of it."""
    shutil.copytree(staged[0], tmp_path / "home", ignore=shutil.ignore_patterns("files", "thumbs"))
    opened = Store.open(Settings(home=tmp_path / "home", device="cpu"))
    yield opened
    opened.close()


@pytest.fixture
def two(staged):
    """The two of the same kind."""
    return staged[1][:2]


def change(store, number, **facts):
    """Change facts of the first metric of an evaluation."""
    with store.session() as session:
        row = session.get(evaluations.Evaluation, number)
        first, *rest = row.facts["metrics"]
        row.facts = row.facts | {"metrics": [first | facts, *rest]}
        session.commit()


def add(store, number, place, amount):
    """Let a contestant's CLIPScores be so much higher, each a little differently."""
    with store.session() as session:
        for one in evaluations.exhibits(store, number):
            if session.get(evaluations.Contestant, one.contestant_id).place == place:
                scores = one.scores | {"clip_score": one.scores["clip_score"] + amount * (1 + 0.1 * one.number)}
                session.get(evaluations.Exhibit, one.id).scores = scores
        session.commit()


def test_what_is_the_same_differs_by_nothing(store, two):
    found = comparing.compare(store, *two)
    assert [(pair.name, pair.other) for pair in found.pairs] == [
        (n, n) for n in ("mini", "0.2", "0.4", "0.6", "0.8", "1")
    ]
    assert found.problems == found.settings == {}
    assert all(one.difference == 0 and one.noise for pair in found.pairs for one in pair.differences)
    assert {one.metric for one in found.pairs[0].differences} == {row[0] for row in trials.METRICS}


def test_a_difference_is_told_with_its_interval(store, two):
    add(store, two[1], 3, 0.2)
    found = comparing.compare(store, *two)
    one = next(one for one in found.pairs[3].differences if one.metric == "clip_score")
    assert one.difference == pytest.approx(0.21) and 0 < one.low <= one.difference <= one.high
    assert (one.noise, one.n) == (False, 2)


@pytest.mark.parametrize(
    ("facts", "said"),
    [
        ({"definition": "The cosine itself."}, comparing.DEFINED),
        ({"model": "CLIP ViT-L/14"}, comparing.MODELS),
        ({"problem": "There is no CLIP."}, comparing.UNKNOWN),
    ],
)
def test_what_was_measured_otherwise_is_not_compared(store, two, facts, said):
    change(store, two[1], **facts)
    found = comparing.compare(store, *two)
    assert found.problems == {"clip_score": said}
    assert "clip_score" not in {one.metric for one in found.pairs[0].differences}


def test_other_references_and_other_prompts_are_said(store, two):
    for number in two:
        change(store, number, against=["held_out"])
    with store.session() as session:
        row = session.get(evaluations.Evaluation, two[1])
        row.facts = row.facts | {"references": {"held_out": ["other.png"]}}
        session.commit()
    assert comparing.compare(store, *two).problems == {"clip_score": comparing.REFERENCES}
    with store.session() as session:
        for one in evaluations.exhibits(store, two[1]):
            session.get(evaluations.Exhibit, one.id).prompt += "!" * (one.number == 0)
        session.commit()
    found = comparing.compare(store, *two)
    assert (found.prompts, found.problems["fid"]) == (1, comparing.SETS)
    assert found.pairs[0].differences and all(one.noise is None for one in found.pairs[0].differences if one.n == 1)


def test_contestants_of_different_kinds_meet_where_they_can(store, staged):
    found = comparing.compare(store, staged[1][0], staged[1][2])
    assert [(pair.name, pair.other) for pair in found.pairs] == [("mini", "mini")]
