"""The mixer gives diffusers' own blend, and gives the base back bit for bit."""

import json
import random
from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pytest
import torch
from safetensors import safe_open
from safetensors.torch import load_file, save_file

from jobs.blending import Mixer, Part
from storage.errors import BadInput, NotFound
from storage.files import sha256
from tests import tiny
from tests.loras import ATTENTION, EVERYTHING, TEXT, kohya_spelling, save_lora

torch.set_num_threads(1)
PIPES = {"sd15": tiny.sd15, "sdxl": tiny.sdxl}


def family(kind, pipe=None):
    pipe = pipe or PIPES[kind]()
    parts = [name for name in ("unet", "text_encoder", "text_encoder_2") if getattr(pipe, name, None) is not None]
    return SimpleNamespace(pipe=pipe, adapted=lambda: {name: getattr(pipe, name) for name in parts})


def part(path, weight=1.0):
    return Part(sha256(path), path, path.stem, weight)


def state(found):
    return {f"{n}.{k}": v.clone() for n, m in found.adapted().items() for k, v in m.state_dict().items()}


def same(one, other):
    return one.keys() == other.keys() and all(torch.equal(one[key], other[key]) for key in one)


def draw(pipe, seed=1):
    pipe.set_progress_bar_config(disable=True)
    made = pipe("a red fox", num_inference_steps=3, height=32, width=32, generator=torch.Generator().manual_seed(seed))
    return np.asarray(made.images[0]).astype(int)


@pytest.fixture(params=sorted(PIPES))
def kind(request):
    return request.param


@pytest.fixture
def files(kind, tmp_path):
    """Two LoRAs for that kind of base: attention alone, and nearly every layer with the text encoders."""
    one = save_lora(tmp_path / "one.safetensors", PIPES[kind](), 1, rank=4, alpha=8, unet=ATTENTION)
    two = save_lora(tmp_path / "two.safetensors", PIPES[kind](), 2, rank=2, alpha=1, unet=EVERYTHING, text=TEXT)
    return one, two


def test_blend_equals_set_adapters(kind, files):
    pipe, weights = PIPES[kind](), [0.7, -0.4]
    plain = draw(pipe)
    for name, file in zip(("first", "second"), files, strict=True):
        pipe.load_lora_weights(file.parent, weight_name=file.name, adapter_name=name)
    pipe.set_adapters(["first", "second"], weights)
    expected = draw(pipe)
    mixer = Mixer(family(kind))
    mixer.mix([part(file, weight) for file, weight in zip(files, weights, strict=True)])
    assert np.abs(expected - plain).max() > 20, "the LoRAs must matter for this test to say anything"
    assert np.abs(draw(mixer.family.pipe) - expected).max() <= 2


def test_restored_bit_for_bit_after_a_thousand_changes(kind, files):
    chance, base = random.Random(0), family(kind)
    before, picture, mixer = state(base), draw(base.pipe), Mixer(base)
    for _ in range(1000):
        mixer.mix([part(file, chance.choice([0, chance.uniform(-2, 2)])) for file in chance.sample(files, 2)])
    mixer.mix([part(file, 1.0) for file in files])
    assert not same(state(base), before)
    mixer.mix([part(file, 0.0) for file in files])
    assert same(state(base), before)
    assert (draw(base.pipe) == picture).all()
    assert not mixer._base, "what is kept aside is let go of"


def test_order_does_not_matter_and_nothing_accumulates(kind, files):
    one, two = Mixer(family(kind)), Mixer(family(kind))
    one.mix([part(files[0], 0.3), part(files[1], 0.9)])
    for weight in (1.0, 0.2, -3.0, 0.9):
        two.mix([part(files[1], weight), part(files[0], 0.3)])
    assert same(state(one.family), state(two.family))


def test_only_what_changed_is_recomputed(kind, files):
    mixer = Mixer(family(kind))
    touched = {file: len(load_file(file)) // 2 for file in files}
    assert mixer.mix([part(files[0], 0.5)]) == touched[files[0]]
    assert mixer.mix([part(files[0], 0.5)]) == 0
    assert mixer.mix([part(files[0], 0.5), part(files[1], 0.0)]) == 0
    assert mixer.mix([part(files[0], 0.6)]) == touched[files[0]]
    assert mixer.clear() == touched[files[0]]
    assert mixer.clear() == 0


def test_kohya_spelling_gives_the_same_weights(kind, files, tmp_path):
    prefix = {"sd15": "lora_te", "sdxl": "lora_te1"}[kind]
    portable = kohya_spelling(files[1], tmp_path / "kohya.safetensors", alpha=1, text_prefix=prefix)
    one, two = Mixer(family(kind)), Mixer(family(kind))
    assert one.mix([part(files[1])]) == two.mix([part(portable)])
    assert same(state(one.family), state(two.family))


def test_stability_block_names_are_read(tmp_path):
    found, base = {}, family("sdxl")
    plain = {
        "input_blocks_1_1_transformer_blocks_0_attn1_to_q": "down_blocks.0.attentions.0.transformer_blocks.0.attn1.to_q",
        "middle_block_1_transformer_blocks_0_attn2_to_out_0": "mid_block.attentions.0.transformer_blocks.0.attn2.to_out.0",
        "output_blocks_2_1_transformer_blocks_0_ff_net_2": "up_blocks.1.attentions.0.transformer_blocks.0.ff.net.2",
        "input_blocks_1_0_in_layers_2": "down_blocks.0.resnets.0.conv1",
    }
    for stem, path in plain.items():
        shape = base.pipe.unet.get_submodule(path).weight.shape
        found[f"lora_unet_{stem}.lora_down.weight"] = torch.randn(2, *shape[1:])
        found[f"lora_unet_{stem}.lora_up.weight"] = torch.randn(shape[0], 2, *([1, 1] if len(shape) == 4 else []))
        found[f"lora_unet_{stem}.alpha"] = torch.tensor(1.0)
    save_file(found, tmp_path / "sai.safetensors")
    before, mixer = state(base), Mixer(base)
    assert mixer.mix([part(tmp_path / "sai.safetensors")]) == len(plain)
    after = state(base)
    assert {key for key in before if not torch.equal(before[key], after[key])} == {
        f"unet.{p}.weight" for p in plain.values()
    }


def expected_of_diffusers(file, weight=1.0):
    """The weights that diffusers itself would compute with: its adapter fused."""
    pipe = tiny.sd15()
    pipe.load_lora_weights(file.parent, weight_name=file.name, adapter_name="one_only")
    pipe.set_adapters(["one_only"], [weight])
    pipe.fuse_lora(components=["unet", "text_encoder"])
    pipe.unload_lora_weights()
    return state(family("sd15", pipe))


def rewritten(file, name, rename=lambda key: key, metadata=None):
    """The same LoRA with other names or other metadata."""
    found = {rename(key): value for key, value in load_file(file).items()}
    save_file(found, file.with_name(name), metadata=metadata)
    return file.with_name(name)


OLD_UNET = {".to_q.": ".processor.to_q_lora.", ".to_k.": ".processor.to_k_lora.", ".to_v.": ".processor.to_v_lora."}
OLD_UNET |= {".to_out.0.": ".processor.to_out_lora."}


def old_diffusers(key):
    """Diffusers' spelling of 2023."""
    for new, old in OLD_UNET.items() if key.startswith("unet") else ():
        key = key.replace(new, old)
    down, up = ("down", "up") if "_lora." in key else ("lora.down", "lora.up")
    if key.startswith("text_encoder"):
        down, up = "lora_linear_layer.down", "lora_linear_layer.up"
    return key.replace("lora_A", down).replace("lora_B", up)


def mixed_spelling(key):
    """`processor` and `lora_down` in one name, as some trainers write."""
    return key.replace(".attn1.", ".attn1.processor.").replace("lora_A", "lora_down").replace("lora_B", "lora_up")


@pytest.mark.parametrize(
    "rename", [old_diffusers, mixed_spelling, lambda key: key.replace("encoder.enc", "encoder.text_model.enc")]
)
def test_other_spellings_give_the_same_weights(tmp_path, rename):
    file = save_lora(tmp_path / "one.safetensors", tiny.sd15(), rank=4, alpha=4, text=TEXT)
    other = rewritten(file, "other.safetensors", rename)
    assert load_file(file).keys() != load_file(other).keys()
    one, two = Mixer(family("sd15")), Mixer(family("sd15"))
    assert one.mix([part(file)]) == two.mix([part(other)])
    assert same(state(one.family), state(two.family))


def test_a_unet_alone_may_leave_out_its_name(tmp_path):
    file = save_lora(tmp_path / "one.safetensors", tiny.sd15(), rank=4, alpha=4)
    bare = rewritten(file, "bare.safetensors", lambda key: "base_model.model." + key.removeprefix("unet."))
    one, two = Mixer(family("sd15")), Mixer(family("sd15"))
    assert one.mix([part(file)]) == two.mix([part(bare)])
    assert same(state(one.family), state(two.family))


@pytest.mark.parametrize("metadata", [None, "whole", "patterns", "rslora"])
def test_the_scale_is_the_one_diffusers_takes(tmp_path, metadata):
    file = save_lora(tmp_path / "one.safetensors", tiny.sd15(), rank=4, alpha=9, text=TEXT)
    with safe_open(file, "pt") as opened:
        adapter = json.loads(opened.metadata()["lora_adapter_metadata"])
    if metadata == "patterns":
        adapter |= {
            "unet.alpha_pattern": {"attn1.to_q": 2, "down_blocks.0.attentions.0.transformer_blocks.0.attn2.to_k": 1}
        }
    if metadata == "rslora":
        adapter["unet.use_rslora"] = True
    kept = {"format": "pt", **({"lora_adapter_metadata": json.dumps(adapter)} if metadata else {})}
    other = rewritten(file, "other.safetensors", metadata=kept)
    mixer = Mixer(family("sd15"))
    mixer.mix([part(other, 0.7)])
    expected, found = expected_of_diffusers(other, 0.7), state(mixer.family)
    assert expected.keys() == found.keys()
    for key, value in expected.items():
        torch.testing.assert_close(found[key], value, rtol=1e-5, atol=1e-5)


def test_embeddings_in_a_lora_file_are_passed_over(tmp_path):
    file = save_lora(tmp_path / "one.safetensors", tiny.sd15())
    found = {**load_file(file), "bundle_emb.fox.string_to_param.*": torch.zeros(2, 32)}
    save_file(found, tmp_path / "bundle.safetensors")
    assert Mixer(family("sd15")).mix([part(tmp_path / "bundle.safetensors")]) == len(load_file(file)) // 2


def test_half_precision_is_rounded_once(files, kind):
    whole, half = Mixer(family(kind)), family(kind)
    for module in half.adapted().values():
        module.to(torch.float16)
    before, mixer = state(half), Mixer(half)
    whole.mix([part(files[0], 0.5)])
    mixer.mix([part(files[0], 0.5)])
    key = next(iter(mixer._base))
    exact = state(whole.family)[f"{key}.weight"]
    torch.testing.assert_close(state(half)[f"{key}.weight"].float(), exact, rtol=1e-3, atol=1e-3)
    mixer.clear()
    assert same(state(half), before)


def test_memory_of_files_is_bounded(kind, files):
    mixer = Mixer(family(kind), cache=0)
    mixer.mix([part(files[0])])
    mixer.mix([part(files[1])])
    assert list(mixer._files) == [sha256(files[1])]


def test_fingerprint_tells_bases_apart():
    assert Mixer(family("sd15")).fingerprint == Mixer(family("sd15")).fingerprint
    assert Mixer(family("sd15")).fingerprint != Mixer(family("sd15", tiny.sd15(seed=1))).fingerprint


# ── what is refused, and that nothing changes then ───────────────────────────
def refused(path, kind="sd15", error=BadInput):
    base = family(kind)
    before = state(base)
    with pytest.raises(error) as caught:
        Mixer(base).mix([part(path) if path.exists() else Part("0" * 64, path, path.stem, 1.0)])
    assert same(state(base), before)
    return str(caught.value)


def test_another_family_is_refused(tmp_path):
    xl = save_lora(tmp_path / "xl.safetensors", tiny.sdxl(), text=TEXT)
    said = refused(xl)
    assert "“xl” does not fit" in said and "text_encoder_2" in said


def test_another_width_is_refused(tmp_path):
    xl = save_lora(tmp_path / "xl.safetensors", tiny.sdxl())
    said = refused(xl)
    assert "attn2.to_k" in said and "80" in said and "32" in said


def test_truncated_is_refused(tmp_path):
    file = save_lora(tmp_path / "short.safetensors", tiny.sd15())
    file.write_bytes(file.read_bytes()[:-1000])
    assert "cut short" in refused(file)


def test_pickle_is_refused_unopened(tmp_path):
    for name, legacy in (("zip", True), ("old", False)):
        file = tmp_path / f"{name}.safetensors"
        torch.save({"a": torch.zeros(1)}, file, _use_new_zipfile_serialization=legacy)
        assert "pickle" in refused(file)


def test_a_file_without_lora_layers_is_refused(tmp_path):
    save_file({"conv_in.weight": torch.zeros(3)}, tmp_path / "model.safetensors")
    assert "conv_in.weight" in refused(tmp_path / "model.safetensors")
    save_file({}, tmp_path / "nothing.safetensors")
    assert "no LoRA layers" in refused(tmp_path / "nothing.safetensors")


def test_other_kinds_of_adapter_are_named(tmp_path):
    save_file({"lora_unet_conv_in.hada_w1_a": torch.zeros(3, 3)}, tmp_path / "loha.safetensors")
    assert "LoHa" in refused(tmp_path / "loha.safetensors")


def test_numbers_that_are_not_finite_are_refused(tmp_path):
    file = save_lora(tmp_path / "nan.safetensors", tiny.sd15())
    spoilt = load_file(file)
    next(iter(spoilt.values()))[0] = float("nan")
    save_file(spoilt, file)
    assert "not finite" in refused(file)


def test_a_missing_file_is_said(tmp_path):
    assert "gone" in refused(tmp_path / "none.safetensors", error=NotFound)


# ── text encoders with a weight of their own ─────────────────────────────────
def test_text_encoders_may_have_a_weight_of_their_own(files, kind):
    mixer, plain = Mixer(family(kind)), Mixer(family(kind))
    before = state(mixer.family)
    one = part(files[1], 0.8)
    mixer.mix([replace(one, text=0.3)])
    apart = state(mixer.family)
    for weight, mine in ((0.8, True), (0.3, False)):
        plain.mix([replace(one, weight=weight)])
        found = state(plain.family)
        assert all(torch.equal(found[key], apart[key]) for key in found if key.startswith("unet.") == mine)
    mixer.mix([replace(one, weight=0.0, text=0.3)])
    assert all(torch.equal(value, before[key]) for key, value in state(mixer.family).items() if key.startswith("unet."))
    assert mixer.mix([replace(one, text=0.3), replace(one, weight=-0.8, text=-0.3)]) > 0
    assert same(state(mixer.family), before)
