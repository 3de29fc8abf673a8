"""Contestants judged on the same prompts and seeds: drawn, looked at, measured, compared."""

from jobs.evaluating.run import run_evaluation

__all__ = ["run_evaluation"]
