"""Families load tiny models of the real classes from a folder and from one file, and keep their contract."""

from __future__ import annotations

import json
import math
import shutil
from pathlib import Path

import numpy as np
import pytest
import torch

from jobs import folder
from jobs.families import choose_device, choose_dtype, family_class, load_family
from jobs.families.latent import single_file
from storage.errors import BadInput, NotFound
from tests import checkpoints, tiny

torch.set_num_threads(1)
CPU = torch.device("cpu")
BUILD = {"sd15": tiny.sd15, "sdxl": tiny.sdxl}
NAMES = sorted(folder.names("jobs.families"))


@pytest.fixture(scope="module")
def models(tmp_path_factory) -> dict[str, Path]:
    home = tmp_path_factory.mktemp("models")
    return {"sd15": tiny.save_sd15(home / "sd15"), "sdxl": tiny.save_sdxl(home / "sdxl")}


@pytest.fixture(params=NAMES)
def family(request, models):
    return load_family(request.param, models[request.param], CPU, torch.float32)


def draw(pipe, prompt="a cat") -> np.ndarray:
    pipe.set_progress_bar_config(disable=True)
    generator = torch.Generator().manual_seed(5)
    return np.array(pipe(prompt, num_inference_steps=2, generator=generator).images[0])


def test_every_family_has_a_tiny_model():
    assert set(BUILD) == set(NAMES)


def test_sizes_and_shapes(family):
    assert (family.native, family.factor, family.dtype, family.device) == (32, 2, torch.float32, CPU)
    pixels = torch.rand(2, 3, 32, 24) * 2 - 1
    latents = family.encode_pixels(pixels)
    assert latents.shape == (2, 4, 16, 12)
    assert family.decode(latents).shape == pixels.shape
    text = family.encode_text(["a cat", ""])
    assert family.predict(latents, torch.tensor([3, 700]), text).shape == latents.shape
    assert not latents.requires_grad and not text.states.requires_grad


def test_latents_are_scaled_as_the_pipeline_scales_them(family):
    """A latent that the pipeline drew is decoded by the family to the pipeline's own picture."""
    generator = torch.Generator().manual_seed(5)
    latents = family.pipe("a cat", num_inference_steps=2, generator=generator, output_type="latent").images
    ours = ((family.decode(latents)[0] / 2 + 0.5).clamp(0, 1).permute(1, 2, 0) * 255).round().byte().numpy()
    assert np.abs(ours.astype(int) - draw(family.pipe).astype(int)).max() <= 1


def test_predict_is_what_the_pipeline_does(family):
    """The family's denoising, step by step, ends at the latents that the pipeline draws without guidance."""
    pipe = family.pipe
    wanted = pipe("a cat", num_inference_steps=3, guidance_scale=0.0, output_type="latent",
                  generator=torch.Generator().manual_seed(1)).images  # fmt: skip
    pipe.scheduler.set_timesteps(3)
    latents = torch.randn(1, 4, 16, 16, generator=torch.Generator().manual_seed(1)) * pipe.scheduler.init_noise_sigma
    for t in pipe.scheduler.timesteps:
        given = pipe.scheduler.scale_model_input(latents, t)
        with torch.no_grad():
            answer = family.predict(given, t[None], family.encode_text(["a cat"]))
        latents = pipe.scheduler.step(answer, t, latents, return_dict=False)[0]
    assert torch.allclose(latents, wanted, atol=1e-4)


def test_decode_carries_gradient(family):
    latents = torch.randn(1, 4, 16, 16, requires_grad=True)
    family.decode(latents).mean().backward()
    assert latents.grad.abs().sum() > 0


def test_encoding_without_a_generator_is_the_mean_and_with_one_is_repeatable(family):
    pixels = torch.rand(1, 3, 32, 32)
    one, two = (family.encode_pixels(pixels, torch.Generator().manual_seed(3)) for _ in range(2))
    assert torch.equal(one, two)
    assert torch.equal(family.encode_pixels(pixels), family.encode_pixels(pixels))
    assert not torch.equal(one, family.encode_pixels(pixels))


def test_fingerprints_follow_the_weights(family):
    before = {part: family.fingerprint(part) for part in ("pictures", "text")}
    assert before == {part: family.fingerprint(part) for part in ("pictures", "text")}
    with torch.no_grad():
        family.pipe.text_encoder.state_dict()["final_layer_norm.weight"][0] += 1
    assert family.fingerprint("pictures") == before["pictures"]
    assert family.fingerprint("text") != before["text"]


def test_releasing_the_encoders_leaves_the_unet(family):
    family.release("text")
    family.release("pictures")
    assert list(family.adapted()) == ["unet"]
    assert family.pipe.vae is None
    latents = torch.zeros(1, 4, 16, 16)
    width = family.pipe.unet.config.cross_attention_dim
    from jobs.families.family import Text

    assert (
        family.predict(latents, torch.tensor([1]), Text(torch.zeros(1, 77, width), torch.zeros(1, 24))).shape
        == latents.shape
    )


def test_sdxl_silence_is_what_its_pipeline_hears_without_a_negative_prompt(models):
    family = load_family("sdxl", models["sdxl"], CPU, torch.float32)
    _, negative, _, pooled = family.pipe.encode_prompt("a cat", device=CPU, do_classifier_free_guidance=True)
    assert torch.equal(family.silence().states, negative)
    assert torch.equal(family.silence().pooled, pooled)


def test_sdxl_is_told_the_size(models):
    family = load_family("sdxl", models["sdxl"], CPU, torch.float32)
    latents, at, text = torch.randn(1, 4, 16, 16), torch.tensor([10]), family.encode_text(["a cat"])
    whole = family.predict(latents, at, text)
    assert torch.equal(whole, family.predict(latents, at, text, torch.tensor([[32, 32, 0, 0, 32, 32]])))
    assert not torch.equal(whole, family.predict(latents, at, text, torch.tensor([[900, 900, 0, 0, 32, 32]])))


def test_half_precision_keeps_sdxls_vae_in_full(models):
    family = load_family("sdxl", models["sdxl"], CPU, torch.float16)
    pixels = torch.rand(1, 3, 32, 32)
    full = load_family("sdxl", models["sdxl"], CPU, torch.float32).encode_pixels(pixels)
    assert torch.allclose(family.encode_pixels(pixels).float(), full, atol=5e-3)
    assert family.pipe.vae.dtype == torch.float32
    assert draw(family.pipe).std() > 1, "the pipeline still draws with its VAE in fp32"


@pytest.mark.parametrize("prediction", ["epsilon", "v_prediction"])
def test_the_scheduler_says_what_is_predicted(tmp_path, prediction):
    source = tiny.save_sd15(tmp_path / "model", prediction)
    assert load_family("sd15", source, CPU, torch.float32).prediction == prediction


def test_an_unknown_objective_is_refused(tmp_path):
    with pytest.raises(BadInput, match="sample"):
        load_family("sd15", tiny.save_sd15(tmp_path / "model", "sample"), CPU, torch.float32)


# ── one file ─────────────────────────────────────────────────────────────────
@pytest.fixture
def tiny_configs(models, monkeypatch, tmp_path):
    """Let the single-file loader believe that a checkpoint has the tiny models' sizes."""
    for name, source in models.items():
        shutil.copytree(source, tmp_path / "configs" / name, ignore=shutil.ignore_patterns("*.safetensors"))
    monkeypatch.setattr(single_file, "CONFIGS", tmp_path / "configs")
    monkeypatch.setattr(single_file, "clip_tokenizer", tiny.tokenizer)


@pytest.mark.parametrize("name", NAMES)
def test_a_single_file_draws_the_folders_picture(name, models, tiny_configs, tmp_path):
    file = checkpoints.save_checkpoint(BUILD[name](), tmp_path / "model.safetensors")
    wanted = draw(load_family(name, models[name], CPU, torch.float32).pipe)
    assert np.array_equal(draw(load_family(name, file, CPU, torch.float32).pipe), wanted)


def test_a_single_file_may_say_that_it_predicts_v(tiny_configs, tmp_path):
    metadata = {"modelspec.prediction_type": "v"}
    file = checkpoints.save_checkpoint(tiny.sd15(), tmp_path / "model.safetensors", **metadata)
    assert load_family("sd15", file, CPU, torch.float32).prediction == "v_prediction"


def test_the_shipped_configurations_are_sd15_and_sdxl():
    """Parameter counts as published: UNet 859,520,964 and 2,567,463,684; VAE 83,653,863; encoders as CLIP's."""
    from diffusers import AutoencoderKL, UNet2DConditionModel
    from transformers import CLIPTextConfig, CLIPTextModel, CLIPTextModelWithProjection

    counts = {}
    with torch.device("meta"):
        for name in NAMES:
            home = single_file.CONFIGS / name
            parts = [UNet2DConditionModel.from_config(UNet2DConditionModel.load_config(home / "unet"))]
            parts.append(AutoencoderKL.from_config(AutoencoderKL.load_config(home / "vae")))
            parts.append(CLIPTextModel(CLIPTextConfig.from_pretrained(home / "text_encoder")))
            if name == "sdxl":
                parts.append(CLIPTextModelWithProjection(CLIPTextConfig.from_pretrained(home / "text_encoder_2")))
            counts[name] = [sum(weight.numel() for weight in part.parameters()) for part in parts]
    assert counts["sd15"] == [859_520_964, 83_653_863, 123_060_480]
    assert counts["sdxl"] == [2_567_463_684, 83_653_863, 123_060_480, 694_659_840]


def test_the_shipped_tokenizer_is_clips():
    words = single_file.clip_tokenizer("<|endoftext|>")
    ids = words("a photo of an astronaut riding a horse on mars").input_ids
    assert ids == [49406, 320, 1125, 539, 550, 18376, 6765, 320, 4558, 525, 7496, 49407]
    assert words("A  Photo", padding="max_length").input_ids[:5] == [49406, 320, 1125, 49407, 49407]
    assert single_file.clip_tokenizer("!").pad_token_id == 0


# ── what cannot be loaded ────────────────────────────────────────────────────
def test_a_name_of_the_hub_offline_says_what_to_do(monkeypatch, tmp_path):
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    with pytest.raises(NotFound, match="not on this machine.*hf download someone/a-model"):
        load_family("sd15", "someone/a-model", CPU, torch.float32)


@pytest.mark.parametrize("name", ["model.ckpt", "weights.bin", "x.pt"])
def test_a_pickle_is_never_opened(tmp_path, name):
    (tmp_path / name).write_bytes(b"\x80\x04cos\nsystem\n")
    with pytest.raises(BadInput, match="pickle"):
        load_family("sd15", tmp_path / name, CPU, torch.float32)


def test_a_folder_with_pickled_weights_alone_is_refused(tmp_path):
    source = tiny.save_sd15(tmp_path / "model")
    weights = source / "unet" / "diffusion_pytorch_model.safetensors"
    weights.rename(weights.with_suffix(".bin"))
    with pytest.raises(BadInput, match="cannot be read as Stable Diffusion 1.5"):
        load_family("sd15", source, CPU, torch.float32)


def test_half_precision_files_alone_are_found(tmp_path):
    source = tmp_path / "model"
    tiny.sd15().save_pretrained(source, variant="fp16")
    assert load_family("sd15", source, CPU, torch.float32).native == 32


def test_the_wrong_family_is_named(models):
    with pytest.raises(BadInput, match="family sdxl, not sd15"):
        load_family("sd15", models["sdxl"], CPU, torch.float32)


def test_a_cut_off_file_is_said_to_be_cut_off(tmp_path):
    file = checkpoints.save_checkpoint(tiny.sd15(), tmp_path / "model.safetensors")
    file.write_bytes(file.read_bytes()[:-1000])
    with pytest.raises(BadInput, match="cut off"):
        load_family("sd15", file, CPU, torch.float32)


def test_cut_off_weights_in_a_folder(tmp_path):
    weights = tiny.save_sd15(tmp_path / "model") / "unet" / "diffusion_pytorch_model.safetensors"
    weights.write_bytes(weights.read_bytes()[:-1000])
    with pytest.raises(BadInput, match="cannot be read"):
        load_family("sd15", tmp_path / "model", CPU, torch.float32)


def test_a_folder_without_a_model(tmp_path):
    with pytest.raises(BadInput, match=r"model_index\.json"):
        load_family("sd15", tmp_path, CPU, torch.float32)
    (tmp_path / "model_index.json").write_text(json.dumps({"_class_name": "FluxPipeline"}))
    with pytest.raises(BadInput, match="FluxPipeline"):
        load_family("sd15", tmp_path, CPU, torch.float32)


def test_nothing_there_and_unknown_families():
    with pytest.raises(NotFound, match="no model at"):
        load_family("sd15", "/nowhere/at/all", CPU, torch.float32)
    with pytest.raises(NotFound, match="sd15, sdxl"):
        family_class("sd99")


def test_devices_and_precisions():
    assert choose_device("cpu") == CPU
    with pytest.raises(BadInput, match="no device"):
        choose_device("cuda:97")
    assert choose_dtype("auto", CPU) == torch.float32
    assert choose_dtype("bf16", CPU) == torch.bfloat16
    assert choose_dtype("fp16", CPU) == torch.float32
    assert math.prod(torch.zeros(2, dtype=choose_dtype("fp16", torch.device("cuda"))).shape) == 2


def test_the_unet_can_come_later(models, family):
    late = load_family(family.name, models[family.name], CPU, torch.float32, unet=False)
    text = late.encode_text(["a cat"])
    assert late.pipe.unet is None and (late.ground, late.dtype, late.device) == (family.ground, family.dtype, CPU)
    late.release("text")
    late.release("pictures")
    late.bring_unet()
    latents, at = torch.ones(1, 4, 16, 16), torch.tensor([10])
    assert torch.equal(late.predict(latents, at, text), family.predict(latents, at, text))
