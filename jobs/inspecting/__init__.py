"""Looking over the pictures of a data set: the checks."""

from jobs.inspecting.run import run_inspection

__all__ = ["run_inspection"]
