"""What other tools make of a LoRA file, by its keys and metadata alone: no torch, nothing is loaded.

Each of the tools looks a key up among the names that it derives from the base model, and skips what it does not find.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field

A1111, COMFY, INVOKE, SITES = "AUTOMATIC1111", "ComfyUI", "InvokeAI", "Model-sharing sites"
TOOLS = (A1111, COMFY, INVOKE)
FILE = "The file"

KEY = re.compile(
    r"(?P<layer>lora_(?P<part>unet|te|te1|te2)_(?P<path>.+?))\.(?P<half>lora_down\.weight|lora_up\.weight|alpha|dora_scale)"
)
OURS = re.compile(r"^(unet|text_encoder|text_encoder_2|base_model)\.|\.lora_[AB]\.|\.processor\.")
BUNDLED = ("bundle_emb.", "emb_params", "clip_l", "clip_g")
"""Embeddings of tokens, which break other loaders when they lie in a LoRA file."""

ENCODERS = {
    "sd15": {A1111: {"te", "te1"}, COMFY: {"te", "te1"}, INVOKE: {"te"}},
    "sdxl": {A1111: {"te1", "te2"}, COMFY: {"te", "te1", "te2"}, INVOKE: {"te1", "te2"}},
}
"""Family → tool → the names of text encoders that it looks for, as in `lora_te1_…`."""

SAI = re.compile(r"(input_blocks|middle_block|output_blocks)_")
DIFFUSERS = re.compile(r"(down_blocks|mid_block|up_blocks)_")


@dataclass(frozen=True)
class Finding:
    """One line of the report: about which tool, whether all is well, a sentence, and the keys that it speaks of."""

    tool: str
    ok: bool
    said: str
    keys: tuple[str, ...] = ()


@dataclass(frozen=True)
class Subject:
    """A LoRA file as its header tells it.

    shapes: of each tensor by its key · family: of the base model · layers: the base's own layers by kohya's names; empty
    where they are not known.
    """

    shapes: Mapping[str, Collection[int]]
    metadata: Mapping[str, str]
    family: str
    layers: Collection[str] = field(default_factory=frozenset)


def examine(subject: Subject) -> list[Finding]:
    """Every line of the report that the header allows."""
    found = [*_file(subject)]
    for tool in TOOLS:
        found += [_matched(subject, tool), _strength(subject, tool)]
        if tool == A1111:
            found.append(_known(subject))
    return [*found, _sites(subject)]


def unmatched(subject: Subject, tool: str) -> list[str]:
    """The keys that a tool does not know; it skips them, most without a word."""
    return [key for key in subject.shapes if not _knows(subject, tool, key)]


def _knows(subject: Subject, tool: str, key: str) -> bool:
    match = KEY.fullmatch(key)
    if match is None:
        return False
    if match["part"] != "unet":
        return match["part"] in ENCODERS[subject.family][tool] and match["path"].startswith("text_model_")
    return not subject.layers or bool(SAI.match(match["path"])) or match["layer"] in subject.layers


def _matched(subject: Subject, tool: str) -> Finding:
    strange, whole = unmatched(subject, tool), len(subject.shapes)
    if not strange:
        return Finding(tool, True, f"{whole} of {whole} keys are matched.")
    why = _why(subject, strange[0])
    said = f"{whole - len(strange)} of {whole} keys are matched; it skips “{strange[0]}”: {why}."
    return Finding(tool, False, said, tuple(strange))


def _why(subject: Subject, key: str) -> str:
    match = KEY.fullmatch(key)
    if match is None:
        return "that is diffusers' own spelling" if OURS.search(key) else "that is no key of a LoRA"
    if match["part"] == "unet":
        return "the base model has no such layer"
    if not match["path"].startswith("text_model_"):
        return "a text encoder's key must say text_model"
    wanted = " or ".join(f"lora_{name}_" for name in sorted(ENCODERS[subject.family][INVOKE]))
    return f"the text encoder is called {wanted} for this family"


def _strength(subject: Subject, tool: str) -> Finding:
    layers = _layers(subject)
    bare = [layer for layer, halves in layers.items() if "alpha" not in halves]
    if not bare:
        return Finding(tool, True, "Every layer says its strength (alpha).")
    return Finding(
        tool,
        False,
        f"{len(bare)} of {len(layers)} layers say no strength (alpha), which is then taken to be the rank; the first is “{bare[0]}”.",
    )


def _layers(subject: Subject) -> dict[str, set[str]]:
    found: defaultdict[str, set[str]] = defaultdict(set)
    for key in subject.shapes:
        if match := KEY.fullmatch(key):
            found[match["layer"]].add(match["half"])
    return dict(found)


def _file(subject: Subject) -> Iterator[Finding]:
    """What is true of the file whoever reads it."""
    layers = _layers(subject)
    torn = [layer for layer, halves in layers.items() if not {"lora_down.weight", "lora_up.weight"} <= halves]
    yield Finding(FILE, not torn and bool(layers), f"“{torn[0]}” lacks one of its halves." if torn
                  else f"{len(layers)} layers, each with both of its halves." if layers else "It holds no layer in kohya's spelling.")  # fmt: skip
    names = [match["path"] for key in subject.shapes if (match := KEY.fullmatch(key)) and match["part"] == "unet"]
    spelled = {style for path in names for style, sign in (("SAI", SAI), ("diffusers", DIFFUSERS)) if sign.match(path)}
    own = [key for key in subject.shapes if OURS.search(key)]
    mixed = len(spelled) > 1 or bool(layers and own)
    yield Finding(FILE, not mixed, "Two spellings of names are mixed; loaders decide by the first and skip the others."
                  if mixed else "All names are spelled the same way.")  # fmt: skip
    embedded = [key for key in subject.shapes if key.startswith(BUNDLED)]
    if embedded:
        yield Finding(
            FILE,
            False,
            f"It holds embeddings of tokens (“{embedded[0]}”), which break other loaders; they belong in files of their own.",
        )


def _known(subject: Subject) -> Finding:
    """A1111 shows kohya's metadata, and tells SDXL from SD 1.5 by them."""
    missing = [f"ss_{name}" for name in ("base_model_version", "network_module", "network_dim", "network_alpha")
               if not subject.metadata.get(f"ss_{name}")]  # fmt: skip
    if missing:
        return Finding(A1111, False, f"It cannot tell what the file is; it lacks {', '.join(missing)}.")
    said = subject.metadata["ss_base_model_version"]
    if ("xl" in said) != (subject.family == "sdxl"):
        return Finding(A1111, False, f"It takes the file for another family: ss_base_model_version says {said}.")
    return Finding(A1111, True, f"It can tell what the file is ({said}).")


def _sites(subject: Subject) -> Finding:
    wanted = ("sai_model_spec", "architecture", "title", "hash_sha256")
    missing = [f"modelspec.{name}" for name in wanted if not subject.metadata.get(f"modelspec.{name}")]
    if missing:
        return Finding(SITES, False, f"They cannot tell what the file is; it lacks {', '.join(missing)}.")
    return Finding(SITES, True, f"They can tell what the file is ({subject.metadata['modelspec.architecture']}).")
