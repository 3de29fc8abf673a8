"""Bring a LoRA from elsewhere into the library: .safetensors in kohya's, diffusers' or PEFT's spelling, or a .zip."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from door import rooms
from jobs import folder
from storage import bases, lora_imports, loras


def options(parser: argparse.ArgumentParser) -> None:
    """The files, and what is to be said of the LoRA where the file does not."""
    rooms.add_project(parser)
    parser.add_argument(
        "files", nargs="+", type=Path, metavar="FILE",
        help="LoRAs (.safetensors), embeddings of their tokens, or .zip files of both",
    )  # fmt: skip
    parser.add_argument("--name", default="", help="what the library calls it [the file's name]")
    parser.add_argument("--trigger", default="", metavar="WORD", help="the word that calls what it learned")
    parser.add_argument("--family", default="", choices=("", *folder.names("jobs.families")), help="if it is not told")
    parser.add_argument("--base", default="", metavar="NAME", help="the base model it goes with")
    parser.add_argument("--to", default="", metavar="LORA", help="embeddings: the LoRA of the library they belong to")


def run(options: argparse.Namespace) -> int:
    """Bring them in, and name each; 1 if one could not be used."""
    store = rooms.store(options)
    project = rooms.project(store, options.project, make=True)
    if options.base:
        bases.named(store, options.base)
    lora = loras.named(store, project.id, options.to).id if options.to else 0
    wishes = lora_imports.Wishes(options.name, options.trigger, options.family, options.base, lora)
    arrived = lora_imports.bring(store, project.id, [(path, path.name) for path in options.files], wishes)
    for row in arrived.rows:
        called = f", called by {row.trigger}" if row.trigger else ""
        print(f"{row.name}: LoRA number {row.id}, rank {row.rank}, {row.family}{called}")
    if arrived.tokens:
        print(f"Tokens: {', '.join(arrived.tokens)}")
    for _, sentence in arrived.refused:
        print(sentence, file=sys.stderr)
    return 1 if arrived.refused else 0
