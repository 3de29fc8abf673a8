"""List the base models, or add or forget one."""

from __future__ import annotations

import argparse

from door import rooms
from jobs import folder
from storage import bases
from storage.errors import BadInput


def options(parser: argparse.ArgumentParser) -> None:
    """What to do, and the model it is about."""
    parser.add_argument(
        "verb", nargs="?", default="list", choices=("list", "add", "remove"), metavar="VERB",
        help="list (default), add or remove",
    )  # fmt: skip
    parser.add_argument("name", nargs="?", help="what the studio calls the model")
    parser.add_argument("source", nargs="?", help="a diffusers folder, a .safetensors file, or owner/name on the hub")
    parser.add_argument("--family", default="", choices=("", *folder.names("jobs.families")), help="if it is not told")


def run(options: argparse.Namespace) -> int:
    """Do it, and list the base models there are then."""
    store = rooms.store(options)
    if options.verb == "add":
        if not options.name or not options.source:
            raise BadInput(
                "Say a name and where the model is: bases add sd15 stable-diffusion-v1-5/stable-diffusion-v1-5."
            )
        bases.add(store, options.name, options.source, options.family)
    if options.verb == "remove":
        if not options.name:
            raise BadInput("Say which base model to forget: bases remove sd15.")
        number = bases.named(store, options.name).id
        bases.remove(store, number)
    for row in bases.all(store):
        print(f"{row.name:24} {row.family:8} {row.source}")
    return 0
