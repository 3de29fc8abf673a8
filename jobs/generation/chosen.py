"""The LoRAs of a request: looked up in the library, checked against the base, put into it."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from jobs.blending import Part
from jobs.task import Weight
from storage.errors import BadInput
from storage.tables import Base, Lora
from storage.tags import taken

if TYPE_CHECKING:
    from jobs.context import Context
    from jobs.tasks.generate import GeneratePictures


@dataclass(frozen=True)
class Chosen:
    """One LoRA of the request with its weights and its share of the steps, as `Weight` has them."""

    row: Lora
    path: Path
    asked: Weight
    embeddings: dict[str, Path]

    @property
    def weight(self) -> float:
        """How strongly it counts in the UNet, and in the text encoders unless `text` says so."""
        return self.asked.weight

    @property
    def text(self) -> float | None:
        """How strongly it counts in the text encoders, where that is said."""
        return self.asked.text

    @property
    def partly(self) -> bool:
        """Whether it counts in some of the steps alone."""
        return (self.asked.start, self.asked.end) != (0.0, 1.0)

    @property
    def heard(self) -> bool:
        """Whether it counts at all."""
        return bool(self.weight or self.text)

    @property
    def said(self) -> str:
        """Its name and weight, for people."""
        said = f"{self.row.name} at {self.weight:g}" + (f" (text {self.text:g})" if self.apart else "")
        return said + (f" from {self.asked.start:.0%} to {self.asked.end:.0%}" if self.partly else "")

    @property
    def apart(self) -> bool:
        """Whether the text encoders have a weight of their own."""
        return self.text is not None and self.text != self.weight

    def part(self, done: float) -> Part:
        """What the mixer is given when that share of the steps is done; the text encoders have heard it from the first."""
        now = self.weight if self.asked.start <= done < self.asked.end or not self.partly else 0.0
        text = self.weight if self.text is None else self.text
        return Part(self.row.file, self.path, self.row.name, now, self.embeddings, text)

    @property
    def kept(self) -> dict[str, Any]:
        """What a picture's row remembers of it."""
        facts = {"lora": self.row.id, "name": self.row.name, "file": self.row.file, "weight": self.weight}
        facts |= {"text": self.text} if self.apart else {}
        return facts | ({"start": self.asked.start, "end": self.asked.end} if self.partly else {})


def heard(task: GeneratePictures, context: Context) -> tuple[str, list[Weight]]:
    """The prompt without the LoRAs that it names, and the whole blend: what the prompt says of a LoRA outdoes its slider."""
    library = context.library()
    prompt, terms = taken(task.prompt, library)
    named = [Weight(lora=library[term.name], weight=term.weight, text=term.text) for term in terms]
    outdone = {one.lora for one in named}
    return prompt, [one for one in task.blend if one.lora not in outdone] + named


def choose(blend: list[Weight], base: Base, context: Context) -> list[Chosen]:
    """The LoRAs of a request with their files; one of another family is refused before anything is loaded."""
    chosen = []
    for part in blend:
        row, path = context.lora(part.lora)
        chosen.append(Chosen(row, path, part, context.embeddings(row)))
    for one in chosen:
        if one.row.family != base.family:
            raise BadInput(
                f"The LoRA “{one.row.name}” is made for models of the family {one.row.family}, and the base model "
                f"“{base.name}” is of the family {base.family}. Choose one of the other's family."
            )
    return chosen
