"""Answers a question of several clauses: each clause is looked up by itself, in the articles of the outlet it names.

What is shown is the name that the clauses share, with a quote for each clause that has one, or Yes or No with the
sentences that settle it in their articles' own words.
"""

from __future__ import annotations

from collections.abc import Generator, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import TYPE_CHECKING, Protocol

from rag import evidence, prompt
from rag.compose import Outcome, silent, source_name, whole
from rag.compound import names as compound_names
from rag.compound.closed import Evidence, Likeness, likeness, verdict
from rag.compound.question import Clause, Compound, plan
from rag.found import Found
from rag.llm.base import LLM, Cancel
from rag.text.names import find_names, missing_names
from rag.types import Check, Event, Filter, Hit, Quote, SourceSentence, Span
from rag.verdict.abstain import ANSWERS_IN, NO_EVIDENCE, WEAK_EVIDENCE

if TYPE_CHECKING:
    from rag.search.embed import Embedder

PASSAGES = 8  # looked at for a clause
AROUND = timedelta(days=1)  # a report's day differs with the time zone
CITED = 4  # quotes at most
READ = 3  # sentences of a report that the model reads for a clause, of the nearest
EXCERPT = 40  # words of a quote that are shown
RIVALS, READ_LINES, READ_WORDS = 4, 5, 45  # names among which the model chooses, by so many sentences cut to words
POSSIBLE = 0.2  # probability, by the model, from which the name with most relevance stands
CERTAIN, NEARLY = 0.9, 0.75  # from which another takes its place, if it has such a share of the relevance


JUDGED = "Judged from these sentences alone."


class Shelf(Protocol):
    """What of an archive is used; see ``rag.archive.Archive``."""

    @property
    def embedder(self) -> Embedder: ...
    def search(self, query: str, k: int, filter: Filter) -> list[Hit]: ...
    def outlets(self) -> list[str]: ...


@dataclass(frozen=True, slots=True)
class Parts:
    """A question's clauses with what was found for each, in the same order; ``outlets``: of the whole archive."""

    plan: Compound
    found: tuple[Found, ...]
    outlets: tuple[str, ...]

    @property
    def hits(self) -> tuple[Hit, ...]:
        """The passages found, by turns the best of each clause."""
        turns = [clause.hits[i] for i in range(PASSAGES) for clause in self.found if i < len(clause.hits)]
        return tuple({hit.passage.id: hit for hit in turns}.values())

    @property
    def highlights(self) -> dict[str, Span]:
        """The sentence of each passage that is nearest to a clause, by passage id."""
        return {id: span for clause in reversed(self.found) for id, span in clause.highlights.items()}


def look(question: str, shelf: Shelf, filter: Filter) -> Parts | None:
    """What the archive holds for each clause of a question; None for an ordinary question."""
    outlets = shelf.outlets()
    made = plan(question, outlets)
    if made is None:
        return None
    return Parts(made, tuple(_find(clause, shelf, filter) for clause in made.clauses), tuple(outlets))


def _find(clause: Clause, shelf: Shelf, filter: Filter) -> Found:
    """The passages of a clause's outlets near to it, of the day it gives if there are any, their sentences ranked."""
    wanted = _narrowed(filter, clause)
    hits: list[Hit] = []
    if wanted is not None:
        if clause.days:
            since, until = (clause.days.start - AROUND).isoformat(), (clause.days.end + AROUND).isoformat()
            near = replace(wanted, since=max(since, wanted.since or since), until=min(until, wanted.until or until))
            hits = shelf.search(clause.topic, PASSAGES, near)
        hits = hits or shelf.search(clause.topic, PASSAGES, wanted)
    hits = [h for h in hits if h.article.language in (None, ANSWERS_IN)]
    sentences = evidence.sentences_of(hits)
    if not sentences:
        return Found((), (), None, ())
    embedder = shelf.embedder
    vectors = embedder.encode_cached([s.text for s in sentences])
    asked = embedder.encode_cached([clause.topic])[0]
    # a clause states something: what is nearest to it comes first, not what promises to answer a question
    scored = evidence.score(clause.topic, hits, sentences, [float(c) for c in vectors @ asked])
    ranked = sorted(scored, key=lambda s: (-s.relevance, s.sentence.article.id, s.sentence.span))
    return Found(tuple(hits), tuple(sentences), vectors, tuple(ranked))


def _narrowed(filter: Filter, clause: Clause) -> Filter | None:
    """The filter with the clause's outlets; None where it leaves none of them."""
    if not clause.outlets:
        return filter
    allowed = {source.strip().casefold() for source in filter.sources}
    sources = tuple(o for o in clause.outlets if not allowed or o.strip().casefold() in allowed)
    return replace(filter, sources=sources) if sources else None


def answer(llm: LLM, parts: Parts, embedder: Embedder, cancel: Cancel | None = None) -> Generator[Event, None, Outcome]:
    """What answers the question. Runs on the thread that owns the model; yields no events."""
    if parts.plan.kind == "which":
        return (yield from named(parts, llm, cancel))
    return (yield from settled(llm, parts, embedder, cancel))


def named(parts: Parts, llm: LLM | None = None, cancel: Cancel | None = None) -> Generator[Event, None, Outcome]:
    """The name that the clauses share, cited for each clause that a quote carries; the model tells it from names
    nearly as near. No events are yielded."""
    yield from ()
    asked = parts.plan.asked
    ranked = compound_names.vote(asked, parts.found, parts.outlets)
    if not ranked:
        return silent(*NO_EVIDENCE)
    if ranked[0].score < compound_names.LEAST:
        return silent(*WEAK_EVIDENCE)
    if compound_names.asks_pair(asked):
        return _told(parts, ranked[:2])
    rivals = [c for c in ranked[:RIVALS] if c.score >= compound_names.RIVAL * ranked[0].score]
    if len(rivals) == 1:
        return _told(parts, rivals)
    if llm is None:
        return silent(*WEAK_EVIDENCE)
    names = [c.name for c in rivals]
    sentences = dict.fromkeys(f.best.sentence for f in parts.found if f.ranked)
    lines = [f"{s.article.title}: {' '.join(s.text.split()[:READ_WORDS])}" for s in sentences]
    values = {"excerpts": "\n".join(lines[:READ_LINES]), "question": asked, "names": ", ".join(names)}
    told = llm.choice(prompt.render(prompt.load("name"), values), names, cancel=cancel)
    likely = rivals[names.index(told.best)]
    if told.probability(names[0]) >= POSSIBLE:
        return _told(parts, rivals[:1])
    if told.probability(told.best) >= CERTAIN and likely.score >= NEARLY * rivals[0].score:
        return _told(parts, [likely])
    return silent(*WEAK_EVIDENCE)


def _told(parts: Parts, chosen: Sequence[compound_names.Candidate]) -> Outcome:
    """The names, cited for each clause that has a quote, and what has none."""
    each = [
        [q if q is not None and _holds(q, c.name) else None for q in compound_names.quotes(c, parts.found)]
        for c in chosen
    ]
    by_clause = [[q for q in quotes if q is not None] for quotes in zip(*each, strict=True)]
    quotes = tuple({(q.article.id, q.start): q for held in by_clause for q in held}.values())[:CITED]
    if len(quotes) < 2 or not all(any(row) for row in each):
        return silent(*WEAK_EVIDENCE)
    check = Check(f"{' and '.join(c.name for c in chosen)}.", quotes, min(1.0, min(c.score for c in chosen)))
    articles = len({q.article.id for q in quotes})
    notice = f"Put together from {articles} articles: no single one says all of this." if articles > 1 else None
    bare = [c.text for c, held in zip(parts.plan.clauses, by_clause, strict=True) if not held]
    if bare:
        missing = " and ".join(f"“{text}”" for text in bare)
        return Outcome("partial", f"no quote was found for {missing}", notice, (check,))
    return Outcome("answered", None, notice, (check,))


def settled(
    llm: LLM, parts: Parts, embedder: Embedder, cancel: Cancel | None = None
) -> Generator[Event, None, Outcome]:
    """Yes or No with the sentences that settle it; no events are yielded."""
    yield from ()
    if not all(found.ranked for found in parts.found):
        return silent(*NO_EVIDENCE)
    opinions, like = judged(llm, parts, embedder, cancel)
    decided = verdict(parts.plan, opinions, like)
    if decided is None:
        return silent(*WEAK_EVIDENCE)
    shown = list(dict.fromkeys(parts.found[i].best.sentence for i in decided.settled_by))[:CITED]
    checks = [_as_said(s, f"{decided.word}: " if i == 0 else "") for i, s in enumerate(shown)]
    return Outcome("answered", None, JUDGED, tuple(checks))


def judged(llm: LLM, parts: Parts, embedder: Embedder, cancel: Cancel | None = None) -> tuple[list[Evidence], Likeness]:
    """What was found for each clause with the model's opinion of it, and how alike the first and last quotes are.

    For each clause something must have been found.
    """
    opinions: list[Evidence] = []
    for clause, found in zip(parts.plan.clauses, parts.found, strict=True):
        values = {"report": _report(found), "statement": clause.text}
        told = llm.choice(prompt.render(prompt.load("clause"), values), ("Yes", "No"), cancel=cancel)
        top, article = found.best, found.best.sentence.article
        named = bool(find_names(clause.topic)) and not missing_names(clause.topic, article.text, article.title or "")
        holds = told.probability("Yes")
        opinions.append(Evidence(clause, top.sentence.text, top.cosine, holds, article.published_at, named))
    one, two = opinions[0].quote, opinions[-1].quote
    vectors = embedder.encode_cached([one, two])
    return opinions, likeness(one, two, float(vectors[0] @ vectors[1]))


def _report(found: Found) -> str:
    """The nearest sentences of the best one's article, in order, headed by its date and title."""
    article = found.best.sentence.article
    near = [s.sentence for s in found.ranked[:READ] if s.sentence.article.id == article.id]
    text = " ".join(s.text for s in sorted(near, key=lambda s: s.span))
    return f"Report of {article.published_at}, “{article.title}”: {text}"


def _as_said(sentence: SourceSentence, word: str) -> Check:
    said = sentence.text.split()
    text = " ".join(said[:EXCERPT]).rstrip(".") + (" …" if len(said) > EXCERPT else "")
    return Check(f"{word}{source_name(sentence.article)} says “{text}”.", (whole(sentence),), 1.0)


def _holds(quote: Quote, name: str) -> bool:
    """Whether a quote, or the title shown with it, names what is said; a surname will do where the article has more."""
    return not missing_names(f"It is {name}.", quote.text, quote.article.title or "", quote.article.text)
