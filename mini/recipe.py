"""The steps of the recipe in order; `PARTS` maps names to them for `mini.make`.

Each takes the run's `Setting`, trains or goes on training, and writes its part of the family.
"""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import numpy as np
import torch
from diffusers import AutoencoderKL
from transformers import CLIPModel, CLIPTextModel, CLIPTokenizer

from mini import data
from mini.parts import blip as blips
from mini.parts import clip as clips
from mini.parts import judge as judges
from mini.parts import osnet as osnets
from mini.parts import tokenizer as tokenizers
from mini.parts import unet as unets
from mini.parts import vae as vaes

INDEX = {
    "_class_name": "StableDiffusionPipeline",
    "_diffusers_version": "0.42.1",
    "requires_safety_checker": False,
    "feature_extractor": [None, None],
    "image_encoder": [None, None],
    "safety_checker": [None, None],
    "scheduler": ["diffusers", "DPMSolverMultistepScheduler"],
    "text_encoder": ["transformers", "CLIPTextModel"],
    "tokenizer": ["transformers", "CLIPTokenizer"],
    "unet": ["diffusers", "UNet2DConditionModel"],
    "vae": ["diffusers", "AutoencoderKL"],
}


def drawings(setting) -> None:
    data.make_drawings(setting.work / "drawings", setting.preset.drawings)


def loaded(setting) -> tuple[np.ndarray, list]:
    """Pictures and descriptions of the training drawings, made first if need be."""
    drawings(setting)
    count = setting.preset.drawings
    return data.load_drawings(setting.work / "drawings", count), data.describe(count)


def tokenizer(setting) -> None:
    with beside(setting.out, "tokenizer") as folder:
        tokenizers.export(tokenizers.build(), folder / "tokenizer")


def vae(setting) -> None:
    pictures, described = loaded(setting)
    model = vaes.build(setting.preset.name).to(setting.device)
    vaes.fit(setting.plan("vae"), model, pictures, described, setting.batch("vae"))
    vaes.fold(model, pictures[:1024])
    torch.save(model.state_dict(), setting.work / "vae.folded.pt")
    with beside(setting.out, "vae") as folder:
        vaes.export(model, folder / "vae")


def decoder(setting) -> None:
    """Goes on with the decoder alone; latents, and so the UNet, stay good."""
    pictures, described = loaded(setting)
    model = vaes.build(setting.preset.name)
    model.load_state_dict(torch.load(setting.work / "vae.folded.pt"))
    vaes.polish(setting.plan("decoder"), model.to(setting.device), pictures, described, setting.batch("decoder"))
    with beside(setting.out, "vae") as folder:
        vaes.export(model, folder / "vae")


def clip(setting) -> None:
    pictures, described = loaded(setting)
    words = CLIPTokenizer.from_pretrained(setting.out / "tokenizer")
    model = clips.fit(setting.plan("clip"), clips.build(words), words, pictures, described, setting.batch("clip"))
    with beside(setting.out, "clip", "text_encoder", "tokenizer") as folder:
        clips.export(model, words, folder)


def judge(setting) -> None:
    pictures, described = loaded(setting)
    others, told = judges.other_styles(setting.work / "other-styles.npy")
    model = judges.fit(
        setting.plan("judge"),
        judges.Judge().to(setting.device),
        pictures,
        described,
        others,
        told,
        setting.batch("judge"),
    )
    with beside(setting.out, "judge") as folder:
        judges.export(model, folder)


def osnet(setting) -> None:
    faces = osnets.make_faces(setting.work / "faces.npy")
    net = osnets.fit(
        setting.plan("osnet"),
        osnets.build(sum(osnets.TRAIT_SIZES)).to(setting.device),
        faces,
        osnets.traits(len(faces)),
        setting.batch("osnet"),
    )
    with beside(setting.out, "osnet") as folder:
        osnets.export(net, folder)


def blip(setting) -> None:
    pictures, described = loaded(setting)
    bert = blips.tokenizer()
    model = blips.build(bert)
    seen = CLIPModel.from_pretrained(setting.out / "clip", dtype=torch.float32)
    blips.look_like(model, seen, pictures[:64])
    blips.fit(setting.plan("blip"), model, bert, pictures, described, setting.batch("blip"))
    with beside(setting.out, "blip") as folder:
        blips.export(model, bert, folder)


def unet(setting) -> None:
    latents, described = _latents(setting)
    encoder = CLIPTextModel.from_pretrained(setting.out / "text_encoder", dtype=torch.float32).to(setting.device).eval()
    words = CLIPTokenizer.from_pretrained(setting.out / "tokenizer")
    model = unets.build().to(setting.device, memory_format=torch.channels_last)
    unets.fit(
        setting.plan("unet"),
        model,
        latents,
        described,
        unets.text_states(encoder, words, setting.device),
        setting.batch("unet"),
    )
    with beside(setting.out, "unet", "scheduler") as folder:
        unets.export(model, folder)


def _latents(setting) -> tuple[torch.Tensor, list]:
    """Latents of all training drawings by the shipped autoencoder, made once."""
    path = setting.work / "latents.pt"
    pictures, described = loaded(setting)
    if not path.exists():
        coder = AutoencoderKL.from_pretrained(setting.out / "vae", dtype=torch.float32).to(setting.device).eval()
        torch.save(unets.latents_of(coder, pictures), path)
    return torch.load(path), described


def index(setting) -> None:
    """Writes model_index.json, which makes the folder a StableDiffusionPipeline."""
    (setting.out / "model_index.json").write_text(json.dumps(INDEX, indent=2) + "\n")


class beside:
    """A folder to write parts into; when all is written they replace those of `out`."""

    def __init__(self, out: Path, *parts: str):
        self.out, self.parts, self.folder = out, parts, out / ".part"

    def __enter__(self) -> Path:
        shutil.rmtree(self.folder, ignore_errors=True)
        self.folder.mkdir(parents=True)
        return self.folder

    def __exit__(self, kind, error, trace) -> None:
        if kind is None:
            for part in self.parts:
                shutil.rmtree(self.out / part, ignore_errors=True)
                (self.folder / part).rename(self.out / part)
        shutil.rmtree(self.folder, ignore_errors=True)


PARTS = {
    "drawings": drawings,
    "tokenizer": tokenizer,
    "vae": vae,
    "decoder": decoder,
    "clip": clip,
    "judge": judge,
    "osnet": osnet,
    "blip": blip,
    "unet": unet,
    "index": index,
}
