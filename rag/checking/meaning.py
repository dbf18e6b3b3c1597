"""Ways to use a quote's words and still say something else: denial, swapped roles, mere possibility."""

from __future__ import annotations

import re
from collections.abc import Sequence

from rag.checking.relations import reversed_in
from rag.text.names import Name, same_name
from rag.text.reading import Reading, is_past, root, unprefixed
from rag.text.words import word_set

_OPPOSITES = (
    "rise fall; increase decrease; approve reject; accept reject; accept refuse; convict acquit; guilty innocent; "
    "survive die; survive kill; allow ban; legal illegal; support oppose; confirm deny; admit deny; uphold overturn; "
    "succeed fail; include exclude; alive dead; safe unsafe; gain lose; strengthen weaken; tighten ease; raise lower; "
    "raise cut; high low; expand shrink; hire fire; join quit; open close; start stop"
)
_PAIRS = [tuple(root(word) for word in pair.split()) for pair in _OPPOSITES.split(";")]
_OPPOSITE = {a: {y for x, y in _PAIRS if x == a} | {x for x, y in _PAIRS if y == a} for pair in _PAIRS for a in pair}
_COURTESY = word_set("mr mrs ms miss dr prof professor sir lord lady the")
_AND = re.compile(r"\s*(?:,|,?\s+and)\s+(?:the\s+)?")
# "1,900 were still without it": denies what a word before stands for.
_DENIES_AN_IT = re.compile(
    r"(?:\b(?:without|not|never|no longer)|n['’]t)\s+(?:\w+\s+)?(?:it|them|one|any|so)\b", re.IGNORECASE
)
_PASSIVE = word_set("""are be been being got is was were""")


def polarity_clash(claim: Reading, quote: Sequence[Reading]) -> str | None:
    """The word that one of claim and quote states and the other denies, or None.

    A word that the quote uses both ways settles nothing; nor does one that it may deny as "it".
    """
    by_pronoun = any(_DENIES_AN_IT.search(r.text) for r in quote)
    denied: frozenset[str] = frozenset().union(*(r.denied for r in quote))
    stated: frozenset[str] = frozenset().union(*(r.stated for r in quote))
    prefixed: frozenset[str] = frozenset().union(*(r.unprefixed for r in quote))
    named = [(n.start, n.end) for n in claim.names]
    for term in claim.terms:
        if not term.content or any(start <= term.start < end for start, end in named):
            continue
        word = term.root
        ours_denied, ours_stated = word in claim.denied, word in claim.stated
        if ours_denied and ours_stated:
            continue
        theirs_denied, theirs_stated = word in denied or word in prefixed, word in stated
        if theirs_denied != theirs_stated and ours_denied != theirs_denied and not (ours_denied and by_pronoun):
            return term.low
        if not (theirs_denied or theirs_stated) and not ours_denied:
            opposite = _OPPOSITE.get(word, set())
            if opposite & stated - set(claim.roots) and not opposite & denied:
                return term.low
            if any(rest in stated and rest not in denied | prefixed for rest in unprefixed(term.low)):
                return term.low
    return None


def roles_reversed(claim: Reading, quote: Sequence[Reading]) -> bool:
    """Whether claim and quote name the same two, with the same verb, but the doer and the one it is done to swapped; or
    tell a relation ("ahead of", "lost to", "older than") the other way round."""
    if reversed_in(claim, quote):
        return True
    verbs = {t.root for r in (claim, *quote) for t in r.terms if is_past(t.low)}
    for verb, doer, other in _roles(claim):
        seen = [(a, b) for r in quote for v, a, b in _roles(r) if v == verb and v in verbs]
        straight = any(same_name(doer, a) and same_name(other, b) for a, b in seen)
        swapped = any(same_name(doer, b) and same_name(other, a) for a, b in seen)
        if swapped and not straight and not same_name(doer, other):
            return True
    return False


def only_possible(claim: Reading, quote: Sequence[Reading], *, ahead: bool = False) -> str | None:
    """A past form of the claim whose verb the quote only calls possible (``ahead``: or planned, expected), or None."""
    for term in claim.terms:
        if not (term.content and is_past(term.low)) or term.root in claim.possible or term.root in claim.ahead:
            continue
        holding = [r for r in quote if term.root in r.roots]
        if holding and all(term.root in (r.ahead | r.possible if ahead else r.possible) for r in holding):
            return term.low
    return None


def other_subject(claim: Reading, quote: Sequence[Reading]) -> str | None:
    """Of whom the quote says something that the claim says of another: the counted subject of a verb ("eight people"
    died), or the name that a noun stands with ("candidate Holt"). None where they agree."""
    bearer = other_bearer(claim, quote)
    if bearer:
        return bearer
    for i, term in enumerate(claim.terms):
        if not (term.content and is_past(term.low)):
            continue
        before = [t for t in claim.terms[:i] if t.clause == term.clause and t.content and not is_past(t.low)]
        if not before:
            continue
        subjects = [(r, s) for r in quote for s in _counted_subjects(r, term.root)]
        uses = sum(t.root == term.root for r in quote for t in r.terms)
        if not subjects or uses > len(subjects):
            continue
        ours = set(claim.roots)
        if all(not (ours & set(words)) for _, (words, _) in subjects) and not claim.numbers:
            return subjects[0][1][1]
    return None


def other_bearer(claim: Reading, quote: Sequence[Reading]) -> str | None:
    """The name that a quote gives the noun right before it ("candidate Holt"), where the claim gives it to another name
    of the quote, and to that one alone."""
    theirs = [pair for r in quote for pair in _borne(r)]
    named = [n for r in quote for n in r.names]
    for noun, name in _borne(claim):
        own = [other for n, other in theirs if n == noun]
        if own and any(same_name(name, n) for n in named) and not any(same_name(name, other) for other in own):
            return own[0].text
    return None


def _borne(reading: Reading) -> list[tuple[str, Name]]:
    """(root of the noun right before it, name), for every name; of names joined by "and" each has the first one's."""
    found: list[tuple[str, Name]] = []
    for i, name in enumerate(reading.names):
        title = name.text.split()[0].lower().rstrip(".")
        if " " in name.text and title not in name.keys and title not in _COURTESY:  # "Mayor Holt"
            found.append((root(title), name))
            continue
        before = [t for t in reading.terms if t.end <= name.start][-1:]
        gap = reading.text[before[0].end : name.start] if before else "-"
        if before and not gap.strip() and before[0].content and not is_past(before[0].low):
            found.append((before[0].root, name))
        elif i and _AND.fullmatch(reading.text[reading.names[i - 1].end : name.start]):
            found += [(noun, name) for noun, other in found if other is reading.names[i - 1]]
    return found


def _counted_subjects(reading: Reading, verb: str) -> list[tuple[list[str], str]]:
    """Counted nouns that stand right before a verb: (their roots, the phrase)."""
    found = []
    for quantity in reading.numbers:
        if quantity.kind != "number" or quantity.unit_start < 0 or quantity.unit is None:
            continue
        following = [t for t in reading.terms if t.start >= quantity.unit_start][1:4]
        following = [t for t in following if t.low not in ("have", "had", "has", "were", "was", "been", "being")]
        if following and following[0].root == verb:
            words = [t.root for t in reading.terms if quantity.end <= t.start < following[0].start and t.content]
            found.append((words, reading.text[quantity.start : following[0].start].strip()))
    return found


def _roles(reading: Reading) -> list[tuple[str, Name, Name]]:
    """(verb root, doer, done-to) of plain "A verb(ed) B" and "B was verbed by A" with names, clause by clause."""
    found = []
    for i, term in enumerate(reading.terms):
        if not term.content or not reading.text[term.start].islower():
            continue
        clause = [t for t in reading.terms if t.clause == term.clause]
        low, high = clause[0].start, clause[-1].end
        left = [n for n in reading.names if low <= n.start and n.end <= term.start]
        right = [n for n in reading.names if n.start >= term.end and n.end <= high]
        if not left or not right:
            continue
        passive = any(t.low in _PASSIVE for t in reading.terms[max(0, i - 2) : i])
        by = any(t.low == "by" for t in reading.terms[i + 1 : i + 4])
        if passive and by:
            found.append((term.root, right[0], left[-1]))
        elif not passive and not by:
            found.append((term.root, left[-1], right[0]))
    return found
