"""How somebody looks, out of a description of a whole picture: without how near the camera is, the mood, and the place."""

from __future__ import annotations

import re

NEAR = re.compile(
    r"^(?:an?\s+|the\s+)?(?:(?:extreme\s+)?close-?\s?up|(?:medium|full|wide|long)(?:\s+shot)?|full[- ]body|portrait|photo(?:graph)?|picture"
    r"|drawing|painting|image|illustration)(?:\s+(?:shot|portrait|photo|picture|view))?\s+of\s+",
    re.IGNORECASE,
)
"""`a close-up of`, `the medium shot of`, `a portrait of`."""

MOOD = re.compile(
    r"^(an?)\s+(?:smiling|surprised|angry|sad|happy|crying|laughing|frowning|serious|neutral|scared)\s+", re.IGNORECASE
)

PLACE = re.compile(
    r"(?:,\s*(?:in|on|at|by|near|against|under|outdoors|indoors|outside|inside)\b|,?\s+(?:standing|sitting|walking|lying|posing|looking"
    r"|smiling|in front of|next to|with (?:an?|the) [\w ]{0,20}background)\b|,\s*[\w ]{0,30}\bbackground\b).*$",
    re.IGNORECASE,
)
"""From where the description leaves the person for what is around or what is done."""

VOWEL = re.compile(r"^[aeiou]", re.IGNORECASE)


def appearance(description: str) -> str:
    """What a description says of somebody's looks.

    `a close-up of a surprised woman with red hair, wearing a blue coat, in a park` →
    `a woman with red hair, wearing a blue coat`
    """
    said = NEAR.sub("", " ".join(description.split()))
    calm = MOOD.sub("", said)
    if calm != said:
        calm = f"{'an' if VOWEL.match(calm) else 'a'} {calm}"
    return PLACE.sub("", calm).strip(" ,.") or " ".join(description.split())
