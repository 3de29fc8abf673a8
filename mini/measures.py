"""What is measured of the family: one function a figure, each (folder, share of the full sample) → plain values."""

from __future__ import annotations

import time
from functools import lru_cache
from pathlib import Path

import numpy as np
import torch
from diffusers import AutoencoderKL, StableDiffusionPipeline
from transformers import BertTokenizer, BlipForConditionalGeneration, CLIPModel, CLIPTokenizer

from mini import styles
from mini.attributes import ATTRIBUTES, UNKNOWN, labels, nameable, swap, value
from mini.draw import draw
from mini.parts import blip as blips
from mini.parts import clip as clips
from mini.parts import judge as judges
from mini.parts import osnet as osnets
from mini.parts.vae import to_model
from mini.people import HELD_OUT
from mini.reading import read
from mini.world import TEST_SEED, Drawing, caption, sample

STEPS, GUIDANCE = 20, 4.0


def tests(count: int, first: int = 0, **fixed) -> list[Drawing]:
    """Drawings that training never makes."""
    return [sample(TEST_SEED + 50_000 + first + i, **fixed) for i in range(count)]


def pictures(drawings: list[Drawing]) -> np.ndarray:
    return np.stack([np.asarray(draw(d)) for d in drawings])


def reconstruction(family: Path, share: float) -> dict:
    """PSNR in dB by style, of pictures through the autoencoder."""
    found = {}
    for style in styles.ALL:
        x = pictures(tests(max(2, int(40 * share)), style=style))
        error = (to_model(_through(family, x)) - to_model(x)).div(2).square().mean((1, 2, 3))
        found[style] = round(float(-10 * torch.log10(error).mean()), 2)
    return found


def faces(family: Path, share: float) -> dict:
    """Share of shaded pictures in which MTCNN, at its defaults, finds a face: drawn, reconstructed, generated."""
    found = {}
    for framing in ("close-up", "medium shot"):
        drawings = tests(max(2, int(60 * share)), style="shaded", framing=framing)
        x = pictures(drawings)
        made = {
            "drawn": x,
            "reconstructed": _through(family, x),
            "generated": generate(family, [caption(d) for d in drawings[: 40 if framing == "close-up" else 20]]),
        }
        found[framing] = {name: round(float(np.mean([_has_face(p) for p in some])), 3) for name, some in made.items()}
    return found


def retrieval(family: Path, share: float) -> dict:
    """The right caption among 200 for a picture, and the right picture for a caption."""
    clip, words = _clip(family)
    right = {"caption of a picture": [], "picture of a caption": []}
    for turn in range(max(1, int(3 * share))):
        drawings = tests(200, turn * 200)
        with torch.no_grad():
            scores = (
                clips.picture_features(clip, pictures(drawings))
                @ clips.text_features(clip, words, [caption(d) for d in drawings]).T
            )
        own = torch.arange(200)
        right["caption of a picture"].append((scores.argmax(1) == own).float().mean().item())
        right["picture of a caption"].append((scores.argmax(0) == own).float().mean().item())
    return {name: round(float(np.mean(values)), 3) for name, values in right.items()}


def forced_choice(family: Path, share: float) -> dict:
    """By attribute: the true caption scores above one with that attribute swapped."""
    clip, words = _clip(family)
    rng = np.random.default_rng(0)
    drawings = tests(max(8, int(400 * share)), 1000)
    with torch.no_grad():
        seen = clips.picture_features(clip, pictures(drawings))
        true = (seen * clips.text_features(clip, words, [caption(d) for d in drawings])).sum(1)
        found = {}
        for attribute in ATTRIBUTES:
            some = [i for i, d in enumerate(drawings) if attribute in nameable(d)]
            wrong = clips.text_features(clip, words, [caption(swap(drawings[i], attribute, rng)) for i in some])
            found[attribute] = round((true[some] > (seen[some] * wrong).sum(1)).float().mean().item(), 3)
    return found


def captions(family: Path, share: float) -> dict:
    """By attribute: BLIP's caption names it rightly (naming what is not there, or not what is, is wrong)."""
    blip = BlipForConditionalGeneration.from_pretrained(family / "blip", dtype=torch.float32).eval()
    bert = BertTokenizer.from_pretrained(family / "blip")
    drawings = tests(max(8, int(240 * share)), 2000)
    x = pictures(drawings)
    said = [text for i in range(0, len(x), 40) for text in blips.say(blip, bert, x[i : i + 40])]
    found = _agreement(drawings, [read(text) for text in said], leave=("style",))
    found["all of them"] = round(
        float(np.mean([text == caption(d, style=False) for text, d in zip(said, drawings)])), 3
    )
    return found


def generated(family: Path, share: float) -> dict:
    """By attribute: the judge sees in a generated picture what the prompt named; and the judge on drawings."""
    drawings = tests(max(8, int(120 * share)), 3000)
    judge = judges.load(family / "judge")
    made = generate(family, [caption(d) for d in drawings])
    others = tests(max(8, int(80 * share)), 4000, style="watercolor") + tests(
        max(8, int(80 * share)), 5000, style="pixel"
    )
    return {
        "agreement": _agreement(drawings, judge.name(made)),
        "judge on drawings": _agreement(drawings, judge.name(pictures(drawings))),
        "judge on held-out styles": _agreement(others, judge.name(pictures(others))),
    }


def verification(family: Path, share: float) -> dict:
    """AUC of OSNet telling pairs of pictures of one person from pairs of two, on people not trained on."""
    net = osnets.load(family / "osnet")
    rng = np.random.default_rng(1)
    strangers = [d.person for d in tests(max(4, int(40 * share)), 6000)]
    found = {}
    for name, people in (("held-out people", list(HELD_OUT.values())), ("unseen people", strangers)):
        for style in ("shaded", None):
            crops = np.concatenate([np.stack(osnets.faces_of(p, 8, rng, style)) for p in people])
            scores = osnets.features(net, crops) @ osnets.features(net, crops).T
            who = np.arange(len(people)).repeat(8)
            found[f"{name}, {style or 'any trained style'}"] = round(_auc(scores.numpy(), who), 4)
    return found


def speed(family: Path, share: float) -> dict:
    """Seconds of one 128 px picture in 20 steps with guidance, the model loaded; best of three."""
    pipe = _pipe(family)
    seconds = []
    for _ in range(3):
        started = time.time()
        pipe("a smiling man", num_inference_steps=STEPS, output_type="pil")
        seconds.append(time.time() - started)
    return {"seconds a picture": round(min(seconds), 2), "threads": torch.get_num_threads()}


MEASURES = {
    "reconstruction": reconstruction,
    "retrieval": retrieval,
    "forced choice": forced_choice,
    "captions": captions,
    "generated": generated,
    "faces": faces,
    "verification": verification,
    "speed": speed,
}


def generate(family: Path, prompts: list[str], seed: int = 0, batch: int = 8) -> np.ndarray:
    """uint8 [n, 128, 128, 3] by the shipped pipeline as a newcomer would call it."""
    pipe, made = _pipe(family), []
    for i in range(0, len(prompts), batch):
        generators = [torch.Generator().manual_seed(seed + i + k) for k in range(len(prompts[i : i + batch]))]
        made.append(
            pipe(
                prompts[i : i + batch],
                num_inference_steps=STEPS,
                guidance_scale=GUIDANCE,
                generator=generators,
                output_type="np",
            ).images
        )
    return (np.concatenate(made) * 255).round().astype(np.uint8)


@lru_cache(maxsize=1)
def _pipe(family: Path) -> StableDiffusionPipeline:
    pipe = StableDiffusionPipeline.from_pretrained(
        family, safety_checker=None, dtype=torch.float32, local_files_only=True
    )
    pipe.set_progress_bar_config(disable=True)
    return pipe


def _clip(family: Path) -> tuple[CLIPModel, CLIPTokenizer]:
    return (
        CLIPModel.from_pretrained(family / "clip", dtype=torch.float32).eval(),
        CLIPTokenizer.from_pretrained(family / "tokenizer"),
    )


@torch.no_grad()
def _through(family: Path, x: np.ndarray) -> np.ndarray:
    """Pictures encoded and decoded again."""
    vae = AutoencoderKL.from_pretrained(family / "vae", dtype=torch.float32).eval()
    y = torch.cat([vae.decode(vae.encode(part).latent_dist.mean).sample for part in to_model(x).split(16)])
    return ((y.clamp(-1, 1) + 1) * 127.5).round().byte().permute(0, 2, 3, 1).numpy()


def _has_face(picture: np.ndarray) -> bool:
    return _mtcnn().detect(picture)[0] is not None


@lru_cache(maxsize=1)
def _mtcnn():
    from facenet_pytorch import MTCNN

    return MTCNN()


def _agreement(drawings: list[Drawing], seen: list[dict], leave: tuple = ()) -> dict:
    """Share of right values by attribute, over the drawings that show it."""
    found = {}
    for i, attribute in enumerate(ATTRIBUTES):
        if attribute not in leave:
            right = [s.get(attribute) == value(d, attribute) for d, s in zip(drawings, seen) if labels(d)[i] != UNKNOWN]
            found[attribute] = round(float(np.mean(right)), 3) if right else None
    return found


def _auc(scores: np.ndarray, who: np.ndarray) -> float:
    upper = np.triu_indices(len(who), 1)
    same, values = (who[:, None] == who[None])[upper], scores[upper]
    ranks = values.argsort().argsort() + 1
    positives = same.sum()
    return float((ranks[same].sum() - positives * (positives + 1) / 2) / (positives * (~same).sum()))
