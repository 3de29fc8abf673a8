"""LoRAs named in a prompt, taken out of it: the page shows them on the sliders, and the worker puts them into the blend.

    <lora:watercolor>               at 1                    watercolor(0.6) + cartoon(0.4)    a sum of LoRAs
    <lora:watercolor:0.6>           at 0.6                  pixel art(0.5)                    one alone
    <lora:watercolor:0.6:0.3>       text encoders at 0.6, UNet at 0.3; also `:te=0.6:unet=0.3`

The order of two weights, text encoder before UNet, is AUTOMATIC1111's:
https://github.com/AUTOMATIC1111/stable-diffusion-webui/blob/master/extensions-builtin/Lora/extra_networks_lora.py
A number in brackets that is meant as text is written with backslashes: `take \\(2\\)`.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import NamedTuple

from storage.errors import BadInput, NotFound

NUMBER = r"[+-]?(?:\d+\.?\d*|\.\d+)"
TAG = re.compile(r"<lora:([^:<>]+)((?::[^:<>]*)*)>", re.IGNORECASE)
STRAY = re.compile(rf"(\w[\w-]*)\(\s*{NUMBER}\s*\)")
"""What looks like a LoRA with its weight, whatever it is called."""

MARK = "\0"
SUM = re.compile(rf"{MARK}(?:\s*\+\s*{MARK})*")
STRONGEST = 4.0
"""A LoRA counts at most this much, in either direction."""


class Term(NamedTuple):
    """One LoRA that a prompt names; `text` None: in the text encoders as in the UNet."""

    name: str
    weight: float = 1.0
    text: float | None = None


def spelled(name: str) -> str:
    """A LoRA's name as a tag can hold it."""
    return " ".join(re.sub("[:<>]", " ", name).split())


def tag(term: Term) -> str:
    """`<lora:name:0.6>`, with both weights where they differ."""
    if term.text is None or term.text == term.weight:
        return f"<lora:{spelled(term.name)}:{term.weight:g}>"
    return f"<lora:{spelled(term.name)}:{term.text:g}:{term.weight:g}>"


def taken(prompt: str, names: Iterable[str]) -> tuple[str, list[Term]]:
    """The prompt without the LoRAs that it names, and those, under the names that the library has for them.

    Args:
        names: of all LoRAs of the library. Capitals, and blanks written as `_`, do not matter where nothing is called
            just so.

    Raises:
        NotFound: nothing is called so; says what there is.
        BadInput: a tag's weight is no number, or greater than anybody needs.
    """
    known, found = list(dict.fromkeys(names)), list[Term]()

    def mark(term: Term) -> str:
        found.append(term)
        return MARK

    bare = TAG.sub(lambda match: mark(_term(match[0], _known(match[1], known), match[2].split(":")[1:])), prompt)
    if known:
        bare = _terms(known).sub(lambda match: mark(Term(_known(match[1], known), _fit(match[2], match[1]))), bare)
    stray = STRAY.search(bare)
    if stray:
        _known(stray[1], known)
    return (_tidy(bare) if found else prompt), found


def read_tags(prompt: str) -> tuple[str, list[Term]]:
    """The same of tags alone, whatever they name; what they say to extensions is passed over, and broken ones stay."""
    found = list[Term]()

    def mark(match: re.Match[str]) -> str:
        parts = [part for part in match[2].split(":")[1:] if not _for_others(part)]
        try:
            found.append(_term(match[0], match[1].strip(), parts))
        except BadInput:
            return match[0]
        return MARK

    bare = TAG.sub(mark, prompt)
    return (_tidy(bare) if found else prompt.strip()), found


def _for_others(part: str) -> bool:
    """Whether a part of a tag is said to an extension of another tool: `lbw=MIDD`."""
    name, equals, _ = part.partition("=")
    return bool(equals) and name.strip().lower() not in ("te", "unet")


def _term(whole: str, name: str, parts: list[str]) -> Term:
    """The LoRA that a tag names; what is not said by name is said by its place: text encoders first."""
    said: dict[str, float] = {}
    places = iter(("te", "unet"))
    for part in parts:
        key, equals, value = part.strip().rpartition("=")
        key = key.strip().lower() if equals else next(places, "")
        if key not in ("te", "unet") or not re.fullmatch(NUMBER, value.strip()):
            raise BadInput(
                f"“{whole}” is not understood at “{part}”. Write <lora:{name}:0.6>, or <lora:{name}:0.6:0.3> with the text "
                "encoder's weight first."
            )
        said[key] = _fit(value, name)
    text = said.get("te", 1.0)
    weight = said.get("unet", text)
    return Term(name, weight, None if weight == text else text)


def _fit(weight: str, name: str) -> float:
    if abs(float(weight)) > STRONGEST:
        raise BadInput(f"The prompt wants the LoRA “{name}” at {weight}; {STRONGEST:g} is the most. Lower it.")
    return float(weight)


def _known(name: str, known: list[str]) -> str:
    """What the library calls it."""
    for alike in (str, spelled, lambda text: spelled(text).casefold().replace("_", " ")):
        for one in known:
            if alike(one) == alike(name.strip()):
                return one
    there = ", ".join(known) or "none yet"
    raise NotFound(
        f"The prompt names a LoRA “{name.strip()}”, and none in this project is called so (there are: {there}). Where a "
        "number in brackets is meant as text, write \\( and \\)."
    )


def _terms(known: list[str]) -> re.Pattern[str]:
    """`watercolor(0.6)` for each of the names, the longest first."""
    either = "|".join(re.escape(name) for name in sorted(known, key=len, reverse=True))
    return re.compile(rf"(?<!\w)({either}) ?\(\s*({NUMBER})\s*\)", re.IGNORECASE)


def _tidy(marked: str) -> str:
    """The text without its marks, and without the commas and blanks that only they needed."""
    text = SUM.sub(MARK, marked)
    text = re.sub(rf"^[\s,]*{MARK}[\s,]*|[\s,]*{MARK}[\s,]*$", "", text)
    text = re.sub(rf",[ \t]*{MARK}[ \t]*(?=,)", "", text)
    return re.sub(rf"[ \t]*{MARK}[ \t]*(?=[,.\n])", "", text).replace(f" {MARK} ", " ").replace(MARK, "").strip()
