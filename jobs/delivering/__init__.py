"""Boards and pictures written out as files to keep."""

from jobs.delivering.packed import run_packing
from jobs.delivering.run import run_delivery

__all__ = ["run_delivery", "run_packing"]
