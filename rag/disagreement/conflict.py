"""Disagreement between articles on what a question asks for, told apart as disputed or overtaken by a later report.

Six kinds are looked for, the surest first, and the first that is found is told: parties that one article quotes with
different values (``attributed``), counts (``counted``), a copied sentence in which just the asked-for was changed
(``slots``), other values such as hours, dates, stretches of time, distances and ranks (``measured``), states that
exclude each other (``outcomes``), and names put to the question's verb (``named``).

Two sentences are set against each other only where they speak of the same matter (``matter``): both are relevant to the
question and on its topic, their articles tell one story, of one person or place and not of namesakes, and neither gives
the other's value as well. Where in doubt they are left alone.

``superseded``: a later report of what moves, more than three days younger, or younger at all and told as an update ("so
far", "rose to", "postponed"); values run from the earliest to the latest. ``disputed``: the rest, and what has no date.
Near-copies that give the same value are one source; they are named beside the one that is shown.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import combinations
from typing import TypeVar

from rag.disagreement import (
    attributed,
    copies,
    counted,
    named,
    outcomes,
    rivals,
    slots,
    stances,
    telling,
)
from rag.disagreement.asked import asked_of, asking
from rag.disagreement.grouping import groups
from rag.disagreement.matter import (
    MIN_TOPIC,
    SAME_NEWS_DAYS,
    kin,
    namesakes,
    on_topic,
    same_days,
    topic,
)
from rag.disagreement.mentions import mentions, since_asked
from rag.disagreement.valued import valued
from rag.text.names import share_name
from rag.text.quantities import same
from rag.text.reading import Reading, read
from rag.text.senses import alike
from rag.text.words import asks_yes_no
from rag.types import Conflict, SourceSentence

T = TypeVar("T")
Found = list[tuple[SourceSentence, float]]

MIN_RELEVANCE = 0.3  # of a sentence to the question, in [0, 1]
MOST = 2  # conflicts told at once
MIN_FACT = 0.15  # where the sentence has the question's verb beside the value
MOST_MATTER = 0.99  # of a yes/no question's words in a sentence that answers it
STATE_DAYS = 1  # a state told so many days later is a newer state

_MOVES = re.compile(r"\b(?:is|are|has|have|will|current|currently|now|still|so far|latest)\b", re.IGNORECASE)


def detect(question: str, sentences: Sequence[SourceSentence], relevance: Sequence[float]) -> list[Conflict]:
    """Conflicts between ``sentences`` on what is asked; ``relevance`` is each one's to the question, in [0, 1].

    The order of the sentences makes no difference. See the module's docstring for the rule.
    """
    asked = read(question)
    wide = [(s, score) for s, score in zip(sentences, relevance, strict=False) if score >= MIN_FACT]
    wide.sort(key=lambda f: (-f[1], f[0].article.id, f[0].span))
    near = [f for f in wide if f[1] >= MIN_RELEVANCE]
    found = [f for f in near if on_topic(asked, f[0])] if counted.asks(question) or slots.want(question) else []
    return (
        _rivals(question, asked, sentences, relevance)
        or _parties(question, asked, sentences, relevance)
        or _counts(question, asked, found)
        or _changed(question, asked, wide)
        or _facts(question, asked, wide)
        or _states(question, asked, near)
        or _denials(question, asked, near)
        or _names(question, asked, found)
        or _stances(question, asked, sentences, relevance)
    )


# --- the kinds -------------------------------------------------------------------------------


def _parties(
    question: str, asked: Reading, sentences: Sequence[SourceSentence], relevance: Sequence[float]
) -> list[Conflict]:
    listed = list(zip(sentences, relevance, strict=False))
    apart = attributed.disputes(question, asked, listed)
    conflicts = []
    for a, b in apart:
        if max(a.relevance, b.relevance) >= MIN_RELEVANCE:
            conflicts.append(telling.of_parties(a, b))
    return conflicts


def _counts(question: str, asked: Reading, found: Found) -> list[Conflict]:
    told = (since_asked(asked, m) for s, score in found for m in mentions(s, score))
    numbers = [m for m in told if counted.asked_for(question, asked, m)]
    apart = groups(
        numbers, lambda a, b: counted.same_matter(a, b, asked), lambda a, b: not same(a.quantity, b.quantity)
    )
    conflicts = [telling.of_counts(group, newest_days(question)) for group in apart if not telling.falls(group)]
    return conflicts[:MOST]


def _changed(question: str, asked: Reading, found: Found) -> list[Conflict]:
    want = slots.want(question)
    if want is None:
        return []
    by_article: dict[str, Found] = {}
    for source, score in found:
        by_article.setdefault(source.article.content_hash, []).append((source, score))
    pairs = []
    for ours, theirs in combinations(by_article.values(), 2):
        one, two = ours[0][0].article, theirs[0][0].article
        if not copies.near(one, two):
            ours = [f for f in ours if f[1] >= MIN_RELEVANCE and on_topic(asked, f[0])]
            theirs = [f for f in theirs if f[1] >= MIN_RELEVANCE and on_topic(asked, f[0])]
        if ours and theirs and (copies.near(one, two) or not namesakes(asked, one, two)):
            pair = slots.changed(asked, want, ours, theirs)
            if pair:
                pairs.append(pair)
    return [telling.of_values(group, want, fixed(question)) for group in slots.best_pairs(pairs)]


def _states(question: str, asked: Reading, found: Found) -> list[Conflict]:
    fields = outcomes.asked_fields(question)
    matter = topic(asked) & outcomes.without_states(question)
    told = [
        s
        for source, score in found
        if not asked.names or share_name(read(source.text).names, asked.names)
        for s in outcomes.states(source, score, fields)
        if _its_subject(s, asked, matter)
    ]
    conflicts = []
    for field in sorted(fields):
        mine = [s for s in told if s.field == field]
        sides: dict[str, set[str]] = {}
        for state in mine:
            sides.setdefault(state.source.article.id, set()).add(state.side)
        settled = [s for s in mine if len(sides[s.source.article.id]) == 1]
        for group in groups(
            settled, lambda a, b: kin(asked, a.source, b.source), lambda a, b: outcomes.opposed(a.side, b.side)
        ):
            conflicts.append(telling.of_values(group, field, False, STATE_DAYS))
    return conflicts


def _denials(question: str, asked: Reading, found: Found) -> list[Conflict]:
    """What one sentence states and another denies, both in the words of a yes/no question."""
    if not asks_yes_no(asking(question)):
        return []
    matter = topic(asked)
    told = [
        outcomes.State(source, score, word, "denied" if word in reading.denied else "stated", word, 0, ())
        for source, score in found
        for reading in (read(source.text),)
        for word in sorted(matter)
        if (word in reading.denied) != (word in reading.stated - reading.possible - reading.ahead)
        and len(matter & set(reading.roots)) >= MOST_MATTER * len(matter)
        and (not asked.names or all(share_name(reading.names, (name,)) for name in asked.names))
    ]
    for word in sorted(matter):
        mine = [s for s in told if s.field == word]
        apart = groups(mine, lambda a, b: kin(asked, a.source, b.source), lambda a, b: a.side != b.side)
        if apart:
            return [telling.of_denials(group, STATE_DAYS) for group in apart]
    return []


def _facts(question: str, asked: Reading, found: Found) -> list[Conflict]:
    conflicts = []
    for kind, group in valued(question, asked, found):
        moving = any(f.moving for f in group) or not fixed(question)
        conflicts.append(telling.of_values(group, kind, not moving))
    return conflicts


def _names(question: str, asked: Reading, found: Found) -> list[Conflict]:
    want = slots.want(question)
    if want not in ("who", "where"):
        return []
    told = [n for s, score in found for n in named.named(asked, want, s, score)]
    apart = groups(
        told,
        lambda a, b: kin(asked, a[0].source, b[0].source) and same_days(a[0].source, b[0].source),
        lambda a, b: named.other_name(a, b, want),
        source=lambda n: n[0].source,
    )
    return [telling.of_values([n[0] for n in group], want, fixed(question)) for group in apart]


def _rivals(
    question: str, asked: Reading, sentences: Sequence[SourceSentence], relevance: Sequence[float]
) -> list[Conflict]:
    apart = rivals.rivals(question, asked, list(zip(sentences, relevance, strict=False)))
    days = newest_days(question)
    return [telling.of_accounts(group, asked_of(question), fixed(question), days) for group in apart]


def _stances(
    question: str, asked: Reading, sentences: Sequence[SourceSentence], relevance: Sequence[float]
) -> list[Conflict]:
    apart = stances.stances(question, asked, list(zip(sentences, relevance, strict=False)))
    return [telling.of_stances(group) for group in apart]


# --- what goes together ---------------------------------------------------------------------------


def _its_subject(state: outcomes.State, asked: Reading, matter: frozenset[str]) -> bool:
    """Whether a state's clause speaks of what the question does: its names, where it names any, and half its nouns.

    Where the clause names what the question does, the nouns may stand elsewhere in the sentence.
    """
    reading = read(state.source.text)
    names = {key for n in asked.names for key in n.keys}
    opens = not any(t.content for t in state.clause if t.end <= state.start)  # "Tarn, a port in the north, fell"
    first = 0 if opens else state.clause[0].start
    inside = [n for n in reading.names if first <= n.start < state.clause[-1].end]
    named = any(names & set(n.keys) for n in inside)
    all_named = named and all(share_name(reading.names, (n,)) for n in asked.names)
    words = set(reading.roots) if all_named else {t.root for t in state.clause if t.content}
    if matter and sum(bool(alike(word) & words) for word in matter) < MIN_TOPIC * len(matter):
        return False
    return bool(matter) if not asked.names else named or not inside


def newest_days(question: str) -> int:
    """Days after which a later figure takes the place of an earlier one: at once, where the newest is asked for."""
    return 0 if counted.asks_now(question) else SAME_NEWS_DAYS


def fixed(question: str) -> bool:
    """Whether a question asks about what is over, so that a later report can't have overtaken an earlier one."""
    return not _MOVES.search(question)
