"""Ranks the sentences of the retrieved passages by what they may answer, and picks those that fit the token budget."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any

from rag import ranking
from rag.found import Found, Scored
from rag.text.words import content_stems, words
from rag.types import Hit, SourceSentence

BUDGET = 175  # tokens of evidence; with the question and the chat's scaffold 200 uncached prompt tokens
LENGTH = 0.01  # of promise, that each token of a sentence costs it
STEEPNESS = 4.0  # of promise, per unit of relevance
HEAD = 8  # of them for an article's date in front of its sentences


@dataclass(frozen=True, slots=True)
class Weights:
    """How a sentence's relevance is put together. Set by hand: it says how near a sentence comes to the question, while
    the order in which sentences are read is fitted (``rag.ranking``)."""

    cosine: float = 1.0
    overlap: float = 0.8
    passage: float = 0.15
    kind: float = 0.10


def sentences_of(hits: Sequence[Hit]) -> list[SourceSentence]:
    """All sentences of the hits' passages, hit by hit in reading order."""
    return [
        SourceSentence(hit.article, hit.passage.id, span, hit.passage.sentence_text(span), hit.also_in)
        for hit in hits
        for span in hit.passage.sentences
    ]


def shortlist(question: str, hits: Sequence[Hit], whole_hits: int = 8, most: int = 64) -> list[SourceSentence]:
    """The sentences worth comparing: all of the first ``whole_hits`` hits, and of the rest those that share the
    question's rarer words, ``most`` in all. Comparing takes an embedding each, which is what costs time."""
    first, rest = sentences_of(hits[:whole_hits]), sentences_of(hits[whole_hits:])
    wanted = set(content_stems(question))
    shared = [len(wanted & set(content_stems(s.text))) for s in rest]
    order = sorted(range(len(rest)), key=lambda i: (-shared[i], i))
    return first + [rest[i] for i in order[: max(0, most - len(first))] if shared[i]]


def rank(
    question: str,
    hits: Sequence[Hit],
    sentences: Sequence[SourceSentence],
    vectors: Any,
    cosines: Sequence[float],
    boosts: Sequence[float] = (),
) -> Found:
    """The sentences by relevance to the question; ``cosines`` is each one's dense similarity to it, in [-1, 1], and
    ``boosts`` what each gains or loses by its time (see ``rag.timeline``)."""
    scored = score(question, hits, sentences, cosines)
    if boosts:
        most = max((s.relevance for s in scored), default=0.0) or 1.0
        # in proportion, so that what is beside the point does not gain for being new
        gains = [boost * max(0.0, s.relevance / most) for s, boost in zip(scored, boosts, strict=True)]
        scored = [
            replace(s, relevance=s.relevance + gain, promise=s.promise + STEEPNESS * gain)
            for s, gain in zip(scored, gains, strict=True)
        ]
    ranked = sorted(scored, key=lambda s: (-s.promise, s.sentence.article.id, s.sentence.span))
    return Found(tuple(hits), tuple(sentences), vectors, tuple(ranked))


def score(
    question: str,
    hits: Sequence[Hit],
    sentences: Sequence[SourceSentence],
    cosines: Sequence[float],
    weights: Weights | None = None,
) -> list[Scored]:
    """Relevance of each sentence (same order): dense similarity, rarity-weighted word overlap, its passage's rank,
    and whether it holds the kind of thing asked for (a number, a time); with its promise (``rag.ranking``)."""
    w = weights or Weights()
    stems = [Counter(content_stems(s.text)) for s in sentences]
    frequency = Counter(stem for counts in stems for stem in counts)
    wanted = list(dict.fromkeys(content_stems(question)))
    rarity = {t: math.log(1 + len(sentences) / (1 + frequency[t])) for t in wanted}
    total = sum(rarity.values()) or 1.0
    scored = []
    for sentence, counts, sign in zip(sentences, stems, ranking.signs(question, hits, sentences, cosines), strict=True):
        overlap = sum(rarity[t] for t in wanted if counts[t]) / total
        relevance = (
            w.cosine * sign.cosine
            + w.overlap * overlap
            + w.passage * sign.passage_rank
            + w.kind * (sign.number + sign.time)
        )
        scored.append(Scored(sentence, relevance, sign.cosine, overlap, ranking.score(sign)))
    return scored


def choose(
    ranked: Sequence[Scored], count: Callable[[str], int], budget: int = BUDGET, per_article: int = 4
) -> tuple[SourceSentence, ...]:
    """Best sentences first until ``budget`` tokens are spent; one that leans on its predecessor brings it along.

    ``count`` gives the tokens of a text; ``per_article`` caps one article's share, so that sources which
    disagree both get in; what the others leave is filled regardless. The result is in reading order, articles in the
    order of their best sentence.
    """
    by_place = {(s.sentence.passage_id, s.sentence.span): s.sentence for s in ranked}
    before: dict[tuple[str, object], SourceSentence] = {}
    previous: SourceSentence | None = None
    for place in sorted(by_place, key=lambda p: (p[0], p[1])):
        sentence = by_place[place]
        if previous is not None and previous.passage_id == sentence.passage_id:
            before[place] = previous
        previous = sentence
    chosen: dict[tuple[str, object], SourceSentence] = {}
    seen_text: set[tuple[str, ...]] = set()
    used: Counter[str] = Counter()
    left = budget
    by_worth = sorted(ranked, key=lambda s: LENGTH * count(s.sentence.text) - s.promise)
    turns = [(item, cap) for cap in (per_article, len(ranked)) for item in by_worth]
    for item, cap in turns:
        place = (item.sentence.passage_id, item.sentence.span)
        key = tuple(words(item.sentence.text))
        if place in chosen or not key or key in seen_text or used[item.sentence.article.content_hash] >= cap:
            continue
        group = [item.sentence]
        if ranking.LEANING.match(item.sentence.text) and place in before:
            lead = before[place]
            if (lead.passage_id, lead.span) not in chosen:
                group.insert(0, lead)
        head = 0 if used[item.sentence.article.content_hash] else HEAD
        cost = head + sum(count(s.text) + 1 for s in group)
        if cost > left and len(group) > 1:
            group, cost = group[1:], head + count(item.sentence.text) + 1
        if cost > left:
            if left < 25:  # nothing useful fits any more
                break
            continue
        left -= cost
        for s in group:
            chosen[(s.passage_id, s.span)] = s
            used[s.article.content_hash] += 1
            seen_text.add(tuple(words(s.text)))
    order: dict[str, int] = {}
    for item in ranked:  # articles in the order of their best sentence, sentences in reading order
        order.setdefault(item.sentence.article.id, len(order))
    return tuple(sorted(chosen.values(), key=lambda s: (order[s.article.id], s.span)))
