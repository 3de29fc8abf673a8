"""Boards written out as files to keep."""

from jobs.delivering.run import run_delivery

__all__ = ["run_delivery"]
