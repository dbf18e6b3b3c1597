"""From a question to the passages that may answer it: vectors, words, names and dates, fused into one score."""

from __future__ import annotations

import difflib
import math
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import asdict, replace
from datetime import date
from typing import TYPE_CHECKING

import numpy as np

from rag.catalog import Catalog
from rag.errors import InputError
from rag.search.bm25 import BM25Index, words
from rag.search.columns import Columns
from rag.search.embed import Embedder
from rag.search.fusion import Signs, fuse, spread
from rag.search.once import once
from rag.search.store import VectorStore
from rag.text.names import find_names
from rag.text.times import parse_day
from rag.timeline import wants_latest
from rag.types import Article, Filter, Hit, Passage

if TYPE_CHECKING:
    from numpy.typing import NDArray

CANDIDATES = 50  # taken from each side before fusion
ARTICLES = 10  # and of so many articles that cover the question's words as a whole, the best passage
MOST_NAMED = 12  # outlets listed where one is not known
FRESH_DAYS = 30  # after which what newer articles gain is down to a third


def search(
    question: str,
    *,
    k: int,
    filter: Filter,
    catalog: Catalog,
    columns: Columns,
    store: VectorStore,
    bm25: BM25Index,
    embedder: Embedder,
) -> list[Hit]:
    """Up to ``k`` hits, best first, from articles that pass ``filter``; at most one per distinct passage.

    Every hit carries its cosine and BM25 score, also where only one side ranked it. Where several articles have the
    same text, ``article`` is the earliest that passes the filter and ``also_in`` names the others that do. A cluster of
    near-copies takes one place, with the copies left out for it in ``near`` (see ``once.py``). ``columns`` are those
    of the passages of ``bm25``. Raises InputError for an empty question, a ``k`` below 1, a bad date or an unknown
    outlet.
    """
    if not question.strip():
        raise InputError("The question is empty.", "Type a question.")
    if k < 1:
        raise InputError(f"{k} results can't be shown.", "Ask for at least one.")
    filter = check_filter(filter, catalog)
    allowed = columns.allowed(filter)
    if allowed is not None and not allowed.any():
        return []
    ids = bm25.ids
    vector = embedder.encode_queries([question])[0]
    weights = bm25.scores(question) if allowed is None else bm25.scores(question) * allowed
    coverage = bm25.group_scores(question, columns.content, columns.contents)
    wide = max(CANDIDATES, math.ceil(k / 2))
    dense = store.query(vector, wide, allowed)
    sparse = bm25.best(weights, wide)
    leads = [ids[place] for place in best_of_articles(coverage, weights, columns, ARTICLES)]
    passages = {p.id: p for p in catalog.passages({i for i, _ in (*dense, *sparse)}.union(leads))}
    ids_by_content = catalog.allowed(filter, {p.content_hash for p in passages.values()})
    # an article removed a moment ago may still be in the index
    places = {i: bm25.place(i) for i, p in passages.items() if p.content_hash in ids_by_content}
    cosines = dict(dense)
    cosines.update((i, float(v @ vector)) for i, v in store.vectors([i for i in places if i not in cosines]).items())
    at = np.array(list(places.values()), dtype=np.int32)
    covered, scored = _shares(coverage[columns.content[at]]), _shares(weights[at], weights)
    names = bm25.share([word for name in find_names(question) for word in words(name.text)], at)
    recency = _recency(question, filter, passages, ids_by_content, catalog)
    signs = {
        i: Signs(
            cosine=cosines.get(i, 0.0),
            bm25=float(scored[row]),
            article=float(covered[row]),
            names=float(names[row]),
            recent=recency.get(i, 0.0),
        )
        for row, i in enumerate(places)
    }
    fused, texts, left_out = _fused(signs, passages, ids_by_content, catalog)
    fused = fused[:k]
    ranks = {
        side: {i: rank for rank, (i, _) in enumerate(ranked, start=1)}
        for side, ranked in (("dense", dense), ("bm25", sparse))
    }
    articles = {a.id: a for a in catalog.articles({ids_by_content[passages[i].content_hash][0] for i, _ in fused})}
    hits = []
    for passage_id, score in fused:
        passage = passages[passage_id]
        first, *others = ids_by_content[passage.content_hash]
        if first in articles:
            hits.append(
                Hit(
                    passage=passage,
                    article=articles[first],
                    score=score,
                    ranks={side: ranked[passage_id] for side, ranked in ranks.items() if passage_id in ranked},
                    cosine=cosines.get(passage_id),
                    bm25=float(weights[places[passage_id]]),
                    also_in=tuple(others),
                    near=tuple(texts[copy] for copy in left_out.get(passage.content_hash, ())),
                    signs=asdict(signs[passage_id]),
                )
            )
    return hits


def _fused(
    signs: Mapping[str, Signs],
    passages: Mapping[str, Passage],
    ids_by_content: Mapping[str, Sequence[str]],
    catalog: Catalog,
) -> tuple[list[tuple[str, float]], dict[str, Article], dict[str, tuple[str, ...]]]:
    """The passages (id, score), best first, near-copies once; the articles of clusters with several texts among them
    (by content hash), and which of these were left out for which."""
    clusters = catalog.cluster_of(ids_by_content)
    several = Counter(clusters.values())
    copied = {ids_by_content[content][0] for content, cluster in clusters.items() if several[cluster] > 1}
    texts = {a.content_hash: a for a in catalog.articles(copied)}
    apart = spread(fuse(signs), {i: p.content_hash for i, p in passages.items()})
    fused, left_out = once(apart, passages, texts, clusters)
    return fused, texts, left_out


def _recency(
    question: str,
    filter: Filter,
    passages: Mapping[str, Passage],
    ids_by_content: Mapping[str, Sequence[str]],
    catalog: Catalog,
) -> dict[str, float]:
    """How new the passages' articles are, where the question or its filter makes that matter; by passage id."""
    if not (filter.as_of or wants_latest(question)):
        return {}
    firsts = {content: group[0] for content, group in ids_by_content.items()}
    published = catalog.published(firsts.values())
    days = {i: published[firsts[p.content_hash]] for i, p in passages.items() if p.content_hash in firsts}
    return recent(days, filter.as_of)


def best_of_articles(
    coverage: NDArray[np.float32], weights: NDArray[np.float32], columns: Columns, most: int
) -> list[int]:
    """The place of the best-scoring passage in each of the ``most`` texts that cover the question best.

    ``coverage`` [texts], ``weights`` [passages] (0 for what is not allowed).
    """
    order = np.argsort(-coverage, kind="stable")[: 10 * most]  # some of them may not be allowed
    leads = [int(members[np.argmax(weights[members])]) for t in order if len(members := columns.members(t))]
    return [lead for lead in leads if weights[lead] > 0][:most]


def recent(published: Mapping[str, str | None], as_of: str | None) -> dict[str, float]:
    """How new each article is, 1 for one of the day asked from, down to a third after ``FRESH_DAYS``; by passage id.

    Asked as of a day, people mostly ask about the news of then. Without such a day, the newest article found takes its
    place. What has no date, or a later one, gains nothing.
    """
    days = {i: day for i, value in published.items() if (day := parse_day(value))}
    today = parse_day(as_of) or max(days.values(), default=None)
    if today is None:
        return {}
    return {i: math.exp(-(today - day).days / FRESH_DAYS) for i, day in days.items() if day <= today}


def _shares(values: NDArray[np.float32], of: NDArray[np.float32] | None = None) -> NDArray[np.float64]:
    """``values`` as shares of the largest, or of the largest ``of`` others, in [0, 1]; zeros where that is none."""
    most = float((values if of is None else of).max(initial=0.0))
    return values.astype(np.float64) / most if most > 0 else np.zeros(len(values))


def check_filter(filter: Filter, catalog: Catalog) -> Filter:
    """``filter`` with its outlets as the catalog writes them. Raises InputError for a bad date or unknown outlet."""
    for name in ("as_of", "since", "until"):
        value = getattr(filter, name)
        if value is not None and not _is_day(value):
            raise InputError(f"{value!r} is not a date.", f"Give {name} as YYYY-MM-DD.")
    if not filter.sources:
        return filter
    known: dict[str, list[str]] = {}
    for outlet in catalog.outlets():
        known.setdefault(outlet.strip().casefold(), []).append(outlet)
    chosen: list[str] = []
    for source in filter.sources:
        if source.strip().casefold() not in known:
            raise InputError(f"No article comes from an outlet named {source!r}.", _other_outlets(source, known))
        chosen += known[source.strip().casefold()]
    return replace(filter, sources=tuple(chosen))


def _other_outlets(asked: str, known: Mapping[str, Sequence[str]]) -> str:
    """The outlets there are; of many, those spelled most like the one asked for."""
    if not known:
        return "No article in this archive names its outlet."
    if len(known) <= MOST_NAMED:
        return f"Known outlets: {', '.join(group[0] for group in known.values())}."
    near = difflib.get_close_matches(asked.strip().casefold(), known, n=5, cutoff=0.5)
    meant = f"Did you mean {' or '.join(known[name][0] for name in near)}? " if near else ""
    return f"{meant}`copydesk info` counts the {len(known):,} outlets there are; `--search` finds them in lists."


def _is_day(value: str) -> bool:
    try:
        return date.fromisoformat(value).isoformat() == value
    except ValueError:
        return False
