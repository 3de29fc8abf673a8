"""List the base models, add or forget one, or give one another VAE."""

from __future__ import annotations

import argparse

from door import rooms
from jobs import folder
from storage import bases
from storage.errors import BadInput


def options(parser: argparse.ArgumentParser) -> None:
    """What to do, and the model it is about."""
    parser.add_argument(
        "verb", nargs="?", default="list", choices=("list", "add", "vae", "remove"), metavar="VERB",
        help="list (default), add, vae or remove",
    )  # fmt: skip
    parser.add_argument("name", nargs="?", help="what the studio calls the model")
    parser.add_argument(
        "source",
        nargs="?",
        help="a diffusers folder, a .safetensors file, or owner/name on the hub; for vae: of the VAE",
    )
    parser.add_argument("--vae", default="", metavar="SOURCE", help="add: another VAE than the model's own")
    parser.add_argument("--family", default="", choices=("", *folder.names("jobs.families")), help="if it is not told")


def run(options: argparse.Namespace) -> int:
    """Do it, and list the base models there are then."""
    store = rooms.store(options)
    if options.verb == "add":
        if not options.name or not options.source:
            raise BadInput(
                "Say a name and where the model is: bases add sd15 stable-diffusion-v1-5/stable-diffusion-v1-5."
            )
        bases.add(store, options.name, options.source, options.family, options.vae)
    if options.verb == "vae":
        if not options.name:
            raise BadInput("Say which base model, and where its VAE is: bases vae sdxl madebyollin/sdxl-vae-fp16-fix.")
        bases.set_vae(store, bases.named(store, options.name).id, options.source or "")
    if options.verb == "remove":
        if not options.name:
            raise BadInput("Say which base model to forget: bases remove sd15.")
        number = bases.named(store, options.name).id
        bases.remove(store, number)
    for row in bases.all(store):
        print(f"{row.name:24} {row.family:8} {row.source}{f'  VAE {row.vae}' if row.vae else ''}")
    return 0
