"""Where things live and how much runs at once, from the environment."""

from pathlib import Path
from typing import Literal

from pydantic import Field
from pydantic_settings import BaseSettings, SettingsConfigDict

PROJECT = Path(__file__).resolve().parent.parent
"""The folder that holds app.py."""

MINI = PROJECT / "models" / "mini"
"""The bundled model family."""


class Settings(BaseSettings):
    """Read from `STUDIO_HOME`, `STUDIO_WORKERS`, … ; each has a default that works."""

    model_config = SettingsConfigDict(env_prefix="STUDIO_", extra="ignore")

    home: Path = Field(PROJECT / "data", description="The one folder in which everything is remembered.")
    workers: Literal["two", "one"] = Field(
        "two", description="two: one for training, one for what people wait for; one: a single one for both."
    )
    beat: float = Field(2.0, gt=0, description="Seconds between two signs of life of a worker.")
    patience: float = Field(20.0, gt=0, description="Seconds without a sign of life after which a worker is given up.")
    threads: int = Field(0, ge=0, description="CPU threads a worker computes with; 0 lets torch choose.")
    device: str = Field("auto", description="auto, cpu, cuda, cuda:1, mps: where the workers compute.")
    mcp: bool = Field(False, description="Whether assistants may use the studio's tools over MCP.")
    largest_upload: int = Field(64 * 2**20, gt=0, description="Bytes that one uploaded picture may have.")
    largest_picture: int = Field(100_000_000, gt=0, description="Pixels that one picture may have.")

    def at(self, home: Path | str) -> "Settings":
        """The same settings with everything remembered under `home`."""
        return self.model_copy(update={"home": Path(home)})
