"""Storyboards drawn shot by shot: framed as asked, kept as they are ready."""

from jobs.boarding.run import run_storyboard

__all__ = ["run_storyboard"]
