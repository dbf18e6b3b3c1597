"""The clauses of a sentence, and how a word of one is told: as a fact, denied, to come, or only possible.

Rules over words, no parser. A clause here is what one verb speaks of: it ends at a colon, a semicolon, a word that
opens another ("who", "after", "that"), and at a comma or an "and" behind which another verb follows.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from rag.text.reading import Reading, Term, is_past
from rag.text.words import word_set

Mode = Literal["fact", "ahead", "possible", "unsaid"]

BE = word_set(
    """is are was were am be been being isn't aren't wasn't weren't remain remains remained stay stays stayed
    stood became become becomes kept keep keeps got gets get looks seems"""
)
AUX = BE | word_set(
    """has have had do does did will would can could may might shall should must cannot can't couldn't don't
    doesn't didn't hasn't haven't hadn't won't wouldn't shouldn't"""
)
PRONOUNS = word_set("""he she it they we i you who which that this these those him her them there""")
_OPENS = word_set(
    """who whom whose which that when while whereas although though because unless since after before until if
    as where whether but so than"""
)
_HARD = re.compile(r"[;:()—“”\"]|\s[–-]\s|[.!?]\s")
_PREPOSITIONS = word_set(
    """in at on during under over near along of to with for against by from into about at within"""
)

_NOT = word_set(
    """not never cannot can't couldn't didn't doesn't don't hasn't haven't hadn't isn't aren't wasn't weren't
    won't wouldn't shouldn't hardly n't"""
)
_NONE = word_set("""no nobody none neither nothing nor""")
_BETWEEN = word_set(
    """be been being have has had yet also ever even still so far now already once then quite really just is
    are was were do does did any the a an very"""
)
_SPARED = word_set("only just merely simply least")
_REFUSING = word_set(
    """failed fails fail failing refused refuses refuse refusing declined declines decline declining unable
    denied denies deny denying avoided avoids avoid without"""
)
_AHEAD = word_set(
    """will would shall due set expected scheduled agreed decided voted plans planned plan intends intended
    vowed promised promises pledged likely going ordered won't"""
)
_POSSIBLE = word_set("""could may might can possibly perhaps should ought cannot can't couldn't""")
_NEUTRAL = word_set(
    """managed began started used continued came had has have went helped proceeded known said reported found
    shown seen"""
)
TELLS = word_set("said says say told tells tell added wrote testified")
# What holds a thing at arm's length, wherever in its clause or in the one that brings it in.
_NOT_FACT = re.compile(
    r"\b(?:wants?|wanted|demand(?:s|ed|ing)?|call(?:s|ed|ing)? (?:for|on)|urg(?:e|es|ed|ing)|propos\w+|asks?|asked|"
    r"whether|claim\w*|alleg\w+|reportedly|rumou?r\w*|accus\w+|suspect\w*|hop(?:e|es|ed|ing)|fear\w*|threat\w*|if|unless|"
    r"wish\w*|believ\w+|thinks?|thought|may have|might have)\b",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Clause:
    """Terms ``[start, end)`` of a reading; ``after``: what it hangs on ("", "and", "comma", or the word that opens it);
    ``segment``: which of the parts between semicolons and full stops it belongs to."""

    start: int
    end: int
    after: str
    segment: int


def clauses(reading: Reading) -> list[Clause]:
    """The clauses of a sentence, in order, without gaps."""
    terms, text = reading.terms, reading.text
    if not terms:
        return []
    cuts: list[tuple[int, str, int]] = [(0, "", 0)]
    segment = 0
    for i in range(1, len(terms)):
        gap, low = text[terms[i - 1].end : terms[i].start], terms[i].low
        if _HARD.search(gap) or low == "but":
            segment += 1
            cuts.append((i, "", segment))
        elif low in _OPENS and not (low == "that" and terms[i - 1].low in ("of", "in")):
            cuts.append((i, low, segment))
        elif "," in gap:
            cuts.append((i, "comma", segment))
        elif low in ("and", "or") and _verb_follows(reading, i + 1) and any(map(is_verb, terms[cuts[-1][0] : i])):
            cuts.append((i, "and", segment))
    found: list[Clause] = []
    for (start, after, part), (end, _, _) in zip(cuts, [*cuts[1:], (len(terms), "", 0)], strict=True):
        verbless = not any(is_verb(t) for t in terms[start:end])
        if after == "comma" and found and found[-1].segment == part and verbless:
            last = found.pop()  # "Tarn, the capital": an aside, or one more of a list
            found.append(Clause(last.start, end, last.after, part))
        else:
            found.append(Clause(start, end, after, part))
    return found


def is_verb(term: Term) -> bool:
    """Whether a word plainly is a verb, or stands for the one who does something."""
    return term.low in AUX or is_past(term.low) or term.low in ("said", "says", "told", "he", "she", "it", "they", "we")


def _verb_follows(reading: Reading, start: int) -> bool:
    """Whether "and" joins a clause, not another noun: a verb comes before a preposition or a stop does."""
    terms = reading.terms
    for i in range(start, min(start + 5, len(terms))):
        if i > start and re.search(r"[,;:().]", reading.text[terms[i - 1].end : terms[i].start]):
            return False
        if is_verb(terms[i]):
            return not (i > start and terms[i].low == "that")
        if terms[i].low in _PREPOSITIONS and terms[i].low != "of":
            return False
    return False


def is_denied(terms: Sequence[Term], every: Sequence[Clause], clause: Clause, at: int) -> bool | None:
    """Whether a clause denies its word at ``at``; None where the denial stands too far off to tell."""
    flips, doubt = 0, False
    if clause.after == "that":  # "denied that", "did not say that"
        brought = [t.low for t in terms[: clause.start]][-4:]
        flips += bool(brought and brought[-1] in _REFUSING)
        doubt = any(w in _NOT or w in _NONE for w in brought)
    for i in range(clause.start, at):
        low, following = terms[i].low, terms[i + 1].low
        between = [t.low for t in terms[i + 1 : at] if t.low not in _BETWEEN and not t.low.endswith("ly")]
        if low in _NONE:  # "no staff would be", "nobody in the town was"
            flips += 1
            doubt = doubt or "to" in between or "and" in between
        elif low in _NOT and following not in _SPARED:
            near = all(w in ("to", "of", "in") or w in _NEUTRAL for w in between)
            near = near or (len(between) == 1 and not is_verb(terms[at - 1]) and terms[at - 1].low in between)
            flips, doubt = flips + near, doubt or not near
        elif low in _REFUSING:
            near = len(between) <= 3
            flips, doubt = flips + near, doubt or not near
    if at + 1 < clause.end and terms[at + 1].low in ("no", "not", "nobody", "nothing", "none", "neither"):
        flips += 1
    return None if doubt else bool(flips % 2)


def mode(reading: Reading, every: Sequence[Clause], clause: Clause, at: int) -> Mode:
    """How the word at ``at`` is told in its clause: "unsaid" where somebody only wants, claims or doubts it."""
    terms = reading.terms
    lead = _lead(every, clause, bare=not any(t.content or t.low in PRONOUNS for t in terms[clause.start : at]))
    if _NOT_FACT.search(reading.text[terms[lead].start : terms[at].start]):
        return "unsaid"
    before = [t.low for t in terms[clause.start : at]]
    bare = [
        w for w in before if not w.endswith("ly") and w not in ("not", "never", "again", "also", "be", "been", "have")
    ]
    if bare and bare[-1] == "to":  # an infinitive is told as what rules it is
        ruler = next((w for w in reversed(bare[:-1]) if w not in _BETWEEN or w in BE), "")
        if ruler in _AHEAD or ruler in BE:
            return "ahead"
        if ruler not in _NEUTRAL and ruler not in _REFUSING:
            return "unsaid"
    if any(w in _POSSIBLE for w in before):
        return "possible"
    return "ahead" if any(w in _AHEAD for w in before[-5:]) else "fact"


def accuser(reading: Reading, every: Sequence[Clause], clause: Clause, at: int) -> int | None:
    """Where the verb of saying stands that brings in a clause's statement, before the word at ``at``."""
    lead = _lead(every, clause, bare=False)
    return next((i for i in range(at - 1, lead - 1, -1) if reading.terms[i].low in TELLS), None)


def _lead(every: Sequence[Clause], clause: Clause, *, bare: bool) -> int:
    """The first term of what may hold a clause's statement at arm's length: the clause, what brings it in, and where it
    has no subject of its own, all of its part of the sentence."""
    place = every.index(clause)
    if bare:
        return next(c for c in every if c.segment == clause.segment).start
    while (
        place
        and every[place].after in ("that", "whether", "if", "as", "and")
        and every[place - 1].segment == clause.segment
    ):
        place -= 1
    return every[place].start


def holds_off(text: str) -> bool:
    """Whether a text speaks of what somebody wants, claims or doubts."""
    return bool(_NOT_FACT.search(text))
