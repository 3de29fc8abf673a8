"""A request to merge, from its row to the LoRA in the library."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from jobs.blending.lorafile import read_lora
from jobs.blending.merge import Merged, Named, merge, spelled
from jobs.blending.mixer import added, targets
from jobs.exports import _raw
from jobs.exports._raw import Raw
from jobs.generation.chosen import Chosen, choose
from storage.errors import BadInput

if TYPE_CHECKING:
    from pathlib import Path

    from jobs.context import Context
    from jobs.families.family import Family
    from jobs.tasks.merge import MergeLoras

CLOSE = 0.05
"""An error up to this is one that nobody sees in a picture."""


def run_merge(task: MergeLoras, context: Context) -> None:
    """Read the parts, merge them, and keep the file with where it came from."""
    if not task.blend:
        raise BadInput("Nothing is chosen to be merged. Choose two LoRAs or more, each with its weight.")
    base = context.base(task.base or context.lora(task.blend[0].lora)[0].base)
    chosen = choose([part for part in task.blend if part.weight or part.text], base, context)
    _check_whole(chosen)
    tokens = _tokens(chosen)
    context.progress(0, 3, f"Loading {base.name}")
    family = context.shelf.family(base)
    known = targets(family)
    context.progress(1, 3, "Merging")
    shares = added(one.part(0.0) for one in chosen)
    parts = [
        Named(one.row.name, read_lora(one.path, one.row.name, known, family.pipe), shares[one.row.file])
        for one in {one.row.file: one for one in chosen}.values()
    ]
    merged = merge(parts, task.rank, lambda path: known[path].get_parameter("weight"))
    context.progress(2, 3, "Writing the file")
    tensors, config = spelled(merged.layers, known)
    path = context.folder / "lora.safetensors"
    said = {"format": "pt"} | config | _said(task, chosen, merged, family) | {"ss_sd_model_name": base.name}
    _raw.write(path, {name: Raw.fp32(tensor) for name, tensor in tensors.items()}, said)
    try:
        number = _keep(task, context, chosen, merged, path, tokens)
    finally:
        path.unlink()
    context.result(lora=number, rank=merged.rank, error=merged.error)
    _tell(context, merged)


def _keep(
    task: MergeLoras, context: Context, chosen: list[Chosen], merged: Merged, path: Path, tokens: dict[str, Path]
) -> int:
    loudest = max(chosen, key=lambda one: abs(one.weight)).row
    return context.keep_lora(
        path,
        name=task.name,
        family=loudest.family,
        base=task.base or loudest.base,
        trigger=_trigger(chosen),
        rank=merged.rank,
        blend=[one.kept for one in chosen],
        settings={"rank": task.rank, "error": merged.error},
        preview=loudest.preview,
        embeddings=tokens,
    )


def _check_whole(chosen: list[Chosen]) -> None:
    """Refuse what one file cannot say."""
    for one in chosen:
        if one.partly:
            raise BadInput(
                f"“{one.row.name}” counts in some of the steps alone, and a merged LoRA counts in all of them. Let it "
                "count in all, or leave it out."
            )


def _trigger(chosen: list[Chosen]) -> str:
    return ", ".join(dict.fromkeys(one.row.trigger for one in chosen if one.row.trigger))


def _tokens(chosen: list[Chosen]) -> dict[str, Path]:
    """Token → file of all parts together; one that means two things is refused."""
    found: dict[str, tuple[str, Path]] = {}
    for one in chosen:
        for token, path in one.embeddings.items():
            other, known = found.setdefault(token, (one.row.name, path))
            if known != path:
                raise BadInput(
                    f"The LoRAs “{other}” and “{one.row.name}” both bring the token {token} and mean different things by "
                    "it. Merge one of them without the other."
                )
    return {token: path for token, (_, path) in found.items()}


def _said(task: MergeLoras, chosen: list[Chosen], merged: Merged, family: Family) -> dict[str, str]:
    """What the file says of itself: kohya's and ModelSpec's facts, and each part with its hash and weight."""
    parts = [
        {"name": one.row.name, "sha256": one.row.file.partition(".")[0], "weight": one.weight}
        | ({"text": one.text} if one.apart else {})
        for one in chosen
    ]
    side = family.native
    facts: dict[str, Any] = {
        "ss_base_model_version": family.version,
        "ss_v2": "False",
        "ss_network_module": "networks.lora",
        "ss_network_dim": merged.rank,
        "ss_network_alpha": merged.rank,
        "ss_output_name": task.name,
        "modelspec.sai_model_spec": "1.0.1",
        "modelspec.architecture": f"{family.architecture}/lora",
        "modelspec.implementation": "https://github.com/huggingface/diffusers",
        "modelspec.title": task.name,
        "modelspec.resolution": f"{side}x{side}",
        "modelspec.trigger_phrase": _trigger(chosen),
        "modelspec.merged_from": ", ".join(f"{part['name']} ({part['weight']:g})" for part in parts),
        "merge.parts": json.dumps(parts, ensure_ascii=False),
        "merge.error": f"{merged.error:.6g}",
    }
    return {name: str(value) for name, value in facts.items() if value != ""}


def _tell(context: Context, merged: Merged) -> None:
    layers = len(merged.layers)
    if not merged.error:
        context.log(f"Merged {layers} layers exactly, at rank {merged.rank}.")
        return
    context.log(f"Merged {layers} layers at rank {merged.rank}; the relative error is {merged.error:.4f}.")
    if merged.error > CLOSE:
        context.log("That may be seen in pictures; a higher rank comes nearer.")
