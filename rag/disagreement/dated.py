"""Whether a date in a sentence is the date of what a question asks about.

"By when are the tenants to be out of the tower?" asks for the date of a deed (leaving) of somebody (the tenants). A
date is that deed's where the verb it goes with tells the deed, or only says that something is set, moved or done and
the deed stands as a noun before it ("the clearing of the tower, set for 31 March"). "The mayor meets the tenants on
Sunday to discuss the clearing" dates a meeting. Rules over words, no parser: which verb a date goes with is read as in
``rag.text.tense``, the last one before it, or the first after it where the clause opens with the date.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

from rag.disagreement.asked import asking
from rag.disagreement.matter import day_gap, namesakes, story_names, topic
from rag.disagreement.measured import MOVED, Fact
from rag.text.names import find_names, same_name
from rag.text.reading import Reading, Term, is_past, read, root
from rag.text.senses import alike, event
from rag.text.tense import verbs
from rag.text.times import parse_day
from rag.text.words import word_set
from rag.types import SourceSentence

LOOSER_DAYS = 14.0  # by which a date is wider than one that says the same
KINDS = frozenset({"date", "day"})  # of ``measured.Fact``

_LEAVING = frozenset(
    event(root(w))
    for w in word_set(
        """leave depart departure withdraw withdrawal pull pullout exit evacuate evacuation clear clearing vacate quit
        out"""
    )
)
_TO_LEAVE = frozenset(event(root(w)) for w in word_set("leave depart withdraw vacate"))
# Verbs that say that something is set, moved, done or under way, not what.
_LIGHT = frozenset(
    event(root(w))
    for w in word_set(
        """finish complete conclude end start begin take place happen occur come go effect plan schedule set due expect
        postpone move put bring push delay defer extend fix agree designate name promise reschedule date appoint order
        allow tell want demand require give have be get make do time deadline day limit keep mean suppose original now
        ready intend hope by until must may should shall will would can could"""
    )
)
_SAID = word_set("said says told announced reported added wrote declared")
_BE_OUT = re.compile(r"\b(?:be|been|get|gotten|move|go|is|are|was|were)\s+(?:\w+ly\s+)?(?:out|gone|off|away)\b", re.I)
_OUT = re.compile(r"\b(?:out|off|away|gone)\b", re.IGNORECASE)
_TO_DO = re.compile(r"\bto\s+(?:be\s+|have\s+)?(?:\w+ly\s+)?(?P<verb>[a-z]{3,})\b")
_DATE_OF = re.compile(
    r"\b(?:deadline|date|day|time limit)\b[^?]*?\b(?:for|of)\s+(?:the\s+|its\s+|their\s+|an?\s+)?(?P<noun>[a-z]{3,})",
    re.I,
)
_OF_IT = re.compile(r"\b(?P<noun>[^\W\d_]+)\s+(?:of|from)\s+(?:the\s+)?(?:early\s+|late\s+|mid-)?$", re.IGNORECASE)
_AS_NOUN = re.compile(r"\b(?:the|its|their|his|her|this|that|an?|of)\s+(?:\w+\s+)?$", re.IGNORECASE)
_WHOSE = re.compile(r"\s+(?:of|for|by)\s+[^,;.]{3,60}")
_PRONOUN = re.compile(r"\b(?:it|they|he|she|this|that|these|those)\b", re.IGNORECASE)
_WAS = re.compile(r"\b(?:did|was|were|had)\b(?! (?:to|due|supposed|meant|scheduled|planned|expected)\b)", re.IGNORECASE)
_WILL_BE = re.compile(
    r"\b(?:will|shall|must|by when|until when|deadline|(?:is|are)(?: [\w'’-]+){1,5} to (?:be )?\w+)\b", re.IGNORECASE
)
# A plan that the same sentence says is no longer so, or from when something is counted.
_FORMER = re.compile(
    r"\b(?:until now|so far|had been|been|once|originally|first|initially|designated|instead of|rather than|than|from|"
    r"not|set|planned|scheduled|agreed|given)\b[^.;,]{0,30}$",
    re.IGNORECASE,
)
_MOVED_TO = re.compile(r"\b(?:to|until|till|by|for)\s+(?:the\s+)?(?:end of\s+)?$", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Deed:
    """What a question asks the date of: the roots that tell it happens, and those of whom or what it happens to.

    No ``words`` where the question's wording does not tell them plainly.
    """

    words: frozenset[str]
    subject: frozenset[str]

    def tells(self, word_root: str) -> bool:
        return event(word_root) in self.words or (not _light(word_root) and bool(alike(word_root) & self.words))


@lru_cache(maxsize=256)
def deed_of(question: str) -> Deed:
    """Read a question that asks for a date. Pure and cached."""
    text = asking(question)
    asked = read(text)
    matter = [t for t in asked.terms if t.content and t.root in topic(asked)]
    verb = _TO_DO.search(text)
    noun = _DATE_OF.search(text)
    words: frozenset[str] = frozenset()
    if _BE_OUT.search(text) or any(event(t.root) in _TO_LEAVE for t in matter):
        words = _LEAVING
    elif verb and not _light(root(verb["verb"])):
        words = frozenset({event(root(verb["verb"]))})
    elif noun and not _light(root(noun["noun"])):
        words = frozenset({event(root(noun["noun"]))})
    else:
        words = _last(asked, matter)
    if words & _LEAVING:
        words |= _LEAVING
    subject = frozenset(event(t.root) for t in matter) - words - _LIGHT
    return Deed(words, subject)


def _last(asked: Reading, matter: Sequence[Term]) -> frozenset[str]:
    """The word that a question ends with, or, where that one only says that something is done, the one before."""
    ends = [t for t in asked.terms if t.content]
    told = [t for t in matter if not _light(t.root)]
    if not told or not matter or ends[-1] is not matter[-1]:
        return frozenset()
    return frozenset({event(told[-1].root)})


def _light(word_root: str) -> bool:
    return event(word_root) in _LIGHT


def fits(asked: Reading, deed: Deed, fact: Fact) -> bool:
    """Whether a date is that of the deed asked about, and of the one that the question names."""
    if _other_side(asked.text, fact):
        return False
    text, reading = fact.source.text, read(fact.source.text)
    terms = reading.terms
    here = max((t.clause for t in terms if t.start <= fact.at), default=0)
    clause = [t for t in terms if t.clause == here]
    before = [t for t in clause if t.end <= fact.at]
    named = _OF_IT.search(text[: fact.at])
    if named and not _light(root(named["noun"])) and root(named["noun"]) not in _FRAMES:
        return deed.tells(root(named["noun"])) and _its_subject(asked, deed, fact.source)
    if not any(t.content for t in before):
        told = _opening(text, deed, terms, here, fact.at) or (here > 0 and _closing(text, deed, terms, here - 1))
    else:
        told = _governed(asked, text, deed, terms, before, fact.at)
    return told and _its_subject(asked, deed, fact.source)


def _other_side(question: str, fact: Fact) -> bool:
    """Whether a date lies ahead of its report where the question asks what was, or behind it where it asks what is to
    come."""
    written = parse_day(fact.source.article.published_at)
    if written is None or fact.kind != "date":
        return False
    if _WAS.search(asking(question)):
        return fact.low > written.toordinal() + 1
    return bool(_WILL_BE.search(asking(question))) and fact.high < written.toordinal() - 1


_FRAMES = frozenset(
    root(w) for w in word_set("end beginning start middle morning evening afternoon night week weekend")
)


def _governed(asked: Reading, text: str, deed: Deed, terms: Sequence[Term], before: Sequence[Term], at: int) -> bool:
    """Whether what stands before a date in its clause tells the deed."""
    start = before[0].start
    groups = [(s, e) for s, e in verbs(text, start, at)]
    if not groups:
        return any(deed.tells(t.root) for t in before)
    first, last = groups[-1]
    group = [t for t in before if first <= t.start < last]
    between = [t for t in before if t.start >= last]
    if any(deed.tells(t.root) for t in group) or (deed.words & _LEAVING and _OUT.search(text[first:at])):
        return True
    if any(t.low in _SAID for t in group):
        return False
    if any(not _light(t.root) and t.content and t.root not in asked.roots for t in group):
        return any(
            deed.tells(t.root) and re.search(r"\bto\s+(?:be\s+)?$", text[: t.start]) is not None for t in between
        )
    return any(deed.tells(t.root) for t in terms if t.end <= at)


def _opening(text: str, deed: Deed, terms: Sequence[Term], here: int, at: int) -> bool:
    """Whether the first verb after a date that opens its clause tells the deed: "On 3 May, the bridge collapsed"."""
    after = [t for t in terms if t.start >= at and t.clause in (here, here + 1)]
    if not after:
        return False
    groups = verbs(text, at, after[-1].end)
    if not groups:
        return any(deed.tells(t.root) for t in after)
    first, last = groups[0]
    group = [t for t in after if first <= t.start < last]
    light = all(_light(t.root) or not t.content for t in group)
    return any(deed.tells(t.root) for t in (after if light else group))


def _closing(text: str, deed: Deed, terms: Sequence[Term], clause: int) -> bool:
    """Whether the clause before a date that stands alone ends on the deed: "It will be cleared, by 3 May"."""
    own = [t for t in terms if t.clause == clause]
    groups = verbs(text, own[0].start, own[-1].end) if own else []
    return any(deed.tells(t.root) for t in own if groups and t.start >= groups[-1][0])


def _its_subject(asked: Reading, deed: Deed, source: SourceSentence) -> bool:
    """Whether a sentence speaks of whom or what the question does, or leaves it to a pronoun or a noun for the deed."""
    if not deed.subject:
        return True
    reading = read(source.text)
    told = {event(r) for r in reading.roots}
    if any(alike(word) & told or word in told for word in deed.subject) or _PRONOUN.search(source.text):
        return True
    for term in reading.terms:
        if deed.tells(term.root) and not is_past(term.low) and _AS_NOUN.search(source.text[: term.start]):
            whose = _WHOSE.match(source.text, term.end)
            if whose is None or any(same_name(n, q) for n in find_names(whose[0]) for q in asked.names):
                return True
    return False


def newest(facts: Sequence[Fact]) -> list[Fact]:
    """The dates without those that their own sentence says are no longer so: "put back from 3 May to 9 June"."""
    kept = []
    for fact in facts:
        others = [f for f in facts if f is not fact and f.kind == fact.kind and f.source == fact.source]
        if fact.kind in KINDS and others and _former(fact) and any(not _former(f) for f in others):
            continue
        kept.append(fact)
    return kept


def without_looser(facts: Sequence[Fact]) -> list[Fact]:
    """The dates without those that only say more loosely what another does: "later this year" beside a day in it."""

    def looser(fact: Fact, other: Fact) -> bool:
        return not fact.apart(other) and fact.high - fact.low > LOOSER_DAYS + other.high - other.low

    return [f for f in facts if not any(looser(f, other) for other in facts)]


def _former(fact: Fact) -> bool:
    before = fact.source.text[: fact.at]
    moved = list(MOVED.finditer(before))
    if moved and _MOVED_TO.search(before[moved[-1].start() :]) and "," not in before[moved[-1].end() :]:
        return False
    return bool(_FORMER.search(before))


def one_plan(asked: Reading, a: Fact, b: Fact) -> bool:
    """Whether two dates are of one plan that moved, however far apart the reports are: both articles name what the
    question does, and the day first given had not passed when the later report was written, or that one says that it
    was moved. So two votes of one council are two votes."""
    one, two = sorted((a, b), key=lambda f: f.source.article.published_at or "")
    written = parse_day(two.source.article.published_at)
    if day_gap(one.source.article, two.source.article) is None or written is None or not asked.names:
        return False
    if one.kind != "date" or namesakes(asked, one.source.article, two.source.article):
        return False
    if not all(_names_it(asked, f.source) for f in (one, two)):
        return False
    return one.high >= written.toordinal() or bool(MOVED.search(two.source.text))


def _names_it(asked: Reading, source: SourceSentence) -> bool:
    known = (*find_names(source.text), *story_names(source.article))
    return all(any(same_name(n, k) for k in known) for n in asked.names)
