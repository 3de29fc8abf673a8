"""What every metric can do: measure what one contestant shows, picture by picture, prompt by prompt, or as a set."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import ClassVar, Literal

import numpy as np

from jobs.judges.features import Album
from storage.errors import BadInput

Statistic = Callable[[Sequence[np.ndarray]], np.ndarray]
"""Which pictures are drawn, [n] by their places (some twice, some not) in each of b drawings → the values, [b]."""


@dataclass(frozen=True)
class Shown:
    """What one contestant shows, in the order of the exhibits' numbers.

    name: of the contestant.
    files: contents of the pictures.
    prompts: what each was asked to show; empty where that is not known.
    """

    name: str
    files: tuple[str, ...]
    prompts: tuple[str, ...] = ()


@dataclass(frozen=True)
class Evidence:
    """What the pictures are measured against, and what was seen in all of them.

    held_out, training, reference: contents of the data set's pictures by their part.
    sets: the eye that FID and KID see with: inception or clip.
    scale: how a CLIPScore is written: 2.5 · 100 · cosine.
    """

    album: Album
    held_out: tuple[str, ...] = ()
    training: tuple[str, ...] = ()
    reference: tuple[str, ...] = ()
    sets: str = "clip"
    scale: str = "2.5"


@dataclass(frozen=True)
class Measured:
    """What a metric found with one contestant.

    keys: what the value is a mean over, so that two contestants can be compared one by one: numbers of exhibits or of
        prompts; of a set its exhibits, though there is no value of each.
    values: [n], one a key; None where there is one of the set alone.
    statistic: of a set, its value in any drawing among the keys.
    pictures: value of each exhibit by its number, where it has one.
    further: more values of exhibits, by name and number.
    nearest: content of the training picture that is most like each exhibit, by number.
    floor, ceiling: what the value cannot be below or above, if there is such a thing.
    """

    keys: tuple[int, ...]
    values: np.ndarray | None = None
    statistic: Statistic | None = None
    pictures: Mapping[int, float] = field(default_factory=dict)
    further: Mapping[str, Mapping[int, float]] = field(default_factory=dict)
    nearest: Mapping[int, str] = field(default_factory=dict)
    floor: float | None = None
    ceiling: float | None = None

    @property
    def value(self) -> float:
        """That of all, each once."""
        if self.statistic is not None:
            return float(self.statistic([np.arange(len(self.keys))])[0])
        assert self.values is not None
        return self.within(float(self.values.mean()))

    def within(self, value: float) -> float:
        """The value, or the nearest that is possible."""
        least = value if self.floor is None else max(value, self.floor)
        return least if self.ceiling is None else min(least, self.ceiling)


class Metric(ABC):
    """One number about what a contestant shows.

    Attributes:
        title: what it is called.
        better: `more` or `less`; empty where neither is.
        unit: what it is counted in.
        per: what has a value of its own: a picture, a prompt (several pictures), or the set alone.
        eyes: with which eyes its pictures are looked at; `sets` is what FID and KID see with.
        against: of which parts of the data set pictures are looked at too: held_out · training · reference.
    """

    title: ClassVar[str]
    better: ClassVar[Literal["more", "less", ""]]
    unit: ClassVar[str] = ""
    per: ClassVar[Literal["picture", "prompt", "set"]] = "picture"
    eyes: ClassVar[tuple[str, ...]] = ("clip",)
    against: ClassVar[tuple[str, ...]] = ()

    @abstractmethod
    def definition(self, evidence: Evidence) -> str:
        """How it is computed, in one sentence with its source."""

    @abstractmethod
    def measure(self, shown: Shown, evidence: Evidence) -> Measured:
        """The numbers of one contestant.

        Raises:
            BadInput: it cannot be measured; one sentence says why and what to do.
        """


def mean_of(values: Mapping[int, float], floor: float | None = None, ceiling: float | None = None) -> Measured:
    """A metric that is the mean of values by exhibit; `floor`, `ceiling`: beyond which the mean itself does not go."""
    return Measured(
        tuple(values), np.array(list(values.values()), np.float64), pictures=dict(values), floor=floor, ceiling=ceiling
    )


def asked(shown: Shown) -> tuple[str, ...]:
    """The prompts of its pictures.

    Raises:
        BadInput: they are not known.
    """
    if len(shown.prompts) != len(shown.files):
        raise BadInput(
            f"“{shown.name}” has {len(shown.files)} pictures and {len(shown.prompts)} prompts. Give a line for each "
            "picture, in the order of the file names."
        )
    return shown.prompts


def some(files: Sequence[str], least: int, what: str) -> Sequence[str]:
    """These pictures of the data set, if there are enough.

    Raises:
        BadInput: there are fewer than `least`.
    """
    if len(files) < least:
        raise BadInput(
            f"There are {len(files)} {what} pictures, and {least} are needed. Choose a data set that has them."
        )
    return files
