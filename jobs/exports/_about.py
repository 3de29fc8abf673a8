"""What a LoRA file says about itself, so that other tools can tell what it is and how it was made."""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import dataclass, field

from jobs.planning import kohya


@dataclass(frozen=True)
class Lineage:
    """What went into a LoRA. Names of data sets and bases, never paths.

    version, architecture: what the base is, in kohya's and in ModelSpec's words.
    captions: one for each picture that was learned from.
    """

    name: str
    base: str
    version: str
    architecture: str
    trigger: str
    dataset: str
    captions: list[str]
    resolution: int
    prediction: str
    rank: int
    alpha: float
    step: int
    settings: dict[str, object] = field(default_factory=dict)


def metadata(lineage: Lineage) -> dict[str, str]:
    """kohya's `ss_…` and ModelSpec 1.0.1; every value is a text, as safetensors wants it."""
    side = f"{lineage.resolution}x{lineage.resolution}"
    said = {
        "base_model_version": lineage.version,
        "v2": "False",
        "network_module": "networks.lora",
        "network_dim": lineage.rank,
        "network_alpha": lineage.alpha,
        "output_name": lineage.name,
        "sd_model_name": lineage.base,
        "resolution": f"({lineage.resolution}, {lineage.resolution})",
        "num_train_images": len(lineage.captions),
        "steps": lineage.step,
        "tag_frequency": json.dumps({f"1_{lineage.dataset}": _tags(lineage.captions)}, ensure_ascii=False),
        **kohya.written(lineage.settings),
    }
    spec = {
        "sai_model_spec": "1.0.1",
        "architecture": f"{lineage.architecture}/lora",
        "implementation": "https://github.com/huggingface/diffusers",
        "title": lineage.name,
        "resolution": side,
        "prediction_type": {"v_prediction": "v"}.get(lineage.prediction, lineage.prediction),
        "trigger_phrase": lineage.trigger,
    }
    found = {f"ss_{name}": value for name, value in said.items()}
    found |= {f"modelspec.{name}": value for name, value in spec.items() if value}
    return {name: str(value) for name, value in found.items()}


def of_embeddings(lineage: Lineage) -> dict[str, str]:
    """The same of the files of new tokens that were learned beside a LoRA."""
    return {
        "modelspec.sai_model_spec": "1.0.1",
        "modelspec.architecture": f"{lineage.architecture}/textual-inversion",
        "modelspec.implementation": "https://github.com/huggingface/diffusers",
        "modelspec.resolution": f"{lineage.resolution}x{lineage.resolution}",
        "modelspec.description": f"Learned together with the LoRA {lineage.name}",
    }


def _tags(captions: list[str]) -> dict[str, int]:
    """How often each phrase between commas occurs, the commonest first."""
    counted = Counter(tag.strip() for caption in captions for tag in caption.split(",") if tag.strip())
    return dict(counted.most_common())
