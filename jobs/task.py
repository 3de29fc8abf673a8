"""A task: one kind of request, and the field kinds it may ask for.

A task's fields are at once the form on the page, the options of the command
line, the keys of a TOML recipe and the JSON in the job's row. Each field is
declared with `ask`, which says how it is drawn and under which topic it folds.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import TYPE_CHECKING, Any, ClassVar, Literal

from pydantic import BaseModel, ConfigDict, Field

if TYPE_CHECKING:
    from jobs.context import Context

Lane = Literal["train", "now"]
"""train: long work, one at a time; now: what a person waits for."""

Widget = Literal[
    "line", "text", "number", "slider", "switch", "choice", "dataset", "base", "lora", "blend", "picture", "hidden"
]


def ask(
    default: Any,
    label: str,
    *,
    help: str = "",
    widget: Widget | None = None,
    topic: str = "main",
    step: float | None = None,
    **bounds: Any,
) -> Any:
    """Declare a field that a person fills in.

    Args:
        default: value before the person says anything; `...` if they must.
        label: English name of the field; other languages are in studio/words.
        help: one sentence shown beside it and by `--help`.
        widget: how to draw it; None derives it from the type.
        topic: `main` is always seen; any other name is a folded section.
        step: grain of a slider.
        **bounds: pydantic's ge, gt, le, lt, min_length, max_length.
    """
    extra: dict[str, Any] = {"topic": topic, "widget": widget, "step": step}
    return Field(default, title=label, description=help, json_schema_extra=extra, **bounds)


class Weight(BaseModel):
    """One LoRA of a blend: its row in the library and how strongly it counts.

    text: how strongly it counts in the text encoders; None: as `weight`.
    start, end: from which share of the steps on, and up to which, it counts in the image model: 0 … 1.
    """

    model_config = ConfigDict(extra="forbid")
    lora: int
    weight: float = Field(1.0, ge=-4, le=4)
    text: float | None = Field(None, ge=-4, le=4)
    start: float = Field(0.0, ge=0, le=1)
    end: float = Field(1.0, ge=0, le=1)


class Task(BaseModel, ABC):
    """One kind of request. Subclasses live in jobs/tasks, one file a kind."""

    model_config = ConfigDict(extra="forbid", validate_assignment=True)
    lane: ClassVar[Lane] = "train"

    @abstractmethod
    def title(self) -> str:
        """A few words for the list of jobs, e.g. `Train fox`."""

    @abstractmethod
    def run(self, context: Context) -> None:
        """Do the work; everything it brings about goes through `context`."""
