"""The SQLite file that conversations are kept in: its tables, its versions, and what its errors mean to a user."""

from __future__ import annotations

import os
import sqlite3
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path

from rag.errors import ArchiveBusyError, ArchiveError

CHECKED_BYTES = 64_000_000  # a larger file is not read through as it is opened
WAIT_SECONDS = 5.0  # for another process that is writing
AGAIN_SECONDS = 0.02


def _create(connection: sqlite3.Connection) -> None:
    connection.execute(
        "CREATE TABLE threads (id TEXT PRIMARY KEY, title TEXT NOT NULL, created TEXT NOT NULL, updated TEXT NOT NULL,"
        " gone TEXT)"
    )
    connection.execute(
        "CREATE TABLE turns (id TEXT PRIMARY KEY, thread TEXT NOT NULL REFERENCES threads(id) ON DELETE CASCADE,"
        " position INTEGER NOT NULL, question TEXT NOT NULL, filter TEXT NOT NULL, outcome TEXT NOT NULL,"
        " asked_at TEXT NOT NULL, rating TEXT NOT NULL DEFAULT '', reason TEXT NOT NULL DEFAULT '',"
        " rated_at TEXT NOT NULL DEFAULT '', gone TEXT)"
    )
    connection.execute("CREATE INDEX turns_by_thread ON turns(thread, position)")
    connection.execute("CREATE INDEX threads_by_time ON threads(updated)")


# Step n brings a file from version n to n + 1. Steps are only ever added.
MIGRATIONS: tuple[Callable[[sqlite3.Connection], None], ...] = (_create,)


def connect(path: Path) -> sqlite3.Connection:
    """An open, sound file of this version, which only its owner can read."""
    os.close(os.open(path, os.O_RDWR | os.O_CREAT, 0o600))
    connection = sqlite3.connect(path, timeout=WAIT_SECONDS, isolation_level=None, check_same_thread=False)
    try:
        check_version(connection, path)
        if path.stat().st_size < CHECKED_BYTES:
            said = connection.execute("PRAGMA quick_check(1)").fetchone()[0]
            if said != "ok":
                raise sqlite3.DatabaseError(said)
        connection.execute("PRAGMA foreign_keys = ON")
        connection.execute("PRAGMA secure_delete = ON")  # what is removed is not left in the file's free pages
        _write_ahead(connection)
        connection.execute("PRAGMA synchronous = NORMAL")
        _migrate(connection)
    except (sqlite3.Error, ArchiveError):
        connection.close()
        raise
    return connection


def _write_ahead(connection: sqlite3.Connection) -> None:
    """Switch to write-ahead logging. SQLite does not wait its time out for this: another process may be at the same."""
    end = time.monotonic() + WAIT_SECONDS
    while True:
        try:
            connection.execute("PRAGMA journal_mode = WAL")
            return
        except sqlite3.OperationalError:
            if time.monotonic() > end:
                raise
            time.sleep(AGAIN_SECONDS)


def check_version(connection: sqlite3.Connection, path: Path) -> None:
    connection.execute("BEGIN")  # both as of one moment: another process may be making the tables
    try:
        version = connection.execute("PRAGMA user_version").fetchone()[0]
        tables = connection.execute("SELECT count(*) FROM sqlite_master").fetchone()[0]
    finally:
        connection.execute("COMMIT")
    if version > len(MIGRATIONS):
        raise ArchiveError(
            f"The saved conversations in {path} were written by a later version of Copydesk.", "Update Copydesk."
        )
    if version == 0 and tables:
        raise sqlite3.DatabaseError("it is a database, but not one of Copydesk's")


def _migrate(connection: sqlite3.Connection) -> None:
    connection.execute("BEGIN IMMEDIATE")  # of two processes the second finds it done
    try:
        version = connection.execute("PRAGMA user_version").fetchone()[0]
        for step in MIGRATIONS[version:]:
            step(connection)
        connection.execute(f"PRAGMA user_version = {len(MIGRATIONS)}")
        connection.execute("COMMIT")
    except BaseException:
        if connection.in_transaction:
            connection.execute("ROLLBACK")
        raise


def put_aside(path: Path, now: datetime) -> Path:
    """Rename the file, with what SQLite had beside it, to a name that is free."""
    stem = f"{path.stem}-unreadable-{now:%Y%m%d-%H%M%S}"
    n, aside = 1, path.with_name(f"{stem}{path.suffix}")
    while aside.exists():
        n += 1
        aside = path.with_name(f"{stem}-{n}{path.suffix}")
    for ending in ("", "-wal", "-shm"):
        beside = path.with_name(path.name + ending)
        if beside.exists():
            beside.rename(aside.with_name(aside.name + ending))
    return aside


@contextmanager
def guard(path: Path) -> Iterator[None]:
    """Turn SQLite's and the system's errors into ours."""
    try:
        yield
    except sqlite3.OperationalError as error:
        if "locked" in str(error) or "busy" in str(error):
            raise ArchiveBusyError(
                f"The saved conversations in {path} are in use by another process.", "Try again when it has finished."
            ) from error
        raise ArchiveError(
            f"The saved conversations in {path} can't be read or written: {error}.",
            "Check the free space and the permissions of that folder.",
        ) from error
    except sqlite3.DatabaseError as error:
        raise ArchiveError(
            f"The saved conversations in {path} are damaged: {error}.",
            "Start Copydesk again: it puts the file aside and begins a new one.",
        ) from error
    except OSError as error:
        raise ArchiveError(
            f"The saved conversations in {path} can't be opened: {error.strerror or error}.",
            "Check the free space and the permissions of that folder.",
        ) from error
