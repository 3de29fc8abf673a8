"""The tables of evaluations: one, those it compares, and every picture that each of them shows."""

from datetime import datetime
from typing import Any

from sqlalchemy import UniqueConstraint
from sqlmodel import Field, SQLModel

from storage.tables import json_column, now


class Evaluation(SQLModel, table=True):
    """Several contestants judged on the same prompts and seeds with the same metrics."""

    id: int = Field(default=None, primary_key=True)
    project_id: int = Field(foreign_key="project.id", index=True)
    job_id: int | None = Field(default=None, foreign_key="job.id", index=True)
    name: str
    kind: str  # pairs · checkpoints · weights · blend · resolutions · folder
    request: dict[str, Any] = json_column()  # the task as it was asked
    facts: dict[str, Any] = json_column()  # see `storage.evaluations`
    created: datetime = Field(default_factory=now)
    ended: datetime | None = None  # when all was judged; None while it is worked on, or broken off
    deleted: datetime | None = None


class Contestant(SQLModel, table=True):
    """One of those that are compared: a base model with a blend, or a folder of pictures."""

    __table_args__ = (UniqueConstraint("evaluation_id", "place"),)
    id: int = Field(default=None, primary_key=True)
    evaluation_id: int = Field(foreign_key="evaluation.id", index=True)
    place: int  # 0 is the baseline
    name: str
    base: str = ""  # name of the base model; '' of a folder
    blend: list[dict[str, Any]] = json_column(list)  # lora id, name, file, weight
    lora_id: int | None = Field(default=None, foreign_key="lora.id")  # whose checkpoint or weight this is
    step: int = 0  # of a checkpoint
    axes: dict[str, float] = json_column()  # where it stands: weight · a and b · resolution
    totals: dict[str, dict[str, Any]] = json_column()  # by metric; see `storage.evaluations`


class Exhibit(SQLModel, table=True):
    """One picture of a contestant; the same `number` is the same prompt and seed with every contestant."""

    __table_args__ = (UniqueConstraint("contestant_id", "number"),)
    id: int = Field(default=None, primary_key=True)
    evaluation_id: int = Field(foreign_key="evaluation.id", index=True)
    contestant_id: int = Field(foreign_key="contestant.id")
    number: int  # of the prompt × how many seeds + of the seed
    prompt: str = ""
    seed: int = 0
    picture_id: int | None = Field(default=None, foreign_key="picture.id")  # None: it came from elsewhere
    file: str = Field(index=True)
    scores: dict[str, float] = json_column()  # by metric
    nearest: str = ""  # file of the training picture that is most like it
