"""The archive: a folder with the catalog and the search index, and everything that can be done with them."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from types import TracebackType
from typing import Any

from rag.catalog import Catalog
from rag.config import Settings
from rag.errors import ArchiveBusyError, ArchiveError, Cancelled, InputError, ModelError, NotFoundError
from rag.intake import ingest as ingesting
from rag.intake import places, removals
from rag.locks import WriteLock
from rag.search import columns, retrieve
from rag.search.embed import Embedder, load_embedder
from rag.search.index import Index, Snapshot
from rag.sources import Web
from rag.types import (
    Article,
    ArticlePage,
    ArticleRow,
    Filter,
    Hit,
    IngestReport,
    Listing,
    Passage,
    Progress,
    RemovedArticle,
)

CATALOG = "catalog.sqlite3"


class Archive:
    """One open archive, a context manager. Any number of threads and processes may read it; one process may write.

    Searching goes on undisturbed while another thread, or another process, ingests.
    """

    def __init__(
        self, settings: Settings, catalog: Catalog, lock: WriteLock | None, embedder: Embedder | None = None
    ) -> None:
        self.settings = settings
        self._catalog = catalog
        self._lock = lock
        self._embedder = embedder
        self._index = Index(settings.archive_dir / "index", catalog)
        self._columns = columns.Reader(catalog)
        self._writing = threading.Lock()
        self._closed = False
        self._indexed: str | None = None  # how far, while the index is being brought up to date

    @classmethod
    def open(
        cls, settings: Settings, *, write: bool = False, embedder: Embedder | None = None, missing_ok: bool = False
    ) -> Archive:
        """Open the archive at ``settings.archive_dir``; ``write`` makes it where there is none, and locks it.

        With ``missing_ok`` a missing archive reads as an empty one, and nothing is made: for dry runs.
        Raises ArchiveBusyError when another process writes to it, ArchiveError when it is missing or damaged.
        """
        folder = settings.archive_dir
        path = folder / CATALOG
        if not write:
            if missing_ok and not path.exists():
                return cls(settings, Catalog.in_memory(), None, embedder)
            return cls(settings, Catalog.open(path, read_only=True), None, embedder)
        _make(folder)
        lock = WriteLock(folder / "write.lock")
        try:
            return cls(settings, Catalog.open(path), lock, embedder)
        except ArchiveError:
            lock.release()
            raise

    def close(self) -> None:
        """Let go of files and lock; safe to call twice."""
        self._index.close()
        if self._lock is not None and not self._closed:
            with suppress(ArchiveError):  # tidying can wait; an error here would hide a worse one
                self._index.tidy()
        self._closed = True
        self._catalog.close()
        if self._lock is not None:
            self._lock.release()

    def __enter__(self) -> Archive:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    @property
    def embedder(self) -> Embedder:
        """The embedder, found at first use. Raises ModelError."""
        if self._embedder is None:
            self._embedder = load_embedder(self.settings)
        return self._embedder

    # --- read -------------------------------------------------------------------------------------

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

    def warm(self, progress: Progress | None = None) -> None:
        """Mend what an interrupted ingest left undone (when open for writing), and load model and index."""
        if self._lock is not None:
            self.repair(progress)
        self.embedder.encode_queries(["warm"])
        self._index.snapshot(self.embedder)

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

    # --- write ------------------------------------------------------------------------------------

    def ingest(
        self,
        paths: Sequence[Path | str],
        *,
        manifest: Path | None = None,
        mapping: Mapping[str, str] | None = None,
        web: Web | None = None,
        dry_run: bool = False,
        progress: Progress | None = None,
        stop: threading.Event | None = None,
    ) -> IngestReport:
        """Take in files and folders: new and changed ones are added, ones that vanished from a folder removed.

        ``mapping`` names the fields of tables, ``web`` allows web addresses among ``paths`` (see ``rag.sources.plan``).
        ``dry_run`` reports what would happen and writes nothing. What was removed by hand comes back where its file is
        named, and is left out of folders. Once ``stop`` is set, what is not indexed yet is taken out again, and the
        report tells of the rest. Raises SourceError where nothing can be read.
        """
        if stop is None or dry_run:
            return self._ingest(paths, [], manifest, dry_run, progress, mapping, web, again=True)
        self._require_write()
        with self._writing:
            before = self._held()
            try:
                tell = _stoppable(progress, stop)
                report = self._take_in(self._catalog, paths, [], manifest, tell, mapping, web, again=True)
                return replace(report, passages=self._update(tell))
            except Cancelled:
                return self._give_up(before)

    def _held(self) -> tuple[frozenset[str], frozenset[str]]:
        """The ids of the articles, and of those removed by hand."""
        held = frozenset(source.id for source in self._catalog.sources())
        return held, frozenset(removals.ids(self._catalog))

    def _give_up(self, before: tuple[frozenset[str], frozenset[str]]) -> IngestReport:
        """After an ingest that was stopped: keep what is new and needs no more vectors, take the rest out again."""
        held, removed = before
        ingesting.settle(self._catalog)
        waiting = self._index.waiting(self.embedder)
        new = {a.id: a.content_hash in waiting for a in self._catalog.articles(self._held()[0] - held)}
        undone = sorted(i for i, unmade in new.items() if unmade)
        removals.take_out([i for i in undone if i in removed], self._catalog, _now())
        ingesting.remove([i for i in undone if i not in removed], self._catalog)
        kept = set(new).difference(undone)
        report = IngestReport(added=tuple(sorted(kept - removed)), restored=tuple(sorted(kept & removed)), stopped=True)
        passages = self._update(None)
        return ingesting.with_copies(replace(report, passages=passages), self._catalog)

    def sync(
        self,
        paths: Sequence[Path | str] | None = None,
        *,
        web: Web | None = None,
        dry_run: bool = False,
        progress: Progress | None = None,
    ) -> IngestReport:
        """Like ``ingest``, of all files and folders ingested before unless ``paths`` names some; with ``web`` of the
        web pages too, which are fetched again.

        Raises SourceError, and changes nothing, when a folder is not there.
        """
        if paths is not None:
            return self._ingest(paths, [], None, dry_run, progress, web=web)
        pages = places.known_pages(self._catalog) if web else []
        present, gone = places.known_paths(self._catalog, files_needed=not pages)
        return self._ingest([*present, *pages], gone, None, dry_run, progress, web=web)

    def _ingest(
        self,
        paths: Sequence[Path | str],
        gone: Sequence[str],
        manifest: Path | None,
        dry_run: bool,
        progress: Progress | None,
        mapping: Mapping[str, str] | None = None,
        web: Web | None = None,
        *,
        again: bool = False,
    ) -> IngestReport:
        if not dry_run:
            self._require_write()
        with self._writing:
            if not dry_run:
                report = self._take_in(self._catalog, paths, gone, manifest, progress, mapping, web, again=again)
                return replace(report, passages=self._update(progress))
            # what would happen is told by doing it, to a copy
            with self._catalog.scratch() as copy:
                report = self._take_in(copy, paths, gone, manifest, progress, mapping, web, again=again)
                return replace(report, passages=self._to_embed(copy), dry_run=True)

    def _to_embed(self, copy: Catalog) -> int:
        """How many passages of a dry run's catalog the index would get."""
        before, retitled = self._catalog.passage_ids(), copy.retitled()
        return sum(i not in before or content in retitled for i, content in copy.passage_ids().items())

    @staticmethod
    def _take_in(
        catalog: Catalog,
        paths: Sequence[Path | str],
        gone: Sequence[str],
        manifest: Path | None,
        progress: Progress | None,
        mapping: Mapping[str, str] | None,
        web: Web | None,
        *,
        again: bool,
    ) -> IngestReport:
        report = IngestReport()
        if paths or web:
            report = ingesting.ingest(
                paths,
                catalog=catalog,
                now=_now(),
                manifest=manifest,
                mapping=mapping,
                web=web,
                progress=progress,
                again=again,
            )
        # a file that was only moved has its article still
        gone = [i for i in gone if i not in {*report.changed, *report.unchanged, *report.removed, *report.restored}]
        ingesting.remove(gone, catalog)
        ingesting.settle(catalog, progress)
        report = replace(report, removed=tuple(sorted({*report.removed, *gone})))
        return ingesting.with_copies(report, catalog)

    def remove(self, ids: Sequence[str]) -> list[str]:
        """Remove articles, all or none; returns their ids. They stay out when their files are read again, until they
        are restored. Raises NotFoundError for an unknown one."""
        self._require_write()
        with self._writing:
            unique = list(dict.fromkeys(ids))
            removals.take_out(unique, self._catalog, _now())
            self._update(None)
            return unique

    def restore(self, ids: Sequence[str]) -> list[str]:
        """Put removed articles back as they were, all or none; returns their ids. Raises NotFoundError for one that was
        not removed, InputError for one whose text was deleted."""
        self._require_write()
        with self._writing:
            unique = list(dict.fromkeys(ids))
            removals.put_back(unique, self._catalog)
            self._update(None)
            return unique

    def files_held(self, files: Sequence[str], *, kept: bool = False) -> list[str]:
        """Those of ``files`` that articles came from, or removed ones; with ``kept`` only those whose text is kept."""
        held = {source.file for source in self._catalog.sources(files)}
        return [file for file in files if file in held or removals.ids(self._catalog, [file], kept=kept)]

    def removed(self) -> list[RemovedArticle]:
        """The articles that were removed by hand, the last first."""
        return removals.removed(self._catalog)

    def forget(self, ids: Sequence[str]) -> list[str]:
        """Delete the kept texts of removed articles, all or none; they stay out. Returns the files they came from.
        Raises NotFoundError."""
        self._require_write()
        with self._writing:
            return removals.delete_texts(list(dict.fromkeys(ids)), self._catalog)

    def rebuild(self, progress: Progress | None = None) -> int:
        """Make the search index anew from the catalog; returns its passages. Until it is done the old one serves."""
        self._require_write()
        with self._writing:
            ingesting.settle(self._catalog, progress, anew=True)
            with self._telling(progress) as tell:
                done = self._index.update(self.embedder, tell, anew=True)
            self._index.tidy()
            return done

    def repair(self, progress: Progress | None = None) -> int:
        """Index what the catalog holds and the index lacks; returns the number of passages. Quick when all is well."""
        self._require_write()
        with self._writing:
            return self._update(progress)

    def _update(self, progress: Progress | None) -> int:
        ingesting.settle(self._catalog, progress)
        try:
            embedder = self.embedder
        except ModelError:
            if self._index.is_current():  # an ingest without changes needs no model
                return 0
            raise
        with self._telling(progress) as tell:
            return self._index.update(embedder, tell)

    @contextmanager
    def _telling(self, progress: Progress | None) -> Iterator[Progress]:
        """Keep note of how far the index is, for those who search meanwhile."""

        def tell(stage: str, done: int, total: int) -> None:
            if stage == "embed":
                self._indexed = f"{done:,} of {total:,} passages are done"
            if progress:
                progress(stage, done, total)

        try:
            yield tell
        finally:
            self._indexed = None

    def _require_write(self) -> None:
        if self._lock is None:
            raise ArchiveError(
                f"The archive at {self.settings.archive_dir} is open for reading only.", "Open it with write=True."
            )


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="seconds")


def _stoppable(progress: Progress | None, stop: threading.Event) -> Progress:
    """``progress``, which raises Cancelled once ``stop`` is set, where work can be broken off without harm."""

    def tell(stage: str, done: int, total: int) -> None:
        if progress:
            progress(stage, done, total)
        if stop.is_set() and stage in ("read", "store", "embed") and done < total:
            raise Cancelled()

    return tell


def _make(folder: Path) -> None:
    """Make the archive's folder, for its owner's eyes only."""
    try:
        if not folder.exists():
            folder.mkdir(parents=True)
            folder.chmod(0o700)
        elif not any(folder.iterdir()):
            folder.chmod(0o700)
    except OSError as error:
        raise ArchiveError(
            f"The archive folder {folder} can't be made: {error.strerror or error}.",
            "Choose another one with --archive or COPYDESK_HOME.",
        ) from error
