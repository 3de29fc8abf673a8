"""The CLIP of the family: its text tower is the pipeline's text encoder.

Three losses together: which caption belongs to which picture in the batch, against captions of the same picture with
one attribute swapped (without those, a small CLIP ignores expression and glasses), and, while training only, naming
each attribute from either tower (which makes both learn in minutes what contrast alone learns in hours).
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as F
from torch import nn
from transformers import CLIPConfig, CLIPImageProcessor, CLIPModel, CLIPProcessor, CLIPTextModel, CLIPTokenizer

from mini.attributes import ATTRIBUTES, UNKNOWN, labels, nameable, swap
from mini.parts.vae import to_model
from mini.train import Plan, train
from mini.wording import loose
from mini.world import Drawing, caption

TEXT_WIDTH, VISION_WIDTH, SHARED = 128, 160, 96
MEAN = STD = [0.5, 0.5, 0.5]


def build(tokenizer: CLIPTokenizer) -> CLIPModel:
    ids = dict(
        bos_token_id=tokenizer.bos_token_id, eos_token_id=tokenizer.eos_token_id, pad_token_id=tokenizer.pad_token_id
    )
    text = dict(
        vocab_size=len(tokenizer),
        hidden_size=TEXT_WIDTH,
        intermediate_size=4 * TEXT_WIDTH,
        num_hidden_layers=3,
        num_attention_heads=4,
        max_position_embeddings=77,
        projection_dim=SHARED,
        **ids,
    )
    vision = dict(
        hidden_size=VISION_WIDTH,
        intermediate_size=3 * VISION_WIDTH,
        num_hidden_layers=4,
        num_attention_heads=5,
        image_size=128,
        patch_size=16,
        projection_dim=SHARED,
    )
    return CLIPModel(CLIPConfig(text_config=text, vision_config=vision, projection_dim=SHARED))


class Heads(nn.Module):
    """CLIP with one linear head an attribute on either tower, for training only."""

    def __init__(self, clip: CLIPModel):
        super().__init__()
        self.clip = clip
        self.sizes = [len(values) for values in ATTRIBUTES.values()]
        self.from_text = nn.Linear(SHARED, sum(self.sizes))
        self.from_picture = nn.Linear(SHARED, sum(self.sizes))


def attribute_loss(logits: torch.Tensor, wanted: torch.Tensor, sizes: list[int]) -> torch.Tensor:
    """Mean cross entropy over attributes; logits [n, sum of sizes], wanted [n, attributes] with UNKNOWN left out."""
    losses = [
        F.cross_entropy(part, wanted[:, i], ignore_index=UNKNOWN)
        for i, part in enumerate(logits.split(sizes, 1))
        if (wanted[:, i] != UNKNOWN).any()
    ]
    return torch.stack(losses).mean()


def tokens(tokenizer: CLIPTokenizer, texts: list[str], device, pad_to: int | None = None) -> dict:
    """Token ids and mask, padded to the longest or to `pad_to`."""
    found = tokenizer(
        texts, padding="max_length" if pad_to else True, max_length=pad_to or 77, truncation=True, return_tensors="pt"
    )
    return {k: v.to(device) for k, v in found.items()}


def text_features(clip: CLIPModel, tokenizer: CLIPTokenizer, texts: list[str]) -> torch.Tensor:
    """Unit vectors, [n, SHARED]."""
    given = tokens(tokenizer, texts, clip.device)
    return F.normalize(clip.get_text_features(**given).pooler_output.float(), dim=-1)


def picture_features(clip: CLIPModel, pictures: np.ndarray | torch.Tensor) -> torch.Tensor:
    """Unit vectors of uint8 [n, 128, 128, 3]."""
    given = to_model(pictures).to(clip.device, clip.dtype)
    return F.normalize(clip.get_image_features(pixel_values=given).pooler_output.float(), dim=-1)


def loss(
    heads: Heads, tokenizer, pictures, drawings: list[Drawing], rng: np.random.Generator
) -> tuple[torch.Tensor, dict]:
    n, clip = len(drawings), heads.clip
    right = [loose(d, rng) for d in drawings]
    full = [caption(d) for d in drawings]
    wrong = [caption(swap(d, rng.choice(nameable(d)), rng)) for d in drawings]
    given = tokens(tokenizer, right + full + wrong, clip.device)
    texts = clip.get_text_features(**given).pooler_output
    seen = clip.get_image_features(pixel_values=to_model(pictures).to(clip.device)).pooler_output
    wanted = torch.tensor([labels(d) for d in drawings], device=clip.device)
    naming = attribute_loss(heads.from_picture(seen), wanted, heads.sizes)
    naming = naming + attribute_loss(heads.from_text(texts[n : 2 * n]), wanted, heads.sizes)
    scale = clip.logit_scale.exp().clamp(max=100)
    texts, seen = F.normalize(texts.float(), dim=-1), F.normalize(seen.float(), dim=-1)
    own = torch.arange(n, device=clip.device)
    among = scale * seen @ texts[n:].T
    contrast = F.cross_entropy(among, own) + F.cross_entropy(among[:, :n].T, own)
    near = scale * seen @ texts[:n].T
    contrast = contrast + 0.5 * F.cross_entropy(near, own)
    pair = torch.stack([among[own, own], among[own, own + n]], 1)
    hard = F.cross_entropy(pair, torch.zeros_like(own))
    figures = {
        "right": (among.argmax(1) == own).float().mean().item(),
        "hard": (pair[:, 0] > pair[:, 1]).float().mean().item(),
        "naming": naming.item(),
    }
    return 0.5 * contrast + hard + naming, figures


def fit(plan: Plan, clip: CLIPModel, tokenizer, pictures: np.ndarray, drawings: list[Drawing], batch: int) -> CLIPModel:
    rng = np.random.default_rng()
    heads = Heads(clip).to(plan.device)

    def step(share: float):
        picked = rng.integers(0, len(pictures), batch)
        return loss(heads, tokenizer, pictures[picked], [drawings[i] for i in picked], rng)

    return train(plan, heads, step).clip


def processor(tokenizer: CLIPTokenizer) -> CLIPProcessor:
    pictures = CLIPImageProcessor(
        size={"shortest_edge": 128}, crop_size={"height": 128, "width": 128}, image_mean=MEAN, image_std=STD
    )
    return CLIPProcessor(image_processor=pictures, tokenizer=tokenizer)


def text_encoder(clip: CLIPModel) -> CLIPTextModel:
    """The text tower as the class that pipelines load, with the same weights."""
    encoder = CLIPTextModel(clip.config.text_config)
    encoder.load_state_dict(
        {k.removeprefix("text_model."): v for k, v in clip.state_dict().items() if k.startswith("text_model.")}
    )
    return encoder


def export(clip: CLIPModel, tokenizer: CLIPTokenizer, out: Path) -> None:
    """Writes clip/, text_encoder/ and tokenizer/."""
    clip.half().save_pretrained(out / "clip")
    processor(tokenizer).save_pretrained(out / "clip")
    text_encoder(clip).half().save_pretrained(out / "text_encoder")
    tokenizer.save_pretrained(out / "tokenizer")
