"""What metrics say is what the published ones say, on the same pictures."""

from types import SimpleNamespace

import numpy as np
import pytest
import torch
from PIL import Image as Pictures
from safetensors.torch import save_file
from torchmetrics.functional.multimodal import clip_score
from torchmetrics.image.fid import FrechetInceptionDistance
from torchmetrics.image.kid import KernelInceptionDistance, poly_mmd

from jobs import folder
from jobs.faces.detection import Mtcnn
from jobs.faces.mini import MiniOsnet
from jobs.judges.clip_score import ClipScore
from jobs.judges.features import Album, ClipEye, FaceEye, InceptionEye, Look, TwinEye, inception
from jobs.judges.features.clip import Clip, place
from jobs.judges.fid import frechet
from jobs.judges.framing import framing_of
from jobs.judges.kid import SUBSETS, kernel, kid
from jobs.judges.metric import Evidence, Metric, Shown
from jobs.shelf import MODELS
from jobs.training.cache import Cache
from mini import examples
from storage import uploads
from storage.errors import BadInput, NotFound
from storage.files import sha256
from tests.conftest import paint

torch.set_num_threads(1)
CPU = torch.device("cpu")
PROMPTS = ("a close-up of a smiling woman", "a medium shot of a man with a red hat", "a cat", "a close-up of a sad man")


@pytest.fixture(scope="module")
def clip():
    return Clip.load(place("mini", MODELS), CPU)


@pytest.fixture(scope="module")
def drawn(tmp_path_factory):
    """Twelve drawings as files by their content's names, and two that are the same."""
    home = tmp_path_factory.mktemp("drawn")
    found = {}
    for _, picture, _ in examples.style_set("watercolor", 12, size=64):
        path = home / "one.png"
        picture.save(path)
        name = f"{sha256(path)}.png"
        found[name] = path.rename(home / name)
    return found


@pytest.fixture(scope="module")
def album(clip, drawn, tmp_path_factory):
    """All eyes but Inception, which have looked at everything."""
    eyes = {
        "clip": ClipEye("mini", place("mini", MODELS), lambda: clip),
        "face": FaceEye("mini", MODELS / "mini" / "osnet", lambda: Mtcnn(CPU), lambda: MiniOsnet.load(MODELS, CPU)),
        "twin": TwinEye(),
    }
    made = Album(Cache(tmp_path_factory.mktemp("cache"), lasting=False), eyes, uploads.read, {"inception": "Gone."})
    made.look(Look(file, path, frozenset(eyes)) for file, path in drawn.items())
    return made


@pytest.fixture
def evidence(album, drawn):
    files = list(drawn)
    return Evidence(album, held_out=tuple(files[4:8]), training=tuple(files[8:]), reference=(files[4],))


@pytest.fixture
def shown(drawn):
    return Shown("fox", tuple(list(drawn)[:4]), (PROMPTS[0], PROMPTS[0], PROMPTS[1], PROMPTS[1]))


# ── every metric ─────────────────────────────────────────────────────────────
@pytest.mark.parametrize("name", folder.names("jobs.judges"))
def test_every_metric_keeps_its_promises(name, shown, evidence):
    metric = folder.find("jobs.judges", name, Metric)()
    assert metric.title and metric.better in ("more", "less", "") and metric.per in ("picture", "prompt", "set")
    assert metric.definition(evidence).endswith(".") and metric.eyes
    found = metric.measure(shown, evidence)
    assert np.isfinite(found.value) and 0 < len(found.keys) <= 4
    assert (found.statistic is None) == (metric.per != "set")
    if found.statistic:
        every = found.statistic([np.arange(len(found.keys))] * 3)
        assert every.shape == (3,) and every == pytest.approx(found.value)
    assert set(found.pictures) <= set(range(4)) and (found.values is None) == (metric.per == "set")
    with pytest.raises(BadInput, match=r"^[^.]+\.( .+\.)?$"):
        metric.measure(
            Shown("fox", shown.files[:1], ()),
            Evidence(
                Album(evidence.album.cache, {}, uploads.read, dict.fromkeys(("clip", "face", "twin"), "It is gone."))
            ),
        )


def test_copies_are_told_and_shown_with_what_they_copy(album, drawn):
    metric = folder.find("jobs.judges", "copying", Metric)()
    files = list(drawn)
    found = metric.measure(Shown("fox", (files[9], files[0])), Evidence(album, training=tuple(files[8:])))
    assert found.nearest[0] == files[9] and found.pictures[0] == pytest.approx(1, abs=1e-5)
    assert found.further["copied"] == {0: 1.0, 1: 0.0}


@pytest.mark.parametrize(
    ("prompt", "framing"),
    [("a Close-Up of a cat", "close-up"), ("<fs_trg> a man", "full"), ("a medium shot, no close-up", "medium"), ("a cat", "")],
)  # fmt: skip
def test_the_framing_that_a_prompt_asks_for(prompt, framing):
    assert framing_of(prompt) == framing


# ── the published numbers ────────────────────────────────────────────────────
def published(clip, pictures, texts):
    """torchmetrics' CLIPScore; a small coat turns what transformers 5 answers into the vectors it expects."""
    model = SimpleNamespace(
        config=clip._model.config,
        to=lambda device: model,
        get_image_features=lambda pixels: clip._model.get_image_features(pixels).pooler_output,
        get_text_features=lambda ids, mask: (
            clip._model.get_text_features(input_ids=ids, attention_mask=mask).pooler_output
        ),
    )
    tensors = [torch.from_numpy(np.array(picture)).permute(2, 0, 1) for picture in pictures]
    return float(clip_score(tensors, list(texts), lambda: (model, clip._processor)))


@pytest.mark.parametrize(("scale", "times"), [("2.5", 0.025), ("100", 1), ("cosine", 0.01)])
def test_clipscore_is_that_of_torchmetrics(clip, album, drawn, scale, times):
    """On these pictures and prompts no cosine is below 0, where alone the scales part."""
    files = tuple(drawn)[:4]
    texts = ("a drawing of a woman", "a man", "a person in watercolor style", "a portrait")
    found = ClipScore().measure(Shown("fox", files, texts), Evidence(album, scale=scale))
    cosines = ClipScore().measure(Shown("fox", files, texts), Evidence(album, scale="cosine")).values
    theirs = published(clip, [Pictures.open(drawn[file]).convert("RGB") for file in files], texts)
    ours = 2.5 * cosines.mean() if scale == "2.5" else found.value
    assert ours == pytest.approx(theirs * times, abs=1e-4)
    assert ClipScore().measure(Shown("x", files, texts), Evidence(album)).values == pytest.approx(
        2.5 * np.maximum(cosines, 0)
    )


class Colours(torch.nn.Module):
    """A feature extractor of one's own: the mean colours of 4 × 4 fields, mixed."""

    num_features = 16

    def __init__(self):
        super().__init__()
        self.mix = torch.randn(48, 16, generator=torch.Generator().manual_seed(0)) / 7

    def forward(self, pictures):
        return torch.nn.functional.adaptive_avg_pool2d(pictures.float() / 255, 4).flatten(1) @ self.mix


class Bundled(torch.nn.Module):
    """The bundled CLIP, its vectors √d long."""

    num_features = 96

    def __init__(self, clip):
        super().__init__()
        self.look = clip.pictures

    def forward(self, pictures):
        vectors = self.look([Pictures.fromarray(one.permute(1, 2, 0).numpy()) for one in pictures])
        return torch.from_numpy(vectors) * self.num_features**0.5


@pytest.fixture(scope="module", params=["colours", "clip"])
def look(request, clip):
    """A feature extractor as torchmetrics takes it."""
    return Colours() if request.param == "colours" else Bundled(clip)


@pytest.fixture(scope="module")
def noisy():
    """Drawings [24, 3, 64, 64], 0 … 255, with so much of them replaced by noise."""
    rows = np.stack([np.asarray(picture, float) for _, picture, _ in examples.style_set("watercolor", 24, size=64)])

    def make(share):
        mixed = (1 - share) * rows + share * np.random.default_rng(0).uniform(0, 255, rows.shape)
        return torch.from_numpy(mixed.round().astype(np.uint8)).permute(0, 3, 1, 2)

    return make


@pytest.mark.parametrize("counts", [(24, 24), (24, 9), (7, 12)])
def test_fid_is_that_of_torchmetrics(noisy, look, counts):
    """With fewer pictures than features too, and with more."""
    one, other = noisy(0)[: counts[0]], noisy(0.3)[: counts[1]]
    theirs = FrechetInceptionDistance(feature=look, input_img_size=(3, 64, 64))
    theirs.update(one, real=True)
    theirs.update(other, real=False)
    assert frechet(look(other).numpy(), look(one).numpy()) == pytest.approx(float(theirs.compute()), abs=1e-4)


@pytest.mark.filterwarnings("ignore:Metric `Kernel")
def test_kid_is_its_published_estimator(noisy, look):
    """Of whole sets, and of subsets as its authors compute it."""
    one, other = noisy(0), noisy(0.3)
    theirs = KernelInceptionDistance(feature=look, subsets=3, subset_size=24)
    theirs.update(one, real=True)
    theirs.update(other, real=False)
    a, b = look(other), look(one)
    kernels = tuple(kernel(x.numpy(), y.numpy()) for x, y in ((a, a), (a, b), (b, b)))
    assert kid(kernels, np.arange(24)) == pytest.approx(float(theirs.compute()[0]), abs=1e-4)
    chance = np.random.default_rng(0)
    subsets = [(chance.permutation(24)[:10], chance.permutation(24)[:10]) for _ in range(SUBSETS)]
    published = [float(poly_mmd(b[other], a[one])) for one, other in subsets]
    assert kid(kernels, np.arange(24), size=10) == pytest.approx(np.mean(published), abs=1e-4)


def test_the_same_set_is_near_and_noise_leads_away_step_by_step(noisy, look):
    sets = [look(noisy(share)).numpy() for share in (0, 0.1, 0.2, 0.35, 0.5, 0.8)]
    fids = [frechet(some, sets[0]) for some in sets]
    kernels = [(kernel(some, some), kernel(some, sets[0]), kernel(sets[0], sets[0])) for some in sets]
    kids = [kid(one, np.arange(24)) for one in kernels]
    assert abs(fids[0]) < 1e-6 and kids[0] <= 0
    assert fids == sorted(fids) and len(set(fids)) == 6 and kids == sorted(kids)


# ── eyes ─────────────────────────────────────────────────────────────────────
def test_each_feature_is_computed_once_and_then_known(album, drawn, clip):
    looks = [Look(file, path, frozenset({"clip", "twin"})) for file, path in drawn.items()]
    before, told = dict(album.looked), []
    album.look([*looks, *looks], lambda done, total: told.append((done, total)))
    assert album.looked == before == dict.fromkeys(("clip", "face", "twin"), 12) and told == []

    def never():
        raise AssertionError("nothing is missing")

    again = Album(album.cache, {"clip": ClipEye("mini", place("mini", MODELS), never), "twin": TwinEye()}, never)
    again.look(looks)
    assert np.array_equal(again.vectors("clip", list(drawn)), album.vectors("clip", list(drawn)))
    album.texts(PROMPTS)
    assert np.array_equal(again.texts(PROMPTS), album.texts(PROMPTS))


def test_an_eye_without_its_model_says_what_to_fetch_and_the_others_go_on(album, drawn, tmp_path):
    with pytest.raises(NotFound, match="Fetch https.*model.safetensors"):
        inception.place("inception", tmp_path)

    def missing():
        raise NotFound("FaceNet is not here. Fetch it.")

    eyes = {"face": FaceEye("facenet", tmp_path, missing, missing), "twin": TwinEye()}
    blind = Album(Cache(tmp_path), eyes, uploads.read)
    blind.look(Look(file, path, frozenset(eyes)) for file, path in drawn.items())
    assert len(blind.of("twin", list(drawn))) == 12
    with pytest.raises(BadInput, match="Fetch it"):
        blind.of("face", list(drawn))


def test_inception_is_read_from_safetensors_alone(tmp_path):
    with torch.random.fork_rng():
        torch.manual_seed(0)
        net = inception.build()
    save_file({**net.state_dict(), "fc.bias": torch.zeros(2)}, tmp_path / "model.safetensors")
    eye = InceptionEye(tmp_path, lambda: inception.Inception.load(tmp_path, CPU))
    wide, square = eye.look([paint(1, (64, 40)), paint(2)])
    assert wide["vector"].shape == square["vector"].shape == (2048,)
    assert not np.array_equal(wide["vector"], square["vector"])
    save_file({"x": torch.zeros(1)}, tmp_path / "model.safetensors")
    with pytest.raises(BadInput, match="another network"):
        inception.Inception.load(tmp_path, CPU)
