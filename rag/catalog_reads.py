"""All that is read from the catalog: articles, passages, files, and what filters and lists need of them."""

from __future__ import annotations

import json
import sqlite3
import threading
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from rag import listing
from rag.database import damaged, guard
from rag.errors import ArchiveError, NotFoundError
from rag.types import Article, ArticlePage, ArticleRow, Filter, Listing, Passage, Skipped, Span

# Which of several articles with the same text stands for it: the earliest, as far as dates are known.
_FIRST = "published_at IS NULL, published_at, id"
_ARTICLE = (
    "SELECT a.id, c.text, a.content_hash, a.title, a.outlet, a.published_at, a.published_at_source, a.url,"
    " c.language, a.path, a.ingested_at, a.outlet_source, a.authors"
    " FROM articles a JOIN contents c ON c.hash = a.content_hash"
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


class CatalogReader:
    """The reading half of ``rag.catalog.Catalog``."""

    def __init__(self, connection: sqlite3.Connection, path: Path) -> None:
        self._connection = connection
        self._path = path
        self._lock = threading.RLock()
        self._counted: tuple[tuple[int, int], dict[str, Any]] | None = None

    def rows(self, sql: str, *values: Any) -> list[tuple[Any, ...]]:
        """What ``sql`` finds; for the modules that keep tables of their own in the catalog."""
        with self._lock, guard(self._path):
            return self._connection.execute(sql, values).fetchall()

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
            raise no_article(article_id)
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
        found: dict[str, str | None] = {}
        for content_hash, title in self.rows(
            f"SELECT content_hash, title FROM articles ORDER BY content_hash, {_FIRST}"
        ):
            found.setdefault(content_hash, title)
        return found

    def retitled(self) -> set[str]:
        """Hashes of texts that the index holds under another title than their present one."""
        titles = self.titles()
        return {h for h, title in self.rows("SELECT hash, indexed_title FROM contents") if titles.get(h) != title}

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

        Outlets are compared as they are written; see ``rag.search.retrieve`` for the comparison without case.
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
            raise no_article(article_id)
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
        clusters = dict(self.rows("SELECT hash, coalesce(cluster, hash) FROM contents"))
        holders: dict[str, list[tuple[str | None, str | None]]] = {}
        sql = f"SELECT content_hash, substr(published_at, 1, 10), outlet FROM articles ORDER BY content_hash, {_FIRST}"
        for content_hash, day, outlet in self.rows(sql):
            holders.setdefault(content_hash, []).append((day, outlet))
        return [
            (passage_id, content_hash, clusters[content_hash], day, outlet)
            for passage_id, content_hash in self.passage_ids().items()
            for day, outlet in holders.get(content_hash, ())
        ]

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
        """Counts, the range of dates and how they are known, languages and the time of the last ingest.

        Counted once and kept until somebody, here or in another process, changes the catalog.
        """
        with self._lock:
            state = (self._connection.total_changes, self.rows("PRAGMA data_version")[0][0])
            if self._counted is None or self._counted[0] != state:
                self._counted = (state, self._stats())
            return dict(self._counted[1])

    def _stats(self) -> dict[str, Any]:
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


def no_article(article_id: str) -> NotFoundError:
    return NotFoundError(f"There is no article {article_id!r}.", "List the articles with `copydesk articles list`.")


def _array(values: Iterable[str]) -> str:
    return json.dumps(sorted(values))
