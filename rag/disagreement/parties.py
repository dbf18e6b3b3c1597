"""Whose word a statement is: the parties that a sentence names as saying, counting, claiming or denying something."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from rag.text.reading import read, root
from rag.text.words import word_set

SHARED = 0.5  # of the shorter party's words, from which two are the same

Party = tuple[int, int, frozenset[str]]  # start and end of the words that name it, its content roots
Parties = list[Party]

_VERBS = (
    r"said|says|say|claims?|claimed|maintains?|maintained|insists?|insisted|told|puts?|spoke|speaks|gave|gives|"
    r"reports?|reported|"
    r"counts?|counted|estimates?|estimated|states?|stated|announced|argues?|argued|denied|denies|contends?|"
    r"holds|published|"
    r"believes?|thinks?|confirmed|admitted|confirms|admits|shows?|showed"
)
_SAYS = re.compile(rf"(?P<who>[^.;:!?“”\"]{{2,90}}?)\s+(?:\w+ly\s+)?(?P<verb>{_VERBS})\b")
_TAIL = re.compile(
    rf",\s+(?P<who>(?:the |an? |its |his |her )?[^.,;“”\"]{{2,60}}?)\s+(?:{_VERBS})\b|"
    rf",\s+(?:said|says|added)\s+(?!that\b|it\b|he\b|she\b|they\b|there\b|in\b|on\b|at\b)(?P<after>[^.;]{{2,60}})"
)
_ACCORDING = re.compile(
    r"\b(?:[Aa]ccording to|by the account of|in the words of)\s+(?P<who>.{2,90}?)(?=,? but\b|[.;]|$)|"
    r"\bby (?P<by>[A-Z]\w+(?: [A-Z]\w+)*)['’]s? count"
)
_QUOTED = re.compile(r"[\"”]\s+(?:said|says|added|declared)\s+(?P<who>[^.;]{2,60})")
_MORE_VERBS = (
    rf"{_VERBS}|accus(?:es|ed)|blam(?:es|ed)|reject(?:s|ed)|put|called|warned|learned|saw|found|ruled|"
    rf"dismiss(?:es|ed)|"
    r"disput(?:es|ed)|contradict(?:s|ed)|expects?|reckons?|fears?|speaks?|assur(?:es|ed)|(?:has |have )?(?:come|came|"
    r"comes) to (?:another|an|the|a)"
)
_ANY_SAYS = re.compile(rf"(?P<who>[^.;:!?“”\",]{{2,90}}?)(?:,[^,]{{2,60}},)?\s+(?:\w+ly\s+)?(?P<verb>{_MORE_VERBS})\b")
_PASSIVE = re.compile(r"\b(?:are|is|was|were|been|be|being|to)(?: \w+)?$")
_OPENS = re.compile(
    r"According to (?P<who>(?:(?:the|a|an|its|his|her|their) )?[^,.;]{2,40}?)(?=,|\s(?:the|an?|its|his|her|"
    r"their|some|about|only|at|more"
    r"|fewer|no|it|there)\s|\s\d)"
)
_PRONOUN = re.compile(r"^\W*(?:and |but |while )?(?:it|he|she|they)(?: also)?$", re.IGNORECASE)
_WHOSE = re.compile(r"^\W*(?:It|He|She|They)\b")

_QUARREL = re.compile(
    r"\b(?:disput\w+|quarrel\w*|contradict\w*|disagree\w*|can['’]t agree|cannot agree|at odds|differ(?:s|ed|ent|"
    r"ently)?|contest\w*|"
    r"conflicting|rival|neither account|independently|den(?:y|ied|ies)|claims?|claimed|maintains?|maintained|"
    r"insists?|insisted|contends?|"
    r"reject\w*)\b", re.I
)  # fmt: skip


def quarrel(text: str) -> bool:
    """Whether a text has words of dispute: "denied", "insists", "rival", "at odds"."""
    return bool(_QUARREL.search(text))


_ROLES = frozenset(
    root(w)
    for w in word_set(
        """spokesman spokeswoman spokesperson speaker head chief director chairman chairwoman president manager expert
        official officer lawyer doctor minister secretary leader member chief executive general colonel captain"""
    )
)


def parties(text: str) -> Iterator[tuple[int, int, frozenset[str]]]:
    """(start, end, words) of each place of a text that names who says what stands near it."""
    for match in _ACCORDING.finditer(text):
        yield match.start(), match.end(), _words(match["who"] or match["by"])
    first = _SAYS.search(text)
    if first and not _WHOSE.match(first["who"]):
        yield first.start(), first.end(), _words(first["who"])
    tail = _TAIL.search(text)
    if tail:
        yield tail.start(), tail.end(), _words(tail["who"] or tail["after"])


def _words(who: str) -> frozenset[str]:
    return frozenset(read(who).roots)


def parties_of(text: str, carried: frozenset[str]) -> tuple[Parties, frozenset[str]]:
    """All parties of a sentence, "he" and "it" as the party quoted before (``carried``), and whom the next may mean."""
    opens = _OPENS.match(text)
    found: Parties = [(0, opens.end(), _words(opens["who"]))] if opens else []
    found += [
        (m.start(), m.end(), _words(m["who"] or m["by"])) for m in _ACCORDING.finditer(text) if not opens or m.start()
    ]
    for pattern in (_ANY_SAYS, _QUOTED):
        for match in pattern.finditer(text):
            if _PASSIVE.search(match["who"]):
                continue
            who = carried if _PRONOUN.match(match["who"]) else _words(match["who"])
            if who:
                found.append((match.start("who"), match.end(), who))
    tail = _TAIL.search(text)
    if tail:
        name = tail["who"] or tail["after"]
        words = carried if _PRONOUN.match(name) else _words(name)
        if words:
            found.append((tail.start(), tail.end(), words))
    found.sort(key=lambda p: p[0])
    return found, found[-1][2] if found else carried


def party_of(parties: Sequence[Party], at: int) -> frozenset[str]:
    """The party that stands nearest to a value, those after it ("14, according to ...") going first; empty for none."""
    if not parties:
        return frozenset()
    best = min(parties, key=lambda p: p[0] - at if p[0] >= at else 2 * (at - p[1]) if p[1] <= at else 0)
    return best[2]


def differ(a: frozenset[str], b: frozenset[str]) -> bool:
    """Whether two parties are plainly not the same; what they are by office does not tell."""
    a, b = a - _ROLES or a, b - _ROLES or b
    return bool(a and b) and len(a & b) < SHARED * min(len(a), len(b))
