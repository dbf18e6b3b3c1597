"""The search index on disk: vectors and words, made from the catalog and replaced as a whole.

``<archive>/index/<number>/`` holds one index (``chroma/`` and ``bm25/``); the catalog names the number in use. An
index in use is never written to: each change is made to a copy, which then takes its place in one transaction.
So a search in any thread or process sees one consistent index, and a crash at any moment loses nothing.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from rag.bm25 import BM25Index
from rag.catalog import Catalog
from rag.embed import Embedder
from rag.errors import ArchiveError
from rag.locks import ReadLock, is_read
from rag.store import VectorStore
from rag.types import Passage

Progress = Callable[[str, int, int], None]  # stage, done, total

_VERSION = 1  # raise when what is chunked, embedded or stored changes
_EMBED = 64  # passages embedded between two progress reports
_SEALS = "files.json"
_PUBLISH = 4096  # passages embedded before what is done so far is put to use, so that an interruption costs little


@dataclass(frozen=True, slots=True)
class Snapshot:
    """One index, open for searching; it stays whole while it is held."""

    number: str
    store: VectorStore
    bm25: BM25Index
    lock: ReadLock  # keeps the writer from deleting the files


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
                self._snapshot.lock.release()
                self._snapshot = None

    def snapshot(self, embedder: Embedder) -> Snapshot | None:
        """The index in use, opened; None when nothing was indexed yet.

        Raises ArchiveError when it is damaged or was made with another embedder.
        """
        with self._lock:
            while (number := self._catalog.meta("index")) is not None:
                if self._snapshot is not None and self._snapshot.number == number:
                    return self._snapshot
                self.require(embedder)
                try:
                    self._snapshot = self._open(number, embedder)
                except ArchiveError:
                    if self._catalog.meta("index") == number:
                        raise  # it was not replaced by another process just now, it is broken
            return None

    def require(self, embedder: Embedder) -> None:
        """Raises ArchiveError when the index in use was made with another embedder or version."""
        made_with = self._catalog.meta("index_fingerprint")
        if made_with is not None and made_with != fingerprint(embedder):
            raise ArchiveError(
                f"The search index was made with the embedder {self._catalog.meta('index_embedder')!r} or by another"
                f" version of Copydesk, and can't be searched with {embedder.name!r}.",
                "Make it again with `copydesk rebuild`, or set COPYDESK_EMBEDDER back.",
            )

    def is_current(self) -> bool:
        """Whether the index holds all that the catalog does."""
        return self._catalog.meta("index_changes") == str(self._catalog.changes())

    def update(self, embedder: Embedder, progress: Progress | None = None, *, anew: bool = False) -> int:
        """Bring the index in line with the catalog, or make it ``anew`` from nothing. Returns passages embedded."""
        changes = self._catalog.changes()
        if not anew and self.is_current():
            return 0
        old = None if anew else self.snapshot(embedder)
        titles = self._catalog.titles()
        wanted = self._catalog.passage_ids()
        present = old.store.ids() if old is not None else frozenset()
        retitled = self._catalog.retitled()
        todo = [i for i, content in wanted.items() if i not in present or content in retitled]
        gone = present - wanted.keys()
        if old is not None and not todo and not gone:
            self._catalog.set_meta(index_changes=str(changes))
            return 0
        for start in range(0, len(todo) or 1, _PUBLISH):
            ids = todo[start : start + _PUBLISH]
            number, store = self._copy(old, embedder)
            try:
                store.delete(gone)
                self._embed(store, ids, titles, embedder, progress, start, len(todo))
                bm25 = self._words(store.ids(), titles, self._root / number, progress)
            except BaseException:
                store.close()
                raise
            waiting = {wanted[i] for i in todo[start + _PUBLISH :]}
            marks = {h: titles.get(h) for i, h in wanted.items() if i in store.ids() and h not in waiting}
            old = self._publish(
                Snapshot(number, store, bm25, _hold(self._root / number)), embedder, marks, -1 if waiting else changes
            )
        return len(todo)

    def tidy(self) -> None:
        """Delete indexes that are no longer, or never were, in use."""
        number = self._catalog.meta("index")
        for folder in self._root.iterdir() if self._root.is_dir() else ():
            if folder.name != number and folder.is_dir() and not is_read(folder):
                shutil.rmtree(folder, ignore_errors=True)

    def check(self, embedder: Embedder) -> list[str]:
        """Differences between index and catalog, in words, each with what to do."""
        remedy = "Run `copydesk rebuild`."
        try:
            snapshot = self.snapshot(embedder)
            present = snapshot.store.ids() if snapshot is not None else frozenset()
            if snapshot is not None:
                _verify(self._root / snapshot.number, contents=True)
        except ArchiveError as error:
            return [str(error)]
        wanted = self._catalog.passage_ids().keys()
        problems = []
        if missing := len(wanted - present):
            problems.append(f"{missing} of {len(wanted)} passages are missing from the search index. {remedy}")
        if extra := len(present - wanted):
            problems.append(f"The search index holds {extra} passages of articles that are gone. {remedy}")
        if snapshot is not None and len(snapshot.bm25) != len(present):
            problems.append(f"The word index and the vector index hold different passages. {remedy}")
        return problems

    def _open(self, number: str, embedder: Embedder) -> Snapshot:
        folder = self._root / number
        lock = _hold(folder)
        _verify(folder)
        store = VectorStore(folder / "chroma", fingerprint(embedder))
        try:
            return Snapshot(number, store, BM25Index.load(folder / "bm25"), lock)
        except ArchiveError:
            store.close()
            raise

    def _copy(self, old: Snapshot | None, embedder: Embedder) -> tuple[str, VectorStore]:
        numbers = [int(p.name) for p in self._root.iterdir() if p.name.isdigit()] if self._root.is_dir() else []
        number = f"{max([*numbers, int(self._catalog.meta('index') or 0)]) + 1:06d}"
        folder = self._root / number
        folder.mkdir(mode=0o700, parents=True)
        if old is not None:
            shutil.copytree(self._root / old.number / "chroma", folder / "chroma")
        return number, VectorStore(folder / "chroma", fingerprint(embedder), create=True)

    def _embed(
        self,
        store: VectorStore,
        ids: Sequence[str],
        titles: Mapping[str, str | None],
        embedder: Embedder,
        progress: Progress | None,
        done: int,
        total: int,
    ) -> None:
        for start in range(0, len(ids), _EMBED):
            if progress:
                progress("embed", done + start, total)
            passages = self._catalog.passages(ids[start : start + _EMBED])
            vectors = embedder.encode_documents([indexed_text(p, titles.get(p.content_hash)) for p in passages])
            store.upsert([p.id for p in passages], vectors)
        if progress and ids:
            progress("embed", done + len(ids), total)

    def _words(
        self, present: frozenset[str], titles: Mapping[str, str | None], folder: Path, progress: Progress | None
    ) -> BM25Index:
        if progress:
            progress("index", 0, 1)
        passages = [p for p in self._catalog.passages() if p.id in present]
        bm25 = BM25Index.build(
            [p.id for p in passages], [indexed_text(p, titles.get(p.content_hash)) for p in passages]
        )
        bm25.save(folder / "bm25")
        if progress:
            progress("index", 1, 1)
        return bm25

    def _publish(self, new: Snapshot, embedder: Embedder, marks: Mapping[str, str | None], changes: int) -> Snapshot:
        _seal(self._root / new.number)
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
        raise _unusable(folder, error) from error


def _seal(folder: Path) -> None:
    """Note size and checksum of each file of a finished index, and see them safely on the disk."""
    seals = {}
    for path in sorted(folder.rglob("*")):
        if path.is_file():
            with path.open("rb") as file:
                seals[path.relative_to(folder).as_posix()] = [
                    path.stat().st_size,
                    hashlib.file_digest(file, "blake2b").hexdigest(),
                ]
                os.fsync(file.fileno())
    with (folder / _SEALS).open("w", encoding="utf-8") as file:
        json.dump(seals, file)
        file.flush()
        os.fsync(file.fileno())


def _verify(folder: Path, *, contents: bool = False) -> None:
    """Raises ArchiveError where a sealed file is missing or of another size or, with ``contents``, other bytes."""
    try:
        seals: dict[str, tuple[int, str]] = json.loads((folder / _SEALS).read_text(encoding="utf-8"))
        for name, (size, digest) in seals.items():
            path = folder / name
            # Chroma may tidy its own database when it opens it, and SQLite notices damage by itself;
            # it also rewrites length.bin at every opening, with unused bytes that differ
            if path.suffix != ".sqlite3" and path.stat().st_size != size:
                raise ValueError(f"{name} has another size than it was written with")
            if path.suffix != ".sqlite3" and path.name != "length.bin" and contents:
                with path.open("rb") as file:
                    if hashlib.file_digest(file, "blake2b").hexdigest() != digest:
                        raise ValueError(f"{name} is damaged")
    except (OSError, ValueError, AttributeError, TypeError) as error:
        raise _unusable(folder, error) from error


def _unusable(folder: Path, error: Exception) -> ArchiveError:
    return ArchiveError(
        f"The search index at {folder} can't be used: {error}.", "Make it again with `copydesk rebuild`."
    )
