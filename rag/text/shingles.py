"""Runs of four words, by which copies of one text are told: the same here, in ``rag.intake.dedupe`` and in
``rag.disagreement.copies``."""

from __future__ import annotations

import re
import zlib
from functools import lru_cache
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

SHINGLE = 4  # words
FEWEST = 8  # shingles below which nothing is said: two short notes share a phrase too easily
VERSION = 1  # raise when a text's shingles come out differently

_WORD = re.compile(r"\w+")
_ROUND, _MIX = np.uint64(0x9E3779B97F4A7C15), np.uint64(0xFF51AFD7ED558CCD)  # of SplitMix64 and MurmurHash3
_SHIFT = np.uint64(33)


@lru_cache(maxsize=1024)
def shingles(text: str) -> NDArray[np.uint64]:
    """The distinct runs of four words of a text, case and punctuation aside, as sorted hashes; the same on every
    machine. Two runs share a hash by chance about once in 2**32."""
    run = _WORD.findall(text.lower())
    if len(run) < SHINGLE:
        return np.empty(0, np.uint64)
    words = np.fromiter((zlib.crc32(word.encode("utf-8", "surrogatepass")) for word in run), np.uint64, len(run))
    count = len(words) - SHINGLE + 1
    mixed = np.zeros(count, np.uint64)
    for place in range(SHINGLE):
        mixed = (mixed ^ words[place : place + count]) * _ROUND
        mixed ^= mixed >> _SHIFT
    mixed *= _MIX
    found: NDArray[np.uint64] = np.unique(mixed ^ (mixed >> _SHIFT))
    found.flags.writeable = False  # it is kept and handed out again
    return found


def shared(a: NDArray[np.uint64], b: NDArray[np.uint64]) -> int:
    """How many shingles two texts have in common."""
    short, long = (a, b) if len(a) <= len(b) else (b, a)
    if not len(short):
        return 0
    at = np.searchsorted(long, short)
    at[at == len(long)] = 0
    return int(np.count_nonzero(long[at] == short))


def containment(a: NDArray[np.uint64], b: NDArray[np.uint64]) -> float:
    """The share in [0, 1] of the shorter text's shingles that the other holds; 0 for texts too short to tell.

    After Broder, "On the resemblance and containment of documents", 1997: a cut-down agency story stays a copy of the
    whole.
    """
    fewest = min(len(a), len(b))
    return shared(a, b) / fewest if fewest >= FEWEST else 0.0
