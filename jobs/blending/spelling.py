"""How LoRA files spell the names of layers: diffusers and PEFT with dots, kohya with underscores.

One spelling comes out, whatever goes in: the layer's path in the base model
(`unet.mid_block.attentions.0.…to_q`) and the part of it: `down`, `up`, `alpha`, or of a DoRA `magnitude` (PEFT's, one a
row of outputs) or `dora_scale` (everyone else's).
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any

from diffusers.utils.state_dict_utils import convert_state_dict_to_peft, convert_unet_state_dict_to_peft

KOHYA = ("lora_unet_", "lora_te_", "lora_te1_", "lora_te2_")
"""What every name in kohya's spelling begins with."""

FLAT = {"unet": ("lora_unet_",), "text_encoder": ("lora_te_", "lora_te1_"), "text_encoder_2": ("lora_te2_",)}
"""Component → what kohya writes before the path of one of its layers."""

PARTS = {
    "lora_A": "down",
    "lora_down": "down",
    "lora.down": "down",
    "lora_linear_layer.down": "down",
    "lora_B": "up",
    "lora_up": "up",
    "lora.up": "up",
    "lora_linear_layer.up": "up",
    "alpha": "alpha",
    "lora_magnitude_vector": "magnitude",
    "dora_scale": "dora_scale",
}

SPLIT = re.compile(rf"^(.+)\.({'|'.join(map(re.escape, PARTS))})(?:\.default)?(?:\.weight)?$")
SAI = re.compile(r"^lora_unet_(input_blocks|middle_block|output_blocks|time_embed|label_emb|out)_")

Names = dict[str, tuple[str, str]]
"""Name in the file → (layer, part); a name that is no part of a LoRA is its own layer, with the part ''."""


def read_names(names: Iterable[str], layers: Iterable[str], pipe: Any) -> Names:
    """Translate a file's `names`; `layers` are the base model's own, by full path.

    Args:
        names: the keys of the file.
        layers: paths with their component in front, e.g. `text_encoder.encoder.layers.0.mlp.fc1`.
        pipe: the base model's diffusers pipeline, whose converter knows the SAI block names.
    """
    known = set(layers)
    flat = {short: layer for layer in known for short in _flat_names(layer)}
    names = list(names)
    sai = _sai_names([name for name in names if SAI.match(name)], pipe)
    dotted = _dotted_names([name for name in names if not name.startswith(KOHYA)])
    found = {}
    for name in names:
        match = SPLIT.match(dotted.get(name, name))
        if match is None:
            found[name] = (name, "")
        elif name.startswith(KOHYA):
            found[name] = (flat.get(match[1]) or sai.get(match[1]) or match[1], PARTS[match[2]])
        else:
            found[name] = (_settle(match[1], known), PARTS[match[2]])
    return found


def _flat_names(layer: str) -> list[str]:
    component, _, path = layer.partition(".")
    short = path.replace(".", "_")
    spellings = [short]
    if component != "unet":
        spellings.append(
            short.removeprefix("text_model_") if short.startswith("text_model_") else f"text_model_{short}"
        )
    return [prefix + spelling for prefix in FLAT.get(component, ()) for spelling in spellings]


def _sai_names(names: list[str], pipe: Any) -> dict[str, str]:
    """Layer as kohya wrote it by Stability's block names → layer of the base, by diffusers' own converter."""
    stems = {name.partition(".")[0] for name in names}
    # The converter moves whatever it finds under a name to the new name: let it move the old name itself.
    old = {f"{stem}.lora_{part}.weight": stem for stem in stems for part in ("down", "up")}
    if not old:
        return {}
    moved, _ = pipe.lora_state_dict(old, unet_config=pipe.unet.config)
    renamed = ((SPLIT.match(new), stem) for new, stem in convert_unet_state_dict_to_peft(moved).items())
    return {stem: match[1] for match, stem in renamed if match}


def _dotted_names(names: list[str]) -> dict[str, str]:
    """Names with dots in any of diffusers' spellings → PEFT's."""
    plain = {name: name.removeprefix("base_model.model.") for name in names}
    text = [name for name in names if plain[name].startswith("text_encoder")]
    unet = [name for name in names if name not in set(text)]
    found = {old: new for new, old in convert_unet_state_dict_to_peft({plain[name]: name for name in unet}).items()}
    older = [name for name in text if "lora_linear_layer" in name or "_lora." in name]
    if older:
        found |= {old: new for new, old in convert_state_dict_to_peft({plain[name]: name for name in older}).items()}
    return {**plain, **found}


def _settle(layer: str, known: set[str]) -> str:
    """The base's own path of a layer that may lack its component, or have `text_model.` too much or too little."""
    component, _, path = layer.partition(".")
    candidates = (
        layer,
        f"unet.{layer}",
        f"{component}.{path.removeprefix('text_model.')}",
        f"{component}.text_model.{path}",
    )
    return next((candidate for candidate in candidates if candidate in known), layer)
