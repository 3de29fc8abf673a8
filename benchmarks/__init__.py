"""Measured promises: each file prints what it measured, in one run, on the machine it runs on."""
