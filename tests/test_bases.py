"""Base models: what lies where, what it needs, and another VAE than a model's own."""

import hashlib
import http.server
import json
import threading

import pytest
import torch
from safetensors.torch import save_file

from jobs.context import Context
from jobs.families import load_family
from jobs.fetching.download import look, needed
from jobs.planning.ground import Ground
from jobs.planning.memory import weights
from jobs.shelf import Shelf
from jobs.tasks.fetch import FetchBase
from storage import bases, queue
from storage.errors import BadInput, NotFound
from storage.settings import MINI
from tests import tiny

torch.set_num_threads(1)
CPU = torch.device("cpu")


@pytest.fixture(scope="module")
def place(tmp_path_factory):
    """A tiny base model, and beside it a VAE of its own making."""
    found = tmp_path_factory.mktemp("models")
    tiny.save_sd15(found / "model")
    with tiny.seeded(5):
        tiny.vae().save_pretrained(found / "vae")
    return found


def test_another_vae_draws_and_learns_in_the_place_of_the_model_s_own(store, place):
    bases.add(store, "own", str(place / "model"))
    bases.add(store, "other", str(place / "model"), vae=str(place / "vae"))
    shelf, pixels = Shelf("cpu"), torch.rand(1, 3, 32, 32) * 2 - 1
    own, other = (shelf.family(bases.named(store, name)) for name in ("own", "other"))
    assert torch.equal(own.pipe.unet.conv_in.weight, other.pipe.unet.conv_in.weight)
    assert not torch.allclose(own.encode_pixels(pixels), other.encode_pixels(pixels))
    assert own.fingerprint("pictures") != other.fingerprint("pictures"), "cached latents are told apart"
    bases.set_vae(store, bases.named(store, "other").id, "")
    back = shelf.family(bases.named(store, "other"))
    assert torch.equal(own.encode_pixels(pixels), back.encode_pixels(pixels))


def test_a_vae_is_looked_at_before_it_is_taken(store, place, tmp_path):
    (tmp_path / "empty").mkdir()
    save_file({"unet.conv_in.weight": torch.zeros(1)}, tmp_path / "lora.safetensors")
    wrong = {"empty": "no config.json of one", "lora.safetensors": "holds no VAE", "nowhere": "There is no VAE"}
    for name, sentence in wrong.items():
        with pytest.raises(BadInput, match=sentence):
            bases.add(store, "x", str(place / "model"), vae=str(tmp_path / name))
    bases.add(store, "whole", str(place / "model"), vae=str(place / "model"))
    bases.add(store, "hub", str(place / "model"), vae="someone/a-vae")
    with pytest.raises(NotFound, match="could not be downloaded"):
        Shelf("cpu").family(bases.named(store, "hub"))


def test_a_vae_of_other_latents_is_refused(place, tmp_path):
    from diffusers import AutoencoderKL

    AutoencoderKL(block_out_channels=(8,), norm_num_groups=4).save_pretrained(tmp_path / "flat")
    with pytest.raises(BadInput, match="does not fit this base model"):
        load_family("sd15", place / "model", CPU, torch.float32, str(tmp_path / "flat"))


# ── from the hub ─────────────────────────────────────────────────────────────
class Hub(http.server.BaseHTTPRequestHandler):
    """As much of the hub as a download asks for, out of a folder `model/` of the server's `place`."""

    def do_GET(self):
        _, *steps = self.path.partition("?")[0].split("/")
        if steps[:2] == ["api", "models"]:
            if steps[2:4] != ["someone", "model"]:
                self._say(404, b"{}", {"X-Error-Code": "RepoNotFound"})
                return
            files = [file for file in sorted(self.server.place.rglob("*")) if file.is_file()]
            rows = [
                {"rfilename": file.relative_to(self.server.place).as_posix(), "size": file.stat().st_size}
                for file in files
            ]
            self._say(
                200,
                json.dumps(
                    {"id": "someone/model", "modelId": "someone/model", "sha": "1" * 40, "siblings": rows}
                ).encode(),
            )
            return
        content = self.server.place.joinpath(*steps[4:]).read_bytes()
        self._say(200, content, {"ETag": f'"{hashlib.sha1(content).hexdigest()}"', "X-Repo-Commit": "1" * 40})

    do_HEAD = do_GET

    def _say(self, status, content, headers=()):
        self.send_response(status)
        for name, value in {"Content-Length": str(len(content)), **dict(headers)}.items():
            self.send_header(name, value)
        self.end_headers()
        if self.command == "GET":
            self.wfile.write(content)

    def log_message(self, *_):
        """Quiet."""


@pytest.fixture
def hub(place, tmp_path, monkeypatch):
    """A hub of this machine's own, and a cache of this test's own; its address."""
    from huggingface_hub import constants

    monkeypatch.setattr(constants, "HF_HUB_OFFLINE", False)
    monkeypatch.setattr(constants, "HF_HUB_CACHE", str(tmp_path / "cache"))
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Hub)
    server.place = place / "model"
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()


def test_a_model_of_the_hub_is_downloaded_with_progress(store, project, place, hub):
    bases.add(store, "far", "someone/model")
    assert bases.place("someone/model") is None and bases.size("someone/model") == 0
    task = FetchBase(base="far", endpoint=hub)
    queue.add(store, project.id, "fetch", task, task.title(), task.lane)
    job = queue.claim(store, "t", ("train",))
    task.run(Context(store, job, Shelf("cpu"), "cpu"))
    total = queue.get(store, job.id).result["bytes"]
    assert total > 1e6 and bases.size("someone/model") == total
    assert queue.get(store, job.id).progress > 0.9
    own = load_family("sd15", place / "model", CPU, torch.float32)
    far = load_family("sd15", "someone/model", CPU, torch.float32)
    assert torch.equal(own.pipe.unet.conv_in.weight, far.pipe.unet.conv_in.weight)


def test_what_cannot_be_downloaded_is_said(hub, monkeypatch):
    from huggingface_hub import constants

    with pytest.raises(NotFound, match="no model called someone/else"):
        look("someone/else", endpoint=hub)
    with pytest.raises(NotFound, match="cannot be reached"):
        look("someone/model", endpoint="http://127.0.0.1:9")
    monkeypatch.setattr(constants, "HF_HUB_OFFLINE", True)
    with pytest.raises(NotFound, match="hf download someone/model --local-dir FOLDER"):
        look("someone/model", endpoint=hub)


def test_only_what_loading_asks_for_is_downloaded():
    full = ["model_index.json", "unet/config.json", "unet/diffusion_pytorch_model.safetensors", "tokenizer/merges.txt"]
    more = ["unet/diffusion_pytorch_model.fp16.safetensors", "unet/diffusion_pytorch_model.bin", "v1-5.safetensors", "README.md",
            "safety_checker/model.safetensors", "unet/diffusion_pytorch_model.non_ema.safetensors"]  # fmt: skip
    assert needed(full + more[1:]) == sorted(full)
    assert needed([*full, *more]) == sorted(full)
    halves = ["model_index.json", "unet/config.json", "unet/diffusion_pytorch_model.fp16.safetensors"]
    assert needed(halves) == sorted(halves)
    assert needed(["config.json", "diffusion_pytorch_model.safetensors", "x.safetensors"], vae=True) == [
        "config.json", "diffusion_pytorch_model.safetensors",
    ]  # fmt: skip


def test_what_a_base_model_needs_is_reckoned(place):
    assert 100e6 > weights("sd15", Ground.of("sd15", str(MINI))) > 30e6
    assert 2.2e9 > weights("sd15", Ground(512, 8, 3)) > 2.1e9 and weights("sdxl", Ground(1024, 8, 2)) > 6.9e9
    assert bases.size(str(place / "model")) > 1e6
