"""Answers a broad question with the articles' own sentences: what was found, chosen, and in which order it is told.

An article's own sentence is its own checked quote. No language model is asked.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import TYPE_CHECKING, Protocol

from rag.broad import standing
from rag.broad.fair import ALIKE, alike, differ, set_beside
from rag.broad.lists import ListPlan, told_of
from rag.broad.question import Plan, may_be_broad, plan
from rag.broad.select import MOST, Topic, candidates, choose, copies, covered, in_order, unnamed
from rag.broad.text import Candidate, alone, sentences_of, tells_of
from rag.compose import Outcome, silent
from rag.events import spell, with_days
from rag.text.times import Interval, parse_day
from rag.text.words import words
from rag.timeline import undated_notice
from rag.types import Article, Check, Coverage, Filter, Hit, Passage
from rag.verdict.abstain import ANSWERS_IN

if TYPE_CHECKING:
    from rag.search.embed import Embedder

SHOWN = 8  # passages listed with an answer, more where more are quoted
WIDE = 150  # passages looked through for a topic
COMPARED = 28  # sentences compared by vectors: an embedding each
LATER = timedelta(days=3)  # how long after a day articles still report it as news
NEAR = 0.50  # cosine of a passage to a topic without names whose words it doesn't use
TEXTS = 200_000  # characters in which is looked up what kind of thing a name is
SLIGHT = 0.5  # share of a topic's plain words that an article must hold


class Shelf(Protocol):
    """What of an archive is used; see ``rag.archive.Archive``."""

    @property
    def embedder(self) -> Embedder: ...
    def search(self, query: str, k: int, filter: Filter) -> list[Hit]: ...
    def extent(self, filter: Filter) -> tuple[int, str | None]: ...
    def undated(self, filter: Filter) -> int: ...
    def articles(self, filter: Filter) -> list[Article]: ...
    def passages(self, article_id: str) -> list[Passage]: ...


@dataclass(frozen=True, slots=True)
class Broad:
    """What is to be said, and the passages it is quoted from."""

    outcome: Outcome
    hits: tuple[Hit, ...] = ()


def answer(question: str, shelf: Shelf, filter: Filter) -> Broad | None:
    """The answer to a broad question; None for a narrow one, or where the narrow way serves better.

    Nothing is said of a name that no article holds.
    """
    if not may_be_broad(question):
        return None
    size, newest = shelf.extent(filter)
    wanted = plan(question, parse_day(filter.as_of or newest), _days(filter, newest))
    return told(wanted, shelf, filter, size) if wanted else None


def told(plan: Plan | ListPlan, shelf: Shelf, filter: Filter, size: int) -> Broad | None:
    """What is said to a plan; ``size`` is how many articles pass ``filter``."""
    if isinstance(plan, ListPlan):
        return _list(plan, shelf, filter, size)
    if plan.kind == "period":
        return _period(plan, shelf, filter, size)
    return _topic(plan, shelf, filter, size)


def _topic(plan: Plan, shelf: Shelf, filter: Filter, size: int) -> Broad | None:
    topic = Topic.of(plan.topic)
    hits = _search(shelf, plan.topic, filter, plan.days)
    by_article: dict[str, list[Hit]] = {}
    for hit in hits:
        by_article.setdefault(hit.article.id, []).append(hit)
    speaking = [group[0].article for group in by_article.values() if _speaks(topic, group)]
    if not speaking:
        return _nothing(topic, hits)
    found, copied = _candidates(
        speaking, lambda a: candidates(a, shelf.passages(a.id), topic, said=plan.kind == "said")
    )
    if plan.days:
        found = [c for c in found if _within(c, plan.days)]
    if not found:
        return None
    checks, notices = _digest(found, copied, shelf, plan.topic)
    of = " ".join((f"{_speak(len(speaking))} of this.", *notices))
    return _outcome(checks, hits, shelf, (len(speaking), size), of, filter)


def _candidates(
    articles: Sequence[Article], of: Callable[[Article], list[Candidate]]
) -> tuple[list[Candidate], dict[str, list[Article]]]:
    """The sentences that may be shown, and each article's copies, by id. Of a copy only what it changed counts."""
    first = copies(articles)
    copied: dict[str, list[Article]] = {}
    for article in articles:
        if article.id in first:
            copied.setdefault(first[article.id], []).append(article)
    found = [c for a in articles if a.id not in first for c in of(a)]
    for original, others in copied.items():
        own = [c for c in found if c.article.id == original]
        for candidate in (c for other in others for c in of(other)):
            if any(alike(candidate.text, o.text) >= ALIKE and differ(candidate, o) for o in own):
                found.append(candidate)
    return found, copied


def _digest(
    found: list[Candidate], copied: Mapping[str, list[Article]], shelf: Shelf, topic: str
) -> tuple[list[Check], list[str]]:
    """The sentences to show, in the order of their days, and what the reader is to know of numbers that differ."""
    found = _most(found)
    vectors = shelf.embedder.encode_cached([c.text for c in found])
    near = vectors @ shelf.embedder.encode_cached([topic])[0] if topic else [0.3] * len(found)
    chosen = choose(found, vectors, [float(c) for c in near])
    groups, notices = set_beside(found, vectors @ vectors.T, chosen)
    return [_check(found[group[0]], copied) for group in in_order(found, groups)], notices


def _search(shelf: Shelf, query: str, filter: Filter, days: Interval | None) -> list[Hit]:
    """The passages in English nearest to a query, those published in the days asked about, or soon after, first."""
    found = shelf.search(query, WIDE, within(filter, days)) if days else []
    seen = {h.passage.id for h in found}
    found += [h for h in shelf.search(query, WIDE, filter) if h.passage.id not in seen]
    return [h for h in found if h.article.language in (None, ANSWERS_IN)]


def _period(plan: Plan, shelf: Shelf, filter: Filter, size: int) -> Broad | None:
    assert plan.days is not None
    days = plan.days
    articles = [a for a in shelf.articles(within(filter, days, later=timedelta(0))) if a.language in (None, ANSWERS_IN)]
    if not articles:
        return Broad(silent("no_evidence", f"No article of the archive is dated {_during(days)}."))
    found, copied = _candidates(articles, lambda a: candidates(a, shelf.passages(a.id), None)[:1])
    if not found:
        return None
    checks, notices = _digest(found, copied, shelf, "")
    count = len(articles)
    of = " ".join((f"{count} {'is' if count == 1 else 'are'} dated {_during(days)}.", *notices))
    return _outcome(checks, [], shelf, (count, size), of, within(filter, days, later=timedelta(0)))


def _list(plan: ListPlan, shelf: Shelf, filter: Filter, size: int) -> Broad | None:
    """The sentences that name the items, as few as name them all; None where fewer than two items are named."""
    hits = _search(shelf, plan.topic, filter, plan.days)
    about = Topic(plan.topic, Topic.of(f"the {plan.topic}").names, plan.wanted)
    articles = list({h.article.id: h.article for h in hits if not unnamed(about, h.article)}.values())
    first = copies(articles)
    copied = {id: [a for a in articles if first.get(a.id) == id] for id in first.values()}
    texts = "\n".join(f"{a.title or ''}. {a.text}" for a in articles)[:TEXTS]
    found: list[tuple[Candidate, frozenset[str]]] = []
    speaking = set()
    for article in articles:
        if covered(about, f"{article.title or ''} {article.text}") < SLIGHT:
            continue
        rows = sentences_of(article, shelf.passages(article.id))
        for place, source in enumerate(rows):
            if not told_of(source.text, plan):
                continue
            listed = standing.items(source.text, plan, texts, f"{article.title or ''} {article.text}")
            items = frozenset(" ".join(n.keys) for n in listed)
            shown = alone(rows, place) if items and article.id not in first else None
            if shown and (plan.days is None or _within(shown, plan.days)):
                speaking.add(article.id)
                found.append((shown, items))
    found = standing.still(found, plan, articles, shelf.passages)
    chosen = _cover(found)
    if not chosen or len(set().union(*(found[i][1] for i in chosen))) < 2:
        return None
    named = [c for c, _ in found]
    checks = [_check(named[group[0]], copied) for group in in_order(named, [[i] for i in chosen])]
    return _outcome(checks, hits, shelf, (len(speaking), size), f"{_speak(len(speaking))} of this.", filter)


def _cover(found: Sequence[tuple[Candidate, frozenset[str]]]) -> list[int]:
    """The fewest sentences that name every item, the best first; at most ``MOST``."""
    left = set().union(*(items for _, items in found))
    chosen: list[int] = []
    while left and len(chosen) < MOST:
        best = max(
            range(len(found)), key=lambda i: (len(found[i][1] & left), found[i][0].lead is None, found[i][0].score, -i)
        )
        if not found[best][1] & left:
            break
        chosen.append(best)
        left -= found[best][1]
    return chosen


def _within(candidate: Candidate, days: Interval) -> bool:
    """Whether a sentence tells of those days; where they are more than two, that its article is of them is enough."""
    told = tells_of(candidate.sentence, days)
    if told or days.end - days.start <= timedelta(days=1):
        return told
    return candidate.day is not None and days.start <= candidate.day <= days.end


def _speaks(topic: Topic, hits: Sequence[Hit]) -> bool:
    """Whether an article speaks of a topic: it holds its names, and its other words or a passage close in meaning."""
    article = hits[0].article
    if unnamed(topic, article):
        return False
    if not topic.roots:
        return True
    share = covered(topic, f"{article.title or ''} {article.text}")
    close = max((h.cosine or 0.0 for h in hits), default=0.0)
    return share > SLIGHT or close >= NEAR or (share == SLIGHT and close >= NEAR - 0.15)


def _nothing(topic: Topic, hits: Sequence[Hit]) -> Broad | None:
    """A name that no article holds is said to be missing; otherwise the question takes the narrow way."""
    if not topic.names:
        return None
    absent = set(unnamed(topic, hits[0].article)) if hits else {n.text for n in topic.names}
    for hit in hits:
        absent &= set(unnamed(topic, hit.article))
    if not absent:
        return Broad(silent("weak_evidence", "No article speaks of all that was asked for."), tuple(hits[:SHOWN]))
    names = " or ".join(n.text for n in topic.names if n.text in absent)
    return Broad(silent("no_evidence", f"No article mentions {names}."), tuple(hits[:SHOWN]))


def within(filter: Filter, days: Interval | None, later: timedelta = LATER) -> Filter:
    """The filter narrowed to what was published in those days, or a little later."""
    if days is None:
        return filter
    since = max(filter.since or "", days.start.isoformat())
    last = min(days.end, date.max - later) + later
    until = min(filter.until or "9999", last.isoformat())
    return replace(filter, since=since, until=until)


def _most(found: list[Candidate]) -> list[Candidate]:
    """As many candidates as may be compared: every article's best first, then the best of the rest."""
    seen: set[str] = set()
    first: list[Candidate] = []
    rest: list[Candidate] = []
    for c in found:
        (rest if c.article.id in seen else first).append(c)
        seen.add(c.article.id)
    rest.sort(key=lambda c: -c.score)
    return (sorted(first, key=lambda c: -c.score) + rest)[:COMPARED]


def _check(chosen: Candidate, copied: Mapping[str, list[Article]]) -> Check:
    """A chosen sentence as the quote of itself, with the copies of its article that have the very same words."""
    quote = chosen.quote
    said = f" {' '.join(words(quote.text))} "
    also = [a.id for a in copied.get(chosen.article.id, ()) if said in f" {' '.join(words(a.text))} "]
    quote = replace(quote, also_in=tuple(dict.fromkeys((*quote.also_in, *also))))
    return with_days((Check(chosen.text, (quote,), 1.0),), "When?")[0]


def _outcome(
    checks: Sequence[Check], hits: Sequence[Hit], shelf: Shelf, coverage: tuple[int, int], of: str, used: Filter
) -> Broad:
    """The checked sentences, and in the notice how many articles they are drawn from.

    ``coverage``: how many articles speak of the matter, and how many there are; ``used``: the filter they passed.
    """
    cited = {q.article.id for c in checks for q in c.quotes}
    matching, size = coverage
    notice = f"Drawn from {len(cited)} of {size} {'article' if size == 1 else 'articles'}; {of}"
    notice = " ".join(part for part in (notice, undated_notice(shelf.undated(used))) if part)
    told = Outcome("answered", None, notice, tuple(checks), coverage=Coverage(len(cited), matching, size))
    return Broad(told, tuple(_hits(checks, hits, shelf)))


def _hits(checks: Sequence[Check], hits: Sequence[Hit], shelf: Shelf) -> list[Hit]:
    """The passages that are quoted, in the order of the quotes, and the nearest others."""
    known = {(h.passage.id): h for h in hits}
    found: dict[str, Hit] = {}
    for quote in (q for c in checks for q in c.quotes):
        if quote.passage_id not in found:
            passage = next(p for p in shelf.passages(quote.article.id) if p.id == quote.passage_id)
            found[passage.id] = known.get(passage.id) or Hit(passage, quote.article, 0.0, {}, also_in=quote.also_in)
    for hit in hits[: max(0, SHOWN - len(found))]:
        found.setdefault(hit.passage.id, hit)
    return list(found.values())


def _speak(count: int) -> str:
    return f"{count} speaks" if count == 1 else f"{count} speak"


def _during(days: Interval) -> str:
    return spell(days) if days.start.year > 1 else f"up to {spell(Interval(days.end, days.end))}"


def _days(filter: Filter, newest: str | None) -> Interval | None:
    """The days that a filter by date leaves, None where it has no beginning."""
    start, end = parse_day(filter.since), parse_day(filter.until or filter.as_of or newest)
    return Interval(start, max(start, end)) if start and end else None
