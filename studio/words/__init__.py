"""The page's words, one TOML file a language; every language has every word.

Beside `ko.toml`, `ko-sentences.toml` tells in Korean what storage and jobs say in English.
"""

from __future__ import annotations

import re
import tomllib
from functools import cache
from pathlib import Path
from typing import Any

LANGUAGES = ("en", "ko")
"""The languages of the page, the first one for whoever speaks none of them."""


class Words:
    """The words of one language; `words("wall.count", n=3)` fills `{n}` in.

    A text with a bar, `{n} picture|{n} pictures`, is singular and plural by `n`.
    """

    def __init__(self, language: str) -> None:
        self.language = language
        tables = _read(f"{language}.toml")
        sentences = _read(f"{language}-sentences.toml").get("errors", [])
        self._errors = [(_pattern(row["en"]), row["say"]) for row in sentences]
        self.all = dict(_flat(tables))
        for task, other in tables.get("like", {}).items():
            self._lend(task, other)

    def __call__(self, key: str, **values: Any) -> str:
        """The words under `key`, or the key itself where there are none."""
        return fill(self.all.get(key, key), values)

    def _lend(self, task: str, other: str) -> None:
        """A task whose fields are another's is told in the other's words where it has none of its own."""
        for key, text in list(self.all.items()):
            kind, _, rest = key.partition(".")
            if kind in ("field", "help", "choice") and rest.startswith(f"{other}."):
                self.all.setdefault(f"{kind}.{task}{rest.removeprefix(other)}", text)

    def has(self, key: str) -> bool:
        """Whether there are words under `key`."""
        return key in self.all

    def error(self, sentence: str) -> str:
        """A sentence of the other rooms (written in English) in this language, if it is known."""
        for pattern, say in self._errors:
            if found := pattern.fullmatch(sentence):
                return say.format(*(self.error(part) for part in found.groups()))
        return sentence


def _read(name: str) -> dict[str, Any]:
    file = Path(__file__).parent / name
    return tomllib.loads(file.read_text(encoding="utf-8")) if file.is_file() else {}


@cache
def speak(language: str) -> Words:
    """The words of a language; of the first one if it is unknown."""
    return Words(language if language in LANGUAGES else LANGUAGES[0])


def choose(accepted: str) -> str:
    """The language for an `Accept-Language` header: the first one named that the page has."""
    for part in accepted.split(","):
        language = part.partition(";")[0].strip().lower().partition("-")[0]
        if language in LANGUAGES:
            return language
    return LANGUAGES[0]


def fill(text: str, values: dict[str, Any]) -> str:
    """`text` with its `{names}` filled in; of singular|plural the one that fits `n`."""
    if "|" in text and "n" in values:
        one, _, many = text.partition("|")
        text = one if values["n"] == 1 else many
    return re.sub(r"\{(\w+)\}", lambda found: str(values.get(found[1], found[0])), text)


def _flat(table: dict[str, Any], before: str = "") -> list[tuple[str, str]]:
    rows: list[tuple[str, str]] = []
    for key, value in table.items():
        rows += _flat(value, f"{before}{key}.") if isinstance(value, dict) else [(before + key, value)]
    return rows


def _pattern(template: str) -> re.Pattern[str]:
    parts = (re.escape(part) for part in template.split("{}"))
    return re.compile("(.+?)".join(parts), re.DOTALL)
