"""The export doctor: a sound file is called sound, and each way of being broken is named for the tools that it troubles."""

import json
import zipfile

import pytest
import torch
from safetensors import safe_open
from safetensors.torch import load_file, save_file

from jobs.exports import export_lora
from jobs.exports._doctor import diagnose
from jobs.exports._rules import A1111, COMFY, FILE, INVOKE, SITES
from jobs.families import load_family
from jobs.worker import Worker
from storage import loras, queue, sharing
from studio import words
from tests import loras as random_loras
from tests import teach, tiny

torch.set_num_threads(1)
SAID = {
    "ss_network_module": "networks.lora", "ss_network_dim": "4", "ss_network_alpha": "8",
    "modelspec.sai_model_spec": "1.0.1", "modelspec.title": "fox",
}  # fmt: skip
OF = {"sd15": ("sd_v1", "stable-diffusion-v1"), "sdxl": ("sdxl_base_v1-0", "stable-diffusion-xl-v1-base")}


@pytest.fixture(scope="module", params=["sd15", "sdxl"])
def made(request, tmp_path_factory):
    """(the studio's file, its export, the base model) of a LoRA of rank 4 and alpha 8 with text encoders."""
    name = request.param
    place = tmp_path_factory.mktemp(name)
    (tiny.save_sd15 if name == "sd15" else tiny.save_sdxl)(place / "base")
    source = place / "ours.safetensors"
    random_loras.save_lora(source, getattr(tiny, name)(), text=random_loras.TEXT)
    version, architecture = OF[name]
    with safe_open(source, "pt") as file:
        said = file.metadata() | SAID
    said |= {"ss_base_model_version": version, "modelspec.architecture": f"{architecture}/lora"}
    save_file(load_file(source), source, said)
    exported = export_lora("kohya", source, place / "theirs.safetensors")
    return source, exported, load_family(name, place / "base", torch.device("cpu"), torch.float32)


def spoilt(made, tmp_path, change, said=None):
    """(tool, sentence) of everything that is wrong with an export whose tensors `change` has changed in place."""
    source, exported, family = made
    tensors = load_file(exported)
    change(tensors)
    with safe_open(exported, "pt") as file:
        known = file.metadata()
    broken = tmp_path / "broken.safetensors"
    save_file(tensors, broken, {key: text for key, text in (known | (said or {})).items() if text})
    return [(row.tool, row.said) for row in diagnose(source, broken, family) if not row.ok]


def renamed(tensors, old, new):
    for key in [key for key in tensors if old in key]:
        tensors[key.replace(old, new)] = tensors.pop(key)


def test_a_sound_file(made):
    source, exported, family = made
    before = {name: weight.clone() for name, weight in family.pipe.unet.state_dict().items()}
    for _ in range(2):
        found = diagnose(source, exported, family)
        assert [row.said for row in found if not row.ok] == []
        assert {row.tool for row in found} == {FILE, A1111, COMFY, INVOKE, SITES, "diffusers"}
    after = family.pipe.unet.state_dict()
    assert after.keys() == before.keys() and all(torch.equal(after[name], before[name]) for name in before)


def test_a_layer_without_its_strength(made, tmp_path):
    def change(tensors):
        for key in [key for key in tensors if key.endswith(".alpha")]:
            del tensors[key]

    found = dict(spoilt(made, tmp_path, change))
    assert all("say no strength" in found[tool] for tool in (A1111, COMFY, INVOKE))
    assert "counts 1 times instead of 2 times" in found["diffusers"]


def test_a_strength_that_is_the_rank(made, tmp_path):
    def change(tensors):
        for key in tensors:
            if key.endswith(".alpha"):
                tensors[key] = torch.tensor(4.0)

    assert [tool for tool, _ in spoilt(made, tmp_path, change)] == ["diffusers"]


def test_text_encoders_by_the_wrong_name(made, tmp_path):
    xl = made[2].name == "sdxl"
    found = dict(
        spoilt(made, tmp_path, lambda t: renamed(t, *(("lora_te1_", "lora_te_") if xl else ("lora_te_", "lora_te1_"))))
    )
    troubled = {tool for tool, said in found.items() if "the text encoder is called" in said}
    assert troubled == ({A1111, INVOKE} if xl else {INVOKE})


def test_text_encoders_without_text_model(made, tmp_path):
    texts = sum("_text_model_" in key for key in load_file(made[1]))
    found = dict(spoilt(made, tmp_path, lambda tensors: renamed(tensors, "_text_model_", "_")))
    rows = diagnose(made[0], tmp_path / "broken.safetensors", made[2])
    assert [len(row.keys) for row in rows if row.tool == COMFY] == [texts, 0], "each skipped key is named"
    assert all("must say text_model" in found[tool] for tool in (A1111, COMFY, INVOKE))


def test_mixed_spellings(made, tmp_path):
    def own(tensors):
        tensors["unet.mid_block.attentions.0.x.lora_A.weight"] = torch.ones(4, 4)

    found = dict(spoilt(made, tmp_path, lambda tensors: renamed(tensors, "unet_mid_block_", "unet_middle_block_")))
    assert "Two spellings" in found[FILE]
    found = dict(spoilt(made, tmp_path, own))
    assert "Two spellings" in found[FILE] and "diffusers' own spelling" in found[COMFY]


def test_layers_that_the_base_does_not_have_and_halves_that_are_gone(made, tmp_path):
    found = dict(spoilt(made, tmp_path, lambda tensors: renamed(tensors, "down_blocks_0", "down_blocks_7")))
    assert all("the base model has no such layer" in found[tool] for tool in (A1111, COMFY, INVOKE))
    found = dict(spoilt(made, tmp_path, lambda tensors: tensors.pop(next(k for k in tensors if "lora_up" in k))))
    assert "lacks one of its halves" in found[FILE] and "diffusers" in found


def test_numbers_that_changed_or_are_none(made, tmp_path):
    key = next(key for key in load_file(made[1]) if "unet" in key and "lora_up" in key)
    found = dict(spoilt(made, tmp_path, lambda tensors: tensors[key].mul_(1.001)))
    assert list(found) == ["diffusers"] and "1 of" in found["diffusers"] and "changed" in found["diffusers"]
    assert "not finite" in dict(spoilt(made, tmp_path, lambda tensors: tensors[key].fill_(torch.nan)))[FILE]


def test_embeddings_inside_and_metadata_that_are_missing_or_wrong(made, tmp_path):
    def bundle(tensors):
        tensors["bundle_emb.fox.emb_params"] = torch.ones(1, 32)

    assert any("embeddings of tokens" in said for tool, said in spoilt(made, tmp_path, bundle) if tool == FILE)
    nothing = {"ss_network_dim": "", "modelspec.architecture": ""}
    found = spoilt(made, tmp_path, lambda tensors: None, nothing)
    assert [(tool, "it lacks" in said) for tool, said in found] == [(A1111, True), (SITES, True)]
    other = OF["sd15" if made[2].name == "sdxl" else "sdxl"][0]
    found = spoilt(made, tmp_path, lambda tensors: None, {"ss_base_model_version": other})
    assert found == [(A1111, f"It takes the file for another family: ss_base_model_version says {other}.")]


def test_every_line_is_told_in_korean(made, tmp_path):
    korean = words.speak("ko")
    source, exported, family = made
    for row in diagnose(source, exported, family):
        assert any("가" <= sign <= "힣" for sign in korean.error(row.said)), row.said


@pytest.fixture
def trained(tmp_path):
    """A store with a finished run on the tiny base, and its LoRA."""
    from storage.database import Store

    store = Store.open(teach.tiny_settings(tmp_path / "home"))
    teach.furnish(store, tmp_path)
    job = teach.work(store, teach.ask(store, teach.request(steps=1, sample_every=1, sample_prompts=["a fox"])))
    assert job.state == "done", job.error
    yield store, loras.get(store, job.result["lora"])
    store.close()


def test_what_the_studio_trains_passes_and_goes_out_with_all_that_belongs_to_it(trained, tmp_path):
    from jobs.tasks.doctor import CheckLora

    store, row = trained
    task = CheckLora(lora=row.id, name=row.name)
    number = queue.add(store, row.project_id, "doctor", task, task.title(), task.lane).id
    Worker(store, store.settings).step()
    job = queue.get(store, number)
    assert job.state == "done" and [line["said"] for line in job.result["report"] if not line["ok"]] == []

    file = export_lora("kohya", store.files.path(row.file), tmp_path / "out.safetensors", **sharing.said(store, row))
    with safe_open(file, "pt") as opened:
        said = opened.metadata()
    assert (
        said["modelspec.thumbnail"].startswith("data:image/jpeg;base64,") and said["modelspec.trigger_phrase"] == "FOX"
    )
    assert said["modelspec.date"].startswith("20") and "fox" in said["modelspec.description"]
    assert said["modelspec.tags"] == "fox" and said["ss_optimizer"].startswith("torch.optim.adamw.AdamW")
    with zipfile.ZipFile(sharing.bundle(store, row, file, tmp_path / "out.zip")) as archive:
        assert sorted(archive.namelist()) == ["fox.json", "fox.png", "fox.safetensors"]
        assert json.loads(archive.read("fox.json"))["activation text"] == "FOX"
