"""What a run leaves behind: sample pictures, checkpoints of the LoRA, and the LoRA itself."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from jobs.exports import _raw
from jobs.exports._about import Lineage, metadata, of_embeddings
from jobs.exports._raw import Raw
from jobs.tasks.generate import GeneratePictures
from jobs.training.optimizer import NOT_FINITE, all_finite
from storage.errors import StudioError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from jobs.context import Context, Example
    from jobs.tasks.train import TrainLora
    from jobs.training.loop import Student
    from storage.tables import Base


USUAL = GeneratePictures()
"""Samples are drawn as the Generate tab draws where nothing else is asked."""


@dataclass
class Facts:
    """What a run must remember besides its numbers.

    trigger, prompts: as they were when it began.
    held: ids of the pictures that are held out.
    kept: the LoRA checkpoints in the library, the oldest first.
    preview: the newest sample picture, or 0.
    done: whether everything due at the step it stands at has been done.
    at_once: pictures that go through the UNet together, once memory has run out.
    """

    trigger: str
    prompts: list[str]
    held: list[int] = field(default_factory=list)
    kept: list[int] = field(default_factory=list)
    preview: int = 0
    done: bool = False
    at_once: int = 0


@dataclass(frozen=True)
class Subject:
    """What is trained, on what, at which side in pixels, for how many steps, of which an epoch has so many.

    said: what the UNet hears of each sample prompt, where the text encoders have left memory.
    """

    task: TrainLora
    base: Base
    examples: Sequence[Example]
    side: int
    steps: int
    epoch: int
    said: Mapping[str, Any] | None = None


class Outcome:
    """Draws, writes and hands over to the context."""

    def __init__(self, context: Context, subject: Subject, student: Student, facts: Facts) -> None:
        self.context, self.subject, self.facts = context, subject, facts
        self.family, self.adapter, self.tokens = student.family, student.adapter, student.tokens
        self.task, self.base, self.side = subject.task, subject.base, subject.side

    def sample(self, step: int) -> None:
        """Draw every sample prompt as the LoRA stands; all are kept, or none if it is broken off."""
        if self.family.pipe.vae is None:
            self.context.log(
                "This run draws no samples, so that it needs less memory. Set “Samples every” to have some."
            )
            return
        with self.family.awake():
            drawn = [self._draw(number, step) for number in range(len(self.facts.prompts))]
        for number, picture in enumerate(drawn):
            self.facts.preview = self._keep_picture(number, picture, step)

    def _draw(self, number: int, step: int):
        from jobs.generation.draw import draw

        total, note = self.subject.steps, f"Sample {number + 1} of {len(self.facts.prompts)}"
        return draw(
            self.family,
            self._order(number),
            lambda done, steps, latents: self.context.progress(step, total, note),
        )

    def _order(self, number: int):
        from jobs.generation.order import Order

        prompt = self.facts.prompts[number]
        return Order(
            prompt=prompt,
            said=self.subject.said[prompt] if self.subject.said else None,
            negative="",
            seed=self.task.seed + number,
            size=(self.side, self.side),
            steps=USUAL.steps,
            guidance=USUAL.guidance,
        )

    def _keep_picture(self, number: int, picture, step: int) -> int:
        order = self._order(number)
        return self.context.keep_picture(
            picture,
            kind="sample",
            prompt=order.prompt,
            seed=order.seed,
            width=self.side,
            height=self.side,
            base=self.base.name,
            settings={"steps": order.steps, "guidance": order.guidance},
            step=step,
        )

    # ── the LoRA ─────────────────────────────────────────────────────────
    def save(self, step: int) -> None:
        """Put the LoRA as it stands into the library as a checkpoint; past `keep` the oldest goes."""
        self.facts.kept.append(self._keep(step, final=False))
        while len(self.facts.kept) > self.task.keep:
            self.context.drop_lora(self.facts.kept.pop(0))

    def finish(self, step: int) -> None:
        """Put the finished LoRA into the library."""
        self.context.result(lora=self._keep(step, final=True))

    def break_off(self, step: int) -> None:
        """Keep what was learned before a person stopped the run, if anything was."""
        if step:
            self.finish(step)
            self.context.log(f"Stopped at step {step}; what was learned so far is in the library.")

    def _keep(self, step: int, final: bool) -> int:
        path = self.context.folder / "lora.safetensors"
        self._write(path, step)
        embeddings = self._write_tokens(self.context.folder / "tokens", step)
        try:
            return self.context.keep_lora(
                path,
                embeddings=embeddings,
                name=self.task.name if final else f"{self.task.name} · {self._mark(step)}",
                family=self.base.family,
                base=self.base.name,
                trigger=self.facts.trigger,
                rank=self.task.rank,
                settings=self.task.model_dump(mode="json"),
                step=step,
                final=final,
                preview=self.facts.preview or "",
            )
        finally:
            for written in (path, *embeddings.values()):
                written.unlink()

    def _mark(self, step: int) -> str:
        """What a checkpoint is called: by the epoch that it ends, counted from 00, or by its step."""
        epoch, rest = divmod(step, self.subject.epoch)
        return f"step {step}" if rest or not self.task.save_epochs else f"epoch{epoch - 1:02d}"

    def _write(self, path: Path, step: int) -> None:
        """The LoRA as diffusers loads it, alpha included, and with what other tools want to know."""
        state = self.adapter.state()
        if not all_finite(state.values()):
            raise StudioError(NOT_FINITE.format(what="LoRA"))
        config = self.adapter.config()
        said = {"format": "pt", "lora_adapter_metadata": json.dumps(config, indent=2, sort_keys=True)}
        tensors = {name: Raw.fp32(tensor) for name, tensor in state.items()}
        _raw.write(path, tensors, said | metadata(self._lineage(step)))

    def _write_tokens(self, folder: Path, step: int) -> dict[str, Path]:
        """One file for each new token, by token."""
        if not self.tokens:
            return {}
        if not all_finite(self.tokens.weights):
            raise StudioError(NOT_FINITE.format(what="new tokens"))
        return self.tokens.write(folder, of_embeddings(self._lineage(step)))

    def _lineage(self, step: int) -> Lineage:
        task = self.task
        return Lineage(
            name=task.name,
            base=self.base.name,
            version=self.family.version,
            architecture=self.family.architecture,
            trigger=self.facts.trigger,
            dataset=task.dataset,
            captions=[example.caption for example in self.subject.examples],
            resolution=self.side,
            prediction=self.family.prediction,
            rank=task.rank,
            alpha=self.adapter.shape.plain_alpha,
            step=step,
            settings=task.model_dump(mode="json"),
        )
