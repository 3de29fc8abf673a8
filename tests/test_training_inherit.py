"""Going on from a LoRA: at the first step the new adapter predicts what the old one does, DoRA, tokens and all."""

from __future__ import annotations

import json

import pytest
import torch
from safetensors.torch import save_file

from jobs.blending import Mixer, Part
from jobs.exports import export_lora
from jobs.families.sd15 import StableDiffusion15
from jobs.families.sdxl import StableDiffusionXL
from jobs.training.adapter import Adapter, Shape
from jobs.training.inherit import Inheritance
from jobs.training.tokens import Tokens
from storage import datasets, loras
from storage.errors import BadInput
from storage.files import sha256
from tests import teach, tiny
from tests.teach import ask, request, work

torch.set_num_threads(1)
BUILD = {"sd15": lambda: StableDiffusion15(tiny.sd15()), "sdxl": lambda: StableDiffusionXL(tiny.sdxl())}
WHOLE = "attention + feed-forward + convolutions"


def answer(family):
    """What the UNet says to a prompt."""
    noisy = torch.randn(1, 4, 16, 16, generator=torch.Generator().manual_seed(0))
    with torch.no_grad():
        return family.predict(noisy, torch.tensor([300]), family.encode_text(["a cat"]))


def taught(family, shape, path):
    """An adapter that has learned something in that family, written to `path`; the adapter."""
    adapter = Adapter(family, shape, seed=1)
    with tiny.seeded(2):
        for weight in adapter.weights:
            weight.data += 0.1 * torch.randn_like(weight)
    save_file(
        {name: tensor.contiguous() for name, tensor in adapter.state().items()},
        path,
        metadata={"lora_adapter_metadata": json.dumps(adapter.config())},
    )
    return adapter


@pytest.fixture(params=sorted(BUILD))
def kind(request):
    return request.param


# ── DoRA in the mixer ────────────────────────────────────────────────────────
def test_a_dora_in_the_mixer_has_the_weights_that_peft_merges(kind, tmp_path):
    theirs, path = BUILD[kind](), tmp_path / "dora.safetensors"
    adapter = taught(theirs, Shape(3, 5, WHOLE, decomposed=True, encoders=True), path)
    wanted = answer(theirs)
    plain, ours = answer(BUILD[kind]()), BUILD[kind]()
    mixer = Mixer(ours)
    mixer.mix([Part("dora", path, "dora", 1.0)])
    assert (wanted - plain).abs().max() > 0.01, "the DoRA does something"
    found = {}
    for name, layer in adapter.layers().items():
        layer.merge()
        part, _, rest = name.partition(".")
        found[name] = ours.adapted()[part].get_submodule(rest).weight.clone()
        assert torch.allclose(found[name], layer.get_base_layer().weight, atol=1e-5)
    torch.testing.assert_close(answer(ours), wanted, atol=1e-4, rtol=1e-4)

    mixer.mix([Part("dora", path, "dora", 0.5)])
    halves = {n: (mixer._base[n] + found[n]) / 2 for n in found}
    for name, half in halves.items():
        part, _, rest = name.partition(".")
        assert torch.allclose(ours.adapted()[part].get_submodule(rest).weight, half, atol=1e-5)
    mixer.clear()
    assert torch.equal(answer(ours), plain)

    kohya = export_lora("kohya", path, tmp_path / "kohya.safetensors")
    mixer.mix([Part("kohya", kohya, "kohya", 1.0)])
    for name, weight in found.items():
        part, _, rest = name.partition(".")
        assert torch.equal(ours.adapted()[part].get_submodule(rest).weight, weight)


def test_a_dora_along_the_inputs_is_refused(tmp_path):
    stem, path = "lora_unet_mid_block_attentions_0_transformer_blocks_0_attn1_to_q", tmp_path / "in.safetensors"
    save_file(
        {
            f"{stem}.lora_down.weight": torch.ones(2, 32),
            f"{stem}.lora_up.weight": torch.ones(32, 2),
            f"{stem}.dora_scale": torch.ones(1, 32),
        },
        path,
    )
    with pytest.raises(BadInput, match="“in” decomposes its layer .* along the inputs"):
        Mixer(BUILD["sd15"]()).mix([Part(sha256(path), path, "in", 1.0)])


# ── going on ─────────────────────────────────────────────────────────────────
@pytest.mark.parametrize(
    ("old", "new"),
    [
        (Shape(2, 5, "attention"), Shape(4, 4, WHOLE, encoders=True)),
        (Shape(2, 5, WHOLE, encoders=True, stabilised=True), Shape(2, 1, WHOLE, encoders=True)),
        (Shape(2, 5, WHOLE), Shape(3, 4, WHOLE, decomposed=True, stabilised=True)),
        (Shape(2, 5, WHOLE, decomposed=True), Shape(3, 4, WHOLE, decomposed=True)),
    ],
    ids=["larger", "rank-stabilised", "LoRA to DoRA", "DoRA"],
)
@pytest.mark.parametrize("spelling", ["diffusers", "kohya"])
def test_the_new_adapter_begins_as_the_old_one(old, new, spelling, tmp_path):
    first, path = BUILD["sd15"](), tmp_path / "old.safetensors"
    taught(first, old, path)
    export_lora(spelling, path, tmp_path / "given.safetensors")
    family = BUILD["sd15"]()
    plain = answer(family)
    before = Inheritance.read(family, "old", tmp_path / "given.safetensors", {})
    adapter = Adapter(family, new, seed=7)
    before.pass_on(adapter, Tokens(family, {}))
    torch.testing.assert_close(answer(family), answer(first), atol=1e-5, rtol=1e-5)
    assert (answer(family) - plain).abs().max() > 1e-3
    answer_with_gradient(family)
    assert all(weight.grad is not None for weight in adapter.parts["unet"]), "and all of it goes on learning"


def answer_with_gradient(family):
    noisy = torch.randn(1, 4, 16, 16)
    family.predict(noisy, torch.tensor([300]), family.speak(["a cat"])).square().sum().backward()


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        (Shape(4, 4, "attention"), Shape(2, 2, "attention"), "has rank 4 and this run 2.*set the rank to 4"),
        (Shape(2, 2, WHOLE), Shape(2, 2, "attention"), "layers that this run leaves alone.*choose more layers"),
        (Shape(2, 2, "attention", encoders=True), Shape(2, 2, "attention"), "text encoder's learning rate above 0"),
        (Shape(2, 2, "attention", decomposed=True), Shape(2, 2, "attention"), "is a DoRA.*choose DoRA"),
    ],
    ids=["rank", "layers", "encoders", "DoRA"],
)
def test_what_the_new_adapter_has_no_place_for(old, new, said, tmp_path):
    taught(BUILD["sd15"](), old, tmp_path / "old.safetensors")
    family = BUILD["sd15"]()
    before = Inheritance.read(family, "old", tmp_path / "old.safetensors", {})
    with pytest.raises(BadInput, match=said):
        before.pass_on(Adapter(family, new, seed=0), Tokens(family, {}))


def test_a_run_goes_on_from_a_run_with_its_tokens(store, tmp_path):
    teach.furnish(store, tmp_path)
    datasets.set_trigger(store, datasets.named(store, 1, "fox").id, "<fox>")
    wish = {"tokens": ["<fox> = red fox"], "token_rate": 0.0, "encoder_rate": 1e-3, "steps": 2}
    first = work(store, ask(store, request(**wish | {"token_rate": 0.05})))
    learned = loras.get(store, first.result["lora"])
    lost = work(store, ask(store, request(continue_from=learned.id, encoder_rate=1e-3)))
    assert "brings the token <fox>, which this run does not teach" in lost.error
    second = work(store, ask(store, request(**wish, continue_from=learned.id)))
    assert second.state == "done", second.error
    gone_on = loras.get(store, second.result["lora"])
    rows = [loras.embeddings(store, row)["<fox>"] for row in (learned, gone_on)]
    from safetensors.torch import load_file

    assert torch.equal(*(load_file(path)["emb_params"] for path in rows)), "at a rate of 0 the token stays what it was"
    assert store.files.path(gone_on.file).read_bytes() != store.files.path(learned.file).read_bytes()


def test_a_lora_of_another_family_is_refused(store, tmp_path):
    teach.furnish(store, tmp_path)
    path = tmp_path / "xl.safetensors"
    taught(BUILD["sdxl"](), Shape(2, 2, "attention"), path)
    row = loras.add(store, 1, path, name="xl", family="sdxl", base="tiny")
    job = work(store, ask(store, request(continue_from=row.id)))
    assert "“xl” is made for models of the family sdxl" in job.error
    assert "no LoRA number 99" in work(store, ask(store, request(continue_from=99))).error
