"""Answers a question of several clauses: each clause is looked up by itself, in the articles of the outlet it names.

What is shown is the name that the clauses share, with a quote for each clause that has one, or Yes or No with the
sentences that settle it in their articles' own words.
"""

from __future__ import annotations

from collections.abc import Generator, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import TYPE_CHECKING, Protocol

from rag import compound_names, evidence, prompt
from rag.abstain import ANSWERS_IN, NO_EVIDENCE, WEAK_EVIDENCE
from rag.compose import Outcome, silent, source_name, whole
from rag.compound import Clause, Compound, plan
from rag.compound_closed import Evidence, alike, verdict
from rag.found import Found
from rag.llm.base import LLM, Cancel
from rag.names import missing_names
from rag.types import Check, Event, Filter, Hit, Quote, SourceSentence, Usage

if TYPE_CHECKING:
    from rag.embed import Embedder

PASSAGES = 8  # looked at for a clause
AROUND = timedelta(days=1)  # a report's day differs with the time zone
CITED = 4  # quotes at most
READ = 3  # sentences of a report that the model reads for a clause, of the nearest
EXCERPT = 40  # words of a quote that are shown


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
    return evidence.rank(clause.topic, hits, sentences, vectors, [float(c) for c in vectors @ asked])


def _narrowed(filter: Filter, clause: Clause) -> Filter | None:
    """The filter with the clause's outlets; None where it leaves none of them."""
    if not clause.outlets:
        return filter
    allowed = {source.strip().casefold() for source in filter.sources}
    sources = tuple(o for o in clause.outlets if not allowed or o.strip().casefold() in allowed)
    return replace(filter, sources=sources) if sources else None


def named(parts: Parts) -> Outcome:
    """The name that the clauses share, cited for each clause that a quote carries; else that there is none."""
    voted = compound_names.vote(parts.plan.asked, parts.found, parts.outlets)
    if voted is None:
        return silent(*NO_EVIDENCE)
    held = [q if q is not None and _holds(q, voted.name) else None for q in voted.quotes]
    quotes = _distinct([q for q in held if q is not None])
    if not voted.sure or len(quotes) < 2:
        return silent(*WEAK_EVIDENCE)
    check = Check(f"{voted.name}.", quotes, min(1.0, voted.score))
    bare = [c.text for c, quote in zip(parts.plan.clauses, held, strict=True) if quote is None]
    articles = len({q.article.id for q in quotes})
    notice = f"Put together from {articles} articles: no single one says all of this." if articles > 1 else None
    if bare:
        missing = " and ".join(f"“{text}”" for text in bare)
        return Outcome("partial", f"no quote was found for {missing}", notice, (check,))
    return Outcome("answered", None, notice, (check,))


def settled(
    llm: LLM, parts: Parts, embedder: Embedder, cancel: Cancel | None = None
) -> Generator[Event, None, tuple[Outcome, Usage]]:
    """Yes or No with the sentences that settle it, and the tokens that asking the model took; no events are yielded."""
    yield from ()
    if not all(found.ranked for found in parts.found):
        return silent(*NO_EVIDENCE), Usage()
    opinions: list[Evidence] = []
    prompt_tokens = cached = 0
    best = [found.best.sentence for found in parts.found]
    for clause, found in zip(parts.plan.clauses, parts.found, strict=True):
        values = {"report": _report(found), "statement": clause.text}
        told = llm.choice(prompt.render(prompt.load("clause"), values), ("Yes", "No"), cancel=cancel)
        prompt_tokens, cached = prompt_tokens + told.prompt_tokens, cached + told.cached_tokens
        top, day = found.best, found.best.sentence.article.published_at
        opinions.append(Evidence(clause, top.sentence.text, top.cosine, told.probability("Yes"), day))
    vectors = embedder.encode_cached([best[0].text, best[-1].text])
    like = alike(best[0].text, best[-1].text, float(vectors[0] @ vectors[1]))
    decided = verdict(parts.plan, opinions, like)
    usage = Usage(prompt_tokens, cached, 0)
    if decided is None:
        return silent(*WEAK_EVIDENCE), usage
    shown = list(dict.fromkeys(best[i] for i in decided.settled_by))[:CITED]
    checks = [_as_said(s, f"{decided.word}: " if i == 0 else "") for i, s in enumerate(shown)]
    return Outcome("answered", None, JUDGED, tuple(checks)), usage


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


def _distinct(quotes: Sequence[Quote]) -> tuple[Quote, ...]:
    return tuple({(q.article.id, q.start): q for q in quotes}.values())[:CITED]
