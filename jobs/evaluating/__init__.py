"""Contestants judged on the same prompts and seeds."""
