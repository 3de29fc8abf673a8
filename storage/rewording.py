"""What may be done to many captions at once: each kind of edit makes a new text of one, and knows no store."""

from __future__ import annotations

import re
import time
from abc import ABC, abstractmethod
from collections import Counter
from dataclasses import dataclass, field
from typing import Annotated, Any, Literal

import regex
from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, ValidationError

from storage import phrases
from storage.errors import BadInput

SECONDS = 2.0
"""Time that a pattern may take over all captions together."""

LONGEST = 4000
"""Characters that a caption may have after an edit."""

PATTERN = 500
"""Characters that a pattern may have."""


@dataclass(frozen=True)
class Fields:
    """What a template may name besides the caption."""

    trigger: str = ""
    name: str = ""
    stem: str = ""
    person: str = ""
    framing: str = ""
    split: str = ""
    dataset: str = ""
    number: str = ""


FIELDS = ("caption", *Fields.__dataclass_fields__)
"""Names that a template may have in braces."""


@dataclass
class Desk:
    """What all captions of one edit share: how often each tag occurs, and until when a pattern may take."""

    common: Counter[str] = field(default_factory=Counter)
    until: float = field(default_factory=lambda: time.monotonic() + SECONDS)


class Edit(BaseModel, ABC):
    """One way to reword captions."""

    model_config = ConfigDict(extra="forbid")

    @property
    def name(self) -> str:
        """Which kind of edit it is."""
        return str(self.model_dump()["kind"])

    @abstractmethod
    def reword(self, text: str, fields: Fields, desk: Desk) -> str:
        """The caption that `text` becomes; captions that are not there yet are no matter of most edits."""


class Replace(Edit):
    """Put one text in place of another: as written, or as a regular expression whose groups are `\\1` or `\\g<name>`."""

    kind: Literal["replace"]
    find: str = Field(min_length=1, max_length=PATTERN)
    put: str = Field("", max_length=PATTERN)
    regex: bool = False
    case: bool = False
    words: bool = False

    def reword(self, text: str, fields: Fields, desk: Desk) -> str:
        put: Any = self.put if self.regex else lambda _: self.put
        try:
            left = max(desk.until - time.monotonic(), 0.01)
            return self.pattern().sub(put, text, timeout=left, concurrent=True) if text else text
        except TimeoutError as error:
            raise BadInput(
                f"The pattern “{self.find}” takes too long on “{text[:40]}”. Use one without repeats inside repeats."
            ) from error
        except (regex.error, IndexError) as error:
            raise BadInput(f"“{self.put}” cannot be put in place: {error}. Check the numbers of its groups.") from error

    def pattern(self) -> Any:
        """What is looked for; `BadInput` says what is wrong with it."""
        wanted = self.find if self.regex else regex.escape(self.find, special_only=True, literal_spaces=True)
        if self.words:
            wanted = rf"(?<!\w)(?:{wanted})(?!\w)"
        try:
            return regex.compile(wanted, 0 if self.case else regex.IGNORECASE)
        except (regex.error, OverflowError, RecursionError, MemoryError) as error:
            raise BadInput(f"“{self.find}” is no regular expression: {error}.") from error


class Affix(Edit):
    """Words at the beginning or at the end of every caption: put there, or taken away."""

    kind: Literal["prefix", "suffix"]
    text: str = Field(min_length=1, max_length=PATTERN)
    remove: bool = False

    def reword(self, text: str, fields: Fields, desk: Desk) -> str:
        words = " ".join(self.text.split())
        there = self._there(text, words)
        if self.remove:
            return self._rest(text, words) if there else text
        if not text or there:
            return text
        if self.kind == "prefix":
            return f"{words} {text}"
        return f"{text}{words}" if words[:1] in ",.;:!?" else f"{text} {words}"

    def _there(self, text: str, words: str) -> bool:
        low, wanted = text.casefold(), words.casefold()
        return low.startswith(wanted) if self.kind == "prefix" else low.endswith(wanted)

    def _rest(self, text: str, words: str) -> str:
        rest = text[len(words) :] if self.kind == "prefix" else text[: len(text) - len(words)]
        return rest.strip(" ,")


def without_gaps(text: str) -> str:
    """Without the blanks and commas that words left behind."""
    return re.sub(r"\s*,(?:\s*,)+", ",", " ".join(text.split())).replace(" ,", ",").strip(" ,")


class Template(Edit):
    """A caption made of fields in braces; what a picture lacks leaves no comma behind."""

    kind: Literal["template"]
    text: str = Field(min_length=1, max_length=2 * PATTERN)

    def reword(self, text: str, fields: Fields, desk: Desk) -> str:
        named = re.findall(r"\{(\w*)\}", self.text)
        for name in named:
            if name not in FIELDS:
                raise BadInput(f"A template knows no “{{{name}}}”; it knows {', '.join(FIELDS)}.")
        if not text and "caption" in named:
            return text
        known = vars(fields) | {"caption": phrases.without(text, fields.trigger) if "trigger" in named else text}
        made = re.sub(r"\{(\w+)\}", lambda found: known[found[1]], self.text)
        return without_gaps(made)


class Tags(Edit):
    """Captions as lists of tags: each once, some away, some first, the rest in an order."""

    kind: Literal["tags"]
    once: bool = True
    order: Literal["", "alphabet", "common"] = ""
    first: list[str] = []
    drop: list[str] = []

    def reword(self, text: str, fields: Fields, desk: Desk) -> str:
        parts = phrases.once(phrases.tags(text)) if self.once else phrases.tags(text)
        away = {tag.casefold() for tag in self.drop}
        parts = [part for part in parts if part.casefold() not in away]
        if self.order == "alphabet":
            parts.sort(key=str.casefold)
        elif self.order == "common":
            parts.sort(key=lambda part: -desk.common[part.casefold()])
        front = {tag.casefold(): place for place, tag in enumerate([fields.trigger, *self.first]) if tag}
        parts.sort(key=lambda part: front.get(part.casefold(), len(front) + 1))
        return phrases.join(parts)


class Trigger(Edit):
    """The data set's trigger word at the beginning, in one of its forms; or out of the caption."""

    kind: Literal["trigger"]
    form: phrases.Form = "worked in"
    remove: bool = False

    def reword(self, text: str, fields: Fields, desk: Desk) -> str:
        if not fields.trigger:
            raise BadInput("This data set has no trigger word yet. Set one first.")
        if self.remove or not text:
            return phrases.without(text, fields.trigger)
        return phrases.begin_with(fields.trigger, phrases.without(text, fields.trigger), self.form)


FRAMING_WORDS = re.compile(
    r"(?<!\w)(?:an?\s+)?(?:extreme\s+)?(?:close[- ]?up|(?:medium|full|wide|long)[- ]shot|(?:full|upper)[- ]body(?:[- ]shot)?)"
    r"(?!\w)(?:\s+(?:of|shot of|photo of))?",
    re.IGNORECASE,
)
"""What captions call a framing, with what leads on to its subject."""


class Shots(Edit):
    """The token of a picture's framing in front of its caption, in the place of other tokens and of words for framings.

    tokens: framing as the checks know it (`close-up`, `medium`, `full`) → its token. A picture of which the checks know
    no framing stays as it is.
    """

    kind: Literal["shots"]
    tokens: dict[Literal["close-up", "medium", "full"], str] = {
        "close-up": "<cu_trg>",
        "medium": "<ms_trg>",
        "full": "<fs_trg>",
    }

    def reword(self, text: str, fields: Fields, desk: Desk) -> str:
        token = next((token.strip() for name, token in self.tokens.items() if name == fields.framing), "")
        if not token:
            return text
        for other in self.tokens.values():
            text = phrases.without(text, other.strip())
        return f"{token} {without_gaps(FRAMING_WORDS.sub(' ', text))}".strip()


class Tidy(Edit):
    """Repetitions out, marks where they belong."""

    kind: Literal["tidy"]

    def reword(self, text: str, fields: Fields, desk: Desk) -> str:
        return phrases.clean(text)


Wanted = Annotated[Replace | Affix | Template | Tags | Trigger | Shots | Tidy, Field(discriminator="kind")]
KINDS: TypeAdapter[Edit] = TypeAdapter(Wanted)


def read(wanted: dict[str, Any]) -> Edit:
    """The edit that a page or a program asks for; `BadInput` names what is wrong with it."""
    try:
        return KINDS.validate_python(wanted)
    except ValidationError as error:
        first = error.errors()[0]
        where = " ".join(str(part) for part in first["loc"][1:]) or "kind"
        raise BadInput(f"“{where}” of this edit cannot be used: {first['msg']}.") from error


def reword(edit: Edit, text: str, fields: Fields, desk: Desk) -> str:
    """The caption that `text` becomes, without needless blanks; `BadInput` if it grows beyond all measure."""
    made = " ".join(edit.reword(text, fields, desk).split())
    if len(made) > max(LONGEST, len(text)):
        raise BadInput(
            f"The caption of {fields.name or 'a picture'} would have {len(made)} characters; {LONGEST} are the most."
        )
    return made
