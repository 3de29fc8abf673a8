"""Tiny random models of the real classes, built in code in a moment: fp32, 32 px, always the same weights.

`sd15()` and `sdxl()` build pipelines; `save_sd15`, `save_sdxl`, `save_clip` and
`save_blip` write one to a folder in diffusers' and transformers' own layout and
return that folder. Their pictures are noise, but every road through them is real.
"""

from __future__ import annotations

import contextlib
from pathlib import Path
from typing import Any

import torch
from diffusers import (
    AutoencoderKL,
    DDIMScheduler,
    EulerDiscreteScheduler,
    StableDiffusionPipeline,
    StableDiffusionXLPipeline,
    UNet2DConditionModel,
)
from tokenizers.pre_tokenizers import ByteLevel
from transformers import (
    BertTokenizer,
    Blip2Config,
    Blip2ForConditionalGeneration,
    Blip2Processor,
    BlipConfig,
    BlipForConditionalGeneration,
    BlipImageProcessor,
    BlipProcessor,
    CLIPConfig,
    CLIPImageProcessor,
    CLIPModel,
    CLIPProcessor,
    CLIPTextConfig,
    CLIPTextModel,
    CLIPTextModelWithProjection,
    CLIPTokenizer,
    GPT2Tokenizer,
)

SIDE = 32
"""Side in pixels of a tiny model's picture."""

FACTOR = 2
"""Pixels to a side of one latent."""

WORDS = [
    "a",
    "of",
    "the",
    "with",
    "red",
    "blue",
    "green",
    "circle",
    "square",
    "fox",
    "hat",
    "drawing",
    "picture",
    "close",
    "up",
    "full",
    "shot",
]
"""What the tiny BLIP can say."""


@contextlib.contextmanager
def seeded(seed: int) -> Any:
    """Random weights that are the same each time, without touching the caller's generator."""
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        yield


def tokenizer(pad: str = "<|endoftext|>") -> CLIPTokenizer:
    """A real CLIP tokenizer of single bytes and two merges; it can read every text."""
    letters = sorted(ByteLevel.alphabet())
    merges = [("c", "a"), ("ca", "t</w>")]
    tokens = letters + [c + "</w>" for c in letters] + [a + b for a, b in merges] + ["<|startoftext|>", "<|endoftext|>"]
    return CLIPTokenizer(
        vocab={token: i for i, token in enumerate(tokens)}, merges=merges, model_max_length=77, pad_token=pad
    )


def text_config(words: CLIPTokenizer, width: int = 32, projection: int = 32) -> CLIPTextConfig:
    """Two layers that hear every token of `words`."""
    return CLIPTextConfig(
        vocab_size=len(words),
        hidden_size=width,
        intermediate_size=2 * width,
        num_hidden_layers=2,
        num_attention_heads=4,
        max_position_embeddings=77,
        projection_dim=projection,
        bos_token_id=words.bos_token_id,
        eos_token_id=words.eos_token_id,
        pad_token_id=words.pad_token_id,
    )


def vae() -> AutoencoderKL:
    """Two levels: 32 px → 16 × 16 × 4."""
    return AutoencoderKL(
        block_out_channels=(8, 16),
        down_block_types=("DownEncoderBlock2D",) * 2,
        up_block_types=("UpDecoderBlock2D",) * 2,
        layers_per_block=1,
        norm_num_groups=4,
        latent_channels=4,
        sample_size=SIDE,
        scaling_factor=0.5,
    )


def unet(width: int, **extra: Any) -> UNet2DConditionModel:
    """Two levels with attention on both, hearing text of `width`."""
    return UNet2DConditionModel(
        sample_size=SIDE // FACTOR,
        block_out_channels=(16, 32),
        down_block_types=("CrossAttnDownBlock2D", "CrossAttnDownBlock2D"),
        up_block_types=("CrossAttnUpBlock2D", "CrossAttnUpBlock2D"),
        layers_per_block=1,
        norm_num_groups=8,
        attention_head_dim=4,
        cross_attention_dim=width,
        **extra,
    )


BETAS = {"beta_start": 0.00085, "beta_end": 0.012, "beta_schedule": "scaled_linear"}


def sd15(prediction: str = "epsilon", seed: int = 0) -> StableDiffusionPipeline:
    """A Stable Diffusion 1.5 of about 0.3 M parameters."""
    words = tokenizer()
    scheduler = DDIMScheduler(
        **BETAS, clip_sample=False, set_alpha_to_one=False, steps_offset=1, prediction_type=prediction
    )
    with seeded(seed):
        return StableDiffusionPipeline(
            vae=vae().eval(),
            text_encoder=CLIPTextModel(text_config(words)).eval(),
            tokenizer=words,
            unet=unet(32).eval(),
            scheduler=scheduler,
            safety_checker=None,
            feature_extractor=None,
            requires_safety_checker=False,
        )


def sdxl(prediction: str = "epsilon", seed: int = 0) -> StableDiffusionXLPipeline:
    """A Stable Diffusion XL of about 0.4 M parameters, with both text encoders and time ids."""
    first, second = tokenizer(), tokenizer(pad="!")
    scheduler = EulerDiscreteScheduler(**BETAS, steps_offset=1, prediction_type=prediction)
    time_width = 8
    with seeded(seed):
        return StableDiffusionXLPipeline(
            vae=vae().eval(),
            text_encoder=CLIPTextModel(text_config(first, 32)).eval(),
            text_encoder_2=CLIPTextModelWithProjection(text_config(second, 48, projection=24)).eval(),
            tokenizer=first,
            tokenizer_2=second,
            unet=unet(
                32 + 48,
                addition_embed_type="text_time",
                addition_time_embed_dim=time_width,
                projection_class_embeddings_input_dim=24 + 6 * time_width,
                use_linear_projection=True,
            ).eval(),
            scheduler=scheduler,
            add_watermarker=False,
        )


def clip(seed: int = 0) -> CLIPModel:
    """A CLIP that looks at 32 px in patches of 8 and hears the tiny tokenizer's tokens."""
    text = text_config(tokenizer()).to_dict()
    vision = {
        "hidden_size": 32,
        "intermediate_size": 64,
        "num_hidden_layers": 2,
        "num_attention_heads": 4,
        "image_size": SIDE,
        "patch_size": 8,
        "projection_dim": 32,
    }
    with seeded(seed):
        return CLIPModel(CLIPConfig(text_config=text, vision_config=vision, projection_dim=32)).eval()


def blip(seed: int = 0) -> tuple[BlipForConditionalGeneration, BlipProcessor]:
    """A BLIP that says a few of `WORDS` about any picture, and its processor."""
    specials = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", "[DEC]", "[ENC]"]
    words = BertTokenizer(vocab={w: i for i, w in enumerate(specials + WORDS)}, bos_token="[DEC]")
    text = {
        "vocab_size": len(words),
        "hidden_size": 32,
        "encoder_hidden_size": 32,
        "intermediate_size": 64,
        "projection_dim": 32,
        "num_hidden_layers": 2,
        "num_attention_heads": 4,
        "max_position_embeddings": 80,
        "bos_token_id": words.convert_tokens_to_ids("[DEC]"),
        "pad_token_id": words.pad_token_id,
        "eos_token_id": words.sep_token_id,
        "sep_token_id": words.sep_token_id,
        "is_decoder": True,
    }
    vision = {
        "hidden_size": 32,
        "intermediate_size": 64,
        "num_hidden_layers": 2,
        "num_attention_heads": 4,
        "image_size": SIDE,
        "patch_size": 8,
        "projection_dim": 32,
        "initializer_range": 0.1,  # its default of 1e-10 makes it blind
    }
    with seeded(seed):
        model = BlipForConditionalGeneration(
            BlipConfig(text_config=text, vision_config=vision, projection_dim=32, image_text_hidden_size=32)
        ).eval()
    return model, BlipProcessor(BlipImageProcessor(size={"height": SIDE, "width": SIDE}), words)


def blip2(seed: int = 0) -> tuple[Blip2ForConditionalGeneration, Blip2Processor]:
    """A BLIP-2 that says a few letters about any picture with a tiny OPT, and its processor."""
    letters = sorted(ByteLevel.alphabet())
    vocab = {token: i for i, token in enumerate(["<pad>", "</s>", "<image>", *letters])}
    words = GPT2Tokenizer(
        vocab=vocab, merges=[], bos_token="</s>", eos_token="</s>", unk_token="</s>", pad_token="<pad>",
        add_bos_token=True,
    )  # fmt: skip
    narrow = {"hidden_size": 32, "num_hidden_layers": 2, "num_attention_heads": 4, "intermediate_size": 64}
    text = {
        "model_type": "opt", "hidden_size": 32, "word_embed_proj_dim": 32, "ffn_dim": 64, "num_hidden_layers": 2,
        "num_attention_heads": 4, "max_position_embeddings": 128, "vocab_size": len(words), "init_std": 0.2,
        "bos_token_id": 1, "eos_token_id": 1, "pad_token_id": 0,
    }  # fmt: skip
    config = Blip2Config(
        vision_config=narrow | {"image_size": SIDE, "patch_size": 8, "initializer_range": 0.2},
        qformer_config=narrow | {"encoder_hidden_size": 32, "vocab_size": 40, "initializer_range": 0.2},
        text_config=text,
        num_query_tokens=4,
        image_token_index=vocab["<image>"],
    )
    with seeded(seed):
        model = Blip2ForConditionalGeneration(config).eval()
        torch.nn.init.normal_(model.query_tokens)
    return model, Blip2Processor(BlipImageProcessor(size={"height": SIDE, "width": SIDE}), words, num_query_tokens=4)


def save_sd15(folder: Path | str, prediction: str = "epsilon", seed: int = 0) -> Path:
    """Write a tiny Stable Diffusion 1.5 to `folder`; returns it."""
    sd15(prediction, seed).save_pretrained(folder)
    return Path(folder)


def save_sdxl(folder: Path | str, prediction: str = "epsilon", seed: int = 0) -> Path:
    """Write a tiny Stable Diffusion XL to `folder`; returns it."""
    sdxl(prediction, seed).save_pretrained(folder)
    return Path(folder)


def save_clip(folder: Path | str, seed: int = 0) -> Path:
    """Write a tiny CLIP with its processor to `folder`; returns it."""
    clip(seed).save_pretrained(folder)
    size = {"height": SIDE, "width": SIDE}
    CLIPProcessor(
        image_processor=CLIPImageProcessor(size={"shortest_edge": SIDE}, crop_size=size), tokenizer=tokenizer()
    ).save_pretrained(folder)
    return Path(folder)


def save_blip(folder: Path | str, seed: int = 0) -> Path:
    """Write a tiny BLIP with its processor to `folder`; returns it."""
    model, processor = blip(seed)
    model.save_pretrained(folder)
    processor.save_pretrained(folder)
    return Path(folder)


def save_blip2(folder: Path | str, seed: int = 0) -> Path:
    """Write a tiny BLIP-2 with its processor to `folder`; returns it."""
    model, processor = blip2(seed)
    model.save_pretrained(folder)
    processor.save_pretrained(folder)
    return Path(folder)
