"""Hours, dates, stretches of time, distances, ages and ranks that reports give for what a question asks."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from collections.abc import Set as AbstractSet

from rag.disagreement import dated, measured
from rag.disagreement.asked import asking
from rag.disagreement.grouping import groups
from rag.disagreement.matter import events, kin, on_topic, topic
from rag.text.reading import Reading, read
from rag.text.senses import event
from rag.types import SourceSentence

LOOSE_CLOCK = 200.0  # minutes: "in the early hours" rather than an hour
MAX_WIDTH = 4.0  # "in the early hours" agrees with any hour of the night, and says nothing against one
_PRONOUN = re.compile(r"\b(?:he|she|it|they|him|her|them|his|their)\b", re.IGNORECASE)
_ASPECTS = frozenset({"start", "end", "resum", "continu", "adjourn", "suspend", "last"})
_LIGHT = frozenset({"start", "last", "take"})


def valued(
    question: str, asked: Reading, found: Sequence[tuple[SourceSentence, float]]
) -> list[tuple[str, list[measured.Fact]]]:
    """(kind, group) of values of one matter, an article once in each group, that can't all be true."""
    kinds = measured.asked_kinds(question)
    if asking(question) != question.strip() and _PRONOUN.search(asking(question)):
        return []  # whom "How old is he?" is about stands in another sentence
    wanted = {event(r) for r in topic(asked)}
    if not kinds or not wanted:
        return []
    core, aspect, deed = _core(asked), wanted & _ASPECTS, dated.deed_of(question)
    facts = []
    for source, score in found:
        if not on_topic(asked, source):
            continue
        for fact in measured.facts(source, score, kinds):
            near = events(source, fact.at)
            other = near & _ASPECTS and aspect and not near & aspect  # "resumed", where the question says "began"
            if deed.words and fact.kind in dated.KINDS:
                its = dated.fits(asked, deed, fact)
            else:
                its = bool(_roots(source) & core and near & core)
            if its and not other:
                facts.append(fact)
    facts = dated.newest(facts)
    told: list[tuple[str, list[measured.Fact]]] = []
    for kind in sorted(kinds):
        best = _best_of_each([f for f in facts if f.kind == kind], wanted, aspect)

        def matched(a: measured.Fact, b: measured.Fact) -> bool:
            if deed.words and a.kind in dated.KINDS:
                return kin(asked, a.source, b.source) or dated.one_plan(asked, a, b)
            return bool(events(a.source, a.at) & events(b.source, b.at) & core) and kin(asked, a.source, b.source)

        def apart(a: measured.Fact, b: measured.Fact, kind: str = kind) -> bool:
            return (
                a.apart(b)
                and measured.comparable(a, b)
                and not any(
                    not f.apart(other) and f.high - f.low <= MAX_WIDTH * (mine.high - mine.low)
                    for mine, other in ((a, b), (b, a))
                    for f in facts
                    if f.kind == kind and f.source.article.id == mine.source.article.id
                )
            )

        for group in groups(best, matched, apart):
            tight = dated.without_looser(group) if kind in dated.KINDS else group
            told.append((kind, tight if any(tight[0].apart(f) for f in tight[1:]) else group))
    return told


def _roots(source: SourceSentence) -> frozenset[str]:
    return frozenset(event(r) for r in read(source.text).roots)


def _core(asked: Reading) -> frozenset[str]:
    """What the question asks the value of: the last of its words that tells an event or a thing ("When did the bridge
    collapse?"), or all where that one only says that something began or went on."""
    matter = [event(r) for r in asked.roots if r in topic(asked)]
    last = matter[-1:]
    return frozenset(matter) if set(last) & _LIGHT else frozenset(last)


def _best_of_each(facts: Iterable[measured.Fact], wanted: set[str], aspect: AbstractSet[str]) -> list[measured.Fact]:
    """Each article's fact that stands nearest to the question's words."""
    best: dict[str, tuple[float, measured.Fact]] = {}
    for fact in facts:
        near = events(fact.source, fact.at)
        loose = fact.kind == "clock" and fact.high - fact.low > LOOSE_CLOCK
        score = len(near & wanted) + bool(near & aspect) + fact.relevance - loose
        key = fact.source.article.id
        if key not in best or score > best[key][0]:
            best[key] = (score, fact)
    return [fact for _, fact in sorted(best.values(), key=lambda b: (-b[0], b[1].source.article.id))]
