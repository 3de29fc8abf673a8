"""The model card's table of figures, and the card that it stands in."""

from __future__ import annotations

from pathlib import Path

START, END = "<!-- figures: written by python -m mini.measure -->", "<!-- end of figures -->"


def table(figures: dict) -> str:
    """Markdown: one row a figure, nested names joined."""
    rows = ["| figure | value |", "|---|---|"]
    for name, values in figures.items():
        rows += [f"| {name}: {row} | {shown} |" for row, shown in _flat(values)]
    return "\n".join(rows)


def _flat(values: dict, before: str = ""):
    for name, value in values.items():
        if isinstance(value, dict):
            yield from _flat(value, f"{before}{name}, ")
        else:
            yield (before + name).replace("_", " "), value


def write_card(family: Path, figures: dict) -> None:
    """Replaces what stands between the marks in README.md of the family."""
    card = family / "README.md"
    text = card.read_text() if card.exists() else f"# The mini family\n\n{START}\n{END}\n"
    head, rest = text.split(START)
    card.write_text(f"{head}{START}\n{table(figures)}\n{END}{rest.split(END)[1]}")
