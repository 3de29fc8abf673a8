"""The captioner: BlipForConditionalGeneration, trained on captions without the style clause."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np
import torch
from torch import nn
from transformers import (
    BertTokenizer,
    BlipConfig,
    BlipForConditionalGeneration,
    BlipImageProcessor,
    BlipProcessor,
    CLIPModel,
)

from mini.attributes import ATTRIBUTES, labels
from mini.parts.clip import MEAN, STD, attribute_loss
from mini.parts.vae import to_model
from mini.people import HELD_OUT
from mini.train import Plan, train
from mini.world import Drawing, caption, sample

VISION_WIDTH, TEXT_WIDTH = 160, 128
SPECIAL = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", "[DEC]"]


def tokenizer() -> BertTokenizer:
    """A WordPiece tokenizer with every word of the captions, and letters for all else."""
    words = set()
    for seed in range(6000):
        words.update(re.findall(r"\w+|[^\w\s]", caption(sample(seed), style=False)))
    for person in HELD_OUT.values():
        words.add(person.hair_colour)
    letters = "abcdefghijklmnopqrstuvwxyz0123456789.,-'!?"
    pieces = SPECIAL + sorted(words | set(letters)) + ["##" + c for c in letters]
    vocabulary = {piece: i for i, piece in enumerate(dict.fromkeys(pieces))}
    bert = BertTokenizer(vocab=vocabulary, do_lower_case=True, model_max_length=64)
    bert.add_special_tokens({"bos_token": "[DEC]"})
    bert.add_tokens(["close-up"])  # or it would be read back as 'close - up'
    return bert


def build(bert: BertTokenizer) -> BlipForConditionalGeneration:
    ids = dict(
        bos_token_id=bert.convert_tokens_to_ids("[DEC]"),
        eos_token_id=bert.sep_token_id,
        sep_token_id=bert.sep_token_id,
        pad_token_id=bert.pad_token_id,
    )
    text = dict(
        vocab_size=len(bert),
        hidden_size=TEXT_WIDTH,
        encoder_hidden_size=VISION_WIDTH,
        num_hidden_layers=2,
        intermediate_size=4 * TEXT_WIDTH,
        num_attention_heads=4,
        max_position_embeddings=64,
        projection_dim=TEXT_WIDTH,
        hidden_dropout_prob=0.0,
        attention_probs_dropout_prob=0.0,
        label_smoothing=0.0,
        **ids,
    )
    vision = dict(
        hidden_size=VISION_WIDTH,
        intermediate_size=3 * VISION_WIDTH,
        num_hidden_layers=4,
        num_attention_heads=5,
        image_size=128,
        patch_size=16,
        projection_dim=TEXT_WIDTH,
        initializer_range=0.02,
    )  # the class default, 1e-10, leaves the encoder blind at the start
    config = BlipConfig(
        text_config=text, vision_config=vision, projection_dim=TEXT_WIDTH, image_text_hidden_size=TEXT_WIDTH
    )
    model = BlipForConditionalGeneration(config)
    for kind in (model.config, model.config.text_config, model.generation_config):
        for name, value in ids.items():
            setattr(kind, name, value)
    model.generation_config.max_length = None
    model.generation_config.max_new_tokens = 56
    return model


@torch.no_grad()
def look_like(blip: BlipForConditionalGeneration, clip: CLIPModel, pictures: np.ndarray) -> None:
    """Starts BLIP's eye from CLIP's, which has learnt to see these drawings; the two towers are built alike.

    CLIP normalises its patches first and BLIP does not: centring and the mean deviation over some pictures are folded
    into the patch and place embeddings.
    """
    there, here = clip.vision_model, blip.vision_model
    norm, patches = there.pre_layrnorm, there.embeddings.patch_embedding
    deviation = there.embeddings(to_model(pictures)).std(-1).mean()
    gain = norm.weight / deviation
    centred = patches.weight - patches.weight.mean(0, keepdim=True)
    here.embeddings.patch_embedding.weight.copy_(centred * gain[:, None, None, None])
    here.embeddings.patch_embedding.bias.zero_()
    first = there.embeddings.class_embedding
    here.embeddings.class_embedding.copy_(((first - first.mean()) * gain)[None, None])
    places = there.embeddings.position_embedding.weight
    here.embeddings.position_embedding.copy_(((places - places.mean(-1, keepdim=True)) * gain + norm.bias)[None])
    for mine, its in zip(here.encoder.layers, there.encoder.layers):
        for name in ("layer_norm1", "layer_norm2", "mlp"):
            getattr(mine, name).load_state_dict(getattr(its, name).state_dict())
        parts = (its.self_attn.q_proj, its.self_attn.k_proj, its.self_attn.v_proj)
        mine.self_attn.qkv.weight.copy_(torch.cat([p.weight for p in parts]))
        mine.self_attn.qkv.bias.copy_(torch.cat([p.bias for p in parts]))
        mine.self_attn.projection.load_state_dict(its.self_attn.out_proj.state_dict())
    here.post_layernorm.load_state_dict(there.post_layernorm.state_dict())


class Heads(nn.Module):
    """BLIP with one linear head an attribute on the picture's class token, for training only."""

    def __init__(self, blip: BlipForConditionalGeneration):
        super().__init__()
        self.blip = blip
        self.sizes = [len(values) for values in ATTRIBUTES.values()]
        self.naming = nn.Linear(VISION_WIDTH, sum(self.sizes))


def loss(heads: Heads, bert: BertTokenizer, pictures, drawings: list[Drawing]) -> tuple[torch.Tensor, dict]:
    device = heads.naming.weight.device
    words = bert([caption(d, style=False) for d in drawings], padding=True, return_tensors="pt").to(device)
    ids = words["input_ids"]
    ids[:, 0] = bert.convert_tokens_to_ids("[DEC]")
    seen = heads.blip.vision_model(pixel_values=to_model(pictures).to(device))
    wanted = ids.masked_fill(ids == bert.pad_token_id, -100)
    said = heads.blip.text_decoder(
        input_ids=ids,
        attention_mask=words["attention_mask"],
        labels=wanted,
        encoder_hidden_states=seen.last_hidden_state,
        reduction="mean",
    )
    labelled = torch.tensor([labels(d) for d in drawings], device=device)
    naming = attribute_loss(heads.naming(seen.pooler_output), labelled, heads.sizes)
    return said.loss + 0.5 * naming, {"words": said.loss.item(), "naming": naming.item()}


def fit(plan: Plan, blip, bert, pictures: np.ndarray, drawings: list[Drawing], batch: int):
    rng = np.random.default_rng()
    heads = Heads(blip).to(plan.device)

    def step(share: float):
        picked = rng.integers(0, len(pictures), batch)
        return loss(heads, bert, pictures[picked], [drawings[i] for i in picked])

    return train(plan, heads, step).blip


def processor(bert: BertTokenizer) -> BlipProcessor:
    pictures = BlipImageProcessor(size={"height": 128, "width": 128}, image_mean=MEAN, image_std=STD)
    return BlipProcessor(image_processor=pictures, tokenizer=bert)


@torch.no_grad()
def say(blip, bert, pictures: np.ndarray) -> list[str]:
    """Captions of uint8 [n, 128, 128, 3]."""
    given = to_model(pictures).to(blip.device, blip.dtype)
    found = blip.generate(pixel_values=given, max_new_tokens=56, num_beams=1)
    return [text.strip() for text in bert.batch_decode(found, skip_special_tokens=True)]


def export(blip, bert: BertTokenizer, out: Path) -> None:
    blip.half().save_pretrained(out / "blip")
    processor(bert).save_pretrained(out / "blip")
