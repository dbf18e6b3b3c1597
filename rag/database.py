"""The SQLite file under the catalog: its tables, its versions, and what its errors mean to a user."""

from __future__ import annotations

import sqlite3
import unicodedata
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

from rag.errors import ArchiveBusyError, ArchiveError


def _create_tables(connection: sqlite3.Connection) -> None:
    connection.execute(
        "CREATE TABLE contents (hash TEXT PRIMARY KEY, text TEXT NOT NULL, language TEXT, indexed_title TEXT)"
    )
    connection.execute(
        "CREATE TABLE articles (id TEXT PRIMARY KEY, content_hash TEXT NOT NULL REFERENCES contents(hash),"
        " title TEXT, outlet TEXT, published_at TEXT, published_at_source TEXT NOT NULL, url TEXT,"
        " path TEXT NOT NULL, source_hash TEXT NOT NULL, source_root TEXT, ingested_at TEXT)"
    )
    connection.execute("CREATE INDEX articles_by_content ON articles(content_hash)")
    connection.execute(
        "CREATE TABLE passages (id TEXT PRIMARY KEY,"
        " content_hash TEXT NOT NULL REFERENCES contents(hash) ON DELETE CASCADE,"
        " ordinal INTEGER NOT NULL, start_at INTEGER NOT NULL, end_at INTEGER NOT NULL, sentences TEXT NOT NULL)"
    )
    connection.execute("CREATE INDEX passages_by_content ON passages(content_hash, ordinal)")
    connection.execute("CREATE TABLE meta (key TEXT PRIMARY KEY, value TEXT NOT NULL)")


def _add_lists(connection: sqlite3.Connection) -> None:
    """Where the outlet is known from, who wrote it, and what lists of articles are searched and sorted by."""
    connection.execute("ALTER TABLE articles ADD COLUMN outlet_source TEXT NOT NULL DEFAULT 'unknown'")
    connection.execute("ALTER TABLE articles ADD COLUMN authors TEXT NOT NULL DEFAULT '[]'")
    connection.execute("ALTER TABLE articles ADD COLUMN search TEXT NOT NULL DEFAULT ''")
    connection.execute("ALTER TABLE contents ADD COLUMN words INTEGER NOT NULL DEFAULT 0")
    for row in connection.execute("SELECT hash, text FROM contents").fetchall():
        connection.execute("UPDATE contents SET words = ? WHERE hash = ?", (len(row[1].split()), row[0]))
    for id, title, outlet in connection.execute("SELECT id, title, outlet FROM articles").fetchall():
        connection.execute("UPDATE articles SET search = ? WHERE id = ?", (folded((title, outlet, id)), id))
    connection.execute("CREATE INDEX articles_by_day ON articles(published_at)")
    connection.execute("CREATE INDEX articles_by_outlet ON articles(outlet, published_at)")


def _add_clusters(connection: sqlite3.Connection) -> None:
    """``cluster`` is the hash of the text that a cluster of near-copies is named after: its own, of a text alone."""
    connection.execute("ALTER TABLE contents ADD COLUMN cluster TEXT")
    connection.execute("UPDATE contents SET cluster = hash")
    connection.execute("CREATE INDEX contents_by_cluster ON contents(cluster)")


def _add_signatures(connection: sqlite3.Connection) -> None:
    """What near-copies are found by (``intake.clusters``): each text's signature, and how pairs of them turned out."""
    connection.execute(
        "CREATE TABLE signatures (content_hash TEXT PRIMARY KEY REFERENCES contents(hash) ON DELETE CASCADE,"
        " version TEXT NOT NULL, size INTEGER NOT NULL, bands BLOB NOT NULL, sample BLOB NOT NULL)"
    )
    connection.execute(
        "CREATE TABLE near_pairs (one TEXT NOT NULL, two TEXT NOT NULL, share REAL NOT NULL, PRIMARY KEY (one, two))"
        " WITHOUT ROWID"
    )


def _add_files(connection: sqlite3.Connection) -> None:
    """The files that articles came from: one may hold many. Of an article, ``path`` says where in its ``file``."""
    connection.execute(
        "CREATE TABLE files (path TEXT PRIMARY KEY, root TEXT, key TEXT NOT NULL, fingerprint TEXT NOT NULL,"
        " skipped TEXT NOT NULL)"
    )
    connection.execute("ALTER TABLE articles ADD COLUMN file TEXT NOT NULL DEFAULT ''")
    connection.execute("UPDATE articles SET file = path")
    connection.execute("CREATE INDEX articles_by_file ON articles(file)")


def _add_lines(connection: sqlite3.Connection) -> None:
    """What an outlet's repeated lines are told by (``intake.furniture``): in how many of its texts each line stands, as
    they were (``base``) before any was taken out."""
    connection.execute("ALTER TABLE articles ADD COLUMN outlet_id INTEGER")
    connection.execute("ALTER TABLE articles ADD COLUMN base TEXT")
    connection.execute("CREATE INDEX articles_by_base ON articles(outlet_id, base)")
    connection.execute("CREATE TABLE bases (hash TEXT PRIMARY KEY, text TEXT NOT NULL)")
    connection.execute(
        "CREATE TABLE outlets (id INTEGER PRIMARY KEY, key TEXT NOT NULL UNIQUE, texts INTEGER NOT NULL DEFAULT 0,"
        " furniture TEXT NOT NULL DEFAULT '[]', changed INTEGER NOT NULL DEFAULT 0)"
    )
    connection.execute(
        "CREATE TABLE lines (outlet_id INTEGER NOT NULL, key TEXT NOT NULL, count INTEGER NOT NULL,"
        " PRIMARY KEY (outlet_id, key)) WITHOUT ROWID"
    )


def _keep_lines(connection: sqlite3.Connection) -> None:
    """The lines of each of an outlet's texts, instead of counts of them: they are counted when that is needed."""
    connection.execute("DROP TABLE lines")
    connection.execute(
        "CREATE TABLE base_lines (outlet_id INTEGER NOT NULL, base TEXT NOT NULL, keys TEXT NOT NULL,"
        " PRIMARY KEY (outlet_id, base)) WITHOUT ROWID"
    )
    connection.execute("ALTER TABLE outlets DROP COLUMN texts")
    connection.execute("UPDATE outlets SET changed = 1")


def _cover(connection: sqlite3.Connection) -> None:
    """Indexes that hold all that is read of every text, article and passage at once: the rows with the texts themselves
    are many times as large."""
    connection.execute("CREATE INDEX contents_facts ON contents(hash, cluster, language, words, indexed_title)")
    connection.execute("DROP INDEX articles_by_content")
    connection.execute("CREATE INDEX articles_by_content ON articles(content_hash, published_at, id, outlet, title)")
    connection.execute("DROP INDEX passages_by_content")
    connection.execute("CREATE INDEX passages_by_content ON passages(content_hash, ordinal, id)")


def _add_removals(connection: sqlite3.Connection) -> None:
    """What was taken out by hand (``intake.removals``): ``article`` is the whole of it, as JSON; NULL once deleted."""
    connection.execute(
        "CREATE TABLE removals (id TEXT PRIMARY KEY, title TEXT, outlet TEXT, published_at TEXT,"
        " published_at_source TEXT NOT NULL, removed_at TEXT NOT NULL, path TEXT NOT NULL, file TEXT NOT NULL,"
        " source_root TEXT, source_hash TEXT NOT NULL, text_hash TEXT NOT NULL, article TEXT)"
    )
    connection.execute("CREATE INDEX removals_by_file ON removals(file)")


# Step n brings a catalog from version n to n + 1. Steps are only ever added.
MIGRATIONS: tuple[Callable[[sqlite3.Connection], None], ...] = (
    _create_tables,
    _add_lists,
    _add_clusters,
    _add_signatures,
    _add_files,
    _add_lines,
    _keep_lines,
    _cover,
    _add_removals,
)


def folded(texts: Iterable[str | None]) -> str:
    """The texts as they are searched: without case and accents, one a line."""
    plain = unicodedata.normalize("NFKD", "\n".join(text or "" for text in texts).casefold())
    return "".join(c for c in plain if not unicodedata.combining(c))


def prepare(connection: sqlite3.Connection, path: Path, read_only: bool) -> None:
    """Check the version and bring it up to date."""
    connection.execute("PRAGMA foreign_keys = ON")
    version = connection.execute("PRAGMA user_version").fetchone()[0]
    tables = connection.execute("SELECT count(*) FROM sqlite_master").fetchone()[0]
    if version > len(MIGRATIONS):
        raise ArchiveError(
            f"The archive at {path.parent} was made by a later version of Copydesk (its catalog has version {version},"
            f" this one knows {len(MIGRATIONS)}).",
            "Update Copydesk, or choose another archive with --archive.",
        )
    if version == 0 and tables:
        raise damaged(path, "it is a database, but not one of Copydesk's")
    if read_only:
        if version < len(MIGRATIONS):
            raise ArchiveError(
                f"The archive at {path.parent} was made by an earlier version of Copydesk.",
                "Run `copydesk rebuild` once to bring it up to date.",
            )
        connection.execute("PRAGMA query_only = ON")
        return
    connection.execute("PRAGMA journal_mode = WAL")
    connection.execute("PRAGMA synchronous = FULL")
    for step in range(version, len(MIGRATIONS)):
        connection.execute("BEGIN IMMEDIATE")
        try:
            MIGRATIONS[step](connection)
            connection.execute(f"PRAGMA user_version = {step + 1}")
        except sqlite3.Error:
            connection.execute("ROLLBACK")
            raise
        connection.execute("COMMIT")


@contextmanager
def guard(path: Path) -> Iterator[None]:
    """Turn SQLite's errors into ours."""
    try:
        yield
    except sqlite3.OperationalError as error:
        text = str(error)
        if "locked" in text or "busy" in text:
            raise ArchiveBusyError(
                f"The catalog {path} is in use by another process.", "Wait until it has finished, and try again."
            ) from error
        if "full" in text or "readonly" in text or "unable to open" in text or "disk I/O" in text:
            raise ArchiveError(
                f"The catalog {path} can't be read or written: {text}.",
                "Check the permissions and the free space of that folder; nothing was lost.",
            ) from error
        raise damaged(path, text) from error
    except sqlite3.DatabaseError as error:
        raise damaged(path, str(error)) from error


def damaged(path: Path, why: str) -> ArchiveError:
    return ArchiveError(
        f"The catalog {path} is damaged: {why}.",
        "It was left as it is. Put back a copy of the file, or move it away and run `copydesk ingest` on your"
        " articles again (`copydesk rebuild` mends the search index, not the catalog).",
    )
