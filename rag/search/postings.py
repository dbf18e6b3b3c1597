"""The words of all passages as numbers, kept so that an index can follow small changes without reading every text
again, and the sparse matrix of BM25 scores made from them. Positions are those of the passages in the index."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

K1, B = 1.5, 0.75


@dataclass(frozen=True, slots=True)
class Stream:
    """``words``: int32, the words of all passages one after the other; those of passage ``p`` lie from ``starts[p]`` to
    ``starts[p + 1]`` (int64 ``[passages + 1]``)."""

    words: NDArray[np.int32]
    starts: NDArray[np.int64]

    @classmethod
    def of(cls, passages: Sequence[NDArray[np.int32]]) -> Stream:
        starts = np.zeros(len(passages) + 1, dtype=np.int64)
        np.cumsum([len(passage) for passage in passages], out=starts[1:])
        return cls(np.concatenate(passages) if passages else np.zeros(0, dtype=np.int32), starts)

    def passage(self, place: int) -> NDArray[np.int32]:
        """The words of one passage, int32 ``[words]``."""
        return self.words[self.starts[place] : self.starts[place + 1]]

    def save(self, folder: Path) -> None:
        np.save(folder / "words.npy", self.words)
        np.save(folder / "starts.npy", self.starts)

    @classmethod
    def load(cls, folder: Path) -> Stream:
        """Raises OSError or ValueError where the files are missing or damaged."""
        words, starts = np.load(folder / "words.npy", mmap_mode="r"), np.load(folder / "starts.npy", mmap_mode="r")
        if words.dtype != np.int32 or starts.dtype != np.int64 or starts[-1] != len(words):
            raise ValueError("the words do not match the passages")
        return cls(words, starts)


@dataclass(frozen=True, slots=True)
class Matrix:
    """BM25 scores by word: those of word ``w`` are ``data[indptr[w]:indptr[w + 1]]`` (float32), of the passages at the
    same places of ``indices`` (int32, ascending within a word)."""

    data: NDArray[np.float32]
    indices: NDArray[np.int32]
    indptr: NDArray[np.int64]


def matrix(stream: Stream, vocabulary: int) -> Matrix:
    """Lucene's BM25 of every word in every passage that has it, as bm25s computes it, sorted instead of looped over:
    ``ln(1 + (n - df + .5) / (df + .5)) * tf / (tf + k1 * (1 - b + b * length / mean length))``.

    ``vocabulary`` is the number of words known; there is at least one passage and one word in ``stream``.
    """
    count = len(stream.starts) - 1
    lengths = np.diff(stream.starts)
    keys = stream.words.astype(np.int64)
    keys *= count
    keys += np.repeat(np.arange(count, dtype=np.int64), lengths)
    keys.sort()
    first = np.flatnonzero(np.concatenate(([True], keys[1:] != keys[:-1])))
    frequency = np.diff(np.append(first, len(keys))).astype(np.float32)
    words, places = np.divmod(keys[first], count)
    del keys, first
    holders = np.bincount(words, minlength=vocabulary)
    rarity = np.log(1 + (count - holders + 0.5) / (holders + 0.5)).astype(np.float32)
    damping = (K1 * (1 - B + B * lengths / lengths.mean())).astype(np.float32)
    data = rarity[words] * (frequency / (frequency + damping[places]))
    return Matrix(data, places.astype(np.int32), np.concatenate(([0], np.cumsum(holders))))
