"""Exports: spelled right for text encoders too, deterministic, and refused where there is nothing to export."""

from __future__ import annotations

import hashlib
import json
import struct
import subprocess
import sys

import pytest
import torch
from safetensors.torch import load_file, save_file

from jobs import folder
from jobs.exports import _raw, export_lora
from storage.errors import BadInput, NotFound


def lora(path, names, said=None, rank=2):
    tensors = {}
    for name in names:
        tensors[f"{name}.lora_A.weight"] = torch.randn(rank, 6)
        tensors[f"{name}.lora_B.weight"] = torch.randn(6, rank)
    save_file(tensors, path, metadata=said or {"format": "pt"})
    return path


TEXT = ["text_encoder.encoder.layers.0.self_attn.q_proj", "text_encoder_2.text_model.encoder.layers.1.mlp.fc1"]


def test_text_encoders_of_sdxl(tmp_path):
    export_lora("kohya", lora(tmp_path / "a.safetensors", TEXT), tmp_path / "b.safetensors")
    layers = {key.split(".")[0] for key in load_file(tmp_path / "b.safetensors")}
    assert layers == {
        "lora_te1_text_model_encoder_layers_0_self_attn_q_proj",
        "lora_te2_text_model_encoder_layers_1_mlp_fc1",
    }


def test_the_text_encoder_of_sd15(tmp_path):
    export_lora("kohya", lora(tmp_path / "a.safetensors", TEXT[:1]), tmp_path / "b.safetensors")
    layers = {key.split(".")[0] for key in load_file(tmp_path / "b.safetensors")}
    assert layers == {"lora_te_text_model_encoder_layers_0_self_attn_q_proj"}


@pytest.mark.parametrize(
    ("config", "alpha"),
    [({}, 4.0), ({"unet.lora_alpha": 8}, 8.0), ({"unet.lora_alpha": 8, "unet.use_rslora": True}, 16.0),
     ({"unet.lora_alpha": 8, "unet.alpha_pattern": {"mid_block.to_q": 3}}, 3.0)],
)  # fmt: skip
def test_alpha_as_kohya_counts_it(tmp_path, config, alpha):
    """Strength is alpha / rank there; without metadata alpha is the rank; rsLoRA's is alpha · √rank."""
    source = lora(
        tmp_path / "a.safetensors", ["unet.mid_block.to_q"], {"lora_adapter_metadata": json.dumps(config)}, rank=4
    )
    export_lora("kohya", source, tmp_path / "b.safetensors")
    assert load_file(tmp_path / "b.safetensors")["lora_unet_mid_block_to_q.alpha"].item() == alpha


def test_the_same_file_twice_and_the_hash_of_its_content(tmp_path):
    source = lora(tmp_path / "a.safetensors", ["unet.mid_block.to_q"], {"b": "2", "a": "1"})
    for form in folder.names("jobs.exports"):
        one, two = (
            export_lora(form, source, tmp_path / name, title="Füchse") for name in ("1.safetensors", "2.safetensors")
        )
        content = one.read_bytes()
        assert content == two.read_bytes()
        length = struct.unpack("<Q", content[:8])[0]
        assert length % 8 == 0, "tensors are aligned"
        said = json.loads(content[8 : 8 + length])["__metadata__"]
        assert said["sshs_model_hash"] == hashlib.sha256(content[8 + length :]).hexdigest()
        assert (said["modelspec.title"], said["a"]) == ("Füchse", "1")


def test_tensors_keep_their_precision(tmp_path):
    save_file({"unet.x.lora_A.weight": torch.ones(1, 2, dtype=torch.bfloat16)}, tmp_path / "a.safetensors")
    export_lora("kohya", tmp_path / "a.safetensors", tmp_path / "b.safetensors")
    assert load_file(tmp_path / "b.safetensors")["lora_unet_x.lora_down.weight"].dtype == torch.bfloat16


def test_raw_files_are_what_safetensors_reads(tmp_path):
    given = {"w": _raw.Raw.fp32(torch.arange(6.0).view(2, 3).T), "n": _raw.Raw.number(2.5)}
    _raw.write(tmp_path / "x.safetensors", given, {})
    found = load_file(tmp_path / "x.safetensors")
    assert torch.equal(found["w"], torch.arange(6.0).view(2, 3).T) and found["n"].item() == 2.5
    assert _raw.read(tmp_path / "x.safetensors")[0] == given


def test_what_cannot_be_exported(tmp_path):
    save_file({"model.diffusion_model.x": torch.ones(1)}, tmp_path / "a.safetensors")
    with pytest.raises(BadInput, match="no part of a LoRA"):
        export_lora("kohya", tmp_path / "a.safetensors", tmp_path / "b.safetensors")
    assert not (tmp_path / "b.safetensors").exists()
    with pytest.raises(NotFound, match="gone from the store"):
        export_lora("kohya", tmp_path / "none.safetensors", tmp_path / "b.safetensors")
    with pytest.raises(NotFound, match="diffusers, kohya"):
        export_lora("comfy", tmp_path / "a.safetensors", tmp_path / "b.safetensors")


def test_exporting_needs_no_torch(tmp_path):
    lora(tmp_path / "a.safetensors", ["unet.mid_block.to_q"])
    code = (
        "import sys; from pathlib import Path; from jobs.exports import export_lora\n"
        f"export_lora('kohya', Path({str(tmp_path / 'a.safetensors')!r}), Path({str(tmp_path / 'b.safetensors')!r}))\n"
        "assert not {'torch', 'diffusers', 'transformers', 'numpy'} & set(sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
