"""What kohya's sd-scripts calls the settings of a run, `ss_…`, both ways: what the studio writes and what it reads back.

The names are those of train_network.py, https://github.com/kohya-ss/sd-scripts; every value there is a text.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

Reader = Callable[[str], Any]

OPTIMIZERS = {
    "AdamW": "torch.optim.adamw.AdamW",
    "AdamW 8-bit": "bitsandbytes.optim.adamw.AdamW8bit",
    "Adafactor": "transformers.optimization.Adafactor",
    "Prodigy": "prodigyopt.prodigy.Prodigy",
}
"""The studio's name of an optimizer → kohya's."""

OFF = ("", "None", "False", "0", "0.0", "{}", "[]", "null", "no")
"""Values that say that nothing was done."""


class Unlike(ValueError):
    """The value says something that the studio has no word for."""


@dataclass(frozen=True)
class Name:
    """A setting of the train task and what kohya calls it.

    theirs: the first name is the one that is written, all are read, the first that says something.
    """

    ours: str
    theirs: tuple[str, ...]
    read: Reader = float
    write: Callable[[Any], Any] = lambda value: value


def whole(said: str) -> int:
    """A whole number, also as `4.0`."""
    number = float(said)
    if number != int(number):
        raise Unlike(said)
    return int(number)


def switch(said: str) -> bool:
    """`True` or `False`."""
    if said not in ("True", "False", "1", "0", "true", "false"):
        raise Unlike(said)
    return said.lower() in ("true", "1")


def side(said: str) -> int:
    """`(512, 512)`, `512,512` or `512` → 512; a resolution that is not square is told by its area."""
    sizes = [int(part) for part in re.findall(r"\d+", said)][:2]
    if not sizes:
        raise Unlike(said)
    return sizes[0] if len(set(sizes)) == 1 else round((sizes[0] * sizes[1]) ** 0.5)


def optimizer(said: str) -> str:
    """`bitsandbytes.optim.adamw.AdamW8bit(weight_decay=0.1)` → AdamW 8-bit."""
    last = said.partition("(")[0].rpartition(".")[2].lower()
    known = {theirs.rpartition(".")[2].lower(): ours for ours, theirs in OPTIMIZERS.items()}
    if last not in known:
        raise Unlike(said)
    return known[last]


def decay(said: str) -> float:
    """The weight decay among the optimizer's arguments."""
    found = re.search(r"weight_decay=([\d.eE+-]+)", said)
    if found is None:
        raise Unlike(said)
    return float(found[1])


def schedule(said: str) -> str:
    """`constant_with_warmup` is the studio's constant with its warm-up."""
    plain = said.removesuffix("_with_warmup")
    if plain not in ("constant", "cosine", "linear"):
        raise Unlike(said)
    return plain


def precision(said: str) -> str:
    """`no` is fp32."""
    return {"no": "fp32"}.get(said, said)


NAMES = (
    Name("rank", ("network_dim",), whole),
    Name("alpha", ("network_alpha",)),
    Name("dropout", ("network_dropout",)),
    Name("learning_rate", ("unet_lr", "learning_rate")),
    Name("encoder_rate", ("text_encoder_lr",), lambda said: float(said.strip("[]").partition(",")[0])),
    Name("steps", ("max_train_steps",), whole),
    Name("epochs", ("num_epochs",), whole),
    Name("batch", ("batch_size_per_device", "total_batch_size"), whole),
    Name("accumulation", ("gradient_accumulation_steps",), whole),
    Name("optimizer", ("optimizer", "optimizer_type"), optimizer, lambda name: OPTIMIZERS.get(name, name)),
    Name("weight_decay", ("optimizer",), decay),
    Name("schedule", ("lr_scheduler",), schedule),
    Name("warmup", ("lr_warmup_steps",), whole),
    Name("clip", ("max_grad_norm",)),
    Name("snr_gamma", ("min_snr_gamma",)),
    Name("noise_offset", ("noise_offset",)),
    Name("input_perturbation", ("ip_noise_gamma",)),
    Name("caption_dropout", ("caption_dropout_rate",)),
    Name("shuffle", ("shuffle_caption",), switch),
    Name("keep_first", ("keep_tokens",), whole),
    Name("prior_weight", ("prior_loss_weight",)),
    Name("flip", ("flip_aug",), switch),
    Name("buckets", ("enable_bucket",), switch),
    Name("enlarge", ("bucket_no_upscale",), lambda said: not switch(said), lambda on: not on),
    Name("resolution", ("resolution",), side),
    Name("precision", ("mixed_precision",), precision, lambda name: {"fp32": "no"}.get(name, name)),
    Name("checkpointing", ("gradient_checkpointing",), switch),
    Name("ema", ("ema_decay",)),
    Name("seed", ("seed",), whole),
)
"""One table for both directions. `ema_decay` is the studio's own word; kohya averages nothing."""

FACTS = (
    "output_name", "session_id", "training_started_at", "training_finished_at", "epoch", "steps", "num_train_images",
    "num_validation_images", "num_reg_images", "num_batches_per_epoch", "network_module", "v2", "base_model_version",
    "sd_model_name", "sd_model_hash", "new_sd_model_hash", "vae_name", "vae_hash", "new_vae_hash", "tag_frequency",
    "dataset_dirs", "reg_dataset_dirs", "bucket_info", "training_comment", "sd_scripts_commit_hash", "cache_latents",
    "lowram", "max_token_length", "full_fp16", "full_bf16", "datasets", "network_args", "min_bucket_reso",
    "max_bucket_reso", "resize_interpolation", "loss_type", "huber_schedule", "huber_scale", "huber_c",
    "validation_seed", "max_validation_steps", "prediction_type",
)  # fmt: skip
"""What is told of a run without being a setting of it, or is a setting of something that is off by itself."""


def written(settings: Mapping[str, Any]) -> dict[str, Any]:
    """kohya's names and values of the train task's settings, without `ss_`."""
    said = {
        name.theirs[0]: name.write(settings[name.ours])
        for name in NAMES
        if name.ours in settings and name.ours not in ("weight_decay", "rank", "alpha", "resolution", "epochs")
    }
    if settings.get("weight_decay") is not None and "optimizer" in said:
        said["optimizer"] = f"{said['optimizer']}(weight_decay={settings['weight_decay']})"
    if settings.get("epochs"):
        said["num_epochs"] = settings["epochs"]
    if "encoder_rate" in settings and not settings["encoder_rate"]:
        said["text_encoder_lr"] = None
    return said | {"network_args": json.dumps(_args(settings))}


def _args(settings: Mapping[str, Any]) -> dict[str, str]:
    """What goes beyond plain LoRA, in the words of kohya and LyCORIS."""
    found = {}
    if "convolutions" in str(settings.get("targets")):
        found = {"conv_dim": str(settings.get("rank")), "conv_alpha": str(settings.get("alpha"))}
    return found | ({"dora_wd": "True"} if settings.get("adapter") == "DoRA" else {})


@dataclass
class Borrowed:
    """What a LoRA's file says of how it was made.

    values: settings of the train task · lost: (what it says, the value, why it could not be taken).
    """

    values: dict[str, Any] = field(default_factory=dict)
    lost: list[tuple[str, str, str]] = field(default_factory=list)


NO_FIELD, NO_WORD = "The studio has no such setting.", "The studio knows no such value here."


def read(metadata: Mapping[str, Any], shapes: Mapping[str, Sequence[int]]) -> Borrowed:
    """The settings in a LoRA file's metadata; what only the layers tell, of their names and shapes.

    Nothing is dropped in silence: what is no mere fact and cannot be taken is in `lost`.
    """
    said = {key[3:]: str(value) for key, value in metadata.items() if key.startswith("ss_")}
    said = _of_datasets(said) | said
    found = Borrowed()
    for name in NAMES:
        _take(name, said, found)
    if found.values.get("steps"):
        found.values["epochs"] = 0
    _of_arguments(said, found)
    _of_layers(shapes, said, found)
    known = {theirs for name in NAMES for theirs in name.theirs} | set(FACTS)
    found.lost += [(key, value, NO_FIELD) for key, value in said.items() if key not in known and value not in OFF]
    return found


def _take(name: Name, said: Mapping[str, str], found: Borrowed) -> None:
    for theirs in name.theirs:
        value = said.get(theirs, "None")
        if value in ("None", ""):
            continue
        try:
            found.values[name.ours] = name.read(value)
        except ValueError:
            if name.ours != "weight_decay":
                found.lost.append((theirs, value, NO_WORD))
        return


def _of_datasets(said: Mapping[str, str]) -> dict[str, str]:
    """What newer files tell of the first of their data sets, under the names that older ones have for it."""
    try:
        first = json.loads(said.get("datasets", "[]"))[0]
        subset = (first.get("subsets") or [{}])[0]
    except (ValueError, IndexError, KeyError, TypeError, AttributeError):
        return {}
    keys = ("batch_size_per_device", "resolution", "enable_bucket")
    told = {key: first[key] for key in keys if key in first}
    told |= {key: subset[key] for key in ("flip_aug", "shuffle_caption", "keep_tokens") if key in subset}
    return {key: str(value) for key, value in told.items()}


def _of_arguments(said: Mapping[str, str], found: Borrowed) -> None:
    """The arguments of the network: DoRA is taken, what the layers tell anyway is left, the rest is named."""
    try:
        arguments = json.loads(said.get("network_args", "{}"))
    except ValueError:
        arguments = None
    if not isinstance(arguments, dict):
        found.lost.append(("network_args", said["network_args"], NO_WORD))
        return
    for key, value in arguments.items():
        if key == "dora_wd" and str(value).lower() in ("true", "1"):
            found.values["adapter"] = "DoRA"
        elif str(value) not in OFF and not _told_by_layers(key, str(value), found):
            found.lost.append((f"network_args {key}", str(value), NO_FIELD))


def _told_by_layers(key: str, value: str, found: Borrowed) -> bool:
    """Whether an argument says only what the rank, alpha and layers say already."""
    same = {"conv_dim": "rank", "conv_alpha": "alpha"}
    if key in same:
        return value in (str(found.values.get(same[key])), f"{found.values.get(same[key], 0):g}")
    return key == "preset" or (key == "algo" and value in ("lora", "locon"))


def _of_layers(shapes: Mapping[str, Sequence[int]], said: Mapping[str, str], found: Borrowed) -> None:
    """Which layers it adapts, its rank where nothing else tells, and whether the text encoders learned too."""
    unet = " ".join(key for key in shapes if re.match(r"(lora_)?unet[_.]", key))
    if unet:
        found.values["targets"] = _targets(unet)
    heard = any(re.match(r"lora_te|text_encoder", key) for key in shapes)
    if heard and "encoder_rate" not in found.values and "learning_rate" in found.values:
        found.values["encoder_rate"] = float(said.get("learning_rate", found.values["learning_rate"]))
    if shapes and not heard:
        found.values["encoder_rate"] = 0.0
    downs = [shape[0] for key, shape in shapes.items() if re.search(r"lora_(down|A)\b", key) and shape]
    if downs and "rank" not in found.values:
        found.values["rank"] = max(set(downs), key=downs.count)


def _targets(unet: str) -> str:
    """The train task's name of the layers, by the names of the UNet's; kohya's always hold the feed-forward ones."""
    if re.search(r"resnets|in_layers|out_layers", unet):
        return "attention + feed-forward + convolutions"
    if re.search(r"ff[_.]net", unet):
        return "attention + feed-forward"
    if "attn1" not in unet:
        return "cross-attention only"
    return "attention" if re.search(r"to_(k|out)", unet) else "attention q/v only"
