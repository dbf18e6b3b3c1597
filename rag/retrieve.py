"""From a question to the passages that may answer it: vectors and words, fused by rank."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date

from rag.bm25 import BM25Index
from rag.catalog import Catalog
from rag.embed import Embedder
from rag.errors import InputError
from rag.fusion import reciprocal_rank_fusion
from rag.store import VectorStore
from rag.text.times import parse_day
from rag.timeline import wants_latest
from rag.types import Filter, Hit

CANDIDATES = 50  # taken from each side before fusion
RECENT = 0.3  # how much more a passage of today scores than one of long ago, where the newest news is asked for
FRESH_DAYS = 30  # after which that gain is down to a third; both chosen on RealTimeQA, see eval/LOG.md


def search(
    question: str, *, k: int, filter: Filter, catalog: Catalog, store: VectorStore, bm25: BM25Index, embedder: Embedder
) -> list[Hit]:
    """Up to ``k`` hits, best first, from articles that pass ``filter``; at most one per distinct passage.

    Every hit carries its cosine and BM25 score, also where only one side ranked it. Where several articles have
    the same text, ``article`` is the earliest that passes the filter and ``also_in`` names the others that do.
    Raises InputError for an empty question, a ``k`` below 1, a bad date or an unknown outlet.
    """
    if not question.strip():
        raise InputError("The question is empty.", "Type a question.")
    if k < 1:
        raise InputError(f"{k} results can't be shown.", "Ask for at least one.")
    filter = check_filter(filter, catalog)
    allowed = None
    if not filter.is_open:
        contents = catalog.allowed(filter)
        allowed = {i for i, content in catalog.passage_ids().items() if content in contents}
        if not allowed:
            return []
    vector = embedder.encode_queries([question])[0]
    wide = max(k, CANDIDATES)
    dense = store.query(vector, wide, allowed)
    sparse = bm25.query(question, wide, allowed)
    rankings = {"dense": [i for i, _ in dense], "bm25": [i for i, _ in sparse]}
    fused = reciprocal_rank_fusion(rankings)
    passages = {p.id: p for p in catalog.passages([i for i, _ in fused])}
    # an article removed a moment ago may still be in the index
    fused = [(i, score) for i, score in fused if i in passages]
    ids_by_content = catalog.allowed(filter, {p.content_hash for p in passages.values()})
    if filter.as_of or wants_latest(question):
        firsts = {content: ids[0] for content, ids in ids_by_content.items()}
        published = catalog.published(firsts.values())
        days = {i: published.get(firsts.get(p.content_hash, "")) for i, p in passages.items()}
        fused = newer_first(fused, days, filter.as_of)
    fused = fused[:k]
    ranks = {name: {i: place for place, i in enumerate(ids, start=1)} for name, ids in rankings.items()}
    shown = [i for i, _ in fused]
    cosines = dict(dense)
    cosines.update((i, float(v @ vector)) for i, v in store.vectors([i for i in shown if i not in cosines]).items())
    weights = bm25.scores(question, shown)
    firsts_shown = {
        ids_by_content[passages[i].content_hash][0] for i in shown if passages[i].content_hash in ids_by_content
    }
    articles = {a.id: a for a in catalog.articles(firsts_shown)}
    hits = []
    for passage_id, score in fused:
        passage = passages[passage_id]
        first, *others = ids_by_content.get(passage.content_hash, [""])
        if first in articles:
            hits.append(
                Hit(
                    passage=passage,
                    article=articles[first],
                    score=score,
                    ranks={name: places[passage_id] for name, places in ranks.items() if passage_id in places},
                    cosine=cosines.get(passage_id),
                    bm25=weights[passage_id],
                    also_in=tuple(others),
                )
            )
    return hits


def newer_first(
    fused: Sequence[tuple[str, float]], published: Mapping[str, str | None], as_of: str | None
) -> list[tuple[str, float]]:
    """The ranking with the scores of newer articles raised by up to ``RECENT``, best first.

    Asked as of a day, people mostly ask about the news of then: what is ``FRESH_DAYS`` old gains a third as much as
    that day's own. Without such a day, the newest article found takes its place.
    """
    days = {i: day for i, _ in fused if (day := parse_day(published.get(i)))}
    today = parse_day(as_of) or max(days.values(), default=None)
    if today is None:
        return list(fused)

    def raised(i: str, score: float) -> float:
        age = (today - days[i]).days if i in days else None
        return score if age is None or age < 0 else score * (1 + RECENT * math.exp(-age / FRESH_DAYS))

    return sorted(((i, raised(i, score)) for i, score in fused), key=lambda pair: (-pair[1], pair[0]))


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
            names = ", ".join(outlet for group in known.values() for outlet in group[:1])
            raise InputError(
                f"No article comes from an outlet named {source!r}.",
                f"Known outlets: {names}." if names else "No article in this archive names its outlet.",
            )
        chosen += known[source.strip().casefold()]
    return replace(filter, sources=tuple(chosen))


def _is_day(value: str) -> bool:
    try:
        return date.fromisoformat(value).isoformat() == value
    except ValueError:
        return False
