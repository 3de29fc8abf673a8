"""The store: one SQLite file and one folder of files under one home."""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from sqlalchemy import Engine, event, inspect, text
from sqlalchemy.exc import DatabaseError, OperationalError
from sqlmodel import Session, create_engine

from storage import migrate
from storage.errors import StoreUnusable
from storage.files import Files
from storage.settings import Settings

BUSY_SECONDS = 30
"""How long a write waits for another process's write."""


class Store:
    """Everything remembered; each verb of this room takes a `Store` first.

    Attributes:
        home: the folder under which everything lies.
        settings: what the store was opened with.
        files: content-addressed files and thumbnails.
        engine: the database; only this room's verbs use it.
    """

    def __init__(self, settings: Settings, engine: Engine) -> None:
        self.settings, self.engine = settings, engine
        self.home = settings.home.absolute()
        self.files = Files(self.home)

    @classmethod
    def open(cls, settings: Settings | None = None) -> Store:
        """Open the store, made and brought up to date if need be.

        Raises:
            StoreUnusable: the folder cannot be written or the file is not a store.
        """
        settings = settings or Settings()
        home = settings.home.absolute()
        _prepare(home)
        engine = connect(home / "studio.sqlite")
        store = cls(settings, engine)
        try:
            with _alone(home):
                migrate.upgrade(engine)
                _bundle(store)
        except OperationalError as error:
            raise StoreUnusable(f"The store in {home} cannot be written: {_reason(error)}. {_ADVICE}") from error
        except DatabaseError as error:
            raise StoreUnusable(
                f"{home / 'studio.sqlite'} is not a store of this studio: {_reason(error)}. "
                "Move it away, or choose another folder with STUDIO_HOME."
            ) from error
        return store

    def session(self) -> Session:
        """A session whose rows stay readable after it is closed."""
        return Session(self.engine, expire_on_commit=False)

    def close(self) -> None:
        """Let go of the database's connections."""
        self.engine.dispose()


_ADVICE = "Make the folder writable, or choose another one with STUDIO_HOME."


def connect(path: Path) -> Engine:
    """An engine whose connections use WAL, foreign keys and a busy timeout."""
    engine = create_engine(f"sqlite:///{path}", connect_args={"timeout": BUSY_SECONDS})
    event.listen(engine, "connect", _set_pragmas)
    return engine


def _set_pragmas(connection: Any, _record: Any) -> None:
    for pragma in ("journal_mode=WAL", "synchronous=NORMAL", "foreign_keys=ON"):
        connection.execute(f"PRAGMA {pragma}")


def _prepare(home: Path) -> None:
    try:
        for folder in (home, home / "files", home / "thumbs", home / "jobs"):
            folder.mkdir(parents=True, exist_ok=True)
        probe = home / f".probe-{os.getpid()}"
        probe.write_bytes(b"")
        probe.unlink()
    except OSError as error:
        raise StoreUnusable(f"The folder {home} cannot be written ({error.strerror}). {_ADVICE}") from error


@contextmanager
def _alone(home: Path) -> Iterator[None]:
    """Only one process at a time brings the store up to date."""
    with (home / ".opening").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _bundle(store: Store) -> None:
    """The first project and the bundled base model are always there."""
    from storage import bases, projects

    if not inspect(store.engine).has_table("project"):
        raise StoreUnusable(f"The store in {store.home} has no tables. Move studio.sqlite away and start again.")
    projects.first(store)
    bases.bundle(store)


def _reason(error: DatabaseError) -> str:
    return str(error.orig)


def healthy(store: Store) -> bool:
    """Whether SQLite finds the file whole."""
    with store.engine.connect() as connection:
        return connection.execute(text("PRAGMA quick_check")).scalar() == "ok"
