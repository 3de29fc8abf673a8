"""What a shot's prompt says, which LoRAs and which seed it is drawn with, and whether anything of that has changed."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Collection, Mapping, Sequence
from typing import Any

from storage.board_tables import Board, Character, Scene, Shot
from storage.tables import Lora

TOKEN = re.compile(r"<(?!lora:)[^<>\s:]+>", re.IGNORECASE)
"""A new token in a prompt, e.g. `<cu_trg>`."""

SEEDS = 2**32

UNKNOWN = "No LoRA of this shot knows the token {} (they know: {}). Take it out, or add its LoRA."

BARE = "“{}” has neither a LoRA nor words, and is drawn by the name alone. Choose a LoRA, or describe them, under Cast."

DRAWN_BY = ("steps", "guidance", "sampler")
"""Settings of a board that decide how a picture comes out."""


def blend(board: Board, cast: Sequence[Character]) -> list[dict[str, Any]]:
    """The look and the LoRAs of those who appear, each once; a character's own weight outdoes the look's."""
    own = {one.lora_id: one.weight for one in cast if one.lora_id is not None}
    kept = [part for part in board.blend if part["lora"] not in own]
    return kept + [{"lora": lora, "weight": weight} for lora, weight in own.items()]


def tokens(parts: Sequence[Mapping[str, Any]], loras: Mapping[int, Lora]) -> set[str]:
    """The new tokens that the LoRAs of a blend bring, those at weight 0 left out."""
    heard = [loras[part["lora"]] for part in parts if part["lora"] in loras and part.get("weight", 1)]
    return {token for row in heard for token in row.tokens}


def compose(board: Board, scene: Scene, shot: Shot, called: Sequence[str], known: Collection[str]) -> str:
    """Shot token and framing's words, angle, who appears, action, setting, time of day, style; what is empty is left out.

    Args:
        called: what calls each who appears, trigger words or how they look.
        known: the new tokens that may be used; a framing's token that is not among them is left out.
    """
    framing = next((one for one in board.framings if one["name"] == shot.framing), {})
    token = framing.get("token", "")
    near = " ".join(part for part in (token if token in known else "", framing.get("word", shot.framing)) if part)
    parts = [near, shot.angle, *called, shot.action, scene.location or scene.description, scene.time, board.style]
    return ", ".join(" ".join(part.split()).strip(" ,.") for part in parts if part.strip(" ,.\n"))


def words(character: Character, lora: Lora | None) -> str:
    """What calls somebody: their own words, else the trigger of their LoRA; '' where there is neither."""
    return character.words or (lora.trigger if lora else "")


def problem(prompt: str, known: Collection[str]) -> str:
    """Why a shot cannot be drawn as it is, in one sentence; '' if it can. `known` are the new tokens of its LoRAs."""
    unknown = next((token for token in TOKEN.findall(prompt) if token not in known), "")
    there = ", ".join(sorted(known)) or "none"
    return UNKNOWN.format(unknown, there) if unknown else ""


def warning(cast: Sequence[Character]) -> str:
    """Why somebody may look different in each shot, in one sentence; '' if nobody does."""
    bare = next((one.name for one in cast if one.lora_id is None and not one.words), "")
    return BARE.format(bare) if bare else ""


def seed(board: Board, scene: Scene, shot: Shot) -> int:
    """The shot's own seed, else the one its scene has or it has by itself; moving things about does not change it."""
    if shot.seed is not None:
        return shot.seed
    return (board.seed + scene.id * 7919 + (shot.id * 104_729 if board.seeds == "shot" else 0)) % SEEDS


def fingerprint(
    board: Board, said: str, parts: Sequence[Mapping[str, Any]], loras: Mapping[int, Lora], drawn: Mapping[str, Any]
) -> str:
    """16 hexadecimal digits of all that decides a shot's picture; the same ones, the same picture.

    Args:
        said: the prompt.
        drawn: what else counts: seed, framing, the file it starts from and how much of that is redrawn.
    """
    weights = [(loras[part["lora"]].file if part["lora"] in loras else "", part.get("weight", 1)) for part in parts]
    facts = [said, board.negative, board.base, weights, board.shape, board.width, board.height]
    facts += [{name: board.settings.get(name) for name in DRAWN_BY}, dict(drawn)]
    return hashlib.sha256(json.dumps(facts, sort_keys=True).encode()).hexdigest()[:16]
