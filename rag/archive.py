"""The archive: a folder with the catalog and the search index, and everything that can be done with them."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from types import TracebackType

from rag.archive_reads import ArchiveReader
from rag.catalog import Catalog
from rag.config import Settings
from rag.errors import ArchiveError, Cancelled, ModelError
from rag.intake import ingest as ingesting
from rag.intake import places, removals
from rag.intake.order import Order
from rag.locks import WriteLock
from rag.search.embed import Embedder
from rag.sources import Web
from rag.types import (
    IngestReport,
    Progress,
)

CATALOG = "catalog.sqlite3"


class Archive(ArchiveReader):
    """One open archive, a context manager. Any number of threads and processes may read it; one process may write.

    Searching goes on undisturbed while another thread, or another process, ingests.
    """

    def __init__(
        self, settings: Settings, catalog: Catalog, lock: WriteLock | None, embedder: Embedder | None = None
    ) -> None:
        super().__init__(settings, catalog, embedder)
        self._lock = lock
        self._writing = threading.Lock()
        self._closed = False

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

    def warm(self, progress: Progress | None = None) -> None:
        """Mend what an interrupted ingest left undone (when open for writing), and load model and index."""
        if self._lock is not None:
            self.repair(progress)
        self.embedder.encode_queries(["warm"])
        self._index.snapshot(self.embedder)

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
        order = Order(paths, manifest=manifest, mapping=mapping or {}, web=web, again=True)
        if stop is None or dry_run:
            return self._carry_out(order, dry_run, progress)
        self._require_write()
        with self._writing:
            before = self._held()
            try:
                tell = _stoppable(progress, stop)
                report = order.carry_out(self._catalog, _now(), tell)
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
            return self._carry_out(Order(paths, web=web), dry_run, progress)
        pages = places.known_pages(self._catalog) if web else []
        present, gone = places.known_paths(self._catalog, files_needed=not pages)
        return self._carry_out(Order([*present, *pages], gone=gone, web=web), dry_run, progress)

    def _carry_out(self, order: Order, dry_run: bool, progress: Progress | None) -> IngestReport:
        if not dry_run:
            self._require_write()
        with self._writing:
            if not dry_run:
                report = order.carry_out(self._catalog, _now(), progress)
                return replace(report, passages=self._update(progress))
            # what would happen is told by doing it, to a copy
            with self._catalog.scratch() as copy:
                report = order.carry_out(copy, _now(), progress)
                return replace(report, passages=self._to_embed(copy), dry_run=True)

    def _to_embed(self, copy: Catalog) -> int:
        """How many passages of a dry run's catalog the index would get."""
        before, retitled = self._catalog.passage_ids(), copy.retitled()
        return sum(i not in before or content in retitled for i, content in copy.passage_ids().items())

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
