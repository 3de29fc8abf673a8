"""What every eye can do: look at pictures, and say what it saw in arrays that can be kept."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from typing import ClassVar

import numpy as np
from PIL import Image as Pictures

Seen = Mapping[str, np.ndarray]
"""What an eye saw in one picture, by name."""


class Eye(ABC):
    """One way to look at a picture. Its model is loaded at the first look, so that what is kept needs no model.

    Attributes:
        name: which feature it makes: clip · inception · face · twin.
        model: which model looks, for people.
        fingerprint: what it sees depends on this, and on the picture alone.
    """

    name: ClassVar[str]
    model: str
    fingerprint: str

    @abstractmethod
    def look(self, pictures: Sequence[Pictures.Image]) -> list[Seen]:
        """What is seen in each of some RGB pictures."""
