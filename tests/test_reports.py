"""A report holds all of an evaluation in one file, and says what its numbers say."""

import csv
import html.parser
import json
import re

import pytest

from door.main import main
from storage import evaluations, projects, reports
from storage.database import Store
from storage.errors import BadInput, NotFound
from storage.reports import Order
from storage.settings import Settings
from tests import trials


@pytest.fixture(scope="module")
def store(tmp_path_factory):
    """One store for all."""
    opened = Store.open(Settings(home=tmp_path_factory.mktemp("reports"), device="cpu"))
    yield opened
    opened.close()


@pytest.fixture(scope="module")
def staged(store):
    """Kind → an evaluation of it that nobody changes."""
    project = projects.first(store).id
    return {kind: trials.stage(store, project, kind, prompts=1, seeds=2 - (kind == "blend")) for kind in trials.KINDS}


@pytest.fixture
def pair(store):
    """An evaluation to change."""
    return trials.stage(store, projects.first(store).id, "pairs", prompts=1, seeds=1)


class Reader(html.parser.HTMLParser):
    """What a page says, and what it would fetch."""

    def __init__(self):
        super().__init__()
        self.text, self.open, self.sources, self.images = [], [], [], 0

    def handle_starttag(self, tag, attrs):
        if tag not in ("meta", "br", "img", "link"):
            self.open.append(tag)
        self.sources += [value for name, value in attrs if name in ("src", "href", "action", "poster", "data")]
        self.images += tag == "img"

    def handle_startendtag(self, tag, attrs):
        pass

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        if "style" not in self.open:
            self.text.append(data)


def read(path):
    reader = Reader()
    reader.feed(path.read_text(encoding="utf-8"))
    assert reader.open == []
    return reader, " ".join(reader.text)


@pytest.mark.parametrize("kind", trials.KINDS)
@pytest.mark.parametrize("name", reports.names())
def test_every_kind_of_evaluation_is_written_as_every_kind_of_file(store, staged, tmp_path, kind, name):
    number = staged[kind]
    target = reports.export(store, number, name, tmp_path / reports.file_name(store, number, name))
    assert target.name == f"Which {kind}{reports.get(name).SUFFIX}" and target.stat().st_size > 1000
    assert reports.get(name).TITLE and reports.get(name).__doc__


@pytest.mark.parametrize("language", ["en", "ko"])
def test_a_page_holds_pictures_settings_seeds_hashes_and_definitions_and_fetches_nothing(
    store, staged, tmp_path, language
):
    number = staged["checkpoints"]
    look = evaluations.look(store, number)
    path = reports.export(store, number, "html", tmp_path / "r.html", Order(language))
    page, text = read(path)
    assert page.sources and all(source.startswith("data:image/webp;base64,") for source in page.sources)
    assert page.images >= len(look["exhibits"])
    assert not re.search(r"url\(|@import|<script|https?://(?!www\.w3)", path.read_text(encoding="utf-8"))
    for said in [
        "CLIPScore",
        "How CLIPScore is defined",
        "CLIP mini 0f2b5c",
        "torch",
        "2.14.1",
        "1, 2",
        trials.PROMPTS[0],
    ]:
        assert said in text
    for file in [*look["facts"]["references"]["held_out"], look["exhibits"][0]["file"]]:
        assert file.partition(".")[0] in text
    assert {"en": "within noise", "ko": "오차 범위 안"}[language] in text
    assert "{" not in text


def test_what_is_typed_by_people_is_no_markup(store, pair, tmp_path):
    number = pair
    evaluations.rename(store, number, "<b>&amp;")
    _, text = read(reports.export(store, number, "html", tmp_path / "r.html"))
    assert "<b>&amp;" in text


def test_a_picture_that_is_gone_is_said_and_the_rest_is_there(store, pair, tmp_path):
    number = pair
    store.files.path(evaluations.exhibits(store, number)[0].file).unlink()
    page, text = read(reports.export(store, number, "html", tmp_path / "r.html"))
    assert "picture removed" in text and page.images


def test_a_metric_that_could_not_be_measured_says_why(store, pair, tmp_path):
    number = pair
    with store.session() as session:
        row = session.get(evaluations.Evaluation, number)
        changed = [
            one | ({"problem": "There are no held-out pictures."} if one["name"] == "fid" else {})
            for one in row.facts["metrics"]
        ]
        row.facts = row.facts | {"metrics": changed}
        session.commit()
    _, text = read(reports.export(store, number, "html", tmp_path / "r.html"))
    assert "Not measured: There are no held-out pictures." in text


def test_json_holds_the_look_and_the_places(store, staged, tmp_path):
    number = staged["weights"]
    found = json.loads(reports.export(store, number, "json", tmp_path / "r.json").read_text())
    look = evaluations.look(store, number)
    assert found["format"] == "lora-studio/evaluation/1"
    assert {key: found[key] for key in look} == json.loads(json.dumps(look))
    assert found["ranking"]["placed"][0]["place"] == 1
    assert found["ranking"]["weights"]["clip_score"] == 1


def test_csv_has_a_line_for_each_figure_and_no_formula(store, staged, tmp_path):
    number = staged["blend"]
    with store.session() as session:
        session.get(evaluations.Exhibit, evaluations.exhibits(store, number)[0].id).prompt = "=1+1"
        session.commit()
    with reports.export(store, number, "csv", tmp_path / "r.csv").open(encoding="utf-8-sig") as file:
        rows = list(csv.DictReader(file))
    look = evaluations.look(store, number)
    assert sum(row["line"] == "total" for row in rows) == len(look["contestants"]) * len(trials.METRICS)
    assert sum(row["line"] == "picture" for row in rows) == sum(len(one["scores"]) for one in look["exhibits"])
    corner = next(row for row in rows if (row["a"], row["b"], row["line"]) == ("1.0", "0.5", "total"))
    assert float(corner["low"]) < float(corner["value"]) < float(corner["high"])
    assert {row["prompt"] for row in rows if row["place"] == "0" and row["number"] == "0"} == {"'=1+1"}


def test_what_cannot_be_written_is_said(store, pair, tmp_path):
    number = pair
    with pytest.raises(BadInput, match="Use one of: csv, html, json"):
        reports.export(store, number, "docx", tmp_path / "r")
    with pytest.raises(NotFound):
        reports.export(store, 99, "html", tmp_path / "r")
    (tmp_path / "file").write_text("x")
    with pytest.raises(BadInput, match="cannot be written"):
        reports.export(store, number, "html", tmp_path / "file" / "r.html")
    with store.session() as session:
        for one in evaluations.contestants(store, number):
            session.get(evaluations.Contestant, one.id).totals = {}
        session.commit()
    with pytest.raises(BadInput, match="Nothing is judged yet"):
        reports.export(store, number, "html", tmp_path / "r.html")


def test_the_command_line_lists_tells_compares_and_writes(store, staged, tmp_path, capsys):
    home = ["--home", str(store.home)]
    assert main(["reports", *home]) == 0
    assert "Which weights · weights · 6 compared" in capsys.readouterr().out
    assert main(["reports", "Which checkpoints", *home]) == 0
    said = capsys.readouterr().out
    assert re.search(r"^1\s+Step \d+\s+0\.\d+$", said, re.MULTILINE) and "leads" in said
    assert main(["reports", str(staged["weights"]), "--against", str(staged["pairs"]), *home]) == 0
    said = capsys.readouterr().out
    assert "mini → mini" in said and re.search(r"CLIPScore +0\.\d+ +0\.\d+ +[+-]0\.\d+", said)
    files = ["--html", str(tmp_path), "--json", str(tmp_path / "w"), "--language", "ko"]
    assert main(["reports", "Which weights", *files, *home]) == 0
    assert capsys.readouterr().out.split("\n")[:2] == [str(tmp_path / "Which weights.html"), str(tmp_path / "w.json")]
    assert "기반 모델" in read(tmp_path / "Which weights.html")[1]
    assert main(["reports", "none", *home]) == 1
    assert "There is no evaluation “none”" in capsys.readouterr().err
