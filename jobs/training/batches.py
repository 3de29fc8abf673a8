"""Which pictures each step learns from, and the noise that is laid over them: functions of the seed and the step."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, fields, replace
from typing import Any

import torch
from torch import Tensor

from jobs.families.family import Text
from jobs.training.dice import dice
from jobs.training.lessons import Lessons


@dataclass(frozen=True)
class Batch:
    """What goes through the UNet together.

    latents, noise: [n, c, h, w] · timesteps: [n] · sizes: [n, 6], see `Family.predict` · weights: [n], how much each
    picture counts · lessons: which they are, by number · captions: what is said of each, None where nothing is ·
    text: the same as n rows, where it was computed before ·
    laid: the noise that is laid over the latents, where it is not the one to be found · mirrored: which rows show their
    picture mirrored.
    """

    latents: Tensor
    noise: Tensor
    timesteps: Tensor
    sizes: Tensor
    weights: Tensor
    lessons: list[int]
    captions: list[str | None]
    text: Text | None = None
    laid: Tensor | None = None
    mirrored: list[bool] = field(default_factory=list)

    def to(self, device: torch.device) -> Batch:
        """The same on a device."""
        there: dict[str, Any] = {
            field.name: value.to(device)
            for field in fields(self)
            if isinstance(value := getattr(self, field.name), Tensor | Text)
        }
        return replace(self, **there)


@dataclass(frozen=True)
class Disturbance:
    """What is done to the noise.

    offset: how strongly a whole channel is shifted, so that very dark and very bright pictures can be learned
    (Guttenberg 2023, https://www.crosslabs.org/blog/diffusion-with-offset-noise) · perturbation: how much further noise
    is laid over the latents than is to be found (Ning et al. 2023, Input Perturbation, https://arxiv.org/abs/2301.11706).
    """

    offset: float = 0.0
    perturbation: float = 0.0

    def __call__(self, noise: Tensor, generator: torch.Generator) -> tuple[Tensor, Tensor | None]:
        """The noise to be found, and the noise to be laid over where that is another."""
        shift = torch.randn(*noise.shape[:2], 1, 1, generator=generator)
        noise = noise + self.offset * shift if self.offset else noise
        if not self.perturbation:
            return noise, None
        return noise, noise + self.perturbation * torch.randn(noise.shape, generator=generator)


@dataclass(frozen=True)
class Shuffle:
    """Phrases of a caption, told apart by commas, in another order each time; the first `kept` stay where they are."""

    kept: int = 1

    def __call__(self, caption: str, generator: torch.Generator) -> str:
        phrases = [phrase.strip() for phrase in caption.split(",") if phrase.strip()]
        first, rest = phrases[: self.kept], phrases[self.kept :]
        order = torch.randperm(len(rest), generator=generator).tolist()
        return ", ".join([*first, *(rest[i] for i in order)])


@dataclass(frozen=True)
class Plan:
    """How batches are drawn.

    batch: pictures that go through the UNet together; accumulation: such batches in one step.
    silent: share of captions that are left out.
    timesteps: how many noise levels there are.
    """

    batch: int
    accumulation: int
    silent: float
    seed: int
    timesteps: int
    disturbance: Disturbance = Disturbance()
    shuffle: Shuffle | None = None

    @property
    def count(self) -> int:
        """Pictures in one step."""
        return self.batch * self.accumulation


class Batches:
    """Endless batches from the lessons; each picture comes once an epoch, or as often as it repeats.

    Pictures of one shape share a deck, and a step draws from one deck: the decks take turns, each as often as its
    cards deserve. A step's draws are made for all its pictures at once and then cut into batches, so that 2 batches
    of 2 and 1 batch of 4 are the same step.

    Args:
        share: the number of this process and how many there are; each has every so many-th picture of a step.

    Attributes:
        at_once: pictures that go through the UNet together; less where memory is short.
    """

    def __init__(self, lessons: Lessons, plan: Plan, device: torch.device, share: tuple[int, int] = (0, 1)) -> None:
        self._lessons, self._plan, self._device, self._share = lessons, plan, device, share
        self.at_once = plan.batch
        decks: dict[torch.Size, list[int]] = {}
        for index, times in enumerate(lessons.repeats):
            decks.setdefault(lessons.latents[index].shape[-2:], []).extend([index] * times)
        self._decks = [torch.tensor(cards) for cards in decks.values()]
        self._orders: dict[int, tuple[int, Tensor]] = {}
        self._turns = Turns([len(deck) for deck in self._decks])

    @property
    def count(self) -> int:
        """Pictures in one step."""
        return self._plan.count

    def of_step(self, step: int) -> Iterator[Batch]:
        """The batches of one step, counted from 1."""
        plan, lessons = self._plan, self._lessons
        chosen = self._chosen(step)
        generator = dice(plan.seed, "step", step)
        count = len(chosen)
        views = torch.rand(count, generator=generator)
        latents = torch.stack([self._view(i, float(view)) for i, view in zip(chosen, views, strict=True)])
        noise = torch.randn(latents.shape, generator=generator)
        timesteps = _spread(count, plan.timesteps, generator)
        silent = torch.rand(count, generator=generator) < plan.silent
        sizes = torch.tensor([lessons.sizes[i] for i in chosen])
        weights = torch.tensor([lessons.weights[i] for i in chosen])
        noise, laid = plan.disturbance(noise, dice(plan.seed, "disturbance", step))
        captions = self._captions(chosen, silent, step)
        mirrored = [self._which(i, view) > 0 for i, view in zip(chosen, views.tolist(), strict=True)]
        rank, size = self._share
        for rows in torch.arange(count)[rank::size].split(self.at_once):
            numbers = rows.tolist()
            yield Batch(
                latents[rows],
                noise[rows],
                timesteps[rows],
                sizes[rows],
                weights[rows],
                [chosen[row] for row in numbers],
                [captions[row] for row in numbers],
                self._words([chosen[row] for row in numbers], silent[rows]),
                None if laid is None else laid[rows],
                [mirrored[row] for row in numbers],
            ).to(self._device)

    def _chosen(self, step: int) -> list[int]:
        """Indices of the pictures of a step: the next cards of a deck that is shuffled anew each time it is through."""
        count = self._plan.count
        deck, before = self._turns.of_step(step)
        return [self._card(deck, position) for position in range(before * count, (before + 1) * count)]

    def _card(self, deck: int, position: int) -> int:
        cards = self._decks[deck]
        epoch, place = divmod(position, len(cards))
        if self._orders.get(deck, (-1,))[0] != epoch:
            shuffled = torch.randperm(len(cards), generator=dice(self._plan.seed, f"deck {deck}, epoch", epoch))
            self._orders[deck] = (epoch, cards[shuffled])
        return int(self._orders[deck][1][place])

    def _view(self, index: int, chance: float) -> Tensor:
        return self._lessons.latents[index][self._which(index, chance)].float()

    def _which(self, index: int, chance: float) -> int:
        """0: the picture as it is; 1: mirrored."""
        return int(chance * len(self._lessons.latents[index]))

    def _captions(self, chosen: list[int], silent: Tensor, step: int) -> list[str | None]:
        said: list[str | None] = [self._lessons.captions[i] for i in chosen]
        if self._plan.shuffle:
            generator = dice(self._plan.seed, "words", step)
            said = [self._plan.shuffle(caption or "", generator) for caption in said]
        return [None if quiet else caption for caption, quiet in zip(said, silent.tolist(), strict=True)]

    def _words(self, chosen: list[int], silent: Tensor) -> Text | None:
        if self._lessons.texts is None:
            return None
        text, silence = self._lessons.texts[chosen], self._lessons.silence
        return silence.where(silent, text)


class Turns:
    """Whose turn it is among decks of these sizes: each comes in proportion, spread evenly (smooth weighted round robin)."""

    def __init__(self, sizes: list[int]) -> None:
        self._sizes, self._credit = sizes, [0] * len(sizes)
        self._taken, self._past = [0] * len(sizes), list[tuple[int, int]]()

    def of_step(self, step: int) -> tuple[int, int]:
        """The deck of a step, counted from 1, and how many steps had it before."""
        while len(self._past) < step:
            self._credit = [credit + size for credit, size in zip(self._credit, self._sizes, strict=True)]
            deck = max(range(len(self._sizes)), key=self._credit.__getitem__)
            self._credit[deck] -= sum(self._sizes)
            self._past.append((deck, self._taken[deck]))
            self._taken[deck] += 1
        return self._past[step - 1]


def _spread(count: int, timesteps: int, generator: torch.Generator) -> Tensor:
    """[count] timesteps, each uniform, together spread evenly over the range: less chance in the loss.

    Kingma et al. 2021, Variational Diffusion Models, appendix I.1, https://arxiv.org/abs/2107.00630
    """
    start = torch.rand(1, generator=generator, dtype=torch.float64)
    even = (start + torch.arange(count) / count) % 1
    shuffled = even[torch.randperm(count, generator=generator)]
    return (shuffled * timesteps).long().clamp(max=timesteps - 1)
