"""The library: LoRAs of every spelling come in, what is none is refused in one sentence, checkpoints take the LoRA's place."""

import json
import pickle
import struct
import zipfile

import pytest
import torch
from safetensors.torch import load_file, save_file

from door.main import main
from jobs.shelf import Shelf
from jobs.tasks.generate import GeneratePictures
from storage import adapters, bases, lora_imports, loras, queue
from storage.errors import BadInput
from storage.lora_imports import Wishes
from tests import tiny
from tests.conftest import paint
from tests.loras import TEXT, kohya_spelling, save_lora

torch.set_num_threads(1)


@pytest.fixture(scope="module")
def files(tmp_path_factory):
    """One LoRA for the tiny sd15 in diffusers' spelling, and one for the tiny sdxl."""
    place = tmp_path_factory.mktemp("files")
    save_lora(place / "fox.safetensors", tiny.sd15(), 1, text=TEXT)
    save_lora(place / "owl.safetensors", tiny.sdxl(), 2, text=TEXT)
    return place


@pytest.fixture
def bring(store, project):
    def run(*paths, **wishes):
        given = [(path, path.name) for path in paths]
        return lora_imports.bring(store, project.id, given, Wishes(**wishes))

    return run


def wide(width):
    """A LoRA of one layer that hears text of that width, in kohya's spelling."""
    layer = "lora_unet_down_blocks_1_attentions_0_transformer_blocks_0_attn2_to_k"
    tensors = {f"{layer}.lora_down.weight": torch.ones(4, width), f"{layer}.lora_up.weight": torch.ones(8, 4)}
    return tensors | {f"{layer}.alpha": torch.tensor(2.0)}


def test_a_lora_of_each_spelling_comes_in_and_draws_alike(store, project, bring, files, tmp_path):
    bases.add(store, "tiny", str(tiny.save_sd15(tmp_path / "tiny")))
    peft = {f"base_model.model.{key}": value for key, value in load_file(files / "fox.safetensors").items()}
    alphas = json.loads(_metadata(files / "fox.safetensors")["lora_adapter_metadata"])
    save_file(peft, tmp_path / "peft.safetensors", {"lora_adapter_metadata": json.dumps(alphas)})
    kohya_spelling(files / "fox.safetensors", tmp_path / "kohya.safetensors", alpha=8)
    arrived = bring(
        files / "fox.safetensors", tmp_path / "kohya.safetensors", tmp_path / "peft.safetensors", family="sd15"
    )
    assert arrived.refused == []
    assert [(row.name, row.rank, row.family, row.base) for row in arrived.rows] == [
        (name, 4, "sd15", "mini") for name in ("fox", "kohya", "peft")
    ]
    mixer, weights = Shelf("cpu").mixer(bases.named(store, "tiny")), []
    from jobs.blending import Part

    for row in arrived.rows:
        mixer.mix([Part(row.file, store.files.path(row.file), row.name, 0.7)])
        weights.append(mixer.family.pipe.unet.mid_block.attentions[0].transformer_blocks[0].attn1.to_q.weight.clone())
    assert torch.equal(weights[0], weights[1]) and torch.equal(weights[0], weights[2])


def test_what_came_in_goes_out_as_other_tools_read_it(store, bring, files, tmp_path):
    from jobs.exports import export_lora

    kohya_spelling(files / "fox.safetensors", tmp_path / "kohya.safetensors", alpha=8)
    peft = {
        f"base_model.model.{key}".replace("model.unet.", "model."): value
        for key, value in load_file(files / "fox.safetensors").items()
    }
    save_file({key: value for key, value in peft.items() if "text_encoder" not in key}, tmp_path / "peft.safetensors")
    whole = load_file(tmp_path / "kohya.safetensors")
    for name in ("kohya", "peft"):
        out = load_file(
            export_lora("kohya", tmp_path / f"{name}.safetensors", tmp_path / "out.safetensors", title="fox")
        )
        assert set(out) == {key for key in whole if name == "kohya" or "_te_" not in key}


def _metadata(path):
    return bases.header(path)["__metadata__"]


def test_what_a_file_says_of_itself_is_read(store, bring, tmp_path):
    tags = {"ss_tag_frequency": json.dumps({"10_fox": {"zwx fox": 24, "tree": 6}})}
    counted = tags | {"ss_dataset_dirs": json.dumps({"10_fox": {"n_repeats": 10, "img_count": 24}})}
    for name, width, said in (
        ("one", 768, counted), ("two", 2048, {"modelspec.trigger_phrase": "BY OWL"}), ("three", 768, tags),
        ("four", 32, {"ss_base_model_version": "sdxl_base_v1-0"}),
    ):  # fmt: skip
        save_file(wide(width), tmp_path / f"{name}.safetensors", said)
    rows = bring(*(tmp_path / f"{name}.safetensors" for name in ("one", "two", "three", "four"))).rows
    assert [(row.family, row.trigger) for row in rows] == [
        ("sd15", "zwx fox"), ("sdxl", "BY OWL"), ("sd15", ""), ("sdxl", ""),
    ]  # fmt: skip
    assert [row.rank for row in rows] == [4] * 4


def broken(files, place):
    """Name → a file that cannot be a LoRA, and a piece of the sentence about it."""
    whole = (files / "fox.safetensors").read_bytes()
    (place / "pickle.safetensors").write_bytes(pickle.dumps({"weight": [1.0]}))
    (place / "torch.safetensors").write_bytes(b"PK\x03\x04" + bytes(60))
    (place / "empty.safetensors").touch()
    (place / "short.safetensors").write_bytes(whole[:-100])
    (place / "shorter.safetensors").write_bytes(whole[:50])
    (place / "noise.safetensors").write_bytes(struct.pack("<Q", 20) + b"\xff" * 40)
    (place / "old.pt").write_bytes(whole)
    saved = {
        "model": {
            "model.diffusion_model.input_blocks.0.0.weight": torch.zeros(2),
            "first_stage_model.x": torch.zeros(2),
        },
        "unet": {"conv_in.weight": torch.zeros(2), "mid_block.resnets.0.conv1.weight": torch.zeros(2)},
        "loha": {"lora_unet_mid_block.hada_w1_a": torch.zeros(2, 2), "lora_unet_mid_block.alpha": torch.tensor(1.0)},
        "lokr": {"lora_unet_mid_block.lokr_w1": torch.zeros(2, 2)},
        "else": {"something": torch.zeros(2)},
        "sd2": wide(1024),
        "nowhere": wide(32),
        "lonely": {"emb_params": torch.zeros(2, 32)},
    }
    for name, tensors in saved.items():
        save_file(tensors, place / f"{name}.safetensors")
    save_file(wide(64), place / "flux.safetensors", {"ss_base_model_version": "flux1-dev"})
    return {
        "pickle.safetensors": "is a pickle, whatever it is called", "torch.safetensors": "is a pickle",
        "empty.safetensors": "is empty", "short.safetensors": "is cut off", "shorter.safetensors": "is cut off",
        "noise.safetensors": "header cannot be read", "old.pt": "is not a .safetensors file",
        "model.safetensors": "is a whole model, not a LoRA", "unet.safetensors": "is a whole model",
        "loha.safetensors": "is a LoHa", "lokr.safetensors": "is a LoKr", "else.safetensors": "holds no LoRA layers",
        "sd2.safetensors": "made for Stable Diffusion 2", "flux.safetensors": "made for FLUX",
        "nowhere.safetensors": "does not tell whether it is for SD 1.5 or SDXL",
        "lonely.safetensors": "is an embedding of a token", "gone.safetensors": "There is no file",
    }  # fmt: skip


def test_a_file_that_is_no_lora_is_refused_in_one_sentence(store, project, bring, files, tmp_path):
    expected = broken(files, tmp_path)
    arrived = bring(*(tmp_path / name for name in expected), files / "fox.safetensors", family="")
    told = dict(arrived.refused)
    assert {name: sentence for name, sentence in expected.items() if sentence not in told.get(name, "")} == {}
    assert arrived.rows == [] and "fox.safetensors" in told, "a tiny model's LoRA says nothing of its family"
    assert loras.all(store, project.id) == []


def test_the_same_file_is_not_taken_twice_and_a_wrong_family_not_at_all(store, bring, files, tmp_path):
    bring(files / "fox.safetensors", family="sd15")
    [(_, said)] = bring(files / "fox.safetensors", family="sd15", name="again").refused
    assert "in the library already: it is “fox”" in said
    [(_, said)] = bring(files / "owl.safetensors", family="sd15").refused
    assert "made for the family sdxl" in said


def test_embeddings_and_a_preview_come_along(store, project, bring, files, tmp_path):
    save_file({"emb_params": torch.ones(2, 32)}, tmp_path / "cu_trg.safetensors")
    paint(1).save(tmp_path / "fox.png")
    (tmp_path / "fox.json").write_text(json.dumps({"activation text": "FOX", "preferred weight": 0.7}))
    with zipfile.ZipFile(tmp_path / "fox.zip", "w") as archive:
        archive.write(files / "fox.safetensors", "fox.safetensors")
        archive.write(tmp_path / "cu_trg.safetensors", "embeddings/cu_trg.safetensors")
        for name in ("fox.png", "fox.json"):
            archive.write(tmp_path / name, name)
        archive.writestr("../../evil.safetensors", b"")
    arrived = bring(tmp_path / "fox.zip", family="sd15")
    [row] = arrived.rows
    assert (row.name, row.trigger, row.weight, list(row.tokens)) == ("fox", "FOX", 0.7, ["<cu_trg>"])
    assert store.files.thumbnail(row.preview).is_file()
    assert [name for name, _ in arrived.refused] == ["evil.safetensors"]
    save_file({"clip_l": torch.ones(1, 32), "clip_g": torch.ones(1, 48)}, tmp_path / "big.safetensors")
    [(_, said)] = bring(tmp_path / "big.safetensors", lora=row.id).refused
    assert "made for different families" in said


def test_the_command_line_brings_one_in(store, files, tmp_path, capsys):
    home = ["--home", str(store.home)]
    words = [str(files / "fox.safetensors"), "--family", "sd15", "--name", "red", "--trigger", "RED"]
    assert main(["import-lora", *words, *home]) == 0
    assert capsys.readouterr().out == "red: LoRA number 1, rank 4, sd15, called by RED\n"
    assert main(["import-lora", str(tmp_path / "no.safetensors"), *home]) == 1
    assert "There is no file no.safetensors" in capsys.readouterr().err


def test_a_checkpoint_becomes_the_lora(store, project, files):
    task = GeneratePictures(prompt="x")
    queue.add(store, project.id, "generate", task, "x", "now")
    job = queue.claim(store, "t", ("now",))
    facts = {"family": "sd15", "base": "mini"}
    early = loras.keep(store, job, files / "fox.safetensors", name="fox · step 5", step=5, final=False, **facts)
    last = loras.keep(store, job, files / "owl.safetensors", name="fox", step=9, **facts)
    loras.promote(store, early)
    assert loras.named(store, project.id, "fox").id == early
    assert (loras.get(store, last).name, loras.get(store, last).final) == ("fox · step 9", False)


def test_tags_and_weights_are_kept_as_they_can_be(store, bring, files):
    [row] = bring(files / "fox.safetensors", family="sd15").rows
    loras.change(store, row.id, tags=[" style ", "soft  light", "style", ""], weight=0.8, weight_max=1.2)
    row = loras.get(store, row.id)
    assert (row.tags, row.weight, row.weight_max) == (["style", "soft light"], 0.8, 1.2)
    with pytest.raises(BadInput, match="do not go together"):
        loras.change(store, row.id, weight=3.0)


def test_a_token_is_called_after_its_file():
    assert [adapters.token(stem) for stem in ("cu_trg", "<ms_trg>", "My Style!")] == [
        "<cu_trg>",
        "<ms_trg>",
        "<my_style>",
    ]
