"""Near-copies in a catalog: signatures are kept, so that only new texts are signed and only new pairs compared."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Sequence
from functools import lru_cache
from typing import TYPE_CHECKING, Any

import numpy as np

from rag.catalog import Catalog
from rag.intake import dedupe
from rag.text import shingles
from rag.types import Progress

if TYPE_CHECKING:
    from numpy.typing import NDArray

_BATCH = 256  # texts signed in one transaction
_KEPT = 2048  # texts whose shingles are remembered while pairs are compared


def is_settled(catalog: Catalog) -> bool:
    """Whether the clusters are those of the texts that the catalog holds."""
    return catalog.meta("clustered") == _state(catalog)


def settle(catalog: Catalog, progress: Progress | None = None) -> None:
    """Bring the clusters in line with the texts that the catalog holds. They depend on those alone: not on the order in
    which they came, nor on what was there before."""
    if is_settled(catalog):
        return
    state = _state(catalog)
    _sign_new(catalog, progress)
    hashes, signatures = _signatures(catalog)
    known: dict[tuple[str, str], float] = {
        (one, two): share for one, two, share in catalog.rows("SELECT one, two, share FROM near_pairs")
    }
    compared: dict[tuple[str, str], float] = {}

    @lru_cache(maxsize=_KEPT)
    def shingles_of(content_hash: str) -> NDArray[np.uint64]:
        return shingles.shingles(catalog.rows("SELECT text FROM contents WHERE hash = ?", content_hash)[0][0])

    def contained(i: int, j: int) -> float:
        pair = (hashes[i], hashes[j])
        share = known.get(pair)
        if share is None:
            share = known[pair] = compared[pair] = shingles.containment(shingles_of(pair[0]), shingles_of(pair[1]))
        return share

    pairs = dedupe.candidates(signatures)
    lead = dedupe.cluster(len(hashes), _told(pairs, progress), contained)
    present = set(hashes)
    with catalog.transaction():
        catalog.run("INSERT INTO near_pairs VALUES (?, ?, ?)", [(*pair, share) for pair, share in compared.items()])
        gone = [pair for pair in known if not present.issuperset(pair)]
        catalog.run("DELETE FROM near_pairs WHERE one = ? AND two = ?", gone)
        before = dict(catalog.rows("SELECT hash, cluster FROM contents"))
        now = {hashes[place]: hashes[first] for place, first in enumerate(lead)}
        moved = [(cluster, text) for text, cluster in now.items() if before.get(text) != cluster]
        catalog.run("UPDATE contents SET cluster = ? WHERE hash = ?", moved)
        catalog.set_meta(clustered=state)


def copied(catalog: Catalog, ids: Collection[str]) -> dict[str, tuple[str, bool]]:
    """Of the articles ``ids``, just added or changed, those that copy another one: which, and whether word for word.

    One that was there before goes before the others, then the earliest as far as dates are known.
    """
    new = set(ids)
    if not new:
        return {}
    shared = catalog.rows(
        "SELECT c.cluster, a.id, a.content_hash FROM contents c JOIN articles a ON a.content_hash = c.hash"
        " WHERE c.cluster IN (SELECT o.cluster FROM articles b JOIN contents o ON o.hash = b.content_hash"
        " WHERE b.id IN (SELECT value FROM json_each(?))) ORDER BY a.published_at IS NULL, a.published_at, a.id",
        json.dumps(sorted(new)),
    )
    groups: dict[str, list[tuple[str, str]]] = {}
    for cluster, article_id, content_hash in shared:
        groups.setdefault(cluster, []).append((article_id, content_hash))
    found: dict[str, tuple[str, bool]] = {}
    for group in groups.values():
        old_first = sorted(group, key=lambda item: item[0] in new)
        for place, (article_id, content_hash) in enumerate(old_first):
            if article_id in new and place:
                exact = [other for other, text in old_first[:place] if text == content_hash]
                found[article_id] = (exact[0], True) if exact else (old_first[0][0], False)
    return found


def _state(catalog: Catalog) -> str:
    return f"{dedupe.VERSION}:{catalog.changes()}"


def _sign_new(catalog: Catalog, progress: Progress | None) -> None:
    sql = (
        "SELECT hash FROM contents LEFT JOIN signatures ON content_hash = hash"
        " WHERE version IS NULL OR version <> ? ORDER BY hash"
    )
    todo = [row[0] for row in catalog.rows(sql, dedupe.VERSION)]
    for start in range(0, len(todo), _BATCH):
        if progress:
            progress("sign", start, len(todo))
        rows: list[Sequence[Any]] = []
        for content_hash in todo[start : start + _BATCH]:
            text = catalog.rows("SELECT text FROM contents WHERE hash = ?", content_hash)[0][0]
            signature = dedupe.sign(text)
            values = (signature.bands.astype("<u8").tobytes(), signature.sample.astype("<u8").tobytes())
            rows.append((content_hash, dedupe.VERSION, signature.size, *values))
        catalog.run("INSERT OR REPLACE INTO signatures VALUES (?, ?, ?, ?, ?)", rows)
    if progress and todo:
        progress("sign", len(todo), len(todo))


def _signatures(catalog: Catalog) -> tuple[list[str], list[dedupe.Signature]]:
    rows = catalog.rows("SELECT content_hash, size, bands, sample FROM signatures ORDER BY size DESC, content_hash")
    return [row[0] for row in rows], [
        dedupe.Signature(size, np.frombuffer(bands, "<u8"), np.frombuffer(sample, "<u8"))
        for _, size, bands, sample in rows
    ]


def _told(pairs: Sequence[tuple[int, int]], progress: Progress | None) -> Iterable[tuple[int, int]]:
    for place, pair in enumerate(pairs):
        if progress and place % 1000 == 0:
            progress("copies", place, len(pairs))
        yield pair
    if progress and pairs:
        progress("copies", len(pairs), len(pairs))
