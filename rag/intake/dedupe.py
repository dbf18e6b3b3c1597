"""Which texts of an archive are near-copies of one another: candidates by MinHash, each verified, then clustered.

Everything here is a pure function of the set of texts: neither the order in which they came nor the batches matter.

1. A text's ``Signature`` has bands of MinHash values (Broder 1997; Leskovec, Rajaraman and Ullman, "Mining of Massive
   Datasets", ch. 3), which meet in texts that resemble each other as wholes, and a sample of its shingles, those whose
   hash falls into a fixed eighth (Broder's mod-m sketch), which also meet where one text is a part of the other.
2. ``candidates`` are pairs that meet; they are few beside all pairs, and not all of them are copies.
3. ``cluster`` takes the true containment of each pair and puts together texts that are all near-copies of one another,
   from the longest text on: a round-up that holds two stories does not make those two one.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Any

import numpy as np

from rag.text.shingles import FEWEST, shingles
from rag.text.shingles import VERSION as SHINGLES

if TYPE_CHECKING:
    from numpy.typing import NDArray

# Of the shorter text's shingles. Above the half at which ``rag.disagreement.copies`` takes two reports for one source:
# a monthly story told anew shares up to two thirds with the last one, and must keep a place of its own (eval/LOG.md).
NEAR = 0.75
BANDS, ROWS = 32, 4  # texts that share half of all their shingles meet in 87 of 100 cases, three quarters in all
SAMPLE = 8  # one shingle in so many is in the sample: of 40 words, none in 1 case of 100
COMMON = 64  # texts; a sampled shingle that more have is a turn of phrase, page furniture, or a story told everywhere
STAR = 4  # of the many texts that share something common, those that each other one is compared with
WHOLE = 8  # members of a cluster that a text is compared with before it joins
VERSION = f"{SHINGLES}.2"  # raise the second number when signatures come out differently


@dataclass(frozen=True, slots=True)
class Signature:
    """What is kept of a text: how many shingles it has, ``BANDS`` band values, and the sampled shingles, sorted."""

    size: int
    bands: NDArray[np.uint64]
    sample: NDArray[np.uint64]


def sign(text: str) -> Signature:
    """The signature of a text."""
    found = shingles(text)
    if len(found) < FEWEST:
        return Signature(len(found), np.empty(0, np.uint64), np.empty(0, np.uint64))
    from datasketch import MinHash

    minhash = MinHash(scheme="affine32", hashfunc=_same, permutations=_permutations(), hashvalues=_largest())
    minhash.update_batch((found & np.uint64(0xFFFFFFFF)).tolist())
    values = minhash.hashvalues.astype(np.uint64).reshape(BANDS, ROWS)
    bands = np.arange(1, BANDS + 1, dtype=np.uint64)
    for row in range(ROWS):
        bands = (bands ^ values[:, row]) * np.uint64(0x9E3779B97F4A7C15)
        bands ^= bands >> np.uint64(29)
    return Signature(len(found), bands, found[: np.searchsorted(found, np.uint64(2**64 // SAMPLE))])


def _same(value: Any) -> Any:
    return value


@lru_cache(maxsize=1)
def _permutations() -> Any:
    from datasketch import MinHash

    return MinHash(num_perm=BANDS * ROWS, seed=1, scheme="affine32").permutations


def _largest() -> NDArray[np.uint32]:
    return np.full(BANDS * ROWS, 0xFFFFFFFF, dtype=np.uint32)


def candidates(signatures: Sequence[Signature]) -> list[tuple[int, int]]:
    """Pairs of places in ``signatures``, the smaller first, that may be near-copies; sorted.

    ``signatures`` stand in an order that depends on the texts alone.
    """
    told = [i for i, s in enumerate(signatures) if s.size >= FEWEST]
    if len(told) < 2:
        return []
    count = len(signatures)
    places = np.array(told, dtype=np.int64)
    bands = np.stack([signatures[i].bands for i in told])
    codes = [_band_pairs(bands[:, band], places, count) for band in range(BANDS)]
    codes.append(_sample_pairs(signatures, told, count))
    every = np.unique(np.concatenate(codes))
    return list(zip((every // count).tolist(), (every % count).tolist(), strict=True))


def _band_pairs(keys: NDArray[np.uint64], places: NDArray[np.int64], count: int) -> NDArray[np.int64]:
    """Pairs with the same key: each text with the ``STAR`` first of its group and with those next to it."""
    keys, places, start, _ = _groups(keys, places)
    at = np.arange(len(keys))
    found = [_star(places, start, count)]
    for lag in range(1, 8):
        pairs = at[lag:][start[lag:] <= at[:-lag]]
        found.append(places[pairs - lag] * count + places[pairs])
    return np.unique(np.concatenate(found))


def _sample_pairs(signatures: Sequence[Signature], told: Sequence[int], count: int) -> NDArray[np.int64]:
    """Pairs that share enough of the shorter one's sampled shingles: all pairs of texts that have a rare one, and with
    a ``COMMON`` one, the first ``STAR`` texts that have it with every other."""
    sizes = np.array([len(signatures[i].sample) for i in told])
    keys = np.concatenate([signatures[i].sample for i in told])
    owners = np.repeat(np.array(told, dtype=np.int64), sizes)
    keys, owners, _, size = _groups(keys, owners, singles=True)
    found = []
    for common in (False, True):
        chosen = size > COMMON if common else size <= COMMON
        of_each = np.bincount(owners if common else owners[chosen], minlength=count)
        _, places, start, _ = _groups(keys[chosen], owners[chosen])
        pairs = _star(places, start, count) if common else _all(places, start, count)
        codes, shared = np.unique(pairs, return_counts=True)
        fewest = np.minimum(of_each[codes // count], of_each[codes % count])
        # far below NEAR, as a sample of few says little; of a tiny one a single shingle must do
        found.append(codes[(shared >= 0.4 * fewest) & (shared >= np.minimum(2, np.maximum(1, fewest - 1)))])
    return np.concatenate(found)


def _all(places: NDArray[np.int64], start: NDArray[np.int64], count: int) -> NDArray[np.int64]:
    at = np.arange(len(places))
    found = [np.empty(0, np.int64)]
    for lag in range(1, COMMON):
        pairs = at[lag:][start[lag:] <= at[:-lag]]
        found.append(places[pairs - lag] * count + places[pairs])
    return np.concatenate(found)


def _star(places: NDArray[np.int64], start: NDArray[np.int64], count: int) -> NDArray[np.int64]:
    at = np.arange(len(places))
    found = [np.empty(0, np.int64)]
    for place in range(STAR):
        pairs = start + place < at
        found.append(places[start[pairs] + place] * count + places[pairs])
    return np.concatenate(found)


def _groups(
    keys: NDArray[np.uint64], places: NDArray[np.int64], *, singles: bool = False
) -> tuple[NDArray[np.uint64], NDArray[np.int64], NDArray[np.int64], NDArray[np.int64]]:
    """Keys and places sorted by both, with where each one's group of equal keys starts and how many are in it. Places
    are in order when they come."""
    order = np.argsort(keys, kind="stable")
    keys, places = keys[order], places[order]
    first = np.flatnonzero(np.concatenate(([True], keys[1:] != keys[:-1]))) if len(keys) else np.empty(0, np.int64)
    sizes = np.diff(np.append(first, len(keys)))
    if not singles:
        keep = np.repeat(sizes > 1, sizes)
        keys, places, sizes = keys[keep], places[keep], sizes[sizes > 1]
        first = np.cumsum(sizes) - sizes
    return keys, places, np.repeat(first, sizes), np.repeat(sizes, sizes)


def cluster(count: int, pairs: Iterable[tuple[int, int]], contained: Callable[[int, int], float]) -> list[int]:
    """For each of ``count`` texts, the longest first, the place of the text that its cluster is named after: its own
    where it begins one.

    ``contained`` gives the true containment of two texts. A text joins, of the clusters in which it has a near-copy and
    all members (of a large one the first ``WHOLE``) are its near-copies, the one it has most in common with.
    """
    near: dict[int, dict[int, float]] = defaultdict(dict)
    for i, j in pairs:
        share = contained(i, j)
        if share >= NEAR:
            near[j][i] = share
    lead = list(range(count))
    members: dict[int, list[int]] = {}
    for j in sorted(near):
        best: dict[int, float] = {}
        for i, share in near[j].items():
            best[lead[i]] = max(best.get(lead[i], 0.0), share)
        for first, _ in sorted(best.items(), key=lambda item: (-item[1], item[0])):
            group = members.setdefault(first, [first])
            if all(near[j].get(i, 0.0) >= NEAR or contained(i, j) >= NEAR for i in group[:WHOLE]):
                lead[j] = first
                group.append(j)
                break
    return lead
