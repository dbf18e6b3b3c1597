"""Conversations that are kept: threads and their turns, with what was thought of them, in a SQLite file of their own.

Standard library only. What a turn came to (``outcome``) is the window's own JSON; nothing is known of it here but
that it has an ``answer``, the contract's, or none.
"""

from __future__ import annotations

import json
import sqlite3
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from rag.database import folded
from rag.errors import ArchiveError
from rag.threads_file import check_version, connect, guard, put_aside
from rag.types import Filter

FILE = "threads.sqlite3"
LONGEST_TITLE = 200  # characters
LONGEST_REASON = 2000
UNDO = timedelta(hours=1)  # for so long what was removed can be put back


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
        with guard(path):
            try:
                connection = connect(path)
            except sqlite3.OperationalError:  # locked, full, not ours to write: nothing is wrong with the file
                raise
            except sqlite3.DatabaseError:
                aside = put_aside(path, now)
                connection = connect(path)
            threads = cls(connection, path, aside)
            threads.purge(now)
        return threads

    @classmethod
    def read(cls, path: Path) -> Threads:
        """Open the file to read it only. Raises ArchiveError where that can't be done."""
        with guard(path):
            connection = sqlite3.connect(f"{path.resolve().as_uri()}?mode=ro", uri=True, check_same_thread=False)
            try:
                check_version(connection, path)
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
        self.purge(when)

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

    def purge(self, now: datetime) -> None:
        """Drop for good what was removed more than ``UNDO`` ago, so that nothing of it is left in the file.

        Replaced turns that somebody rated stay: they are what the rating is about.
        """
        before = _stamp(now - UNDO)
        with self._writing() as execute:
            dropped = execute("DELETE FROM threads WHERE gone < ?", (before,)).rowcount
            dropped += execute("DELETE FROM turns WHERE gone < ? AND rating = ''", (before,)).rowcount
        if dropped:
            with self._reading():
                self._connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")  # the log beside the file has it, too

    @contextmanager
    def _reading(self) -> Iterator[None]:
        with self._lock, guard(self.path):
            yield

    @contextmanager
    def _writing(self) -> Iterator[Callable[..., Any]]:
        with self._lock, guard(self.path):
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
