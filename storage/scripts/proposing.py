"""The first shot list of a scene, by plain rules in a data file: rules.toml, which a board may have its own of."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterable, Mapping
from functools import cache
from pathlib import Path
from typing import Any

from storage.errors import BadInput
from storage.mentions import mentions
from storage.scripts.script import Line, Written

FILE = Path(__file__).parent / "rules.toml"

WHOLE = re.compile(r"[a-z]", re.IGNORECASE)


@cache
def _usual() -> dict[str, dict[str, Any]]:
    return tomllib.loads(FILE.read_text(encoding="utf-8"))


def rules(own: Mapping[str, Mapping[str, Any]] | None = None) -> dict[str, dict[str, Any]]:
    """The usual rules, with what a board says otherwise (`Board.settings["rules"]`).

    Raises:
        BadInput: there is no such rule, or its value is of another kind.
    """
    found = {name: dict(table) for name, table in _usual().items()}
    for name, table in (own or {}).items():
        for key, value in table.items():
            usual = found.get(name, {}).get(key)
            kind = (int, float) if isinstance(usual, int | float) else type(usual)
            if usual is None or not isinstance(value, kind):
                raise BadInput(f"The rule “{name}: {key}” cannot be {value!r}. Set it as the usual rules do.")
            found[name][key] = value
    return found


def propose(scene: Written, people: Iterable[str], by: Mapping[str, Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Columns of the shots that a scene is given; `characters` by name.

    Args:
        people: everybody of the script, who is then seen where an action names them.
        by: the rules.
    """
    if scene.shots:
        return [dict(shot) for shot in scene.shots]
    known = list(people)
    lines = list(scene.lines)
    if not lines or lines[0].speaker:
        lines.insert(0, Line(""))
    shots = [_shot(line, number == 0, known, by) for number, line in enumerate(lines)]
    most = max(1, int(by["limits"]["shots_a_scene"]))
    if len(shots) > most:
        over = [shot["dialogue"] or shot["action"] for shot in shots[most:]]
        shots = shots[:most]
        shots[-1]["notes"] = "\n".join(over)
    return shots


def _shot(line: Line, first: bool, people: list[str], by: Mapping[str, Mapping[str, Any]]) -> dict[str, Any]:
    rule = by[
        "opening" if first else "emotion" if _felt(line, by["emotion"]) else "dialogue" if line.speaker else "action"
    ]
    seconds = float(rule["seconds"])
    if not line.speaker:
        named = [name for name in people if mentions(line.text, name)]
        return {
            "framing": rule["framing"],
            "action": line.text,
            "dialogue": "",
            "characters": named,
            "seconds": seconds,
        }
    spoken = len(line.text.split()) / max(0.1, float(by["limits"]["words_a_second"]))
    manner = re.sub(r"\s+", " ", line.manner)
    return {
        "framing": rule["framing"],
        "action": manner,
        "dialogue": f"{line.speaker}: {line.text}",
        "characters": [line.speaker],
        "seconds": round(max(seconds, spoken), 1),
    }


def _felt(line: Line, rule: Mapping[str, Any]) -> bool:
    said = f"{line.manner} {line.text}".casefold()
    if line.speaker and any(sign in line.text for sign in rule["signs"]):
        return True
    return any(_has(said, word.casefold()) for word in rule["words"])


def _has(said: str, word: str) -> bool:
    """English words as whole ones; Korean ones as the stems they are."""
    return (
        bool(re.search(rf"\b{re.escape(word)}\b", said))
        if WHOLE.search(word)
        else bool(re.search(rf"(?<![가-힣]){re.escape(word)}", said))
    )
