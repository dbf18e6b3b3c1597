"""All that is read from an archive: searches, articles and lists of them, what it holds and what is wrong with it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from rag.catalog import Catalog
from rag.config import Settings
from rag.errors import ArchiveBusyError, ArchiveError, InputError, ModelError, NotFoundError
from rag.intake import removals
from rag.search import columns, retrieve
from rag.search.embed import Embedder, load_embedder
from rag.search.index import Index, Snapshot
from rag.types import Article, ArticlePage, ArticleRow, Filter, Hit, Listing, Passage, RemovedArticle


class ArchiveReader:
    """The reading half of ``rag.archive.Archive``."""

    def __init__(self, settings: Settings, catalog: Catalog, embedder: Embedder | None = None) -> None:
        self.settings = settings
        self._catalog = catalog
        self._embedder = embedder
        self._index = Index(settings.archive_dir / "index", catalog)
        self._columns = columns.Reader(catalog)
        self._indexed: str | None = None  # how far, while the index is being brought up to date

    @property
    def embedder(self) -> Embedder:
        """The embedder, found at first use. Raises ModelError."""
        if self._embedder is None:
            self._embedder = load_embedder(self.settings)
        return self._embedder

    def search(self, query: str, k: int = 8, filter: Filter = Filter()) -> list[Hit]:  # noqa: B008 (it is frozen)
        """Up to ``k`` passages that may answer ``query``, best first; see ``rag.search.retrieve.search``."""
        if len(query) > self.settings.max_question_chars:
            raise InputError(
                f"The question has {len(query):,} characters; {self.settings.max_question_chars:,} are allowed.",
                "Ask a shorter question.",
            )
        while True:
            snapshot = self._snapshot()
            if snapshot is None:
                return []
            try:
                return retrieve.search(
                    query,
                    k=k,
                    filter=filter,
                    catalog=self._catalog,
                    columns=self._columns.columns(snapshot.number, snapshot.bm25.ids),
                    store=snapshot.store,
                    bm25=snapshot.bm25,
                    embedder=self.embedder,
                )
            except ArchiveError:
                if self._catalog.meta("index") == snapshot.number:
                    raise  # not an index that was replaced meanwhile, but a broken one

    def _snapshot(self) -> Snapshot | None:
        try:
            return self._index.snapshot(self.embedder)
        except ArchiveError as error:
            if self._indexed is None:
                raise
            raise ArchiveBusyError(
                f"The search index is being made again, for the embedder {self.embedder.name!r} and this version of"
                f" Copydesk: {self._indexed}.",
                "Ask again when that is done.",
            ) from error

    def articles(self, filter: Filter = Filter()) -> list[Article]:  # noqa: B008
        """The articles that pass ``filter``, ordered by id."""
        if filter.is_open:
            return self._catalog.articles()
        allowed = self._catalog.allowed(retrieve.check_filter(filter, self._catalog))
        return self._catalog.articles([i for ids in allowed.values() for i in ids])

    def articles_page(self, wanted: Listing) -> ArticlePage:
        """One page of a list of articles, without their texts. Raises InputError for a bad filter or sort order."""
        return self._catalog.articles_page(replace(wanted, filter=retrieve.check_filter(wanted.filter, self._catalog)))

    def copies_of(self, article_id: str) -> list[ArticleRow]:
        """The other articles with the same or nearly the same text. Raises NotFoundError."""
        return self._catalog.copies_of(article_id)

    def outlets(self) -> list[str]:
        """The outlets of all articles, sorted."""
        return self._catalog.outlets()

    def extent(self, filter: Filter) -> tuple[int, str | None]:
        """How many articles pass ``filter``, and the ISO day of the latest of them; None where none has a date."""
        return self._catalog.extent(retrieve.check_filter(filter, self._catalog))

    def undated(self, filter: Filter) -> int:
        """How many articles a filter by date leaves out because their date is unknown; 0 where it has no date."""
        if not filter.by_date:
            return 0
        return self._catalog.undated(retrieve.check_filter(filter, self._catalog).sources)

    def article(self, article_id: str) -> Article:
        """Raises NotFoundError."""
        return self._catalog.article(article_id)

    def passages(self, article_id: str) -> list[Passage]:
        """The passages of an article, in order. Raises NotFoundError."""
        return self._catalog.passages_of(self._catalog.article(article_id).content_hash)

    def holders(self, passage_id: str) -> list[Article]:
        """The articles in which a passage stands, the earliest first; none for an unknown one."""
        found = self._catalog.passages([passage_id])
        return self._catalog.articles_by_content(found[0].content_hash) if found else []

    def passage(self, passage_id: str) -> Passage:
        """Raises NotFoundError."""
        found = self._catalog.passages([passage_id])
        if not found:
            raise NotFoundError(f"There is no passage {passage_id!r}.", "Find passages with `copydesk search QUERY`.")
        return found[0]

    def info(self) -> dict[str, Any]:
        """Counts, outlets, dates (ISO), languages, embedder, size in bytes and the time of the last ingest."""
        folder = self.settings.archive_dir
        return {
            "path": str(folder),
            **self._catalog.stats(),
            "embedder": self._catalog.meta("index_embedder") or Path(self.settings.embedder).name,
            "index_current": self._index.is_current(),
            "disk_bytes": sum(p.stat().st_size for p in folder.rglob("*") if p.is_file()),
        }

    def check(self) -> list[str]:
        """What is wrong with catalog and index, in words, each with what to do; empty when all is well."""
        problems = self._catalog.check()
        if problems or not self._catalog.passage_ids():
            return problems
        try:
            return self._index.check(self.embedder)
        except ModelError as error:
            return [f"The search index could not be checked. {error}"]

    def files_held(self, files: Sequence[str], *, kept: bool = False) -> list[str]:
        """Those of ``files`` that articles came from, or removed ones; with ``kept`` only those whose text is kept."""
        held = {source.file for source in self._catalog.sources(files)}
        return [file for file in files if file in held or removals.ids(self._catalog, [file], kept=kept)]

    def removed(self) -> list[RemovedArticle]:
        """The articles that were removed by hand, the last first."""
        return removals.removed(self._catalog)
