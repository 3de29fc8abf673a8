"""Pictures and what eyes saw in them: each picture is read once, each feature of it computed once, on disk for ever."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import torch
from PIL import Image as Pictures

from jobs.judges.features.eye import Eye, Seen
from jobs.judges.features.eyes import ClipEye
from jobs.training.cache import Cache
from storage.errors import BadInput, StudioError

TOGETHER = 16
"""Pictures that are in memory at once; as many are read ahead meanwhile."""

Read = Callable[[Path], Pictures.Image]
"""Opens a picture, RGB."""

Told = Callable[[int, int], None]
"""Called with pictures looked at and pictures in all; what it raises ends the looking, and what was seen is kept."""


@dataclass(frozen=True)
class Look:
    """One picture that is to be looked at: its content's name, where it lies, and with which eyes, by name."""

    file: str
    path: Path
    eyes: frozenset[str]


@dataclass
class Album:
    """What was seen in pictures, in memory and on disk under the content's hash and the eye's fingerprint.

    read: how a file is opened.
    blind: why an eye sees nothing, by its name: its model is missing or broken. The others go on.
    looked: how many pictures each eye has looked at since, by its name; what the disk knew is not counted.
    """

    cache: Cache
    eyes: Mapping[str, Eye]
    read: Read
    blind: dict[str, str] = field(default_factory=dict)
    looked: dict[str, int] = field(default_factory=dict)
    _seen: dict[tuple[str, str], Seen] = field(default_factory=dict)
    _texts: dict[str, np.ndarray] = field(default_factory=dict)

    def look(self, wanted: Iterable[Look], told: Told = lambda done, total: None) -> None:
        """Look at what nobody has looked at yet, a batch at a time.

        Raises:
            BadPicture: a file cannot be read.
        """
        missing = [(one, eyes) for one in _joined(wanted) if (eyes := self._missing(one))]
        done = 0
        for batch, pictures in self._opened(missing):
            for name in sorted({name for _, eyes in batch for name in eyes}):
                self._look(name, [(one, p) for (one, eyes), p in zip(batch, pictures, strict=True) if name in eyes])
            done += len(batch)
            told(done, len(missing))

    def of(self, eye: str, files: Sequence[str]) -> list[Seen]:
        """What that eye saw in these pictures; they were looked at before.

        Raises:
            BadInput: it is blind.
        """
        self._check(eye)
        return [self._seen[eye, file] for file in files]

    def vectors(self, eye: str, files: Sequence[str]) -> np.ndarray:
        """The same of an eye that sees a vector in each picture: [n, d]."""
        return np.stack([seen["vector"] for seen in self.of(eye, files)])

    def texts(self, texts: Sequence[str]) -> np.ndarray:
        """CLIP's unit vectors [n, d] of texts.

        Raises:
            BadInput: it is blind.
        """
        self._check("clip")
        eye = self.eyes["clip"]
        assert isinstance(eye, ClipEye)
        for text in dict.fromkeys(texts):
            if text not in self._texts and (kept := self.cache.get("text", eye.fingerprint, text)):
                self._texts[text] = kept["vector"].numpy()
        new = [text for text in dict.fromkeys(texts) if text not in self._texts]
        for text, vector in zip(new, eye.read(new) if new else (), strict=True):
            self._texts[text] = vector
            self.cache.put({"vector": torch.from_numpy(vector)}, "text", eye.fingerprint, text)
        return np.stack([self._texts[text] for text in texts])

    def _check(self, eye: str) -> None:
        if eye in self.blind:
            raise BadInput(self.blind[eye])

    def _missing(self, one: Look) -> frozenset[str]:
        """The eyes that have not looked at it; what the disk knows is taken into memory."""
        able = one.eyes - self.blind.keys()
        for name in able:
            if (name, one.file) not in self._seen and (kept := self.cache.get(*self._key(name, one.file))) is not None:
                self._seen[name, one.file] = {key: value.numpy() for key, value in kept.items() if key != "looked"}
        return frozenset(name for name in able if (name, one.file) not in self._seen)

    def _look(self, name: str, some: list[tuple[Look, Pictures.Image]]) -> None:
        if name in self.blind:
            return
        try:
            found = self.eyes[name].look([picture for _, picture in some])
        except StudioError as error:
            self.blind[name] = str(error)
            return
        self.looked[name] = self.looked.get(name, 0) + len(some)
        for (one, _), seen in zip(some, found, strict=True):
            self._seen[name, one.file] = seen
            tensors = {key: torch.from_numpy(np.array(value)) for key, value in seen.items()}
            self.cache.put(tensors | {"looked": torch.ones(1)}, *self._key(name, one.file))

    def _key(self, name: str, file: str) -> tuple[str, str, str]:
        return name, self.eyes[name].fingerprint, file.partition(".")[0]

    def _opened(
        self, missing: list[tuple[Look, frozenset[str]]]
    ) -> Iterator[tuple[list[tuple[Look, frozenset[str]]], list[Pictures.Image]]]:
        """Batches with their pictures, one batch ahead in a thread of its own."""
        batches = [missing[start : start + TOGETHER] for start in range(0, len(missing), TOGETHER)]
        with ThreadPoolExecutor(1) as reader:
            ahead = [reader.submit(self._read, batch) for batch in batches[:1]]
            for place, batch in enumerate(batches):
                pictures = ahead.pop().result()
                ahead = [reader.submit(self._read, following) for following in batches[place + 1 : place + 2]]
                yield batch, pictures

    def _read(self, batch: list[tuple[Look, frozenset[str]]]) -> list[Pictures.Image]:
        return [self.read(one.path) for one, _ in batch]


def _joined(wanted: Iterable[Look]) -> list[Look]:
    """One look a content, with all eyes that anybody wants."""
    found: dict[str, Look] = {}
    for one in wanted:
        before = found.get(one.file)
        found[one.file] = Look(one.file, one.path, one.eyes | before.eyes) if before else one
    return list(found.values())
