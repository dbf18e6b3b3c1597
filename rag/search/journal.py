"""Vectors that were made but are not in an index yet: an ingest that is stopped does not have to make them again."""

from __future__ import annotations

import os
import zlib
from collections.abc import Sequence
from hashlib import blake2b
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from rag.errors import ArchiveError

if TYPE_CHECKING:
    from numpy.typing import NDArray

_KEY = 16  # bytes


class Journal:
    """A file that only grows: for each text its hash, its vector and a checksum. What was written half is ignored."""

    def __init__(self, path: Path, dims: int) -> None:
        """Open the journal at ``path``, made new where there is none. Raises ArchiveError when it can't be written."""
        self._path = path
        self._record = np.dtype([("key", "u1", _KEY), ("vector", "<f4", dims), ("check", "<u4")])
        self._known: dict[bytes, NDArray[np.float32]] = {}
        try:
            path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            sound = self._read() if path.exists() else 0
            self._file = path.open("ab")
            self._file.truncate(sound)
        except OSError as error:
            raise _full(path, error) from error

    def _read(self) -> int:
        """Take in what is sound; returns its length in bytes."""
        records = np.fromfile(self._path, dtype=self._record)
        for place, record in enumerate(records):
            if record["check"] != zlib.crc32(record.tobytes()[:-4]):
                return place * self._record.itemsize
            self._known[record["key"].tobytes()] = record["vector"]
        return len(records) * self._record.itemsize

    def missing(self, texts: Sequence[str]) -> list[str]:
        """Those of ``texts`` that have no vector yet, each once."""
        return [text for key, text in {_key(text): text for text in texts}.items() if key not in self._known]

    def add(self, texts: Sequence[str], vectors: NDArray[np.float32]) -> None:
        """Keep vectors, float32 ``[len(texts), dims]``; they are on the disk when this returns."""
        records = np.zeros(len(texts), dtype=self._record)
        keys = [_key(text) for text in texts]
        records["key"] = np.frombuffer(b"".join(keys), dtype=np.uint8).reshape(-1, _KEY)
        records["vector"] = vectors
        records["check"] = [zlib.crc32(record.tobytes()[:-4]) for record in records]
        try:
            self._file.write(records.tobytes())
            self._file.flush()
            os.fsync(self._file.fileno())
        except OSError as error:
            raise _full(self._path, error) from error
        self._known.update(zip(keys, records["vector"], strict=True))

    def vectors(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """The vectors of ``texts``, float32 ``[len(texts), dims]``. Raises KeyError for one that is missing."""
        found = np.empty((len(texts), self._record["vector"].shape[0]), dtype=np.float32)
        for row, text in enumerate(texts):
            found[row] = self._known[_key(text)]
        return found

    def close(self) -> None:
        self._file.close()

    def clear(self) -> None:
        """Forget all: it is in an index now."""
        self._known.clear()
        self._file.truncate(0)

    def discard(self) -> None:
        """Close it and delete its file."""
        self.close()
        self._path.unlink(missing_ok=True)


def _key(text: str) -> bytes:
    return blake2b(text.encode("utf-8", "surrogatepass"), digest_size=_KEY).digest()


def _full(path: Path, error: OSError) -> ArchiveError:
    return ArchiveError(
        f"{path} can't be written: {error.strerror or error}.",
        "Check the permissions and the free space of that folder; nothing was lost.",
    )
