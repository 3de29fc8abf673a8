"""Settings that a picture's own text tells, made into values of the form, with a sentence for what is not here."""

from __future__ import annotations

from typing import Any, get_args

from pydantic import ValidationError

from jobs import folder
from storage import bases, loras
from storage.database import Store
from storage.parameters import Parameters
from storage.tables import Lora
from studio.words import Words

NUMBERS: dict[str, tuple[str, type]] = {
    "Steps": ("steps", int),
    "CFG scale": ("guidance", float),
    "Seed": ("seed", int),
    "Clip skip": ("clip_skip", int),
    "Hires upscale": ("upscale", float),
    "Hires steps": ("upscale_steps", int),
}
"""What the text calls a number → the field of the task."""


def settings(store: Store, words: Words, project: int, said: Parameters) -> dict[str, Any]:
    """`values` of the form as far as they can be taken here, and `lost`, a few words on each thing that cannot."""
    values: dict[str, Any] = {"prompt": said.prompt, "negative": said.negative, "count": 1}
    values |= {"picture": None, "width": 0, "height": 0}
    lost: list[str] = []
    if said.size:
        values["width"], values["height"] = said.size
    for name, (field, kind) in NUMBERS.items():
        if name in said.facts:
            values |= _number(field, kind, said.facts[name])
    _sampler(words, said, values, lost)
    _base(store, words, said, values, lost)
    values["blend"] = _blend(store, words, project, said, lost)
    values |= _strengths(said)
    if "strength" in values:
        lost.append(words("restore.picture"))
    return {"values": _allowed(words, values, lost), "lost": lost}


def _number(field: str, kind: type, text: str) -> dict[str, Any]:
    try:
        return {field: kind(text)}
    except ValueError:
        return {}


def _strengths(said: Parameters) -> dict[str, Any]:
    """How much is drawn anew: of a given picture, or in a second pass, for which other tools have one name too."""
    again, first = said.facts.get("Hires denoising strength", ""), said.facts.get("Denoising strength", "")
    if "Hires upscale" not in said.facts:
        return _number("strength", float, first)
    by = "latents" if said.facts.get("Hires upscaler", "").startswith("Latent") else "pixels"
    found = {"upscale_by": by} | _number("upscale_strength", float, again or first)
    return found | (_number("strength", float, first) if again else {})


def _sampler(words: Words, said: Parameters, values: dict[str, Any], lost: list[str]) -> None:
    """Its name, with the schedule that newer files tell apart: `DPM++ 2M` and `Karras`."""
    name, schedule = said.facts.get("Sampler", ""), said.facts.get("Schedule type", "")
    known = get_args(folder.task("generate").model_fields["sampler"].annotation)
    wanted = (f"{name} {schedule}", name)
    found = next((one for one in wanted if one in known), None)
    if found is not None:
        values["sampler"] = found
    elif name:
        lost.append(words("restore.sampler", name=name))


def _base(store: Store, words: Words, said: Parameters, values: dict[str, Any], lost: list[str]) -> None:
    name = said.facts.get("Model", "")
    if any(row.name == name for row in bases.all(store)):
        values["base"] = name
    elif name:
        lost.append(words("restore.base", name=name))


def _blend(store: Store, words: Words, project: int, said: Parameters, lost: list[str]) -> list[dict[str, Any]]:
    """The LoRAs of the library that have the file's hash, else its name."""
    known = loras.all(store, project, checkpoints=True)
    hashes = dict(_hashes(said.facts.get("Lora hashes", "")))
    found = []
    for name, weight, text in said.blend:
        row = _meant(known, name, hashes.get(name, ""))
        if row is None:
            lost.append(words("restore.lora", name=name))
        else:
            found.append({"lora": row.id, "weight": weight} | ({} if text is None else {"text": text}))
    return found


def _meant(known: list[Lora], name: str, hash: str) -> Lora | None:
    same = [row for row in known if hash and row.file.startswith(hash)]
    return next(iter(same or [row for row in known if row.name == name and row.final]), None)


def _hashes(text: str) -> list[tuple[str, str]]:
    """(name, hash) of `fox: ab12cd, hat: 34ef56`."""
    pairs = (part.rpartition(":") for part in text.split(",") if ":" in part)
    return [(name.strip(), value.strip().lower()) for name, _, value in pairs]


def _allowed(words: Words, values: dict[str, Any], lost: list[str]) -> dict[str, Any]:
    """The values that the task takes; a number beyond its bounds is lost."""
    kind = folder.task("generate")
    values = {key: value for key, value in values.items() if key in kind.model_fields}
    try:
        kind.model_validate(values)
    except ValidationError as error:
        for field in {str(one["loc"][0]) for one in error.errors() if one["loc"]}:
            lost.append(
                words("restore.value", name=kind.model_fields[field].title or field, value=str(values.pop(field))[:40])
            )
    return values
