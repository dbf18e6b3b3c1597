"""Accounts of one value that can't both be true: of two articles, or of two parties that one article quotes."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from itertools import combinations

from rag.disagreement import copies, counted
from rag.disagreement.accounts import accounts
from rag.disagreement.cover import Account, Found, Matter
from rag.disagreement.matter import SAME_NEWS_DAYS, day_gap, kin, namesakes, same_story, story_names
from rag.disagreement.mentions import Mention, mentions, since_asked
from rag.disagreement.parties import differ, quarrel
from rag.text.names import same_name, share_name
from rag.text.quantities import same
from rag.text.reading import Reading, read, root
from rag.text.senses import alike, roots_of
from rag.types import Article

APART = 700  # characters between two parties' claims in one article
WITHIN = 0.35  # by which a claim may be covered less than the article's best
OWN = 0.15  # of the question in each of two parties' sentences where nothing tells that they quarrel
KNOWS = 0.75  # of the best's cover, from which an article gives a value too
SURE = 0.75  # cover of both where one report may only have overtaken the other
BEFORE_CHARS = 200  # before two claims, in which the quarrel may be told
MIN_BEST = 0.3  # relevance of the better of two claims
MIN_OTHER = 0.25  # of the other, in another article
STORY_DAYS = 45  # between two reports of one story
SHARED_NAMES = 2

_SUM = re.compile(r"\b(?:fine|fee|ransom|budget|compensation|reward|profits?|rent|debts?|salary)\b", re.IGNORECASE)
_NOT_SO_MANY = re.compile(r",\s+not (?:the |just |only )?(?P<n>[\w.,-]+)")
_FIRST_GIVEN = re.compile(
    r"[^.;]{0,20}\b(?:first|initially|earlier|previously|originally|given|reported|announced)\b", re.I
)
_RECORD_SINCE = re.compile(r"\b(?:\w{3,}est|first|worst|most \w+)\b[^.;]{0,60}\bsince (?:19|20)\d\d\b", re.IGNORECASE)
_LOWERED = re.compile(
    r"\b(?:revised|corrected|correction|down from|fell|fallen|dropped|lowered|recount\w*|fewer|less)\b", re.I
)


def rivals(question: str, asked: Reading, found: Found) -> list[list[Account]]:
    """Groups of accounts that differ on what is asked, the surest first."""
    matter = Matter(question, found)
    if matter.asked.one_party or not matter.asked.kinds:
        return []
    told = accounts(question, found)
    best_cover = max((a.cover for a in told), default=0.0)
    told = [a for a in told if a.cover >= best_cover - WITHIN and _asked_stretch(asked, a)]
    groups = _within(matter, told) or _corrected(asked, told, found) or _across(asked, told, matter.deed)
    return groups[:1]


def _one_kind(a: Account, b: Account) -> bool:
    """Whether two values compare; a sum told without its currency compares with any."""
    return a.kind == b.kind or ({a.kind[:5], b.kind[:5]} == {"money"} and "money sum" in (a.kind, b.kind))


def _within(matter: Matter, told: Sequence[Account]) -> list[list[Account]]:
    """Two parties' claims within one article, the best covered pair first."""
    pairs = []
    named = _SUM.search(matter.asked.text)
    for a, b in combinations(told, 2):
        if named and not any(alike(root(named[0])) & roots_of(read(x.source.text).roots) for x in (a, b)):
            continue  # sums are told of many things: one of the two says of what
        if a.source.article.id != b.source.article.id or not _one_kind(a, b) or not a.apart(b):
            continue
        if abs(a.source.span.start + a.at - b.source.span.start - b.at) > APART or not differ(a.party, b.party):
            continue
        if max(a.relevance, b.relevance) < MIN_BEST or not (min(a.own, b.own) >= OWN or _quarrel(a, b)):
            continue
        pairs.append((a.score + b.score, a, b))
    pairs.sort(key=lambda p: (-p[0], p[1].source.article.id, p[1].at))
    return [sorted(p[1:], key=lambda a: (a.source.span, a.at)) for p in pairs[:1]]


def _corrected(asked: Reading, told: Sequence[Account], found: Found) -> list[list[Account]]:
    """A value, and another article's sentence that sets its own number against it: "27 men are missing, not 22"."""
    for source, relevance in found:
        for match in _NOT_SO_MANY.finditer(source.text):
            numbers = [q for q in read(source.text).numbers if q.kind in ("number", "money", "percent")]
            named = next((q for q in numbers if match.start("n") <= q.start < match.end("n")), None)
            own = next((q for q in numbers if q.end <= match.start()), None)
            if named is None or own is None or same(own, named) or _FIRST_GIVEN.match(source.text, match.end()):
                continue
            for seed in told:
                if seed.quantity is None or seed.relevance < MIN_BEST or seed.quantity.values != named.values:
                    continue
                other = replace(
                    seed, source=source, relevance=relevance, phrase=own.phrase, unit=own.unit, quantity=own
                )
                if seed.source.article.id != source.article.id and one_story(asked, seed, other):
                    return [[seed, other]]
    return []


def _quarrel(a: Account, b: Account) -> bool:
    """Whether words of dispute stand in or between two claims of one article, before them or in its title."""
    first, last = sorted((a.source.span, b.source.span))
    article = a.source.article
    return quarrel(f"{article.title or ''}. {article.text[max(0, first.start - BEFORE_CHARS) : last.end]}")


def _across(asked: Reading, told: Sequence[Account], deed: str) -> list[list[Account]]:
    """Different articles' values; each article speaks once, with the value that fits best."""
    best: dict[str, Account] = {}
    for account in told:
        best.setdefault(account.source.article.content_hash, account)
    ordered = sorted(best.values(), key=lambda a: (-a.score, a.source.article.id))
    for seed in ordered:
        if seed.relevance < MIN_BEST:
            continue
        group = [seed]
        for other in ordered:
            if other is seed or not _one_kind(seed, other) or other.relevance < MIN_OTHER:
                continue
            if not (one_story(asked, seed, other) and _same_stretch(asked, seed, other, deed)):
                continue
            if seed.apart(other) and (_knows(told, seed, other) or _knows(told, other, seed)):
                continue
            group.append(other)
        rest = [a for a in group[1:] if seed.apart(a)]
        if not rest:
            continue
        gap = max((day_gap(seed.source.article, a.source.article) or 0 for a in rest), default=0)
        if gap > SAME_NEWS_DAYS and (min(a.cover for a in (seed, *rest)) < SURE or _falls(group)):
            continue
        return [group]
    return []


def _knows(told: Sequence[Account], mine: Account, other: Account) -> bool:
    """Whether the article of ``mine`` gives the other's value too."""
    return any(
        a.source.article.content_hash == mine.source.article.content_hash
        and a.kind == other.kind
        and a.cover >= KNOWS * mine.cover
        and not a.apart(other)
        for a in told
    )


def _same_stretch(asked: Reading, a: Account, b: Account, deed: str) -> bool:
    """Whether two counts are said of the same stretch of time, and both of what there is or both of what happened."""
    one, two = _mention(asked, a), _mention(asked, b)
    if any(_RECORD_SINCE.search(x.source.text) for x in (a, b)):
        return True  # "the largest since 1990"
    return one is None or two is None or ((bool(deed) or one.stock == two.stock) and counted.same_stretch(one, two))


def _asked_stretch(asked: Reading, account: Account) -> bool:
    """Whether a count is not said of another stretch of time than the question's: "in the past 24 hours"."""
    mention = _mention(asked, account)
    if mention is not None and counted.asks_stock(asked.text) and not mention.stock:
        return False
    return mention is None or counted.of_asked_stretch(asked, mention)


def _mention(asked: Reading, account: Account) -> Mention | None:
    q = account.quantity
    found = mentions(account.source, account.relevance) if q is not None else []
    return next((since_asked(asked, m) for m in found if q is not None and m.quantity.start == q.start), None)


def _falls(group: Sequence[Account]) -> bool:
    """Whether a later report gives fewer without saying that it corrects."""
    dated = sorted(
        (a for a in group if a.source.article.published_at), key=lambda a: a.source.article.published_at or ""
    )
    first, last = dated[0], dated[-1]
    return last.low < first.low and not _LOWERED.search(last.source.text)


def one_story(asked: Reading, a: Account, b: Account) -> bool:
    """Whether two accounts are of one event: their articles tell one story, and both name what the question does."""
    one, two = a.source.article, b.source.article
    if kin(asked, a.source, b.source):
        return True
    if namesakes(asked, one, two) or copies.near(one, two):
        return False
    gap = day_gap(one, two)
    if gap is None or gap > STORY_DAYS:
        return False
    return all(_names_it(asked, article) for article in (one, two)) and (
        same_story(one, two)
        or (bool(asked.names) and gap <= SAME_NEWS_DAYS and _shared_names(one, two) >= SHARED_NAMES)
    )


def _names_it(asked: Reading, article: Article) -> bool:
    return all(any(same_name(n, k) for k in story_names(article)) for n in asked.names)


def _shared_names(one: Article, two: Article) -> int:
    names = {n.keys: n for n in story_names(one)}.values()
    return sum(share_name([n], story_names(two)) for n in names)
