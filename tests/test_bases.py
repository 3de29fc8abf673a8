"""Base models: what lies where, what it needs, and another VAE than a model's own."""

import pytest
import torch
from safetensors.torch import save_file

from jobs.families import load_family
from jobs.shelf import Shelf
from storage import bases
from storage.errors import BadInput, NotFound
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
