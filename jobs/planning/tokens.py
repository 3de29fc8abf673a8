"""New words that a run teaches: how people write them down, and which captions hold them."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from storage.errors import BadInput

LINE = re.compile(r"\s*(<[\w-]+>)\s*=\s*(\S.*?)\s*")
"""`<cu_trg> = close-up`. The brackets keep a token from being found inside other words."""


def new_tokens(lines: Iterable[str]) -> dict[str, str]:
    """Token → the words that it begins with, of lines like `<cu_trg> = close-up`; what tokenizers see is lower case.

    Raises:
        BadInput: a line that is none, or a token that comes twice.
    """
    found: dict[str, str] = {}
    for line in (line for line in lines if line.strip()):
        match = LINE.fullmatch(line)
        if match is None:
            raise BadInput(
                f"“{line.strip()[:60]}” is no new token. Write each on a line of its own like <cu_trg> = close-up: "
                "letters and digits in angle brackets, then the words that it begins with."
            )
        token = match[1].lower()
        if token in found:
            raise BadInput(f"The token {token} is there twice. Write each new token once.")
        found[token] = match[2]
    return found


def check_spoken(tokens: Iterable[str], captions: Sequence[str]) -> None:
    """Raise `BadInput` for the first token that no caption holds, for nothing would teach it."""
    said = [caption.lower() for caption in captions]
    for token in tokens:
        if not any(token in caption for caption in said):
            raise BadInput(
                f"None of the {len(captions)} captions holds the token {token}, so nothing would teach it. Write it into "
                "the captions of the pictures that it stands for: filter the wall by framing, then put it in front of all."
            )
