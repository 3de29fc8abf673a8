"""Captioners say the same one by one and together; captions are worded, kept and never overwritten."""

import pytest
import torch
from PIL import Image as Pictures

from jobs import folder
from jobs.captioners.captioner import Captioner, Wording
from jobs.captioners.mini import MiniBlip
from jobs.captioning import run_captions
from jobs.context import Context
from jobs.shelf import Shelf
from jobs.tasks.caption import CaptionPictures
from storage import captions, datasets, pictures, queue
from storage.errors import BadInput, BadPicture, NotFound, Stopped
from storage.phrases import begin_with, clean
from tests import tiny

torch.set_num_threads(1)


# ── wording ──────────────────────────────────────────────────────────────────
@pytest.mark.parametrize(
    ("said", "clear"),
    [
        ("a man with a mustache and mustache", "a man with a mustache"),
        ("a man with a mustache and a mustache, a mustache", "a man with a mustache"),
        ("a woman with a woman with a woman", "a woman"),
        ("sitting on on a bench", "sitting on a bench"),
        ("a red, red, red hat", "a red hat"),
        ("blue eyes, blue eyes and blue eyes, smiling", "blue eyes, smiling"),
        ("a person with freckles and with freckles", "a person with freckles"),
        ("a close - up of a woman , smiling", "a close-up of a woman, smiling"),
        ("a woman ' s hat", "a woman's hat"),
        ("  a  fox ,", "a fox"),
        ("", ""),
    ],
)
def test_repetitions_go(said, clear):
    assert clean(said) == clear


@pytest.mark.parametrize(
    "said",
    [
        "a man and a woman and a man",
        "red hair and red eyes",
        "a hat and a hat-like thing",
        "black and white",
        "side by side",
        "two women and two men",
        "an old man and an older man",
    ],
)
def test_what_only_looks_repeated_stays(said):
    assert clean(said) == said


@pytest.mark.parametrize(
    ("said", "caption"),
    [
        ("a woman with a hat", "A HANA_TOFU woman with a hat"),
        ("The woman", "A HANA_TOFU woman"),
        ("an angry man", "A HANA_TOFU angry man"),
        ("two women", "HANA_TOFU, two women"),
        ("another woman", "HANA_TOFU, another woman"),
        ("a hana_tofu woman", "a hana_tofu woman"),
        ("a HANA_TOFU2 woman", "A HANA_TOFU HANA_TOFU2 woman"),
        ("", "HANA_TOFU"),
    ],
)
def test_the_trigger_is_worked_in(said, caption):
    assert begin_with("HANA_TOFU", said) == caption


def test_bracketed_triggers_and_none():
    assert begin_with("<kim>", "a man") == "A <kim> man"
    assert begin_with("<kim>", "A <kim> man") == "A <kim> man"
    assert begin_with("  ", "a man") == "a man"


# ── captioners ───────────────────────────────────────────────────────────────
@pytest.fixture(scope="session")
def models(tmp_path_factory):
    """A folder of models with a tiny BLIP where the bundled one lies."""
    place = tmp_path_factory.mktemp("models")
    tiny.save_blip(place / "mini" / "blip")
    return place


@pytest.fixture(scope="session")
def blip(models):
    found = MiniBlip.load(models, torch.device("cpu"), torch.float32)
    with torch.no_grad():  # a random BLIP hardly looks at the picture: make it look harder
        for name, weight in found._model.named_parameters():
            if "crossattention" in name and weight.ndim > 1:
                weight.mul_(10)
    return found


def paint(number, size=(40, 50)):
    shade = Pictures.linear_gradient("L").resize(size).point(lambda value: (value * (number + 1) + 60 * number) % 256)
    return Pictures.merge("RGB", (shade, shade.rotate(180), Pictures.new("L", size, (80 * number) % 256)))


def test_captioners_are_known_by_their_files():
    known = folder.names("jobs.captioners")
    assert list(known) == ["blip2", "blip_base", "blip_large", "mini", "wd14"]
    assert all(len(line) > 20 for line in known.values())
    for name in known:
        assert folder.find("jobs.captioners", name, Captioner)


@pytest.mark.parametrize("wording", [Wording(most=12, beams=1), Wording(most=12, beams=3), Wording("a red", 12)])
def test_together_as_one_by_one(blip, wording):
    images = [paint(number, (30 + 9 * number, 50)) for number in range(5)]
    together = blip.caption(images, wording)
    assert together == [text for image in images for text in blip.caption([image], wording)]
    assert len(set(together)) > 1, "pictures must differ for this test to say anything"
    assert all(text.startswith(wording.prefix) for text in together)


def test_length_and_chance(blip):
    image = [paint(1)]
    short, long = (blip.caption(image, Wording(most=most, beams=1))[0].split() for most in (3, 9))
    assert len(short) <= 3 and long[: len(short)] == short
    some = {blip.caption(image, Wording(most=12, sample=True))[0] for _ in range(6)}
    assert len(some) > 1
    assert blip.caption(image, Wording(most=75, beams=1)), "never longer than the model has room for"


def test_a_prefix_without_end_is_said(blip):
    with pytest.raises(BadInput, match="too long to begin"):
        blip.caption([paint(1)], Wording("a red fox " * 40))


def test_missing_captioners_say_what_to_do(models, tmp_path):
    device = torch.device("cpu")
    with pytest.raises(NotFound, match="no captioner in .*mini.*fetch the project again"):
        MiniBlip.load(tmp_path, device, torch.float32)
    base = folder.find("jobs.captioners", "blip_base", Captioner)
    with pytest.raises(
        NotFound, match="hf download Salesforce/blip-image-captioning-base .*blip-image-captioning-base/config"
    ):
        base.load(tmp_path, device, torch.float32)


def test_a_broken_captioner_is_said(models, tmp_path):
    place = tiny.save_blip(tmp_path / "mini" / "blip")
    weights = place / "model.safetensors"
    weights.write_bytes(weights.read_bytes()[:5000])
    with pytest.raises(BadInput, match="cannot be read"):
        MiniBlip.load(tmp_path, torch.device("cpu"), torch.float32)


def test_a_hub_captioner_lies_beside_the_bundled_one(tmp_path):
    tiny.save_blip(tmp_path / "blip-image-captioning-large")
    large = folder.find("jobs.captioners", "blip_large", Captioner)
    assert large.load(tmp_path, torch.device("cpu"), torch.float32).caption([paint(1)], Wording(most=4))


# ── requests ─────────────────────────────────────────────────────────────────
class Says(Captioner):
    """A captioner that says what the test wants of pictures of each width."""

    def __init__(self):
        self.batches, self.before = [], lambda: None

    @classmethod
    def load(cls, models, device, dtype):
        return cls()

    def caption(self, images, wording):
        self.batches.append(len(images))
        self.before()
        if any(image.width == 99 for image in images):
            raise ValueError("mean must have 3 elements")
        return [f"a picture of width {image.width} and width {image.width}" for image in images]


@pytest.fixture
def foxes(store, project, tmp_path):
    """A data set of five pictures without captions, trigger FOX."""
    row = datasets.create(store, project.id, "foxes", trigger="FOX")
    for number in range(5):
        add(store, row, number, (60 + number, 50))
    return row


def add(store, dataset, number, size):
    path = store.home / f"picture_{number}.png"
    paint(number, size).save(path)
    return datasets.add_image(store, dataset.id, store.files.add_file(path), path.name, size)


@pytest.fixture
def ask(store, project, monkeypatch):
    """Ask for captions and run the request at once; returns the context."""
    says, shelf = Says(), Shelf("cpu")
    monkeypatch.setattr(shelf, "captioner", lambda name: says)

    def run(shelf=shelf, **wishes):
        task = CaptionPictures(**{"dataset": "foxes", "batch": 2, **wishes})
        queue.add(store, project.id, "caption", task, task.title(), task.lane)
        context = run.context = Context(store, queue.claim(store, "tester", ("now",)), shelf, "cpu")
        run_captions(task, context)
        return context

    run.says = says
    return run


def written(store, dataset):
    rows = datasets.images(store, dataset.id)
    words = captions.current(store, [row.id for row in rows])
    return [words.get(row.id, "") for row in rows]


def said(store, context):
    return [line.text for line in queue.log_lines(store, context.job_id)]


def test_each_picture_gets_its_own_caption(ask, store, foxes):
    context = ask()
    assert written(store, foxes) == [f"A FOX picture of width {60 + n}" for n in range(5)]
    assert ask.says.batches == [2, 2, 1]
    first = datasets.images(store, foxes.id)[0]
    [kept] = captions.history(store, first.id)
    assert (kept.origin, kept.job_id) == ("mini", context.job_id)
    job = queue.get(store, context.job_id)
    assert job.result == {"captions": 5, "failed": []} and job.progress == 1


def test_the_trigger_can_be_left_out(ask, store, foxes):
    ask(put_trigger=False)
    assert written(store, foxes)[0] == "a picture of width 60"


def test_all_parts_of_a_data_set_are_captioned(ask, store, foxes):
    datasets.set_split(store, [datasets.images(store, foxes.id)[4].id], "held-out")
    ask()
    assert all(written(store, foxes))


def test_only_the_missing_or_all(ask, store, foxes):
    rows = datasets.images(store, foxes.id)
    captions.add(store, rows[1].id, "by hand", "hand")
    ask()
    assert written(store, foxes)[1] == "by hand" and all(written(store, foxes))
    assert any("has its caption already" in line for line in said(store, ask()))
    ask(which="all")
    assert written(store, foxes)[1] == "A FOX picture of width 61"
    assert [row.text for row in captions.history(store, rows[1].id)][1] == "by hand", "history is kept"


def test_only_the_chosen(ask, store, foxes):
    rows = datasets.images(store, foxes.id)
    context = ask(images=[rows[3].id, 999])
    assert [bool(text) for text in written(store, foxes)] == [False, False, False, True, False]
    assert any("1 of the chosen" in line for line in said(store, context))


def test_chosen_pictures_are_described_anew_and_none_chosen_is_said(ask, store, foxes):
    rows = datasets.images(store, foxes.id)
    captions.add(store, rows[1].id, "by hand", "hand")
    ask(which="chosen", images=[rows[1].id], trigger_form="comma")
    assert written(store, foxes) == ["", "FOX, a picture of width 61", "", "", ""]
    with pytest.raises(BadInput, match="No picture is chosen"):
        ask(which="chosen")


def test_a_hand_that_was_quicker_is_respected(ask, store, foxes):
    last = datasets.images(store, foxes.id)[4]
    ask.says.before = lambda: captions.add(store, last.id, "by hand", "hand")
    context = ask()
    assert written(store, foxes)[4] == "by hand"
    assert any("picture_4.png" in line and "stays" in line for line in said(store, context))


def test_bad_pictures_are_named_and_the_others_go_on(ask, store, foxes):
    add(store, foxes, 5, (99, 50))
    broken = datasets.images(store, foxes.id)[2]
    store.files.path(broken.file).write_bytes(b"\x89PNG\r\n broken")
    context = ask(batch=6)
    assert [bool(text) for text in written(store, foxes)] == [True, True, False, True, True, False]
    assert queue.get(store, context.job_id).result["failed"] == ["picture_2.png", "picture_5.png"]
    log = said(store, context)
    assert any("picture_2.png was left out" in line and "damaged" in line for line in log)
    assert any("picture_5.png was left out" in line and "mean must have 3" in line for line in log)


def test_nothing_but_failures_is_a_failure(ask, store, project):
    row = datasets.create(store, project.id, "foxes")
    add(store, row, 0, (99, 50))
    with pytest.raises(BadPicture, match="mean must have 3 elements"):
        ask()


def test_an_empty_data_set_is_said(ask, store, project):
    datasets.create(store, project.id, "foxes")
    with pytest.raises(BadInput, match="“foxes” has no pictures"):
        ask()


def test_stopping_keeps_what_is_done_and_asking_again_goes_on(ask, store, foxes, monkeypatch):
    monkeypatch.setattr("jobs.context.REPORT_EVERY", 0.0)
    ask.says.before = lambda: queue.stop(store, ask.context.job_id)
    with pytest.raises(Stopped):
        ask()
    assert [bool(text) for text in written(store, foxes)] == [True, True, False, False, False]
    ask.says.before, ask.says.batches = lambda: None, []
    ask()
    assert all(written(store, foxes)) and ask.says.batches == [2, 1]


def test_the_whole_road_with_a_real_model(ask, store, foxes, models, monkeypatch):
    monkeypatch.setattr("jobs.shelf.MODELS", models)
    shelf = Shelf("cpu")
    ask(shelf=shelf, most_words=8)
    assert all(text.startswith(("A FOX", "FOX")) for text in written(store, foxes))
    assert shelf.captioner("mini") is shelf.captioner("mini")
    with pytest.raises(NotFound, match="no “dream” among the captioners; there are: blip2, blip_base"):
        shelf.captioner("dream")


def test_pictures_made_are_no_concern_of_captions(ask, store, project, foxes):
    pictures.add(store, project.id, paint(1))
    ask()
    assert len(written(store, foxes)) == 5
