"""Grids of pictures over two settings, drawn cell by cell and kept as one labelled picture and as single ones."""

from jobs.sweeping.run import run_sweep

__all__ = ["run_sweep"]
