"""The graph of nearest neighbours over an index's vectors: Chroma, embedded in this process, fed with our own vectors.

Vectors are known by their row, a number from 0. Chroma's times grow with the logarithm of what it holds.
"""

from __future__ import annotations

import shutil
import weakref
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from rag.config import go_offline
from rag.errors import ArchiveError

if TYPE_CHECKING:
    from numpy.typing import NDArray

MADE_OTHERWISE = "it was made with another embedding model or version"
_DATABASE = "chroma.sqlite3"
_PRISTINE = "pristine.sqlite3"  # the database as it was when the graph was finished
# More links and a wider search than Chroma's defaults: recall matters more here than a millisecond.
_HNSW = {"space": "cosine", "max_neighbors": 24, "ef_construction": 200, "ef_search": 400}


class Graph:
    """One Chroma folder. Searching is safe from any thread; it is changed only before it is put to use."""

    def __init__(self, folder: Path, fingerprint: str, *, create: bool = False) -> None:
        """Open the graph in ``folder``. ``fingerprint`` (letters and digits) names what the vectors were made with.

        Raises ArchiveError when it is not there, damaged, or made with something else.
        """
        self._folder = folder
        go_offline()
        if create:
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        elif not (folder / _DATABASE).is_file():
            raise unusable(folder, "it is not there")
        import chromadb
        from chromadb.config import Settings

        name = f"passages-{fingerprint}"
        with _guard(folder):
            client: Any = chromadb.PersistentClient(path=str(folder), settings=Settings(anonymized_telemetry=False))
        # the last user of a replaced index closes it, whichever thread that is
        self._close = weakref.finalize(self, client.close)
        try:
            with _guard(folder):
                if create:
                    self._collection: Any = client.get_or_create_collection(
                        name, embedding_function=None, configuration={"hnsw": _HNSW}
                    )
                else:
                    self._collection = client.get_collection(name, embedding_function=None)
                self._batch = int(client.get_max_batch_size())
                self._collection.count()  # reads the graph: damage shows now and not at the first question
        except ArchiveError:
            self.close()
            raise

    def close(self) -> None:
        """Let go of the files; safe to call twice."""
        self._close()

    def add(self, rows: Sequence[int], vectors: NDArray[np.float32]) -> None:
        """Put in vectors ``[len(rows), dims]`` of unit length, in place of those of the same rows."""
        for start in range(0, len(rows), self._batch):
            part = slice(start, start + self._batch)
            with _guard(self._folder):
                self._collection.upsert(ids=[str(row) for row in rows[part]], embeddings=vectors[part])

    def remove(self, rows: Sequence[int]) -> None:
        """Take vectors out; unknown rows are ignored."""
        for start in range(0, len(rows), self._batch):
            with _guard(self._folder):
                self._collection.delete(ids=[str(row) for row in rows[start : start + self._batch]])

    def finish(self) -> None:
        """Call this when nothing will be changed any more, before anybody else opens the folder.

        Whoever opens a Chroma folder writes to its database, if only a little; so the copy for the next graph is taken
        now, when it can't be torn.
        """
        with _guard(self._folder):
            shutil.copyfile(self._folder / _DATABASE, self._folder / _PRISTINE)

    def nearest(self, vector: NDArray[np.float32], k: int) -> NDArray[np.int64]:
        """The rows of about the ``k`` nearest vectors (recall is measured by ``make bench``), nearest first."""
        with _guard(self._folder):
            result = self._collection.query(query_embeddings=vector.reshape(1, -1), n_results=k, include=[])
        return np.array([int(row) for row in result["ids"][0]], dtype=np.int64)


def copy(folder: Path, to: Path) -> None:
    """Copy a finished graph, whoever is searching it. Raises ArchiveError."""
    with _guard(folder):
        shutil.copytree(folder, to, ignore=shutil.ignore_patterns(f"{_DATABASE}*"))
        shutil.copyfile(folder / _PRISTINE, to / _DATABASE)


@contextmanager
def _guard(folder: Path) -> Iterator[None]:
    """Turn Chroma's errors into ours."""
    from chromadb.errors import ChromaError, NotFoundError

    try:
        yield
    except NotFoundError as error:
        raise unusable(folder, MADE_OTHERWISE) from error
    except (ChromaError, OSError, RuntimeError, ValueError, AttributeError) as error:
        raise unusable(folder, str(error)) from error


def unusable(folder: Path, why: str) -> ArchiveError:
    """What to tell a user of an index that can't be opened, searched or written, and what to do about it."""
    if "space left" in why or "is full" in why:  # as the system and SQLite say it
        return ArchiveError(
            f"The search index at {folder} can't be written: {why}.",
            "Make room on that disk and try again; nothing was lost.",
        )
    return ArchiveError(f"The search index at {folder} can't be used: {why}.", "Make it again with `copydesk rebuild`.")
