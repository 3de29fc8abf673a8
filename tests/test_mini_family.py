"""The bundled family loads with the real classes, offline, and does better than chance."""

import json
import os
from pathlib import Path

import numpy as np
import pytest
import torch

from mini import styles
from mini.draw import draw
from mini.world import TEST_SEED, caption, sample

FAMILY = Path(__file__).parent.parent / "models" / "mini"
DRAWINGS = [sample(TEST_SEED + 7000 + i) for i in range(24)]


@pytest.fixture(autouse=True, scope="module")
def one_thread():
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


@pytest.fixture(scope="module")
def pictures():
    return np.stack([np.asarray(draw(d)) for d in DRAWINGS])


def test_files_are_safetensors_and_small():
    files = [f for f in FAMILY.rglob("*") if f.is_file()]
    assert sum(f.stat().st_size for f in files) <= 60 * 2**20
    assert {f.suffix for f in files} <= {".safetensors", ".json", ".md", ".txt", ".jinja"}
    assert sum(f.stat().st_size for f in (FAMILY / "judge").iterdir()) < 2**20


def test_pipeline_loads_with_no_argument_but_its_folder_and_draws_128_px():
    from diffusers import StableDiffusionPipeline

    pipe = StableDiffusionPipeline.from_pretrained(
        FAMILY, safety_checker=None, dtype=torch.float32, local_files_only=True
    )
    pipe.set_progress_bar_config(disable=True)
    assert pipe.vae.config.scaling_factor == 1.0
    first, second = (
        pipe("a smiling man", num_inference_steps=3, generator=torch.Generator().manual_seed(1)).images[0]
        for _ in range(2)
    )
    assert first.size == (128, 128) and first.tobytes() == second.tobytes()
    assert np.asarray(first).std() > 10


def test_text_encoder_is_the_text_tower_of_clip():
    from transformers import CLIPModel, CLIPTextModel

    tower = CLIPModel.from_pretrained(FAMILY / "clip", dtype=torch.float32).text_model
    encoder = CLIPTextModel.from_pretrained(FAMILY / "text_encoder", dtype=torch.float32)
    ids = torch.tensor([[5, 6, 7, encoder.config.eos_token_id]])
    assert torch.allclose(tower(ids).last_hidden_state, encoder(ids).last_hidden_state, atol=1e-5)


def test_tokenizer_reads_any_text_and_knows_the_captions_words():
    from transformers import CLIPTokenizer

    words = CLIPTokenizer.from_pretrained(FAMILY / "tokenizer")
    assert len(words("zażółć 한국어 🦊").input_ids) > 2
    assert words.unk_token_id not in words("zażółć 한국어 🦊").input_ids[1:-1]
    assert max(len(words(caption(d)).input_ids) for d in DRAWINGS) < 60
    assert "woman</w>" in words.tokenize("a woman")


def test_clip_finds_the_caption_of_a_picture(pictures):
    from transformers import CLIPModel, CLIPProcessor

    clip = CLIPModel.from_pretrained(FAMILY / "clip", dtype=torch.float32).eval()
    given = CLIPProcessor.from_pretrained(FAMILY / "clip")(
        text=[caption(d) for d in DRAWINGS], images=list(pictures), return_tensors="pt", padding=True
    )
    with torch.no_grad():
        scores = clip(**given).logits_per_image
    assert (scores.argmax(1) == torch.arange(len(DRAWINGS))).float().mean() > 0.6


def test_blip_names_the_framing(pictures):
    from PIL import Image
    from transformers import BlipForConditionalGeneration, BlipProcessor

    blip = BlipForConditionalGeneration.from_pretrained(FAMILY / "blip", dtype=torch.float32).eval()
    processor = BlipProcessor.from_pretrained(FAMILY / "blip")
    given = processor(images=[Image.fromarray(p) for p in pictures[:8]], return_tensors="pt")
    said = processor.batch_decode(blip.generate(**given, max_new_tokens=56), skip_special_tokens=True)
    assert sum(d.framing in text for d, text in zip(DRAWINGS, said)) >= 7
    assert all("wearing a" in text and "style" not in text for text in said)


def test_osnet_puts_one_persons_pictures_nearer_than_anothers():
    from mini.parts import osnet
    from mini.people import HELD_OUT

    net, rng = osnet.load(FAMILY / "osnet"), np.random.default_rng(0)
    one, other = (
        osnet.features(net, np.stack(osnet.faces_of(HELD_OUT[name], 4, rng, "shaded"))) for name in ("Basil", "Violet")
    )
    assert one.shape == (4, 512)
    assert (one @ one.T).mean() > (one @ other.T).mean() + 0.1
    assert json.loads((FAMILY / "osnet" / "config.json").read_text())["input_size"] == [osnet.SIZE] * 2


def test_judge_tells_styles_apart_and_framings(pictures):
    from mini.parts import judge

    net = judge.load(FAMILY / "judge")
    named = net.name(pictures)
    assert np.mean([n["framing"] == d.framing for n, d in zip(named, DRAWINGS)]) > 0.9
    held = np.stack([np.asarray(draw(DRAWINGS[0], style=style)) for style in styles.HELD_OUT])
    assert [n["style"] for n in net.name(held)] == list(styles.HELD_OUT)


def test_the_autoencoder_carries_a_drawing(pictures):
    from diffusers import AutoencoderKL

    from mini.parts.vae import to_model

    vae = AutoencoderKL.from_pretrained(FAMILY / "vae", dtype=torch.float32).eval()
    x = to_model(pictures[:4])
    with torch.no_grad():
        z = vae.encode(x).latent_dist.mean
        y = vae.decode(z).sample
    assert z.shape == (4, 12, 16, 16) and z.abs().mean() < 2
    assert -10 * torch.log10(((y - x) / 2).square().mean()) > 22


@pytest.mark.skipif(not (FAMILY / "measured.json").exists(), reason="not measured yet")
def test_the_card_holds_the_measured_figures():
    figures = json.loads((FAMILY / "measured.json").read_text())
    card = (FAMILY / "README.md").read_text()
    assert str(figures["reconstruction"]["shaded"]) in card
    assert os.sep + "work" + os.sep not in card
