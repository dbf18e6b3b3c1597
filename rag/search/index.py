"""The search index on disk: vectors and words, made from the catalog and replaced as a whole.

``<archive>/index/<number>/`` holds one version: its vectors (``store.py``) and its words (``bm25/``). The catalog
names the number in use. What is in use is never written to: each change makes another version, which then takes its
place in one transaction. So a search in any thread or process sees one consistent index, and a crash at any moment
loses nothing. A small change makes a small version, which shares the base of the one before and only adds to it.

Vectors are written to a journal as soon as they are made (``journal.py``), so that stopping an ingest costs seconds.
They are put to use whenever the passages have doubled: all that copying costs about as much as the last of it.
"""

from __future__ import annotations

import hashlib
import shutil
import threading
from collections.abc import Container, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from rag.catalog import Catalog
from rag.errors import ArchiveError
from rag.locks import ReadLock, is_read
from rag.search.bm25 import BM25Index
from rag.search.embed import Embedder
from rag.search.graph import unusable
from rag.search.journal import Journal
from rag.search.seals import seal, verify
from rag.search.store import VectorStore, base_name
from rag.types import Passage, Progress

if TYPE_CHECKING:
    from numpy.typing import NDArray


_VERSION = 2  # raise when what is embedded or how it is stored changes
_EMBED = 256  # passages embedded between two progress reports, and lost by a crash
_PUBLISH = 4096  # the first so many passages are put to use, then twice as many, and so on


@dataclass(frozen=True, slots=True)
class Snapshot:
    """One version of the index, open for searching; it stays whole while it is held."""

    number: str
    store: VectorStore
    bm25: BM25Index
    locks: tuple[ReadLock, ...]  # keep the writer from deleting the files

    @property
    def ids(self) -> Sequence[str]:
        """The passages, in the order of all arrays over them."""
        return self.store.ids


class Index:
    """The index of one archive. Searching is safe from any thread; one thread at a time may ``update``."""

    def __init__(self, root: Path, catalog: Catalog) -> None:
        self._root = root
        self._catalog = catalog
        self._snapshot: Snapshot | None = None
        self._lock = threading.Lock()

    def close(self) -> None:
        with self._lock:
            if self._snapshot is not None:
                self._snapshot.store.close()
                for lock in self._snapshot.locks:
                    lock.release()
                self._snapshot = None

    def snapshot(self, embedder: Embedder) -> Snapshot | None:
        """The index in use, opened; None when nothing was indexed yet.

        Raises ArchiveError when it is damaged or was made with another embedder.
        """
        with self._lock:
            while (number := self._catalog.meta("index")) is not None:
                self.require(embedder)
                if self._snapshot is not None and self._snapshot.number == number:
                    return self._snapshot
                try:
                    self._snapshot = self._open(number, embedder)
                except ArchiveError:
                    if self._catalog.meta("index") == number:
                        raise  # it was not replaced by another process just now, it is broken
            return None

    def require(self, embedder: Embedder) -> None:
        """Raises ArchiveError when the index in use was made with another embedder or version."""
        if not self._fits(embedder):
            raise ArchiveError(
                f"The search index was made with the embedder {self._catalog.meta('index_embedder')!r} or by another"
                f" version of Copydesk, and can't be searched with {embedder.name!r}.",
                "Make it again with `copydesk rebuild`, or set COPYDESK_EMBEDDER back.",
            )

    def is_current(self, embedder: Embedder | None = None) -> bool:
        """Whether the index holds all that the catalog does, made as ``embedder`` and this version make it."""
        current = self._catalog.meta("index_changes") == str(self._catalog.changes())
        return current and (embedder is None or self._fits(embedder))

    def _fits(self, embedder: Embedder) -> bool:
        return self._catalog.meta("index_fingerprint") in (None, fingerprint(embedder))

    def update(self, embedder: Embedder, progress: Progress | None = None, *, anew: bool = False) -> int:
        """Bring the index in line with the catalog and ``embedder``, or make it ``anew`` from nothing.

        Returns the passages indexed. An index made anew, or for another embedder, is put to use when it is whole;
        until then the one there was serves, whoever can search it.
        """
        changes = self._catalog.changes()
        if not anew and self.is_current(embedder):
            return 0
        whole = anew or not self._fits(embedder)
        old = None if whole else self.snapshot(embedder)
        titles = self._catalog.titles()
        wanted = self._catalog.passage_ids()
        retitled = self._catalog.retitled()
        todo = [i for i, c in wanted.items() if old is None or old.store.place(i) is None or c in retitled]
        gone = [] if old is None else [i for i in old.ids if i not in wanted]
        if old is not None and not todo and not gone:
            self._catalog.set_meta(index_changes=str(changes))
            return 0
        parts = self._parts(todo, whole, len(old.ids) if old is not None else 0)
        journal = self._journal(embedder) if todo else None
        try:
            for start, ids in parts:
                texts = self._embedded(ids, titles, journal, embedder, progress, start, len(todo))
                vectors = journal.vectors(list(texts.values())) if journal else np.zeros((0, 0), dtype=np.float32)
                new = self._version(old, wanted, texts, vectors, embedder, progress)
                waiting = {wanted[i] for i in todo[start + len(ids) :]}
                marks = {wanted[i]: titles.get(wanted[i]) for i in ids if wanted[i] not in waiting}
                old = self._publish(new, embedder, marks, -1 if waiting else changes)
                if journal:
                    journal.clear()
        finally:
            if journal:
                journal.close()
        if journal:
            journal.discard()
        return len(todo)

    def waiting(self, embedder: Embedder) -> set[str]:
        """The texts (by content hash) with a passage that has no vector yet, neither in the index nor in the journal of
        an update that was broken off."""
        old = self.snapshot(embedder) if self._fits(embedder) else None
        titles, retitled = self._catalog.titles(), self._catalog.retitled()
        todo = [
            i
            for i, c in self._catalog.passage_ids().items()
            if old is None or old.store.place(i) is None or c in retitled
        ]
        if not todo:
            return set()
        journal = self._journal(embedder)
        try:
            texts = {
                p.id: (p.content_hash, indexed_text(p, titles.get(p.content_hash)))
                for p in self._catalog.passages(todo)
            }
            missing = set(journal.missing([text for _, text in texts.values()]))
        finally:
            journal.close()
        return {content_hash for content_hash, text in texts.values() if text in missing}

    def tidy(self) -> None:
        """Delete versions that are no longer, or never were, in use."""
        number = self._catalog.meta("index")
        used = {number, base_name(self._root / number) if number else None}
        for folder in self._root.iterdir() if self._root.is_dir() else ():
            if folder.name not in used and folder.is_dir() and not is_read(folder):
                shutil.rmtree(folder, ignore_errors=True)

    def check(self, embedder: Embedder) -> list[str]:
        """Differences between index and catalog, in words, each with what to do."""
        remedy = "Run `copydesk rebuild`."
        try:
            snapshot = self.snapshot(embedder)
            present = frozenset(snapshot.ids if snapshot is not None else ())
            for name in {snapshot.number, snapshot.store.base or snapshot.number} if snapshot is not None else ():
                verify(self._root / name, contents=True)
        except ArchiveError as error:
            return [str(error)]
        wanted = self._catalog.passage_ids().keys()
        problems = []
        if missing := len(wanted - present):
            problems.append(f"{missing} of {len(wanted)} passages are missing from the search index. {remedy}")
        if extra := len(present - wanted):
            problems.append(f"The search index holds {extra} passages of articles that are gone. {remedy}")
        if snapshot is not None and list(snapshot.bm25.ids) != list(snapshot.ids):
            problems.append(f"The word index and the vector index hold different passages. {remedy}")
        return problems

    def _open(self, number: str, embedder: Embedder) -> Snapshot:
        folder = self._root / number
        names = {number, base_name(folder) or number}
        locks = tuple(_hold(self._root / name) for name in names)
        for name in names:
            verify(self._root / name)
        near = self._snapshot.store if self._snapshot is not None else None
        store = VectorStore.open(folder, fingerprint(embedder), near)
        return Snapshot(number, store, BM25Index.load(folder / "bm25"), locks)

    def _parts(self, todo: Sequence[str], whole: bool, present: int) -> Iterator[tuple[int, Sequence[str]]]:
        """What is put to use together, with its place in ``todo``: as much again as is in use already."""
        start = 0
        while start < len(todo) or not start:
            size = len(todo) if whole else max(_PUBLISH, present + start)
            yield start, todo[start : start + size]
            start += max(size, 1)

    def _journal(self, embedder: Embedder) -> Journal:
        path = self._root / f"journal-{fingerprint(embedder)}.bin"
        for other in self._root.glob("journal-*.bin"):
            if other != path:
                other.unlink(missing_ok=True)
        return Journal(path, embedder.dims)

    def _embedded(
        self,
        ids: Sequence[str],
        titles: Mapping[str, str | None],
        journal: Journal | None,
        embedder: Embedder,
        progress: Progress | None,
        done: int,
        total: int,
    ) -> dict[str, str]:
        """The indexed text of each passage, all of them with their vector in the journal."""
        texts: dict[str, str] = {}
        for start in range(0, len(ids), _EMBED):
            if progress:
                progress("embed", done + start, total)
            passages = self._catalog.passages(ids[start : start + _EMBED])
            new = {p.id: indexed_text(p, titles.get(p.content_hash)) for p in passages}
            missing = journal.missing(list(new.values())) if journal else []
            if journal and missing:
                journal.add(missing, embedder.encode_documents(missing))
            texts.update(new)
        if progress and ids:
            progress("embed", done + len(ids), total)
        return texts

    def _version(
        self,
        old: Snapshot | None,
        wanted: Container[str],
        texts: Mapping[str, str],
        vectors: NDArray[np.float32],
        embedder: Embedder,
        progress: Progress | None,
    ) -> Snapshot:
        """A new version: of ``old`` what is wanted still, and these texts."""
        if progress:
            progress("index", 0, 1)
        numbers = [int(p.name) for p in self._root.iterdir() if p.name.isdigit()] if self._root.is_dir() else []
        number = f"{max([*numbers, int(self._catalog.meta('index') or 0)]) + 1:06d}"
        folder = self._root / number
        folder.mkdir(mode=0o700, parents=True)
        locks = [_hold(folder)]
        keep = [] if old is None else [n for n, i in enumerate(old.ids) if i in wanted and i not in texts]
        before = old.store if old is not None else None
        words = old.bm25 if old is not None else BM25Index.build([], [])
        try:
            store = VectorStore.create(folder, fingerprint(embedder), list(texts), vectors, old=before, keep=keep)
            words.updated(store.ids, texts).save(folder / "bm25")
            seal(folder)
        except OSError as error:
            raise unusable(folder, error.strerror or str(error)) from error
        if store.base not in (None, number):
            locks.append(_hold(self._root / str(store.base)))
        if progress:
            progress("index", 1, 1)
        return Snapshot(number, store, BM25Index.load(folder / "bm25"), tuple(locks))

    def _publish(self, new: Snapshot, embedder: Embedder, marks: Mapping[str, str | None], changes: int) -> Snapshot:
        with self._lock, self._catalog.transaction():
            self._catalog.mark_indexed(marks)
            self._catalog.set_meta(
                index=new.number,
                index_fingerprint=fingerprint(embedder),
                index_embedder=embedder.name,
                index_changes=str(changes),
            )
            self._snapshot = new
        self.tidy()
        return new


def indexed_text(passage: Passage, title: str | None) -> str:
    """What is embedded and indexed for a passage: its article's title names the subject that the passage may not."""
    return f"{title}\n{passage.text}" if title else passage.text


def fingerprint(embedder: Embedder) -> str:
    """Names what an index was made with: vectors of two fingerprints never meet in one index."""
    return hashlib.sha256(f"{_VERSION} {embedder.name} {embedder.fingerprint}".encode()).hexdigest()[:16]


def _hold(folder: Path) -> ReadLock:
    try:
        return ReadLock(folder)
    except OSError as error:
        raise unusable(folder, str(error)) from error
