"""`python -m mini.measure` measures the family in models/mini and writes the table of its model card.

Everything is measured on seeds and people that training never draws. The figures go to models/mini/measured.json and
into models/mini/README.md, between its two marks. `--quick` is a smoke run that writes nothing unless `--write`.
"""

from __future__ import annotations

import argparse
import json
import time
from pathlib import Path

import torch

from mini import measures
from mini.card import table, write_card

FAMILY = Path(__file__).parent.parent / "models" / "mini"


def main(arguments: list[str] | None = None) -> dict:
    asked = _parser().parse_args(arguments)
    torch.set_num_threads(asked.threads)
    torch.manual_seed(0)
    share = 0.08 if asked.quick else 1.0
    old = asked.family / "measured.json"
    figures = json.loads(old.read_text()) if old.exists() and asked.only else {}
    for name, measure in measures.MEASURES.items():
        if asked.only and name not in asked.only:
            continue
        started = time.time()
        figures[name] = measure(asked.family, share)
        print(f"{name}: {time.time() - started:.0f} s", flush=True)
    print(table(figures))
    if asked.write or not asked.quick:
        (asked.family / "measured.json").write_text(json.dumps(figures, indent=1) + "\n")
        write_card(asked.family, figures)
    return figures


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m mini.measure", description=__doc__)
    parser.add_argument("--family", type=Path, default=FAMILY)
    parser.add_argument("--only", nargs="*", choices=list(measures.MEASURES), help="these alone; the rest is kept")
    parser.add_argument("--quick", action="store_true", help="a twelfth of the pictures")
    parser.add_argument("--write", action="store_true", help="write the files even after a quick run")
    parser.add_argument("--threads", type=int, default=2)
    return parser


if __name__ == "__main__":
    main()
