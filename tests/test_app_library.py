"""The command line of blends: generate with several LoRAs, a grid, a merge, base models. The work is done in this process."""

from contextlib import contextmanager

import pytest
import torch
from PIL import Image as Pictures

from door import follow
from door.main import main
from jobs.worker import Worker
from storage import bases, loras, pictures, projects, queue
from storage.database import Store
from storage.settings import Settings
from tests import tiny
from tests.conftest import paint
from tests.loras import save_lora

torch.set_num_threads(1)
pytestmark = pytest.mark.filterwarnings("ignore:__array")  # diffusers' schedulers and numpy 2


@pytest.fixture(scope="module")
def home(tmp_path_factory):
    """A store with a tiny base model and two LoRAs, watercolor and cartoon."""
    place = tmp_path_factory.mktemp("app")
    store = Store.open(Settings(home=place / "home", threads=1, device="cpu"))
    bases.add(store, "tiny", str(tiny.save_sd15(place / "tiny")))
    for seed, name in enumerate(("watercolor", "cartoon")):
        file = save_lora(place / f"{name}.safetensors", tiny.sd15(), seed)
        loras.add(store, projects.first(store).id, file, name=name, family="sd15", base="tiny")
    return store


@pytest.fixture
def say(home, capsys, monkeypatch):
    """Say a command line; a worker in this process does the work. Its status, what it printed, what it complained of."""

    @contextmanager
    def working(store, settings, lanes):
        yield Worker(store, home.settings)

    def finish(store, job, worker):
        worker.step()
        return queue.get(store, job.id)

    monkeypatch.setattr(follow, "working", working)
    monkeypatch.setattr(follow, "finish", finish)

    def run(*words):
        try:
            status = main([str(words[0]), "--home", str(home.home), *map(str, words[1:])])
        except SystemExit as end:
            status = end.code
        done = capsys.readouterr()
        return status, done.out.strip(), done.err.strip()

    return run


BLEND = ("--blend", "watercolor:0.6", "--blend", "cartoon:0.4")
DRAW = ("--base", "tiny", "--prompt", "a cat", "--steps", 2, "--seed", 1)


def test_a_blend_is_drawn(say, home, tmp_path):
    out = tmp_path / "picture.png"
    assert say("generate", *DRAW, *BLEND, "--out", out)[:2] == (0, str(out))
    assert [(part["name"], part["weight"]) for part in pictures.made(home, 1)[0].blend] == [
        ("watercolor", 0.6),
        ("cartoon", 0.4),
    ]


def test_a_grid_is_drawn(say, home, tmp_path):
    out = tmp_path / "grid.png"
    sides = ("--x", "watercolor: 0, 1", "--y", "prompt: a cat | a fox")
    assert say("sweep", *DRAW, *sides, "--out", out)[:2] == (0, str(out))
    assert Pictures.open(out).width > 2 * 32
    assert [row.prompt for row in pictures.made(home, 1)[:4]] == ["a fox", "a cat", "a fox", "a cat"], (
        "one blend after the other"
    )
    for side, said in (("steps: 0, 2", "cannot have a steps of 0"), ("nothing", "is no setting with values")):
        status, _, err = say("sweep", *DRAW, "--x", side)
        assert status == 1 and said in err and "\n" not in err


def test_a_blend_is_merged(say, home):
    status, out, _ = say("merge", *BLEND, "--name", "both")
    assert (status, out.partition(",")[0]) == (0, f"both: LoRA number {loras.named(home, 1, 'both').id}")
    status, out, _ = say("merge", *BLEND, "--name", "small", "--rank", 2)
    row = loras.named(home, 1, "small")
    assert (row.rank, [part["weight"] for part in row.blend]) == (2, [0.6, 0.4]) and 0 < row.settings["error"] < 1


def test_base_models_are_listed_with_their_vae_and_fetched_or_not(say, home):
    assert say("bases", "add", "far", "someone/model", "--vae", "someone/vae")[0] == 0
    assert "someone/model  VAE someone/vae" in say("bases")[1]
    status, _, err = say("fetch", "--base", "far")
    assert status == 1 and "hf download someone/model --local-dir FOLDER" in err
    assert say("bases", "vae", "far")[0] == 0 and "VAE" not in say("bases")[1]


def test_assistants_are_refused_in_one_sentence_where_they_cannot_be_heard(say, monkeypatch):
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    status, _, err = say("serve", "--mcp")
    assert status == 1 and "pip install mcp" in err and "\n" not in err


def test_blends_and_folders_are_evaluated_with_a_table_and_a_report(say, home, tmp_path):
    prompts, page = tmp_path / "prompts.txt", tmp_path / "report.html"
    prompts.write_text("a fox\na cat\n", encoding="utf-8")
    task = ("--base", "tiny", "--steps", 1, "--seeds", 1, "--prompts", prompts, "--metrics", "clip_score", "fid")
    status, out, err = say("evaluate", "--blend", "watercolor:0.5", *task, "--html", page)
    assert status == 0 and str(page) in out and page.stat().st_size > 1000
    table = out.splitlines()
    assert "2 compared, 4 pictures" in table[0] and "CLIPScore (more is better)" in table
    changed = next(line for line in table if line.startswith("  watercolor 0.5"))
    assert changed.count("[") == 2 and "n=2" in changed and "%" in changed
    assert err.startswith("FID: There are 0 held-out pictures, and 2 are needed. Choose a data set that has them.")
    for number, name in enumerate(("before", "results")):
        (tmp_path / name).mkdir()
        for at in range(3):
            paint(at + number).save(tmp_path / name / f"{at}.png")
    folders = [word for name in ("before", "results") for word in ("--images-dir", tmp_path / name)]
    status, out, err = say("evaluate", *folders, "--prompts", prompts, "--name", "Elsewhere")
    assert status == 0 and out.startswith("Elsewhere: 2 compared, 6 pictures.")
    assert "CLIPScore, Diversity, Framing as asked: “before” has 3 pictures and 2 prompts." in err


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ((), "Say what to compare"),
        (("--blend", "fox:1", "--images-dir", "x"), "Say what to compare"),
        (("--blend", "fox:1"), "no LoRA called “fox”"),
        (("--checkpoints", "watercolor"), "came from elsewhere"),
        (("--images-dir", "nowhere", "--prompts", "none.txt"), "cannot be read"),
        (("--images-dir", "nowhere"), "no folder"),
        (("--sizes", 64, "--training", "steps", "--dataset", "x"), "not FIELD=VALUE"),
    ],
)
def test_what_cannot_be_evaluated_is_one_sentence(say, words, said):
    status, _, err = say("evaluate", *words)
    assert status == 1 and said in err and "\n" not in err
