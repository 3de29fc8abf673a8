"""Draw a grid of pictures over two settings: weights, steps, samplers, seeds, prompts, LoRAs, checkpoints of a run."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, NamedTuple

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from jobs.task import ask
from jobs.tasks.generate import GeneratePictures

if TYPE_CHECKING:
    from jobs.context import Context

MOST = 400
"""Pictures that one grid may have."""

TURN = {"lora": 0, "token": 2}
"""Which axis is put into the request before the other: the LoRA before its weight, the prompt before what stands before it."""

FIXED = ("blend", "picture", "mask", "count", "batch")
"""Fields of a picture that are no single setting."""


class Axis(BaseModel):
    """One side of the grid: a setting and the values that it takes.

    setting: a field of GeneratePictures · `weight` of a LoRA · `lora`: which LoRA of several, by number · `token`: what
        stands before the prompt.
    lora: whose weight; 0: that of the LoRA on the other axis.
    title, labels: what stands beside the pictures; without them the setting and its values.
    """

    model_config = ConfigDict(extra="forbid")
    setting: str
    values: list[int | float | str] = Field(min_length=1, max_length=64)
    lora: int = 0
    title: str = ""
    labels: list[str] = []

    @model_validator(mode="after")
    def _known(self) -> Axis:
        known = [name for name in GeneratePictures.model_fields if name not in FIXED]
        if self.setting not in ("weight", "lora", "token", *known):
            raise ValueError(f"cannot go over “{self.setting}”; it can over: weight, lora, token, {', '.join(known)}")
        return self

    @property
    def said(self) -> list[str]:
        """What stands beside each value."""
        return [*self.labels, *(_said(value) for value in self.values[len(self.labels) :])]


class Cell(NamedTuple):
    """One picture of the grid: its place, counted from 0, and its own request."""

    number: int
    row: int
    column: int
    task: GeneratePictures


class SweepPictures(GeneratePictures):
    """A grid of pictures, each of which can be made again alone; it goes on where it broke off."""

    count: int = ask(1, "Pictures", ge=1, le=64, widget="hidden", help="One each.")
    x: Axis | None = ask(None, "Across", widget="hidden", help="What changes from column to column.")
    y: Axis | None = ask(None, "Down", widget="hidden", help="What changes from row to row.")

    @model_validator(mode="after")
    def _fits(self) -> SweepPictures:
        across, down = (len(axis.values) if axis else 1 for axis in (self.x, self.y))
        if across * down > MOST:
            raise ValueError(f"would be {across} × {down} pictures; {MOST} are the most")
        if self.x and self.y and (self.x.setting, self.x.lora) == (self.y.setting, self.y.lora):
            raise ValueError(f"cannot go over {self.x.setting} both ways")
        for _ in self.cells():
            pass
        return self

    def cells(self, seed: int | None = None) -> Iterator[Cell]:
        """Every picture of the grid, row by row; `seed` is the one they share where no axis gives another."""
        whole = self.model_dump(exclude={"x", "y"}) | {"count": 1} | ({} if seed is None else {"seed": seed})
        for row, down in enumerate(self.y.values if self.y else [None]):
            for column, across in enumerate(self.x.values if self.x else [None]):
                fields, chosen = dict(whole), 0
                sides = [
                    (axis, value) for axis, value in ((self.x, across), (self.y, down)) if axis and value is not None
                ]
                for axis, value in sorted(sides, key=lambda side: TURN.get(side[0].setting, 1)):
                    chosen = _put(fields, axis, value, chosen)
                number = row * (len(self.x.values) if self.x else 1) + column
                yield Cell(number, row, column, _request(fields))

    def title(self) -> str:
        sides = [axis.title or axis.setting for axis in (self.x, self.y) if axis]
        return f"Sweep {' × '.join(sides)}"

    def run(self, context: Context) -> None:
        from jobs.sweeping import run_sweep

        run_sweep(self, context)


def _request(fields: dict[str, Any]) -> GeneratePictures:
    """One picture's request; what it cannot have is said in one line."""
    try:
        return GeneratePictures.model_validate(fields)
    except ValidationError as error:
        first = error.errors()[0]
        where = " ".join(str(part) for part in first["loc"] if isinstance(part, str))
        said = first["msg"].removeprefix("Input ")
        raise ValueError(f"cannot have a {where} of {first['input']}: it {said}") from error


def _put(fields: dict[str, Any], axis: Axis, value: int | float | str, chosen: int) -> int:
    """Give the fields one value of an axis; returns the LoRA that was chosen by it, or before."""
    blend: list[dict[str, Any]] = fields["blend"]
    if axis.setting == "lora":
        rivals = {int(one) for one in axis.values}
        weight = next((part["weight"] for part in blend if part["lora"] in rivals), 1.0)
        fields["blend"] = [part for part in blend if part["lora"] not in rivals] + [
            {"lora": int(value), "weight": weight}
        ]
        return int(value)
    if axis.setting == "weight":
        lora = axis.lora or chosen
        if not lora:
            raise ValueError("goes over a weight and does not say of which LoRA")
        before = next((part for part in blend if part["lora"] == lora), {"lora": lora})
        fields["blend"] = [part for part in blend if part["lora"] != lora] + [before | {"weight": value}]
    elif axis.setting == "token":
        fields["prompt"] = f"{value} {fields['prompt']}".strip()
    else:
        fields[axis.setting] = value
    return chosen


def _said(value: int | float | str) -> str:
    return f"{value:g}" if isinstance(value, float) else str(value)
