"""The tables of storyboards: a board, its cast, its scenes, their shots, and the takes of each shot."""

from datetime import datetime
from typing import Any

from sqlmodel import Field, SQLModel

from storage.tables import json_column, now

FRAMINGS: list[dict[str, Any]] = [
    {"name": "close-up", "word": "close-up", "token": "<cu_trg>"},
    {"name": "medium", "word": "medium shot", "token": "<ms_trg>"},
    {"name": "full", "word": "full shot", "token": "<fs_trg>"},
]
"""The framings that every board begins with: how it is called, the words for it in a prompt, the token that calls it."""


def framings() -> list[dict[str, Any]]:
    """The usual framings, as a list of one's own."""
    return [dict(framing) for framing in FRAMINGS]


class Board(SQLModel, table=True):
    """A storyboard and what all of its shots share: the look, the size, how seeds are given."""

    id: int = Field(default=None, primary_key=True)
    project_id: int = Field(foreign_key="project.id", index=True)
    name: str
    base: str = "mini"  # name of the base model
    blend: list[dict[str, Any]] = json_column(list)  # the look: lora id, weight
    style: str = ""  # words at the end of every prompt
    negative: str = ""  # what no shot shall show
    shape: str = "16:9"  # width to height, in the base model's own area
    width: int = 0  # in pixels; 0 as `shape` says
    height: int = 0
    seeds: str = "scene"  # scene: the shots of a scene share one · shot: each has its own
    seed: int = 0  # from which the others follow
    framings: list[dict[str, Any]] = json_column(framings)  # name, word, token
    settings: dict[str, Any] = json_column()  # of drawing: steps, guidance, sampler, tries; `script`: what it said last
    created: datetime = Field(default_factory=now)
    deleted: datetime | None = None


class Character(SQLModel, table=True):
    """Somebody who appears in a board, and what calls them: a LoRA, or words and a picture."""

    id: int = Field(default=None, primary_key=True)
    board_id: int = Field(foreign_key="board.id", index=True)
    name: str
    lora_id: int | None = Field(default=None, foreign_key="lora.id")
    weight: float = 1.0
    words: str = ""  # trigger words, or how they look; '' the LoRA's own trigger
    picture_id: int | None = Field(default=None, foreign_key="picture.id")  # what they look like
    created: datetime = Field(default_factory=now)
    deleted: datetime | None = None


class Scene(SQLModel, table=True):
    """One scene of a board."""

    id: int = Field(default=None, primary_key=True)
    board_id: int = Field(foreign_key="board.id", index=True)
    position: int = 0  # in the board, from 0
    heading: str = ""
    description: str = ""
    dialogue: str = ""  # a line each, `NAME: words`
    location: str = ""
    time: str = ""  # of day
    created: datetime = Field(default_factory=now)
    deleted: datetime | None = None


class Shot(SQLModel, table=True):
    """One shot of a scene: what is seen, how near, for how long."""

    id: int = Field(default=None, primary_key=True)
    scene_id: int = Field(foreign_key="scene.id", index=True)
    position: int = 0  # in the scene, from 0
    framing: str = "medium"  # a name among the board's framings
    angle: str = ""
    action: str = ""
    dialogue: str = ""
    characters: list[int] = json_column(list)  # ids of the cast
    seconds: float = 3.0
    notes: str = ""
    prompt: str = ""  # as edited by hand; without `locked` it is composed anew each time
    locked: bool = False  # `prompt` was edited by hand
    seed: int | None = None  # None: as the board gives them
    start: str = ""  # what it is drawn from: '' nothing · sketch · previous: the take of the shot before
    sketch_id: int | None = Field(default=None, foreign_key="picture.id")
    strength: float = 0.7  # how much of that is redrawn
    chosen: int | None = None  # id of the take that counts; None: the newest
    kept: bool = False  # that take is locked: the shot is not drawn again
    note: str = ""  # what drawing it last had to say
    created: datetime = Field(default_factory=now)
    deleted: datetime | None = None


class Take(SQLModel, table=True):
    """One picture of a shot, and what was measured in it."""

    id: int = Field(default=None, primary_key=True)
    shot_id: int = Field(foreign_key="shot.id", index=True)
    picture_id: int = Field(foreign_key="picture.id", index=True)
    job_id: int | None = Field(default=None, foreign_key="job.id", index=True)
    seed: int = 0
    framing: str = ""  # as measured; '' no face was found
    face_share: float = 0.0  # height of the largest face over that of the picture
    ok: bool | None = None  # framed as asked; None: cannot be told
    likeness: float | None = None  # of the faces to the characters' reference pictures, cosine; None: cannot be told
    alike: bool | None = None  # enough for one person's
    fingerprint: str = ""  # of all that decides the picture: while the shot's is the same, nothing needs drawing
    created: datetime = Field(default_factory=now)
    deleted: datetime | None = None
