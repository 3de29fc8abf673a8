"""The models of the checks: MTCNN finds drawn faces, face models tell them apart, CLIP knows what fits."""

import warnings
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image as Pictures
from safetensors.torch import save_file

from jobs import folder
from jobs.faces.detection import Mtcnn, framing
from jobs.faces.face_model import FaceModel
from jobs.judges.features.clip import Clip, place
from jobs.shelf import MODELS
from mini import draw, world
from storage.errors import BadInput, NotFound
from tests.drawn import FIRST, drawing, people

torch.set_num_threads(1)
CPU = torch.device("cpu")


@pytest.fixture(scope="module")
def detector():
    return Mtcnn(CPU)


@pytest.fixture(scope="module")
def mini():
    return folder.find("jobs.faces", "mini", FaceModel).load(MODELS, CPU)


@pytest.fixture(scope="module")
def clip():
    return Clip.load(place("mini", MODELS), CPU)


# ── faces ────────────────────────────────────────────────────────────────────
@pytest.mark.parametrize(("shot", "told"), [("close-up", "close-up"), ("medium shot", "medium"), ("full shot", "full")])
def test_drawn_faces_are_found_where_they_are(detector, shot, told):
    drawn = [drawing(seed, 256, style="shaded", framing=shot) for seed in range(5)]
    there = [faces[0] for faces in detector.find(drawn) if faces]
    assert len(there) >= 4, "in the shaded style MTCNN finds about nine of ten"
    assert [framing(face, 256) for face in there] == [told] * len(there)
    height, head = (256 * share for share in draw.PLACES[shot])
    for face in there:
        assert abs((face.box[0] + face.box[2]) / 2 - 128) < head / 4
        assert abs((face.box[1] + face.box[3]) / 2 - height) < head / 3
        assert face.score > 0.7


def test_no_face_in_nothing(detector):
    assert (
        detector.find([Pictures.new("RGB", size, "white") for size in ((300, 200), (16, 16), (3000, 16))]) == [[]] * 3
    )
    assert detector.find([]) == []


def test_pictures_of_many_sizes_keep_their_own_faces(detector, monkeypatch):
    monkeypatch.setattr("jobs.faces.detection.mtcnn.TOGETHER", 2)
    shown = [picture for _, picture, _ in people()[:4]]
    mixed = [shown[0], shown[1].crop((0, 0, 256, 200)), Pictures.new("RGB", (256, 256)), *shown[2:]]
    together = detector.find(mixed)
    assert [len(faces) for faces in together] == [1, 1, 0, 1, 1]
    for picture, faces in zip(mixed, together, strict=True):
        alone = detector.find([picture])[0]
        assert np.allclose([face.box for face in alone], [face.box for face in faces], atol=0.2)


def test_the_largest_face_comes_first_and_lies_in_the_picture(detector):
    close = drawing(1, 256, style="shaded", framing="close-up")
    both = Pictures.new("RGB", (400, 256))
    both.paste(close.resize((128, 128)), (0, 0))
    both.paste(close, (144, 0))
    faces = detector.find([both])[0]
    assert len(faces) == 2 and faces[0].area > 2 * faces[1].area
    assert faces[0].box[0] > 144 > faces[1].box[2]
    cut = detector.find([close.crop((0, 60, 256, 256))])[0]
    assert all(face.box[1] >= 0 and face.box[3] <= 196 for face in cut)


def test_face_models_are_known_by_their_files():
    known = folder.names("jobs.faces")
    assert list(known) == ["facenet", "mini"]
    for name in known:
        kind = folder.find("jobs.faces", name, FaceModel)
        assert kind.size >= 32 and 0 <= kind.margin < 1 and 0 < kind.same < 1


def test_one_person_s_faces_are_nearer_than_another_s(detector, mini):
    vectors = []
    for name in ("anna", "berta"):
        pictures = [picture for shown, picture, _ in people() if shown.startswith(name)][:4]
        vectors.append(mini.embed([mini.cut(one, detector.find([one])[0][0].box) for one in pictures]))
    one, other = vectors
    assert one.shape == (4, 512) and np.allclose(np.linalg.norm(one, axis=1), 1, atol=1e-5)
    assert (one @ one.T).min() > mini.same > (one @ other.T).max()


def test_gradients_reach_the_picture(mini):
    crops = torch.rand(2, 3, mini.size, mini.size, requires_grad=True)
    mini.features(crops)[:, :4].sum().backward()
    assert crops.grad.abs().sum() > 0
    assert all(weight.grad is None for weight in mini.net.parameters())


def test_together_as_one_by_one(mini, monkeypatch):
    faces = [drawing(seed).resize((mini.size, mini.size)) for seed in range(5)]
    together = mini.embed(faces)
    monkeypatch.setattr("jobs.faces.face_model.TOGETHER", 2)
    assert np.allclose(mini.embed(faces), together, atol=1e-5)
    assert mini.embed([]).shape[0] == 0


def test_facenet_says_what_to_fetch_and_reads_safetensors(tmp_path):
    from facenet_pytorch import InceptionResnetV1

    kind = folder.find("jobs.faces", "facenet", FaceModel)
    with pytest.raises(NotFound, match=r"20180402-114759-vggface2\.pt.*model\.safetensors into .*facenet"):
        kind.load(tmp_path, CPU)
    file = tmp_path / "facenet" / "model.safetensors"
    file.parent.mkdir()
    file.write_bytes(b"nothing")
    with pytest.raises(BadInput, match="cannot be read"):
        kind.load(tmp_path, CPU)
    net = InceptionResnetV1(pretrained=None).eval()
    weights = {name: value.contiguous() for name, value in net.state_dict().items()}
    save_file({**weights, "logits.weight": torch.zeros(1)}, file)
    face = drawing(0).resize((160, 160))
    pixels = torch.from_numpy(np.array(face)).permute(2, 0, 1)[None].float()
    with torch.no_grad():
        expected = net((pixels - 127.5) / 128)
        assert torch.allclose(kind.load(tmp_path, CPU).features(pixels / 255), expected, atol=1e-5)


# ── CLIP ─────────────────────────────────────────────────────────────────────
def test_a_caption_is_most_like_its_own_picture(clip):
    texts = [world.caption(world.sample(FIRST + seed)) for seed in range(8)]
    cosines = clip.pictures([drawing(seed) for seed in range(8)]) @ clip.texts(texts).T
    assert (cosines.argmax(1) == np.arange(8)).all()
    assert np.abs(cosines).max() <= 1.0001


def test_a_long_text_is_cut_where_clip_ends(clip):
    words = "a close-up of a woman with long hair "
    vectors = clip.texts([words * 30, words * 30 + "and a hat", words])
    assert np.allclose(vectors[0], vectors[1]) and not np.allclose(vectors[0], vectors[2], atol=1e-2)
    assert np.allclose(clip.texts([words])[0], vectors[2], atol=1e-4), "whatever stands beside it"


def test_which_clip_is_a_folder(tmp_path):
    assert place("mini", MODELS) == MODELS / "mini" / "clip"
    assert place("mini/clip", MODELS) == place(str(MODELS / "mini" / "clip"), tmp_path) == MODELS / "mini" / "clip"
    with pytest.raises(NotFound, match="There is no CLIP “large”"):
        place("large", tmp_path)
    with pytest.raises(BadInput, match="of the kind blip, and a CLIP is needed"):
        Clip.load(MODELS / "mini" / "blip", CPU)
    broken = tmp_path / "clip"
    broken.mkdir()
    for name in ("config.json", "model.safetensors"):
        (broken / name).write_bytes((MODELS / "mini" / "clip" / name).read_bytes()[:4000])
    with pytest.raises(BadInput, match="cannot be read"), warnings.catch_warnings():
        Clip.load(Path(broken), CPU)
