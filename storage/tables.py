"""Every table, on one page.

Times are aware UTC. A `file` column holds `<sha256 of the content>.<suffix>`;
`Files.path` turns it into a path. Nothing is deleted at once:
`deleted` holds the time at which a person took the row away, and undo clears it.
"""

from datetime import UTC, datetime
from typing import Any

from sqlalchemy import JSON, Column, Index, UniqueConstraint
from sqlmodel import Field, SQLModel


def now() -> datetime:
    """This moment, aware, in UTC."""
    return datetime.now(UTC)


def json_column(default: type = dict) -> Any:
    """A JSON column; in-place edits are not seen, so assign a new value."""
    return Field(default_factory=default, sa_column=Column(JSON, nullable=False))


class Project(SQLModel, table=True):
    """What one person works on: data sets, LoRAs and pictures belong to a project."""

    id: int = Field(default=None, primary_key=True)
    name: str = Field(unique=True)
    created: datetime = Field(default_factory=now)


class Dataset(SQLModel, table=True):
    """A named set of pictures and the trigger word that will call what they teach."""

    __table_args__ = (UniqueConstraint("project_id", "name"),)
    id: int = Field(default=None, primary_key=True)
    project_id: int = Field(foreign_key="project.id", index=True)
    name: str
    trigger: str = ""
    teaches: str = ""  # style · person · '' not said: what captions leave to the LoRA
    created: datetime = Field(default_factory=now)
    deleted: datetime | None = None


class Image(SQLModel, table=True):
    """One picture of a data set; the same content may be an image of several sets."""

    id: int = Field(default=None, primary_key=True)
    dataset_id: int = Field(foreign_key="dataset.id", index=True)
    file: str = Field(index=True)
    name: str
    width: int
    height: int
    split: str = "train"  # train · held-out · reference · regularisation
    repeats: int = 1
    person: str = ""  # who is shown, where the set tells people apart
    out: bool = False  # kept out of training without being taken away
    original: str = ""  # the file as it came, once `file` is an edited one
    edit: dict[str, Any] = json_column()  # how `file` was made of `original`: rotate, flip, crop
    added: datetime = Field(default_factory=now)
    deleted: datetime | None = None


class Caption(SQLModel, table=True):
    """One version of an image's caption. Rows are only ever added; the newest counts."""

    id: int = Field(default=None, primary_key=True)
    image_id: int = Field(foreign_key="image.id", index=True)
    text: str
    origin: str  # hand · import · bulk · undo · the captioner's name
    job_id: int | None = Field(default=None, foreign_key="job.id")
    change_id: int | None = Field(default=None, index=True)  # the change that wrote it among others
    likeness: float | None = None  # how like the picture CLIP finds this text: cosine, once measured
    tokens: int | None = None  # that CLIP makes of it, once counted; short texts are not
    unlike: bool = False  # captions of other pictures fit this picture better
    judge: str = ""  # which CLIP said so
    created: datetime = Field(default_factory=now)


class Change(SQLModel, table=True):
    """One thing a person did to several pictures or captions at once; it is undone as one step."""

    id: int = Field(default=None, primary_key=True)
    dataset_id: int = Field(foreign_key="dataset.id", index=True)
    kind: str  # crop · rotate · split · repeats · out · remove · replace · …
    facts: dict[str, Any] = json_column()  # what its sentence needs, e.g. find, put, n
    rows: list[dict[str, Any]] = json_column(list)  # image id, columns before, columns after
    created: datetime = Field(default_factory=now)
    undone: datetime | None = None


class Inspection(SQLModel, table=True):
    """What the checks found in one image; it counts while `file` is the image's own."""

    image_id: int = Field(foreign_key="image.id", primary_key=True)
    file: str  # the content that was looked at
    sharpness: float = 0.0
    brightness: float = 0.0  # mean luma, 0 … 1
    contrast: float = 0.0  # standard deviation of luma, 0 … 1
    hash: str = Field(default="", index=True)  # perceptual hash, 16 hexadecimal digits
    colours: bytes | None = None  # 16 × 16 RGB: tells apart what only has one hash
    faces: list[dict[str, Any]] = json_column(list)  # box [left, top, right, bottom] in pixels, score; largest first
    face_share: float = 0.0  # of the picture's area, the largest face
    framing: str = ""  # close-up · medium · full · '' without a face
    face_model: str = ""  # what told the faces apart; '' where faces were not looked for
    embedding: bytes | None = None  # of the largest face, fp16
    who: int = 0  # pictures of one number show one face; 0: none, or not compared
    intruder: bool = False  # a face unlike those of the rest
    twin_of: int | None = None  # an earlier image that looks nearly the same
    problem: str = ""  # why it could not be looked at
    created: datetime = Field(default_factory=now)  # when it was looked at


class Job(SQLModel, table=True):
    """One asking of a task, from the click to its end."""

    __table_args__ = (Index("job_claim", "state", "lane", "id"),)
    id: int = Field(default=None, primary_key=True)
    project_id: int = Field(foreign_key="project.id", index=True)
    task: str  # name of the file in jobs/tasks
    title: str
    lane: str  # train: long work · now: what a person waits for
    request: dict[str, Any] = json_column()
    state: str = "queued"  # queued · running · paused · done · failed · stopped
    wish: str = ""  # stop · quit · pause · sample · save: what a person asks of the running job
    progress: float = 0.0  # 0 … 1
    step: int = 0
    steps: int = 0
    note: str = ""
    error: str = ""
    worker: str = ""
    attempts: int = 0
    result: dict[str, Any] = json_column()
    created: datetime = Field(default_factory=now)
    started: datetime | None = None
    ended: datetime | None = None
    beat: datetime | None = None
    seconds_left: float | None = None


class LogLine(SQLModel, table=True):
    """One line that a job wrote for people to read."""

    id: int = Field(default=None, primary_key=True)
    job_id: int = Field(foreign_key="job.id", index=True)
    text: str
    created: datetime = Field(default_factory=now)


class Measure(SQLModel, table=True):
    """One number that a job measured at a step: a loss, a rate, a score."""

    __table_args__ = (Index("measure_curve", "job_id", "name", "step"),)
    id: int = Field(default=None, primary_key=True)
    job_id: int = Field(foreign_key="job.id")
    step: int
    name: str
    value: float
    created: datetime = Field(default_factory=now)


class Snapshot(SQLModel, table=True):
    """The frozen list of images and captions that one job trained on."""

    id: int = Field(default=None, primary_key=True)
    job_id: int = Field(foreign_key="job.id", unique=True)
    dataset_id: int = Field(foreign_key="dataset.id", index=True)
    rows: list[dict[str, Any]] = json_column(list)  # the fields of examples.Example
    created: datetime = Field(default_factory=now)


class Lora(SQLModel, table=True):
    """A trained adapter: its file, what it fits, and where it came from."""

    id: int = Field(default=None, primary_key=True)
    project_id: int = Field(foreign_key="project.id", index=True)
    name: str
    file: str = Field(index=True)
    family: str  # name of the file in jobs/families
    base: str  # name of the base model
    trigger: str = ""
    tokens: dict[str, str] = json_column()  # new token → the file with its embeddings
    rank: int = 0
    tags: list[str] = json_column(list)
    blend: list[dict[str, Any]] = json_column(list)  # of a merged one, its parts: lora id, name, file, weight
    settings: dict[str, Any] = json_column()
    job_id: int | None = Field(default=None, foreign_key="job.id", index=True)
    step: int = 0
    final: bool = True  # False: a checkpoint of a run
    preview: str = ""
    weight: float = 1.0
    weight_min: float = 0.0
    weight_max: float = 1.5
    created: datetime = Field(default_factory=now)
    deleted: datetime | None = None


class Base(SQLModel, table=True):
    """A base model that LoRAs are trained on: bundled, a folder, a file or a hub name."""

    id: int = Field(default=None, primary_key=True)
    name: str = Field(unique=True)
    family: str
    source: str  # a path or `owner/name` of the hub
    vae: str = ""  # another VAE than its own: a folder, a file or a hub name
    created: datetime = Field(default_factory=now)
    deleted: datetime | None = None


class Picture(SQLModel, table=True):
    """A picture the studio made (or was given as input), with all that makes it again."""

    id: int = Field(default=None, primary_key=True)
    project_id: int = Field(foreign_key="project.id", index=True)
    file: str = Field(index=True)
    kind: str = "made"  # made · sample (of a training run) · trial (of an evaluation) · input
    prompt: str = ""
    negative: str = ""
    seed: int = 0
    width: int = 0
    height: int = 0
    base: str = ""
    blend: list[dict[str, Any]] = json_column(list)  # lora id, name, file, weight
    settings: dict[str, Any] = json_column()
    scores: dict[str, float] = json_column()
    parent_id: int | None = Field(default=None, foreign_key="picture.id")
    job_id: int | None = Field(default=None, foreign_key="job.id", index=True)
    step: int = 0
    rating: int = 0  # stars a person gave, 1 … 5; 0 not rated
    created: datetime = Field(default_factory=now)
    deleted: datetime | None = None


class Preset(SQLModel, table=True):
    """A blend that a person keeps under a name."""

    __table_args__ = (UniqueConstraint("project_id", "name"),)
    id: int = Field(default=None, primary_key=True)
    project_id: int = Field(foreign_key="project.id", index=True)
    name: str
    blend: list[dict[str, Any]] = json_column(list)  # lora id, name, weight, text
    created: datetime = Field(default_factory=now)
    deleted: datetime | None = None
