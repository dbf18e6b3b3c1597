"""The vector index: Chroma, embedded in this process, fed with our own vectors."""

from __future__ import annotations

import weakref
from collections.abc import Collection, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from rag.config import go_offline
from rag.errors import ArchiveError

if TYPE_CHECKING:
    from numpy.typing import NDArray

# More links and a wider search than Chroma's defaults: recall matters more here than a millisecond.
_HNSW = {"space": "cosine", "max_neighbors": 24, "ef_construction": 200, "ef_search": 200}


class VectorStore:
    """The vectors of one index folder. Safe to share between threads."""

    def __init__(self, folder: Path, fingerprint: str, *, create: bool = False) -> None:
        """Open the index in ``folder``. ``fingerprint`` (letters and digits) names what the vectors were made with.

        Raises ArchiveError when it is not there, damaged, or made with something else.
        """
        self._folder = folder
        self._ids: frozenset[str] | None = None  # kept until the next change
        go_offline()
        if create:
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        elif not (folder / "chroma.sqlite3").is_file():
            raise _unusable(folder, "it is not there")
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

    def upsert(self, ids: Sequence[str], vectors: NDArray[np.float32]) -> None:
        """Store vectors ``[len(ids), dims]`` of unit length, in place of those with the same ids."""
        self._ids = None
        for start in range(0, len(ids), self._batch):
            part = slice(start, start + self._batch)
            with _guard(self._folder):
                self._collection.upsert(ids=list(ids[part]), embeddings=vectors[part])

    def delete(self, ids: Collection[str]) -> None:
        """Remove vectors; unknown ids are ignored."""
        self._ids = None
        doomed = sorted(ids)
        for start in range(0, len(doomed), self._batch):
            with _guard(self._folder):
                self._collection.delete(ids=doomed[start : start + self._batch])

    def query(
        self, vector: NDArray[np.float32], k: int, allowed: Collection[str] | None = None
    ) -> list[tuple[str, float]]:
        """The ``k`` nearest (id, cosine), best first, ties by id; only among the ids ``allowed``, where given."""
        # Chroma fails on ids that it lacks
        among = None if allowed is None else sorted(self.ids().intersection(allowed))
        count = self.count() if among is None else len(among)
        if k <= 0 or count == 0:
            return []
        with _guard(self._folder):
            result = self._collection.query(
                query_embeddings=vector.reshape(1, -1), n_results=min(k, count), ids=among, include=["distances"]
            )
        found = zip(result["ids"][0], result["distances"][0], strict=True)
        pairs = [(passage_id, _cosine(1.0 - float(distance))) for passage_id, distance in found]
        return sorted(pairs, key=lambda pair: (-pair[1], pair[0]))

    def vectors(self, ids: Sequence[str]) -> dict[str, NDArray[np.float32]]:
        """The stored vectors of ``ids``; unknown ids are left out."""
        if not ids:
            return {}
        with _guard(self._folder):
            result = self._collection.get(ids=list(ids), include=["embeddings"])
        return {i: np.asarray(v, dtype=np.float32) for i, v in zip(result["ids"], result["embeddings"], strict=True)}

    def count(self) -> int:
        with _guard(self._folder):
            return int(self._collection.count())

    def ids(self) -> frozenset[str]:
        known = self._ids
        if known is None:
            with _guard(self._folder):
                known = self._ids = frozenset(self._collection.get(include=[])["ids"])
        return known


def _cosine(value: float) -> float:
    return max(-1.0, min(1.0, value))


@contextmanager
def _guard(folder: Path) -> Iterator[None]:
    """Turn Chroma's errors into ours."""
    from chromadb.errors import ChromaError, NotFoundError

    try:
        yield
    except NotFoundError as error:
        raise _unusable(folder, "it was made with another embedding model or version") from error
    except (ChromaError, OSError, RuntimeError, ValueError, AttributeError) as error:
        raise _unusable(folder, str(error)) from error


def _unusable(folder: Path, why: str) -> ArchiveError:
    return ArchiveError(f"The search index at {folder} can't be used: {why}.", "Make it again with `copydesk rebuild`.")
