"""The catalog: one SQLite file that holds every article, and all that the search index is made from.

The catalog is the truth; the index can always be made again from it. Articles with the same text share one row
of ``contents`` and its passages, so a copied story takes one place in the results.
"""

from __future__ import annotations

import json
import sqlite3
import threading
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any

from rag import listing
from rag.database import damaged, folded, guard, prepare
from rag.errors import ArchiveError, NotFoundError
from rag.types import Article, ArticlePage, ArticleRow, Filter, Listing, Passage, Skipped, Span

# Which of several articles with the same text stands for it: the earliest, as far as dates are known.
_FIRST = "published_at IS NULL, published_at, id"
_ARTICLE = (
    "SELECT a.id, c.text, a.content_hash, a.title, a.outlet, a.published_at, a.published_at_source, a.url,"
    " c.language, a.path, a.ingested_at, a.outlet_source, a.authors"
    " FROM articles a JOIN contents c ON c.hash = a.content_hash"
)
_TITLES = (
    "SELECT content_hash, title FROM (SELECT content_hash, title,"
    f" ROW_NUMBER() OVER (PARTITION BY content_hash ORDER BY {_FIRST}) AS place FROM articles) WHERE place = 1"
)


@dataclass(frozen=True, slots=True)
class Source:
    """Where an article came from, to tell changed, moved and deleted ones."""

    id: str
    path: str  # of the article: the file's, or a place in it
    file: str
    root: str | None  # the folder it was ingested with; None for a file named by itself
    source_hash: str


@dataclass(frozen=True, slots=True)
class File:
    """A file that was read, to tell whether it must be read again."""

    path: str
    root: str | None  # as ``Source.root``
    key: str  # what the ids of its articles begin with
    fingerprint: str
    skipped: tuple[Skipped, ...] = ()  # what of it is no article, and why


class Catalog:
    """One open catalog. Safe to share between threads: calls take turns, and none lasts long."""

    def __init__(self, connection: sqlite3.Connection, path: Path) -> None:
        self._connection = connection
        self._path = path
        self._lock = threading.RLock()

    @classmethod
    def open(cls, path: Path, read_only: bool = False) -> Catalog:
        """Open the catalog at ``path``; made new where there is none, unless ``read_only``.

        Raises ArchiveError when it is not there, damaged (it is left as it is) or of a later version.
        """
        if read_only and not path.exists():
            raise ArchiveError(f"There is no archive at {path.parent}.", "Make one with `copydesk ingest PATH`.")
        if path.exists() and path.stat().st_size == 0 and (path.parent / "index").exists():
            raise damaged(path, "the file is empty")
        with guard(path):
            connection = sqlite3.connect(path, timeout=10, isolation_level=None, check_same_thread=False)
        try:
            with guard(path):
                prepare(connection, path, read_only)
        except ArchiveError:
            connection.close()
            raise
        return cls(connection, path)

    @classmethod
    def in_memory(cls) -> Catalog:
        """An empty catalog that is gone when closed."""
        connection = sqlite3.connect(":memory:", isolation_level=None, check_same_thread=False)
        prepare(connection, Path(":memory:"), read_only=False)
        return cls(connection, Path(":memory:"))

    def close(self) -> None:
        with self._lock:
            self._connection.close()

    def __enter__(self) -> Catalog:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """All changes inside become visible together or, on an error, not at all."""
        with self._lock, guard(self._path):
            if self._connection.in_transaction:
                yield
                return
            self._connection.execute("BEGIN IMMEDIATE")
            try:
                yield
            except BaseException:
                self._connection.execute("ROLLBACK")
                raise
            self._connection.execute("COMMIT")

    def rows(self, sql: str, *values: Any) -> list[tuple[Any, ...]]:
        """What ``sql`` finds; for the modules that keep tables of their own in the catalog."""
        with self._lock, guard(self._path):
            return self._connection.execute(sql, values).fetchall()

    def run(self, sql: str, rows: Iterable[Sequence[Any]] = ((),)) -> None:
        """Carry out ``sql`` once for each of ``rows``, in the transaction that is open or one of its own."""
        with self.transaction():
            self._connection.executemany(sql, rows)

    def scratch(self) -> Catalog:
        """A copy of all that is in the catalog, in a file without a name that is gone when closed: for dry runs."""
        copy = sqlite3.connect("", isolation_level=None, check_same_thread=False)
        with self._lock, guard(self._path):
            self._connection.backup(copy)
        prepare(copy, self._path, read_only=False)
        return Catalog(copy, self._path)

    # --- write ------------------------------------------------------------------------------------

    def put(
        self,
        article: Article,
        passages: Sequence[Passage],
        *,
        source_hash: str = "",
        source_root: str | None = None,
        file: str | None = None,
    ) -> None:
        """Store an article, in place of the one with its id. Passages are those of its text, in order.

        ``file`` is the one it stands in, where that holds more than it.
        """
        for passage in passages:
            if article.text[passage.start : passage.end] != passage.text:
                raise ValueError(f"passage {passage.id} does not stand at its place in article {article.id}")
        with self.transaction():
            execute = self._connection.execute
            old = execute("SELECT content_hash FROM articles WHERE id = ?", (article.id,)).fetchone()
            self._put_content(article)
            execute(
                "INSERT OR REPLACE INTO articles (id, content_hash, title, outlet, published_at, published_at_source,"
                " url, path, source_hash, source_root, ingested_at, outlet_source, authors, search, file)"
                " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
                (
                    article.id,
                    article.content_hash,
                    article.title,
                    article.outlet,
                    article.published_at,
                    article.published_at_source,
                    article.url,
                    article.path,
                    source_hash,
                    source_root,
                    article.ingested_at,
                    article.outlet_source,
                    json.dumps(article.authors),
                    folded((article.title, article.outlet, article.id)),
                    article.path if file is None else file,
                ),
            )
            self.put_passages(article.content_hash, passages)
            if old and old[0] != article.content_hash:
                self._drop_unused(old[0])

    def put_text(self, article: Article, passages: Sequence[Passage]) -> None:
        """Give an article that is there the text of ``article``, and nothing else of it."""
        with self.transaction():
            (old,) = self.rows("SELECT content_hash FROM articles WHERE id = ?", article.id)[0]
            self._put_content(article)
            self.run("UPDATE articles SET content_hash = ? WHERE id = ?", [(article.content_hash, article.id)])
            self.put_passages(article.content_hash, passages)
            self._drop_unused(old)

    def put_passages(self, content_hash: str, passages: Sequence[Passage]) -> None:
        """Replace the passages of a text."""
        with self.transaction():
            self._connection.execute("DELETE FROM passages WHERE content_hash = ?", (content_hash,))
            self._connection.executemany(
                "INSERT INTO passages (id, content_hash, ordinal, start_at, end_at, sentences)"
                " VALUES (?, ?, ?, ?, ?, ?)",
                [
                    (p.id, content_hash, place, p.start, p.end, json.dumps(p.sentences))
                    for place, p in enumerate(passages)
                ],
            )
            self._count_change()

    def remove(self, article_id: str) -> None:
        """Remove an article; its text goes when no other article has it. Raises NotFoundError."""
        with self.transaction():
            sql = "DELETE FROM articles WHERE id = ? RETURNING content_hash"
            gone = self._connection.execute(sql, (article_id,)).fetchone()
            if gone is None:
                raise _no_article(article_id)
            self._drop_unused(gone[0])
            self._count_change()

    def move(self, article_id: str, path: str, root: str | None, file: str) -> None:
        """Note that an unchanged article is now read from elsewhere."""
        self.run(
            "UPDATE articles SET path = ?, source_root = ?, file = ? WHERE id = ?", [(path, root, file, article_id)]
        )

    def put_file(self, file: File) -> None:
        """Note a file as read, in place of what was known of it."""
        self.run(
            "INSERT OR REPLACE INTO files (path, root, key, fingerprint, skipped) VALUES (?, ?, ?, ?, ?)",
            [
                (
                    file.path,
                    file.root,
                    file.key,
                    file.fingerprint,
                    json.dumps([(s.path, s.reason) for s in file.skipped]),
                )
            ],
        )

    def forget_files(self, paths: Iterable[str]) -> None:
        """Note that these files are not known any more."""
        self.run("DELETE FROM files WHERE path = ?", [(path,) for path in paths])

    def mark_indexed(self, titles: Mapping[str, str | None]) -> None:
        """Note under which title each text (by content hash) is in the index."""
        with self.transaction():
            self._connection.executemany(
                "UPDATE contents SET indexed_title = ? WHERE hash = ?", [(t, h) for h, t in titles.items()]
            )

    def set_meta(self, **values: str) -> None:
        with self.transaction():
            self._connection.executemany("INSERT OR REPLACE INTO meta (key, value) VALUES (?, ?)", values.items())

    def _put_content(self, article: Article) -> None:
        self._connection.execute(
            "INSERT INTO contents (hash, text, language, words, cluster) VALUES (?, ?, ?, ?, ?)"
            " ON CONFLICT(hash) DO UPDATE SET language = excluded.language",
            (article.content_hash, article.text, article.language, len(article.text.split()), article.content_hash),
        )

    def _drop_unused(self, content_hash: str) -> None:
        self._connection.execute(
            "DELETE FROM contents WHERE hash = ? AND NOT EXISTS (SELECT 1 FROM articles WHERE content_hash = hash)",
            (content_hash,),
        )

    def _count_change(self) -> None:
        self.set_meta(changes=str(self.changes() + 1))

    # --- read -------------------------------------------------------------------------------------

    def meta(self, key: str) -> str | None:
        rows = self.rows("SELECT value FROM meta WHERE key = ?", key)
        return rows[0][0] if rows else None

    def changes(self) -> int:
        """A number that grows with each change the index must follow."""
        return int(self.meta("changes") or 0)

    def article(self, article_id: str) -> Article:
        """Raises NotFoundError."""
        rows = self.rows(f"{_ARTICLE} WHERE a.id = ?", article_id)
        if not rows:
            raise _no_article(article_id)
        return _article(rows[0])

    def articles(self, ids: Collection[str] | None = None) -> list[Article]:
        """Articles by id, or all; ordered by id. Unknown ids are left out."""
        if ids is None:
            return [_article(row) for row in self.rows(f"{_ARTICLE} ORDER BY a.id")]
        rows = self.rows(f"{_ARTICLE} WHERE a.id IN (SELECT value FROM json_each(?)) ORDER BY a.id", _array(ids))
        return [_article(row) for row in rows]

    def articles_by_content(self, content_hash: str) -> list[Article]:
        """All articles with this text; the first stands for it in search results."""
        rows = self.rows(f"{_ARTICLE} WHERE a.content_hash = ? ORDER BY {_FIRST}", content_hash)
        return [_article(row) for row in rows]

    def passages(self, ids: Collection[str] | None = None) -> list[Passage]:
        """Passages by id, or all; in the order of their texts. Unknown ids are left out."""
        if ids is None:
            return self._passages("", ())
        return self._passages("WHERE id IN (SELECT value FROM json_each(?))", (_array(ids),))

    def passages_of(self, content_hash: str) -> list[Passage]:
        """The passages of one text, in order."""
        return self._passages("WHERE content_hash = ?", (content_hash,))

    def _passages(self, where: str, values: tuple[Any, ...]) -> list[Passage]:
        with self._lock:
            rows = self.rows(
                f"SELECT id, content_hash, start_at, end_at, sentences FROM passages {where}"
                " ORDER BY content_hash, ordinal",
                *values,
            )
            hashes = _array({row[1] for row in rows})
            pairs = self.rows("SELECT hash, text FROM contents WHERE hash IN (SELECT value FROM json_each(?))", hashes)
        texts: dict[str, str] = dict(pairs)
        return [
            Passage(i, h, start, end, texts[h][start:end], tuple(Span(*pair) for pair in json.loads(sentences)))
            for i, h, start, end, sentences in rows
        ]

    def passage_ids(self) -> dict[str, str]:
        """Every passage id with the hash of its text."""
        return dict(self.rows("SELECT id, content_hash FROM passages ORDER BY content_hash, ordinal"))

    def titles(self) -> dict[str, str | None]:
        """Every content hash with the title of the article that stands for it."""
        return dict(self.rows(_TITLES))

    def retitled(self) -> set[str]:
        """Hashes of texts that the index holds under another title than their present one."""
        rows = self.rows(
            f"SELECT c.hash FROM contents c JOIN ({_TITLES}) t ON t.content_hash = c.hash"
            " WHERE c.indexed_title IS NOT t.title"
        )
        return {row[0] for row in rows}

    def sources(self, files: Collection[str] | None = None) -> list[Source]:
        """Where the articles of these files, or all, came from."""
        sql = "SELECT id, path, file, source_root, source_hash FROM articles"
        if files is None:
            return [Source(*row) for row in self.rows(sql)]
        return [
            Source(*row) for row in self.rows(f"{sql} WHERE file IN (SELECT value FROM json_each(?))", _array(files))
        ]

    def source(self, article_id: str) -> Source | None:
        """Where an article came from; None for an unknown id."""
        rows = self.rows("SELECT id, path, file, source_root, source_hash FROM articles WHERE id = ?", article_id)
        return Source(*rows[0]) if rows else None

    def files(self) -> dict[str, File]:
        """All files that were read, by path."""
        return {
            path: File(path, root, key, fingerprint, tuple(Skipped(*pair) for pair in json.loads(skipped)))
            for path, root, key, fingerprint, skipped in self.rows(
                "SELECT path, root, key, fingerprint, skipped FROM files"
            )
        }

    def outlets(self) -> list[str]:
        """The outlets of all articles, sorted."""
        rows = self.rows("SELECT DISTINCT outlet FROM articles WHERE outlet IS NOT NULL ORDER BY outlet")
        return [row[0] for row in rows]

    def allowed(self, filter: Filter, contents: Collection[str] | None = None) -> dict[str, list[str]]:
        """Ids of the articles that pass ``filter``, by content hash, the one that stands for the text first;
        only for the texts ``contents``, where given.

        Outlets are compared as they are written; see ``rag.retrieve`` for the comparison without case.
        """
        where, values = listing.where(filter)
        if contents is not None:
            where, values = f"{where} AND content_hash IN (SELECT value FROM json_each(?))", [*values, _array(contents)]
        found: dict[str, list[str]] = {}
        sql = f"SELECT content_hash, id FROM articles WHERE {where} ORDER BY {_FIRST}"
        for content_hash, article_id in self.rows(sql, *values):
            found.setdefault(content_hash, []).append(article_id)
        return found

    def extent(self, filter: Filter) -> tuple[int, str | None]:
        """How many articles pass ``filter``, and the ISO day of the latest of them; None where none has a date."""
        where, values = listing.where(filter)
        count, latest = self.rows(f"SELECT count(*), max(published_at) FROM articles WHERE {where}", *values)[0]
        return count, latest and latest[:10]

    def articles_page(self, wanted: Listing) -> ArticlePage:
        """The articles that pass ``wanted``, one page of them, without their texts. Raises InputError for a sort order
        that there is not."""
        return listing.page(self.rows, wanted)

    def copies_of(self, article_id: str) -> list[ArticleRow]:
        """The other articles with the same or nearly the same text, the earliest first. Raises NotFoundError."""
        if not self.rows("SELECT 1 FROM articles WHERE id = ?", article_id):
            raise _no_article(article_id)
        return listing.copies_of(self.rows, article_id)

    def cluster_of(self, contents: Collection[str]) -> dict[str, str]:
        """The cluster of near-copies that each text (by content hash) belongs to; a text alone is its own cluster.
        A cluster is named by the content hash of one of its texts. Unknown hashes are left out."""
        sql = "SELECT hash, coalesce(cluster, hash) FROM contents WHERE hash IN (SELECT value FROM json_each(?))"
        return dict(self.rows(sql, _array(contents)))

    def passage_rows(self) -> list[tuple[str, str, str, str | None, str | None]]:
        """(passage id, content hash, cluster, day, outlet) of all passages in one go, in the order of ``passage_ids``;
        the day is ISO. A passage whose text several articles have comes once for each of them, the one that stands
        for the text first."""
        return self.rows(
            "SELECT p.id, p.content_hash, coalesce(c.cluster, c.hash), substr(a.published_at, 1, 10), a.outlet"
            " FROM passages p JOIN contents c ON c.hash = p.content_hash JOIN articles a ON a.content_hash = c.hash"
            " ORDER BY p.content_hash, p.ordinal, a.published_at IS NULL, a.published_at, a.id"
        )

    def published(self, ids: Collection[str]) -> dict[str, str | None]:
        """When these articles were published (ISO), by id."""
        return dict(
            self.rows("SELECT id, published_at FROM articles WHERE id IN (SELECT value FROM json_each(?))", _array(ids))
        )

    def undated(self, sources: Collection[str] = ()) -> int:
        """How many articles (of these outlets, as they are written, where any are given) have no known date."""
        of = "AND outlet IN (SELECT value FROM json_each(?))" if sources else ""
        rows = self.rows(
            f"SELECT count(*) FROM articles WHERE published_at IS NULL {of}", *([_array(sources)] if sources else [])
        )
        return int(rows[0][0])

    def stats(self) -> dict[str, Any]:
        """Counts, the range of dates and how they are known, languages and the time of the last ingest."""
        counts = self.rows(
            "SELECT count(*), count(DISTINCT content_hash), min(published_at), max(published_at), max(ingested_at),"
            " (SELECT count(*) FROM passages) FROM articles"
        )[0]
        languages = self.rows(
            "SELECT coalesce(c.language, 'unknown'), count(*) FROM articles a"
            " JOIN contents c ON c.hash = a.content_hash GROUP BY 1 ORDER BY 2 DESC, 1"
        )
        outlets = self.rows(
            "SELECT outlet, count(*) FROM articles WHERE outlet IS NOT NULL GROUP BY 1 ORDER BY 2 DESC, 1"
        )
        dates = self.rows("SELECT published_at_source, count(*) FROM articles GROUP BY 1 ORDER BY 2 DESC, 1")
        clusters = self.rows(
            "SELECT count(*) FROM (SELECT c.cluster FROM articles a JOIN contents c ON c.hash = a.content_hash"
            " GROUP BY 1 HAVING count(*) > 1)"
        )[0][0]
        return {
            "articles": counts[0],
            "distinct_texts": counts[1],
            "clusters": clusters,  # of two articles or more
            "passages": counts[5],
            "outlets": dict(outlets),
            "first_published_at": counts[2],
            "last_published_at": counts[3],
            "dates": dict(dates),
            "languages": dict(languages),
            "last_ingest": counts[4],
        }

    def check(self) -> list[str]:
        """Problems found by reading the whole file, in words; empty when it is sound."""
        try:
            rows = self.rows("PRAGMA integrity_check(5)")
            orphans = self.rows("PRAGMA foreign_key_check")
        except ArchiveError as error:
            return [str(error)]
        problems = [str(row[0]) for row in rows if row[0] != "ok"]
        if orphans:
            problems.append(f"{len(orphans)} rows refer to rows that are not there")
        return [f"{damaged(self._path, problem)}" for problem in problems]


def _article(row: tuple[Any, ...]) -> Article:
    return Article(*(*row[:-1], tuple(json.loads(row[-1]))))


def _no_article(article_id: str) -> NotFoundError:
    return NotFoundError(f"There is no article {article_id!r}.", "List the articles with `copydesk articles list`.")


def _array(values: Iterable[str]) -> str:
    return json.dumps(sorted(values))
