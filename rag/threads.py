"""Conversations that are kept: threads and their turns, with what was thought of them, in a SQLite file of their own.

Standard library only. What a turn came to (``outcome``) is the window's own JSON; nothing is known of it here but
that it has an ``answer``, the contract's, or none.
"""

from __future__ import annotations

import json
import os
import sqlite3
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from rag.database import folded
from rag.errors import ArchiveBusyError, ArchiveError
from rag.types import Filter

FILE = "threads.sqlite3"
LONGEST_TITLE = 200  # characters
LONGEST_REASON = 2000
CHECKED_BYTES = 64_000_000  # a larger file is not read through as it is opened
UNDO = timedelta(hours=1)  # for so long what was removed can be put back
WAIT_SECONDS = 5.0  # for another process that is writing


@dataclass(frozen=True)
class Thread:
    """A conversation in the list. ``created`` and ``updated`` are ISO timestamps, UTC; ``turns`` how many it has."""

    id: str
    title: str
    created: str
    updated: str
    turns: int = 0


@dataclass(frozen=True)
class Turn:
    """One question and what came of it. Timestamps are ISO, UTC; ``rated_at`` is empty where nothing was said."""

    id: str
    thread: str
    question: str
    asked_at: str
    filter: Filter = field(default_factory=Filter)
    outcome: Mapping[str, Any] = field(default_factory=dict)
    rating: str = ""  # "", "up" or "down"
    reason: str = ""
    rated_at: str = ""
    replaced: bool = False  # another was asked in its place


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


class Threads:
    """One open file. Safe to share between threads: calls take turns.

    Every method raises ArchiveBusyError while another process holds the file for long, ArchiveError where the disk is
    full or the file can't be read or written.
    """

    def __init__(self, connection: sqlite3.Connection, path: Path, set_aside: Path | None = None) -> None:
        self._connection = connection
        self._lock = threading.RLock()
        self.path = path
        self.set_aside = set_aside  # where the file that stood here was put, for it could not be read

    @classmethod
    def open(cls, path: Path, now: datetime) -> Threads:
        """Open the file, made new where there is none, and drop for good what was removed more than ``UNDO`` ago.

        A file that is no database, or damaged, is renamed and a new one begun: see ``set_aside``. Raises ArchiveError
        for one of a later version, and where the folder can't be written.
        """
        aside = None
        with _guard(path):
            try:
                connection = _connect(path)
            except sqlite3.OperationalError:  # locked, full, not ours to write: nothing is wrong with the file
                raise
            except sqlite3.DatabaseError:
                aside = _put_aside(path, now)
                connection = _connect(path)
            threads = cls(connection, path, aside)
            threads._purge(now)
        return threads

    @classmethod
    def read(cls, path: Path) -> Threads:
        """Open the file to read it only. Raises ArchiveError where that can't be done."""
        with _guard(path):
            connection = sqlite3.connect(f"{path.resolve().as_uri()}?mode=ro", uri=True, check_same_thread=False)
            try:
                _check_version(connection, path)
            except (sqlite3.Error, ArchiveError):
                connection.close()
                raise
        return cls(connection, path)

    def close(self) -> None:
        with self._lock:
            self._connection.close()

    # --- read -------------------------------------------------------------------------------------

    def list(self, search: str = "") -> tuple[Thread, ...]:
        """The threads, the latest first; of ``search`` each word must stand in the title or in one question, whatever
        its case and accents."""
        words = folded([search]).split()
        with self._reading():
            rows = self._connection.execute(
                "SELECT h.id, h.title, h.created, h.updated, count(t.id), group_concat(t.question, char(10))"
                " FROM threads h LEFT JOIN turns t ON t.thread = h.id AND t.gone IS NULL WHERE h.gone IS NULL"
                " GROUP BY h.id ORDER BY h.updated DESC, h.rowid DESC"
            ).fetchall()
        found = [row for row in rows if not words or all(word in folded([row[1], row[5]]) for word in words)]
        return tuple(Thread(*row[:5]) for row in found)

    def thread(self, id: str) -> Thread | None:
        """One that is not removed."""
        with self._reading():
            row = self._connection.execute(
                "SELECT id, title, created, updated,"
                " (SELECT count(*) FROM turns WHERE thread = threads.id AND gone IS NULL)"
                " FROM threads WHERE id = ? AND gone IS NULL",
                (id,),
            ).fetchone()
        return Thread(*row) if row else None

    def turns(self, thread: str) -> tuple[Turn, ...]:
        """A thread's turns in order, without those that were replaced."""
        return self._turns("t.thread = ? AND t.gone IS NULL ORDER BY t.position, t.rowid", thread)

    def turn(self, id: str) -> Turn | None:
        """A turn of a thread that is not removed; one that was replaced too, while it is kept."""
        return next(iter(self._turns("t.id = ?", id)), None)

    def rated(self) -> tuple[Turn, ...]:
        """All turns that something was said about, the latest rating first."""
        return self._turns("t.rating != '' ORDER BY t.rated_at DESC, t.rowid DESC")

    def _turns(self, where: str, *values: str) -> tuple[Turn, ...]:
        with self._reading():
            rows = self._connection.execute(
                "SELECT t.id, t.thread, t.question, t.asked_at, t.filter, t.outcome, t.rating, t.reason, t.rated_at,"
                f" t.gone IS NOT NULL FROM turns t JOIN threads h ON h.id = t.thread WHERE h.gone IS NULL AND {where}",
                values,
            ).fetchall()
            return tuple(_turn(row) for row in rows)

    # --- write ------------------------------------------------------------------------------------

    def keep(self, turn: Turn) -> None:
        """Keep a turn, in place of the one with its id; its thread is made where there is none, named after it.

        What was said about the turn is left as it is.
        """
        with self._writing() as execute:
            execute(
                "INSERT INTO threads (id, title, created, updated) VALUES (?, ?, ?, ?)"
                " ON CONFLICT (id) DO UPDATE SET updated = max(updated, excluded.updated)",
                (turn.thread, title_of(turn.question), turn.asked_at, turn.asked_at),
            )
            execute(
                "INSERT INTO turns (id, thread, position, question, filter, outcome, asked_at) VALUES (?, ?,"
                " (SELECT coalesce(max(position), 0) + 1 FROM turns WHERE thread = ?), ?, ?, ?, ?)"
                " ON CONFLICT (id) DO UPDATE SET outcome = excluded.outcome",
                (
                    turn.id,
                    turn.thread,
                    turn.thread,
                    turn.question,
                    json.dumps(asdict(turn.filter)),
                    json.dumps(turn.outcome),
                    turn.asked_at,
                ),
            )

    def rate(self, id: str, rating: str, reason: str, when: str) -> None:
        """Say what was thought of a turn; an empty ``rating`` takes it back, with its reason."""
        with self._writing() as execute:
            execute(
                "UPDATE turns SET rating = ?, reason = ?, rated_at = ? WHERE id = ?",
                (rating, reason[:LONGEST_REASON] if rating else "", when if rating else "", id),
            )

    def rename(self, id: str, title: str) -> None:
        """Another title; nothing where it is blank."""
        if title := title_of(title):
            with self._writing() as execute:
                execute("UPDATE threads SET title = ? WHERE id = ?", (title, id))

    def remove(self, id: str, when: datetime) -> None:
        """Take a thread out of the list; it can be put back with ``restore`` for as long as ``UNDO``."""
        with self._writing() as execute:
            execute("UPDATE threads SET gone = ? WHERE id = ?", (_stamp(when), id))
        self._purge(when)

    def restore(self, id: str) -> None:
        """Put a thread back that was removed."""
        with self._writing() as execute:
            execute("UPDATE threads SET gone = NULL WHERE id = ?", (id,))

    def replace(self, ids: Sequence[str], when: datetime, *, back: Sequence[str] = ()) -> None:
        """Take turns out of their thread, and put those of ``back`` in again."""
        with self._writing() as execute:
            for id in ids:
                execute("UPDATE turns SET gone = ? WHERE id = ?", (_stamp(when), id))
            for id in back:
                execute("UPDATE turns SET gone = NULL WHERE id = ?", (id,))

    def _purge(self, now: datetime) -> None:
        """Replaced turns that somebody rated stay: they are what the rating is about."""
        before = _stamp(now - UNDO)
        with self._writing() as execute:
            execute("DELETE FROM threads WHERE gone < ?", (before,))
            execute("DELETE FROM turns WHERE gone < ? AND rating = ''", (before,))

    @contextmanager
    def _reading(self) -> Iterator[None]:
        with self._lock, _guard(self.path):
            yield

    @contextmanager
    def _writing(self) -> Iterator[Callable[..., Any]]:
        with self._lock, _guard(self.path):
            self._connection.execute("BEGIN IMMEDIATE")
            try:
                yield self._connection.execute
                self._connection.execute("COMMIT")
            except BaseException:
                if self._connection.in_transaction:  # a full disk ends it by itself
                    self._connection.execute("ROLLBACK")
                raise


def title_of(text: str) -> str:
    """A title in one line."""
    line = " ".join(text.split())
    return line if len(line) <= LONGEST_TITLE else f"{line[: LONGEST_TITLE - 1].rstrip()}…"


def _stamp(when: datetime) -> str:
    return when.isoformat(timespec="seconds")


def _turn(row: Sequence[Any]) -> Turn:
    id, thread, question, asked_at, filter, outcome, rating, reason, rated_at, gone = row
    return Turn(
        id, thread, question, asked_at, _filter(json.loads(filter)), json.loads(outcome), rating, reason, rated_at,
        bool(gone),
    )  # fmt: skip


def _filter(data: Mapping[str, Any]) -> Filter:
    known = {name: data.get(name) for name in ("as_of", "since", "until")}
    return Filter(**known, sources=tuple(data.get("sources") or ()))


def _connect(path: Path) -> sqlite3.Connection:
    """An open, sound file of this version, which only its owner can read."""
    os.close(os.open(path, os.O_RDWR | os.O_CREAT, 0o600))
    connection = sqlite3.connect(path, timeout=WAIT_SECONDS, isolation_level=None, check_same_thread=False)
    try:
        _check_version(connection, path)
        if path.stat().st_size < CHECKED_BYTES:
            said = connection.execute("PRAGMA quick_check(1)").fetchone()[0]
            if said != "ok":
                raise sqlite3.DatabaseError(said)
        connection.execute("PRAGMA foreign_keys = ON")
        connection.execute("PRAGMA secure_delete = ON")  # what is removed is not left in the file's free pages
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute("PRAGMA synchronous = NORMAL")
        _migrate(connection)
    except (sqlite3.Error, ArchiveError):
        connection.close()
        raise
    return connection


def _check_version(connection: sqlite3.Connection, path: Path) -> None:
    version = connection.execute("PRAGMA user_version").fetchone()[0]
    if version > len(MIGRATIONS):
        raise ArchiveError(
            f"The saved conversations in {path} were written by a later version of Copydesk.", "Update Copydesk."
        )
    if version == 0 and connection.execute("SELECT count(*) FROM sqlite_master").fetchone()[0]:
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


def _put_aside(path: Path, now: datetime) -> Path:
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
def _guard(path: Path) -> Iterator[None]:
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
