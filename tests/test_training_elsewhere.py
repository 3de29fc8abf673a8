"""The studio's LoRA files in plain diffusers. This file imports nothing of the studio's: the LoRA comes from a process."""

import json
import subprocess
import sys
import zipfile
from pathlib import Path

import numpy as np
import pytest
import torch
from diffusers import DiffusionPipeline
from safetensors import safe_open
from safetensors.torch import load_file

torch.set_num_threads(1)
ROOT = Path(__file__).parent.parent


WHOLE = {"targets": "attention + feed-forward + convolutions", "scaling": "rank-stabilised"}
WORDS = {"tokens": ["<cu_trg> = close-up"], "token_rate": 0.2, "encoder_rate": 0.05}
"""The text encoders learn too, and a word that they did not know."""

KINDS = [("sd15", {}), ("sdxl", {}), ("sd15", WHOLE), ("sd15", WORDS), ("sdxl", WORDS)]


NAMES = ["sd15", "sdxl", "whole", "sd15 words", "sdxl words"]


@pytest.fixture(scope="module")
def all_made(tmp_path_factory):
    """Where one process put all of them, a folder each."""
    place = tmp_path_factory.mktemp("elsewhere")
    wanted = [(family, str(place / name), settings) for name, (family, settings) in zip(NAMES, KINDS, strict=True)]
    command = [sys.executable, "-m", "tests.make_lora", json.dumps(wanted)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return place


@pytest.fixture(scope="module", params=NAMES)
def made(request, all_made):
    """A base model, a LoRA of rank 2 and alpha 5 in both spellings, and what the studio drew."""
    return all_made / request.param


def alpha(made):
    """What kohya calls alpha: strength is alpha / rank there, in a rank-stabilised LoRA too."""
    with safe_open(made / "lora.safetensors", "pt") as file:
        stabilised = json.loads(file.metadata()["lora_adapter_metadata"])["unet.use_rslora"]
    return 5.0 * 2**0.5 if stabilised else 5.0


def draw(pipe, said):
    pipe.set_progress_bar_config(disable=True)
    made = pipe(
        said["prompt"],
        num_inference_steps=3,
        guidance_scale=5.0,
        height=32,
        width=32,
        generator=torch.Generator().manual_seed(said["seed"]),
    )
    return np.array(made.images[0]).astype(int)


def load_tokens(made, pipe):
    """The token's file of the zip that people get, in the way that diffusers has for each family."""
    if not (made / "lora.zip").is_file():
        return
    with zipfile.ZipFile(made / "lora.zip") as archive:
        archive.extract("embeddings/cu_trg.safetensors", made)
    file = made / "embeddings" / "cu_trg.safetensors"
    if not hasattr(pipe, "tokenizer_2"):
        pipe.load_textual_inversion(str(file), token="<cu_trg>")
        return
    found = load_file(file)
    for key, last in (("clip_l", ""), ("clip_g", "_2")):
        into = {"text_encoder": getattr(pipe, f"text_encoder{last}"), "tokenizer": getattr(pipe, f"tokenizer{last}")}
        pipe.load_textual_inversion(found[key], token="<cu_trg>", **into)


@pytest.mark.parametrize("file", ["lora.safetensors", "lora.kohya.safetensors"])
def test_plain_diffusers_draws_the_studios_picture(made, file):
    said = json.loads((made / "drawn.json").read_text())
    pipe = DiffusionPipeline.from_pretrained(made / "base")
    without, wanted = np.array(said["without"]), np.array(said["with"])
    assert np.abs(draw(pipe, said) - without).max() <= 1
    pipe.load_lora_weights(made, weight_name=file, adapter_name="taught_by_the_studio")
    load_tokens(made, pipe)
    with torch.no_grad():
        options = {"device": "cpu", "num_images_per_prompt": 1, "do_classifier_free_guidance": False}
        heard, _, *pooled = pipe.encode_prompt(said["prompt"], **options)
    torch.testing.assert_close(heard[0], torch.tensor(said["heard"]), atol=1e-5, rtol=1e-4)
    if pooled:
        torch.testing.assert_close(pooled[0][0], torch.tensor(said["pooled"]), atol=1e-5, rtol=1e-4)
    assert np.abs(draw(pipe, said) - wanted).max() <= 1
    assert np.abs(wanted - without).max() > 8, "the LoRA does something, or this test would prove nothing"


def test_both_spellings_hold_the_same_numbers(made):
    ours, theirs = load_file(made / "lora.safetensors"), load_file(made / "lora.kohya.safetensors")
    names = {}
    for key in ours:
        layer, half = key.removesuffix(".weight").rsplit(".", 1)
        layer = layer.replace("text_model.", "")
        xl = (made / "base" / "text_encoder_2").is_dir()
        layer = layer.replace("text_encoder_2.", "te2_text_model_")
        layer = layer.replace("text_encoder.", "te1_text_model_" if xl else "te_text_model_")
        names[key] = f"lora_{layer.replace('.', '_')}.{ {'lora_A': 'lora_down', 'lora_B': 'lora_up'}[half] }.weight"
    for key, tensor in ours.items():
        assert torch.equal(theirs[names[key]], tensor)
    alphas = {key: tensor.item() for key, tensor in theirs.items() if key.endswith(".alpha")}
    assert list(alphas.values()) == pytest.approx([alpha(made)] * len(alphas)) and len(alphas) == len(ours) / 2
    assert set(theirs) == set(names.values()) | set(alphas)
    of_unet = sorted(key for key in alphas if "unet" in key)
    assert of_unet[0].startswith("lora_unet_down_blocks_0"), "diffusers' block names"


def test_kohyas_metadata(made):
    with safe_open(made / "lora.kohya.safetensors", "pt") as file:
        said = file.metadata()
    xl = (made / "base" / "text_encoder_2").is_dir()
    assert said["ss_base_model_version"] == ("sdxl_base_v1-0" if xl else "sd_v1")
    assert said["ss_network_module"] == "networks.lora"
    assert said["ss_network_dim"] == "2" and float(said["ss_network_alpha"]) == pytest.approx(alpha(made))
    assert said["modelspec.architecture"].endswith("/lora") and said["modelspec.description"] == "a test"
    assert said["modelspec.hash_sha256"] == f"0x{said['sshs_model_hash']}"
    assert json.loads(said["ss_tag_frequency"]) and "lora_adapter_metadata" not in said
