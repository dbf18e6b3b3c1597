"""The catalog: one SQLite file that holds every article, and all that the search index is made from.

The catalog is the truth; the index can always be made again from it. Articles with the same text share one row
of ``contents`` and its passages, so a copied story takes one place in the results.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from types import TracebackType
from typing import Any

from rag.catalog_reads import CatalogReader, File, no_article
from rag.database import damaged, folded, guard, prepare
from rag.errors import ArchiveError
from rag.types import Article, Passage


class Catalog(CatalogReader):
    """One open catalog. Safe to share between threads: calls take turns, and none lasts long."""

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
                raise no_article(article_id)
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
