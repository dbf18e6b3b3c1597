"""Statements that contradict each other whole: what one account says and another denies, states that exclude each
other, causes told differently, different people named for one deed. The values of such a dispute are sentences.

Two statements are set against each other where both cover the question and they stand in different articles on one
story, or in one article in the words of different parties, or where the next sentence of an article plainly denies one
("The company denies that.").
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import combinations

from rag.disagreement.cover import Account, Found, Matter, text_before
from rag.disagreement.fitting import other_time
from rag.disagreement.matter import SAME_NEWS_DAYS, day_gap
from rag.disagreement.outcomes import State, asked_fields, opposed, states, without_states
from rag.disagreement.parties import differ, parties_of, party_of, quarrel
from rag.disagreement.rivals import STORY_DAYS, one_story
from rag.text.names import Name, is_country, missing_names, same_name, share_name
from rag.text.reading import Reading, read, root
from rag.text.senses import alike, event, roots_of
from rag.text.sentences import split
from rag.text.showable import leans
from rag.text.words import word_set
from rag.types import SourceSentence, Span

MIN_COVER = 0.55  # of the question's words, weighted, around a statement
MIN_OWN = 0.2  # of them in the sentence itself
MIN_RELEVANCE = 0.2
DENIED_OWN = 0.5  # of a yes/no question in a sentence whose denial answers it
POLAR_OWN = 0.3  # of a yes/no question in a sentence that states or denies a word of it
DEED_OWN = 0.4  # of a "who" question in a sentence that names the doer
MOST_WORDS = 50  # of a sentence that names a doer; more are lists
REACH = 8  # words that "no" and "not" reach
NEXT_CHARS = 260  # from a statement to the sentence that denies it
SHORT = 9  # words of a sentence that says hardly more than that somebody denies it
APART = 700  # characters between two statements of one article
MOST_ALIKE = 0.34  # of the shorter cause's own words in the other

_NEGATIONS = word_set(
    """no not never nobody none neither nor without cannot can't couldn't didn't doesn't don't hasn't haven't hadn't
    isn't aren't wasn't weren't won't wouldn't"""
)
_DENIES = re.compile(r"\b(?:den(?:y|ies|ied)|denials?|rul(?:es|ed) out)\b", re.IGNORECASE)
_DENIES_THAT = re.compile(
    r"\b(?:den(?:y|ies|ied)|reject(?:s|ed)|disput(?:es|ed)|dismiss(?:es|ed)|contradict(?:s|ed)|refut(?:es|"
    r"ed))\s+(?:that|this|it|"
    r"these|those|all|any|(?:the|such)\s+(?:claims?|reports?|accusations?|charges?|allegations?|accounts?|"
    r"criticism|blame|"
    r"responsibility)|responsibility|involvement|(?:having|being)\b)",
    re.IGNORECASE,
)
_CAUSE = re.compile(
    r"\b(?:caus\w+|because|due to|owing to|blam\w+|fault|responsib\w+|attribut\w+|led to|triggered|started it|"
    r"sparked|result "
    r"of|brought (?:it |them )?down|gave way|accus\w+|set off|put (?:it|this) down to|reason|simply|came from|"
    r"after an?\b|"
    r"instead|ignored)\b",
    re.IGNORECASE,
)
_CAUSE_WORDS = frozenset(
    root(w)
    for w in word_set("why cause caused causes blame blames blamed reason fault led start started side responsible")
)
_CONTROL_WORDS = frozenset(root(w) for w in word_set("control controls hold holds held run runs"))
_AUTHORITIES = frozenset(
    root(w) for w in word_set("ministry minister army military government state police governor defence general")
)
_TOOK = re.compile(r"\b(?:taken|captured|seized|overrun|fallen|retaken|recaptured|holds?|controls?)\b", re.IGNORECASE)
_OF_SOMETHING = word_set("approval deal verdict")  # fields whose state says little without its object
_IS_OVER = re.compile(r"^\W*(?:did|was|were|had)\b", re.IGNORECASE)  # a question about what no later report changes
# What will be is not contradicted by what has been.
_OF_WHAT_COMES = re.compile(r"^\W*(?:will|won't|shall)\b", re.IGNORECASE)
_WHAT_COMES = re.compile(
    r"\b(?:will|won't|would|wouldn't|shall|going to|(?:plan|intend|expect|aim|vow|promise)\w* (?:not )?to)\b",
    re.IGNORECASE,
)
_EACH = re.compile(
    r"\b(?:both|each|the two|all)\b(?: \w+){0,6}? (?:claim(?:s|ed)?|accus(?:es|ed)|blam(?:es|ed)|"
    r"declared)\b(?! (?:that|to be)\b)",
    re.IGNORECASE,
)
_SOFT = word_set("be is was were are has have had do did does there still really ever also already any")


@dataclass(frozen=True, slots=True)
class Stance:
    """A sentence with where it stands on the question (``side``) and whose word it is."""

    source: SourceSentence
    relevance: float
    side: str
    phrase: str
    cover: float  # of the question's words, weighted
    own: float  # of them in the sentence itself
    party: frozenset[str]

    @property
    def unit(self) -> None:
        return None


def stances(question: str, asked: Reading, found: Found) -> list[list[Stance]]:
    """Groups of statements that contradict each other on what is asked, the surest only."""
    matter = Matter(question, found)
    if matter.asked.one_party:
        return []
    told = list(_read_in(matter, found))
    groups: list[list[Stance]] = []
    if matter.asked.text.lower().startswith("who "):
        groups = _each_claims(told)
    if groups:
        return groups[:1]
    if matter.asked.yes_no:  # where a name stands only somewhere in the article, another may be meant
        told = [s for s in told if not missing_names(matter.asked.text, f"{text_before(s.source)} {s.source.text}")]
        if _OF_WHAT_COMES.match(matter.asked.text):
            told = [s for s in told if _WHAT_COMES.search(s.source.text)]
        groups = _states(question, asked, told) or _polar(matter, asked, told) or _denied(matter, told, DENIED_OWN)
    elif "cause" in matter.asked.kinds:
        groups = _causes(matter, asked, told) or _denied(matter, told, MIN_OWN)
    elif asked_fields(question):
        groups = _states(question, asked, told)
        if not groups and "control" in asked_fields(question):
            groups = _denied(matter, [s for s in told if _holds(s)], MIN_OWN)
    if not groups and matter.asked.text.lower().startswith("who "):
        groups = _deeds(matter, asked, told)
    return groups[:1]


def _read_in(matter: Matter, found: Found) -> Iterator[Stance]:
    """The sentences that cover the question, article by article in reading order, with whose word they are."""
    carried: dict[str, frozenset[str]] = {}
    aside = _CAUSE_WORDS | (_CONTROL_WORDS if "control" in asked_fields(matter.asked.text) else frozenset())
    for source, relevance in sorted(found, key=lambda f: (f[0].article.id, f[0].span)):
        text = source.text
        before = carried.get(source.article.id, frozenset())
        parties, carried[source.article.id] = parties_of(text, before)
        cover, own = matter.cover(source, (0, len(text)), aside)
        if relevance < MIN_RELEVANCE or cover < MIN_COVER or other_time(matter, source, (0, len(text))):
            continue
        party = party_of(parties, len(text) // 2) or (before if text[:1] in '"“' else frozenset())
        yield Stance(source, relevance, "", " ".join(text.split()), cover, own, party)


def _with(stance: Stance, side: str) -> Stance:
    return replace(stance, side=side)


def _best(asked: Reading, told: Sequence[Stance]) -> list[list[Stance]]:
    """The best covered pair on different sides, of two articles on one story or of two parties in one."""
    pairs = []
    for a, b in combinations(told, 2):
        if a.side == b.side or not rival_sources(asked, a, b, bool(_IS_OVER.search(asked.text))):
            continue
        pairs.append((a.cover + b.cover + 0.4 * (a.relevance + b.relevance), a, b))
    pairs.sort(key=lambda p: (-p[0], p[1].source.article.id, p[1].source.span))
    return [[a, b] for _, a, b in pairs[:1]]


def rival_sources(asked: Reading, a: Stance, b: Stance, over: bool = False) -> bool:
    """Whether two statements come from different articles on one story, or from different parties in one."""
    one, two = a.source, b.source
    if one.article.id == two.article.id:
        return abs(one.span.start - two.span.start) <= APART and differ(a.party, b.party)
    gap = day_gap(one.article, two.article)
    if gap is not None and gap > (STORY_DAYS if over else SAME_NEWS_DAYS):
        return False
    return one_story(asked, _account(a), _account(b))


def _account(stance: Stance) -> Account:
    return Account(stance.source, stance.relevance, "", 0.0, 0.0, stance.phrase, None, None, 0)


# --- whether it is so --------------------------------------------------------------------------


def _polar(matter: Matter, asked: Reading, told: Sequence[Stance]) -> list[list[Stance]]:
    """What some state and others deny, word by word of the question's predicate, its last words first."""
    for word in _predicates(matter):
        near = [s for s in told if s.own >= POLAR_OWN]
        sides = [_with(s, side) for s in near for side in (polarity(s.source.text, word),) if side]
        groups = _best(asked, sides)
        if groups:
            return groups
    return []


def _predicates(matter: Matter) -> list[str]:
    """The words of a question that may be stated or denied: not its names, dates and light words."""
    reading = matter.reading
    return [
        t.root
        for t in reversed(reading.terms)
        if t.content
        and t.low not in _SOFT
        and not any(n.start <= t.start < n.end for n in reading.names)
        and not any(d.start <= t.start < d.end for d in reading.dates)
    ]


def polarity(text: str, word_root: str) -> str:
    """Whether a sentence states or denies a word: "stated", "denied", or "" where it does neither plainly."""
    reading, same = read(text), alike(word_root)
    sides = set()
    for i, term in enumerate(reading.terms):
        if not {term.root, event(term.root)} & same:
            continue
        before = [t for t in reading.terms[max(0, i - REACH) : i] if t.clause == term.clause]
        flips = sum(t.low in _NEGATIONS for t in before) + bool(
            _DENIES.search(text[: term.start]) or _DENIES_THAT.search(text[: term.start])
        )
        if flips % 2 == 0 and term.root in reading.possible | reading.ahead:
            continue
        sides.add("denied" if flips % 2 else "stated")
    return sides.pop() if len(sides) == 1 else ""


def _states(question: str, asked: Reading, told: Sequence[Stance]) -> list[list[Stance]]:
    """States of one thing that exclude each other: "open" and "shut"."""
    matter = without_states(question) - {r for n in asked.names for r in read(n.text).roots}
    for field in sorted(asked_fields(question)):
        sides = [
            replace(s, side=_whose(state, s.party))
            for s in told
            for state in list(states(s.source, s.relevance, frozenset({field})))[:1]
            if not asked.names or leans(s.source.text) or share_name(read(s.source.text).names, asked.names)
            if field not in _OF_SOMETHING or 2 * len(matter & {t.root for t in state.clause}) >= len(matter)
        ]
        pairs = [
            (a.cover + b.cover, a, b)
            for a, b in combinations(sides, 2)
            if opposed(a.side, b.side) and rival_sources(asked, a, b)
        ]
        if pairs:
            _, a, b = max(pairs, key=lambda p: (p[0], p[1].source.article.id))
            return [[a, b]]
    return []


def _whose(state: State, party: frozenset[str]) -> str:
    """The side of a state; "in our hands" is the word of those who hold a place, or of those who took it."""
    if re.search(r"\bour\b", state.phrase):
        return "held" if party & _AUTHORITIES else "lost"
    return state.side


def _holds(stance: Stance) -> bool:
    return any(True for _ in states(stance.source, stance.relevance, frozenset({"control"}))) or bool(
        _TOOK.search(stance.phrase)
    )


def _denied(matter: Matter, told: Sequence[Stance], least_own: float) -> list[list[Stance]]:
    """A statement on the question and the next sentence of its article that denies it: "The ministry denies that."."""
    words = _predicates(matter) if "cause" in matter.asked.kinds else []
    wanted = frozenset(r for word in words for r in alike(word))
    best: list[tuple[float, list[Stance]]] = []
    for stance in told:
        article, end = stance.source.article, stance.source.span.end
        if stance.own < least_own or _DENIES_THAT.search(stance.phrase):
            continue
        after = article.text[end : end + NEXT_CHARS]
        match = _DENIES_THAT.search(after)
        between = len(re.findall(r"[.!?][\"”]?\s", after[: match.start()].strip())) if match else 0
        leaps = after.lstrip()[:1] in '"“' or (match and not re.search(r"\b(?:this|that|it)$", match[0]))
        if not match or between > bool(leaps):
            continue  # "this" is what was said right before, or what a speaker then goes on about
        if wanted and not wanted & roots_of(read(f"{text_before(stance.source)[-NEXT_CHARS:]} {stance.phrase}").roots):
            continue  # nothing of what is asked, but for names
        said = _after(stance, end + match.start())
        if said:
            best.append((stance.cover + stance.own + stance.relevance, [stance, *said]))
    best.sort(key=lambda b: (-b[0], b[1][0].source.article.id, b[1][0].source.span))
    return [group for _, group in best[:1]]


def _after(stance: Stance, at: int, most: int = 1) -> list[Stance]:
    """The sentence around a place behind a statement, with the one after it where it only says that it denies."""
    article, start = stance.source.article, stance.source.span.end
    rest = article.text[start : start + 3 * NEXT_CHARS]
    spans = [Span(start + s.start, start + s.end) for s in split(rest)]
    here = next((i for i, s in enumerate(spans) if s.start <= at < s.end), None)
    if here is None:
        return []
    said = [_cut(stance, span) for span in spans[here : here + 2]]
    if most > 1:
        return said
    short = len(said[0].phrase.split()) < SHORT
    return said if short and len(said) > 1 and _goes_on(stance, said[1]) else said[:1]


def _goes_on(stance: Stance, following: Stance) -> bool:
    """Whether a sentence takes up a statement's matter."""
    return bool(roots_of(read(stance.phrase).roots) & roots_of(read(following.phrase).roots)) or bool(
        _CAUSE.search(following.phrase)
    )


def _cut(stance: Stance, span: Span) -> Stance:
    article = stance.source.article
    text = article.text[slice(*span)]
    source = SourceSentence(article, stance.source.passage_id, span, text, stance.source.also_in)
    return replace(stance, source=source, side="denied", phrase=" ".join(text.split()), party=frozenset())


# --- why, and who -------------------------------------------------------------------------------


def _causes(matter: Matter, asked: Reading, told: Sequence[Stance]) -> list[list[Stance]]:
    """Two parties' causes that have hardly a word in common, with words of dispute near them."""
    known = frozenset(r for w in matter.weights for r in alike(w)) | _CAUSE_WORDS
    causes = [s for s in told if _CAUSE.search(s.source.text)]
    pairs = []
    for a, b in combinations(causes, 2):
        if not rival_sources(asked, a, b):
            continue
        mine, other = (roots_of(read(s.source.text).roots) - known - s.party for s in (a, b))
        if not mine or not other or len(mine & other) > MOST_ALIKE * min(len(mine), len(other)):
            continue
        if not any(quarrel(s.source.text) or _CAUSE_QUARREL.search(s.source.text) for s in (a, b)):
            continue
        pairs.append((a.cover + b.cover + 0.4 * (a.relevance + b.relevance), a, b))
    pairs.sort(key=lambda p: (-p[0], p[1].source.article.id, p[1].source.span))
    return [[*_with_reason(a), *_with_reason(b)] for _, a, b in pairs[:1]]


def _with_reason(stance: Stance) -> list[Stance]:
    """A statement, with the sentence after it where it only accuses: the reason often stands there."""
    if not re.search(r"\baccus\w+|\bblam\w+", stance.phrase):
        return [stance]
    return [stance, *_after(stance, stance.source.span.end + 2)[:1]]


_CAUSE_QUARREL = re.compile(
    r"\b(?:blam\w+|accus\w+|another conclusion|different|at odds|contrary|"
    r"not)\b",
    re.IGNORECASE,
)


def _each_claims(told: Sequence[Stance]) -> list[list[Stance]]:
    """A sentence that says that each side claims it or blames the other, with the two after it, which tell how."""
    for stance in sorted(told, key=lambda s: (-s.cover, s.source.article.id, s.source.span)):
        match = _EACH.search(stance.phrase)
        if match:
            return [[stance, *_after(stance, stance.source.span.end + 2, 2)]]
    return []


def _deeds(matter: Matter, asked: Reading, told: Sequence[Stance]) -> list[list[Stance]]:
    """Different people named for the deed that a "who" question asks about."""
    verb = next((t for t in matter.reading.terms if t.content), None)
    if verb is None or any(n.start <= verb.start < n.end for n in matter.names):
        return []
    named = []
    for stance in told:
        if stance.own < DEED_OWN or len(stance.phrase.split()) > MOST_WORDS:
            continue
        name = _doer(stance.source.text, verb.root, matter.names)
        if name is not None and polarity(stance.source.text, verb.root) == "stated":
            named.append((stance, name))
    pairs = []
    for (a, one), (b, two) in combinations(named, 2):
        if same_name(one, two) or not rival_sources(asked, a, b):
            continue
        if any(same_name(two, n) for n in read(a.source.text).names) or any(
            same_name(one, n) for n in read(b.source.text).names
        ):
            continue
        pairs.append((a.cover + b.cover + 0.4 * (a.relevance + b.relevance), a, b))
    pairs.sort(key=lambda p: (-p[0], p[1].source.article.id, p[1].source.span))
    return [[a, b] for _, a, b in pairs[:1]]


def _tells(stance: Stance, name: Name) -> bool:
    return any(same_name(name, n) for n in read(stance.source.text).names)


def _doer(text: str, verb_root: str, known: Sequence[Name]) -> Name | None:
    """The name that does a deed in a sentence: the last one before the verb in its clause, or the one after "by"."""
    reading, same = read(text), alike(verb_root)
    for term in reading.terms:
        if not {term.root, event(term.root)} & same:
            continue
        after = re.match(r"\S*\s+(?:\w+\s+){0,2}?by\s+(?:the \w+ )?", text[term.end :])
        if after:
            start = term.end + after.end()
            return next((n for n in reading.names if start <= n.start <= start + 12), None)
        clause = [t for t in reading.terms if t.clause == term.clause]
        names = [
            n for n in reading.names
            if clause[0].start <= n.start < term.start
            and not any(same_name(n, k) for k in known)
            and not is_country(n.text)
        ]  # fmt: skip
        if names:
            return names[-1]
    return None
