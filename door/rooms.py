"""The store and the project that a command line names."""

from __future__ import annotations

import argparse

from storage import projects
from storage.database import Store
from storage.errors import NotFound
from storage.settings import Settings
from storage.tables import Project


def settings(options: argparse.Namespace) -> Settings:
    """What the environment says, with `--home` in its place."""
    found = Settings()
    return found.at(options.home) if options.home else found


def store(options: argparse.Namespace) -> Store:
    """The store under `--home`; `StoreUnusable` says why it cannot be used."""
    return Store.open(settings(options))


def add_project(parser: argparse.ArgumentParser) -> None:
    """The option that names a project."""
    parser.add_argument("--project", help="the project it belongs to [the first one]")


def project(at: Store, name: str | None, make: bool = False) -> Project:
    """The project of that name, or the first; made if `make` and there is none."""
    if not name:
        return projects.first(at)
    found = projects.named(at, name)
    if found is None and make:
        return projects.create(at, name)
    if found is None:
        known = ", ".join(row.name for row in projects.all(at))
        raise NotFound(f"There is no project called “{name}” (there are: {known}).")
    return found
