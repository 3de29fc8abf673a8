"""Recipes of one's own: kept, renamed, deleted and brought back, taken out and in; settings borrowed from LoRA files."""

import json

import numpy as np
import pytest
from safetensors.numpy import save_file

from jobs import folder, recipes
from jobs.exports._about import Lineage, metadata
from jobs.planning import kohya
from jobs.tasks.train import TrainLora
from storage import loras
from storage import recipes as own
from storage.errors import BadInput, NotFound
from studio import borrowing, mine, words

EN = words.speak("en")
QUERY = "lora_unet_down_blocks_0_attentions_0_transformer_blocks_0_attn1_to_q"


def train(**values):
    return TrainLora(name="fox", dataset="fox", **values)


def test_what_the_form_holds_becomes_a_recipe_that_fills_it_again(store):
    task = train(rank=32, schedule="cosine", sample_prompts=['a "fox"', "여우\\"], learning_rate=1e-5, base="mini")
    assert mine.keep(store, " 내 그림체 ", "One  of mine.\n", task) == "내 그림체"
    text = (store.home / "recipes" / "내 그림체.toml").read_text(encoding="utf-8")
    assert "steps" not in text and "dataset" not in text, "only what differs is written"
    values = mine.settings(store, "내 그림체", "mini")
    assert train(**values) == task
    assert recipes.find("내 그림체", own.folder(store)).about == "One of mine."


def test_no_recipe_takes_the_place_of_another_unless_asked_to(store):
    mine.keep(store, "soft", "", train(rank=4))
    with pytest.raises(BadInput, match="“soft” already"):
        mine.keep(store, "Soft", "", train(rank=8))
    mine.keep(store, "soft", "", train(rank=16), over=True)
    assert mine.settings(store, "soft", "mini")["rank"] == 16
    for name in ("style", "Style", " face "):
        with pytest.raises(BadInput, match="comes with the studio"):
            mine.keep(store, name, "", train(), over=True)
    for name in ("../style", ".hidden", "a.toml", "a:b", ""):
        with pytest.raises(BadInput):
            mine.keep(store, name, "", train())
    assert own.names(store) == ["soft"]


def test_renamed_deleted_and_brought_back(store):
    mine.keep(store, "one", "", train(rank=4))
    mine.keep(store, "two", "", train(rank=5))
    with pytest.raises(BadInput, match="“two” already"):
        mine.rename_recipe(store, "one", "two")
    assert mine.rename_recipe(store, "one", "three") == "three"
    mine.delete_recipe(store, "three")
    assert own.names(store) == ["two"]
    mine.restore_recipe(store, "three")
    assert mine.settings(store, "three", "mini")["rank"] == 4
    with pytest.raises(NotFound, match="no recipe of your own called “one”"):
        mine.delete_recipe(store, "one")


@pytest.mark.parametrize("name", list(recipes.names("train")))
def test_a_recipe_taken_out_is_the_same_brought_in(store, name):
    text = mine.recipe_text(store, name)
    assert mine.import_recipe(store, text, f"my {name}.toml") == f"my {name}"
    there, back = recipes.find(name), mine.find(store, f"my {name}")
    assert back == there.model_copy(update={"name": f"my {name}"})


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("[settings]\nflavour = 3", "“flavour”, which is no field of train"),
        ("[settings]\nrank = 0", "“rank” to 0, which cannot be"),
        ("[settings]\nrank = 'many'", "“rank” to 'many', which cannot be"),
        ("[on.sdxl]\nschedule = 'zigzag'", "“schedule” to 'zigzag', which cannot be"),
        ("task = 'generate'\n[settings]\nseed = 3", "is one for generate"),
        ("task = 'soup'", "no “soup” among the tasks"),
        ("[settings\n", "cannot be read"),
        ("colour = 'red'", "colour"),
    ],
)
def test_what_is_wrong_with_a_recipe_is_one_sentence(store, text, said):
    with pytest.raises((BadInput, NotFound), match=said):
        mine.import_recipe(store, text, "theirs.toml")
    assert own.names(store) == []


def test_the_studios_own_metadata_fill_the_form_as_it_was():
    task = train(
        rank=16, alpha=8, learning_rate=2e-4, encoder_rate=5e-5, batch=2, accumulation=3, optimizer="AdamW 8-bit",
        weight_decay=0.1, schedule="cosine", warmup=20, snr_gamma=5, noise_offset=0.05, caption_dropout=0.1, shuffle=True,
        keep_first=2, prior_weight=0.5, ema=0.99, flip=True, buckets=False, enlarge=True, precision="bf16", seed=3,
        checkpointing=True, steps=240, adapter="DoRA", dropout=0.1, input_perturbation=0.1, clip=0.5, resolution=512,
    )  # fmt: skip
    said = metadata(
        Lineage("fox", "mini", "sd_v1", "stable-diffusion-v1", "FOX", "fox", ["a"], 512, "epsilon", 16, 8, 240,
                task.model_dump(mode="json"))
    )  # fmt: skip
    found = kohya.read(said, {f"{QUERY}.lora_down.weight": [16, 8], "lora_te_x.lora_down.weight": [16, 8]})
    assert found.lost == []
    fields = {name: value for name, value in task.model_dump().items() if name not in ("name", "dataset", "base")}
    apart = ("targets", "scaling", "crop", "recipe", "sample_prompts", "keep", "save_epochs", "epochs")
    for name, value in fields.items():
        if name not in apart and not name.endswith("_every"):
            assert found.values.get(name, value) == pytest.approx(value), name
    names = {name.ours for name in kohya.NAMES}
    assert names <= set(folder.task("train").model_fields) and names <= found.values.keys() | {"epochs"}


def test_what_somebody_elses_file_says_is_taken_or_named(store, tmp_path):
    said = {
        "ss_network_dim": "32", "ss_network_alpha": "16.0", "ss_learning_rate": "0.0001", "ss_unet_lr": "None",
        "ss_text_encoder_lr": "[5e-05]", "ss_optimizer": "prodigyopt.prodigy.Prodigy(decouple=True,weight_decay=0.01)",
        "ss_lr_scheduler": "constant_with_warmup", "ss_max_train_steps": "900", "ss_num_epochs": "9",
        "ss_mixed_precision": "no", "ss_min_snr_gamma": "None", "ss_clip_skip": "2", "ss_seed": "99", "ss_lowram": "True",
        "ss_network_args": json.dumps({"conv_dim": "32", "conv_alpha": "4", "dora_wd": "True"}),
        "ss_datasets": json.dumps([{"batch_size_per_device": 96, "resolution": [768, 512],
                                    "subsets": [{"flip_aug": True, "shuffle_caption": True, "keep_tokens": 1}]}]),
    }  # fmt: skip
    tensors = {f"{QUERY}.lora_down.weight": (32, 8), "lora_te_text_model_x.lora_down.weight": (32, 8)}
    file = tmp_path / "theirs.safetensors"
    save_file({name: np.zeros(shape, np.float32) for name, shape in tensors.items()}, file, said)
    number = loras.add(store, 1, file, name="theirs", family="sd15", base="mini").id
    found = borrowing.told(EN, borrowing.of_library(store, loras.get(store, number)))
    values = found["values"]
    assert (values["rank"], values["alpha"], values["learning_rate"], values["encoder_rate"]) == (32, 16, 1e-4, 5e-5)
    assert (values["optimizer"], values["schedule"], values["steps"], values["epochs"]) == (
        "Prodigy",
        "constant",
        900,
        0,
    )
    assert (values["adapter"], values["flip"], values["keep_first"], values["resolution"]) == ("DoRA", True, 1, 627)
    assert (values["precision"], values["targets"]) == ("fp32", "attention q/v only")
    lost = {row["label"]: row["value"] for row in found["lost"]}
    assert lost == {"clip_skip": "2", "network_args conv_alpha": "4", "Batch": "96"}
    assert all(row["why"] for row in found["lost"])


def test_a_file_that_says_nothing_of_its_making(store, tmp_path):
    with pytest.raises(BadInput, match="says nothing about how it was trained"):
        borrowing.told(EN, kohya.read({"format": "pt"}, {}))
    plain = kohya.read({}, {"unet.mid_block.attn2.to_v.lora_A.weight": [4, 8]})
    assert plain.values == {"targets": "cross-attention only", "encoder_rate": 0.0, "rank": 4}


def test_a_lora_of_the_studio_lends_what_its_run_was_asked(store, tmp_path):
    (tmp_path / "a.safetensors").write_bytes(b"x")
    settings = train(rank=64, seed=7).model_dump(mode="json") | {"colour": "red"}
    row = loras.add(store, 1, tmp_path / "a.safetensors", name="a", family="sd15", base="mini", settings=settings)
    found = borrowing.told(EN, borrowing.of_library(store, row))
    assert [(line["label"], line["value"]) for line in found["taken"]] == [("Rank", "64"), ("Seed", "7")]
    assert [line["label"] for line in found["lost"]] == ["colour"]
