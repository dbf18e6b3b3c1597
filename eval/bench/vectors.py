"""An embedder that remembers on disk what it embedded: a build that was stopped, or one of articles slightly changed,
embeds only what is new."""

from __future__ import annotations

import hashlib
import sqlite3
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from rag.search.embed import Embedder

if TYPE_CHECKING:
    from numpy.typing import NDArray


class RememberingEmbedder(Embedder):
    """The embedder it is given, with the vectors of documents kept in a SQLite file of this embedder's own.

    For building archives from one thread; other uses go to the embedder itself.
    """

    def __init__(self, embedder: Embedder, folder: Path) -> None:
        self.name = embedder.name
        self._inner = embedder
        folder.mkdir(parents=True, exist_ok=True)
        self._file = sqlite3.connect(folder / f"vectors-{embedder.fingerprint}.sqlite3", isolation_level=None)
        self._file.execute("CREATE TABLE IF NOT EXISTS vectors (text BLOB PRIMARY KEY, vector BLOB) WITHOUT ROWID")

    def close(self) -> None:
        self._file.close()

    @property
    def fingerprint(self) -> str:
        return self._inner.fingerprint

    @property
    def dims(self) -> int:
        return self._inner.dims

    def encode_queries(self, texts: Sequence[str]) -> NDArray[np.float32]:
        return self._inner.encode_queries(texts)

    def encode_cached(self, texts: Sequence[str]) -> NDArray[np.float32]:
        return self._inner.encode_cached(texts)

    def encode_documents(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """As the embedder's own, float32 ``[len(texts), dims]``; only unknown texts are embedded."""
        keys = [hashlib.blake2b(text.encode("utf-8", "surrogatepass"), digest_size=16).digest() for text in texts]
        known = {key: vector for key in set(keys) if (vector := self._known(key)) is not None}
        missing = {key: text for key, text in zip(keys, texts, strict=True) if key not in known}
        if missing:
            made = self._inner.encode_documents(list(missing.values()))
            known.update(zip(missing, made, strict=True))
            rows = [(key, np.asarray(known[key], dtype=np.float32).tobytes()) for key in missing]
            self._file.executemany("INSERT OR REPLACE INTO vectors VALUES (?, ?)", rows)
        return np.stack([known[key] for key in keys]) if keys else self._inner.encode_documents([])

    def _known(self, key: bytes) -> NDArray[np.float32] | None:
        row = self._file.execute("SELECT vector FROM vectors WHERE text = ?", (key,)).fetchone()
        return np.frombuffer(row[0], dtype=np.float32) if row else None
